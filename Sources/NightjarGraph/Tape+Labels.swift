import NightjarTensor

/// Labels are checked where they are used. Those whose numbers are known (what a script wrote down, what a loader
/// read) are looked at while the operation is recorded, which costs a plan nothing; those that a plan works out are
/// looked at by the plan.
extension Tape {
    /// Labels, int32 from 0, that are in 0 ..< classes wherever the result is used: the labels themselves, or a row
    /// that says so when it runs.
    ///
    /// - Throws: ``GraphError`` with the words of ``LabelFault`` for a label that is known already.
    public func checkedLabels(_ labels: NodeID, classes: Int) throws -> NodeID {
        let node = self[labels]
        guard node.dtype == .int32 else {
            throw GraphError("labels must be int32, got \(node.dtype): convert them with :to(\"int32\")", [labels])
        }
        guard classes > 0 else { return labels }
        let (base, offset) = base(of: labels)
        if let tensor = value(base) {
            // What stands for the first class there.
            if let fault = tensor.firstFault(from: -offset, classes: classes) { throw GraphError(fault.message) }
            return labels
        }
        if offset == 0, isPosition(base, below: classes) { return labels }
        // Each label is looked up in the list of all: itself, or an error of the run.
        let full = try Shape(node.shape.dimensions + [classes])
        return try pick(iota(full, axis: node.rank), labels)
    }

    /// The mean of each row of `rows` (..., K) by the shares of soft labels, of the same shape and type: the sum of their
    /// products.
    ///
    /// An entry without a share counts nothing, whatever it is: the logarithm of a probability of 0, times 0, is no number.
    /// Gradients are those of the product, for shares the entries of the row, also where a share is 0, which is the limit;
    /// an entry that is infinite or NaN has none where its share is 0, as ``xlogy(_:_:)`` has none there.
    public func mean(of rows: NodeID, shares: NodeID) throws -> NodeID {
        let none = constant(0, dtype: dtype(rows))
        // NaN is no label without a share.
        let vanishes = try binary(
            .and, binary(.equal, shares, none), unary(.not, unary(.isFinite, rows)))
        let products = try binary(.mul, shares, select(vanishes, none, rows))
        return try reduce(.sum, products, axes: 1 << UInt8(shape(rows).rank - 1), keep: false)
    }

    /// The numbers behind labels that are known already, and what is to be added to each.
    public func knownLabels(_ labels: NodeID) -> (numbers: Tensor, offset: Int)? {
        let (base, offset) = base(of: labels)
        return value(base).map { ($0, offset) }
    }

    /// What labels are so much more than, through the casts and sums by which scripts and tapes count differently.
    private func base(of labels: NodeID) -> (id: NodeID, offset: Int) {
        var (id, offset) = (labels, 0)
        while value(id) == nil {
            let node = self[id]
            switch node.op {
            case .cast where node.dtype == .int32:
                // Of known numbers that are whole already, or of whole numbers of another type.
                if self[node.a].dtype.isFloating {
                    guard let tensor = value(node.a), tensor.firstBroken == nil else { return (id, offset) }
                }
                id = node.a
            case .add where node.dtype == .int32:
                if let number = whole(node.b) {
                    (id, offset) = (node.a, offset &+ number)
                } else if let number = whole(node.a) {
                    (id, offset) = (node.b, offset &+ number)
                } else {
                    return (id, offset)
                }
            case .sub where node.dtype == .int32:
                guard let number = whole(node.b) else { return (id, offset) }
                (id, offset) = (node.a, offset &- number)
            default: return (id, offset)
            }
        }
        return (id, offset)
    }

    /// Whether a node holds positions along a dimension that is no longer than there are classes.
    private func isPosition(_ id: NodeID, below classes: Int) -> Bool {
        let node = self[id]
        guard node.op == .argmax || node.op == .argmin else { return false }
        return self[node.a].shape.count <= classes * node.shape.count
    }

    /// The number behind a node that is one.
    private func whole(_ id: NodeID) -> Int? {
        let node = self[id]
        switch node.op {
        case .constant: return Int(exactly: Double(bitPattern: node.attribute)).flatMap(bounded)
        case .number: return Int(exactly: numbers[node.slot]).flatMap(bounded)
        default: return nil
        }
    }

    private func bounded(_ number: Int) -> Int? { abs(number) <= Int(Int32.max) ? number : nil }
}

extension Tensor {
    /// The first label that names no class.
    /// - Parameter first: the number that stands for the first class.
    public func firstFault(from first: Int, classes: Int) -> LabelFault? {
        if dtype == .int32 {
            let numbers = UnsafeRawPointer(pointer).assumingMemoryBound(to: Int32.self)
            for index in 0..<count where UInt(bitPattern: Int(numbers[index]) &- first) >= UInt(bitPattern: classes) {
                return fault(index, first, classes)
            }
            return nil
        }
        for index in 0..<count {
            let place = value(at: index) - Double(first)
            let fits = place >= 0 && place < Double(classes) && place == place.rounded()
            if !fits { return fault(index, first, classes) }
        }
        return nil
    }

    /// The first number that is no whole one, or beyond int32.
    public var firstBroken: LabelFault? {
        guard dtype.isFloating else { return nil }
        for index in 0..<count {
            let number = value(at: index)
            if !(number == number.rounded() && abs(number) <= Double(Int32.max)) { return fault(index, 1, nil) }
        }
        return nil
    }

    private func fault(_ index: Int, _ first: Int, _ classes: Int?) -> LabelFault {
        LabelFault(label: value(at: index) - Double(first) + 1, index: index, shape: shape, classes: classes)
    }
}
