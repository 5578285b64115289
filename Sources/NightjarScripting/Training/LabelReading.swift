import NightjarData
import NightjarGraph
import NightjarTensor

/// Labels as scripts give them to data sets, read into what data sets hold. Here they are checked, so that training need
/// not look at them again.
struct LabelReading {
    /// What messages begin with: `labels of data set 'mine'`.
    let owner: String
    /// As the script names it; nil where the labels say it themselves.
    let kind: LabelForm.Kind?
    /// The label that stands for none.
    let ignore: Int?

    /// - Parameter options: `kind` and `ignore`.
    init(_ owner: String, options: ScriptTable) throws {
        self.owner = owner
        ignore = options["ignore"]?.asInteger
        let name = options["kind"]?.asString
        kind = name.flatMap(LabelForm.Kind.init)
        if let name, kind == nil {
            let known = LabelForm.Kind.allCases.map(\.rawValue)
            let hint = nearestName(to: name, in: known).map { ": did you mean \"\($0)\"?" } ?? ""
            throw ArgumentError(
                "\(owner): 'kind' is \"classes\", \"soft\" or \"binary\", got \(ScriptText.quoted(name))\(hint)")
        }
        if let ignore, Int32(exactly: ignore) == nil {
            throw ArgumentError("\(owner): 'ignore' is a label, a whole number that int32 holds, got \(ignore)")
        }
    }

    /// - Parameter classes: nil where the labels say how many there are.
    func read(_ tensor: Tensor, classes: Int?) throws -> Targets {
        let shape = tensor.shape
        guard shape.rank >= 1 else {
            throw ArgumentError("\(owner) must be a tensor of one label a sample, got a number")
        }
        switch kind ?? natural(tensor) {
        case .classes: return try readClasses(tensor, classes: classes)
        case .soft: return try readSoft(tensor, classes: classes)
        case .binary: return try readBinary(tensor)
        }
    }

    /// What labels are by their type and shape: rows of fractions are soft, true and false are binary.
    private func natural(_ tensor: Tensor) -> LabelForm.Kind {
        if tensor.dtype == .bool { return .binary }
        return tensor.dtype.isFloating && tensor.shape.rank > 1 ? .soft : .classes
    }

    private func places(_ dimensions: some Sequence<Int>) throws -> Shape { try Shape(Array(dimensions.dropFirst())) }

    private func readClasses(_ tensor: Tensor, classes: Int?) throws -> Targets {
        let shape = tensor.shape
        guard tensor.dtype != .bool else {
            throw ArgumentError("\(owner) are classes, whole numbers from 1, got a bool tensor of shape \(shape)")
        }
        let count = try classes ?? largest(tensor)
        var own: [Int32] = []
        try own.makeRoom(tensor.count)
        for index in 0..<tensor.count {
            let number = tensor.value(at: index)
            if let ignore, number == Double(ignore) {
                own.append(Targets.leftOut)
                continue
            }
            // Too few classes are the data set's to refuse.
            guard number == number.rounded(), number >= 1, number <= Double(max(count, Int(Int32.max))),
                count < 2 || number <= Double(count)
            else {
                let fault = LabelFault(label: number, index: index, shape: shape, classes: count)
                throw ArgumentError("\(owner): \(fault.message)\(advice(tensor, number))")
            }
            own.append(Int32(number) - 1)
        }
        let form = LabelForm(.classes, classes: count, places: try places(shape.dimensions), ignore: ignore)
        return try Targets(form, count: shape[0], classes: own)
    }

    /// How many classes there are at least, by the labels.
    private func largest(_ tensor: Tensor) throws -> Int {
        var largest = 1.0
        for index in 0..<tensor.count where tensor.value(at: index) != ignore.map(Double.init) {
            largest = max(largest, tensor.value(at: index))
        }
        return Int(exactly: largest.rounded()).map { min($0, Int(Int32.max)) } ?? 1
    }

    /// What to do about labels that are no classes.
    private func advice(_ tensor: Tensor, _ label: Double) -> String {
        if (0..<tensor.count).allSatisfy({ [0, 1].contains(tensor.value(at: $0)) }) {
            return "\n  labels 0 and 1 for every logit are given with kind = \"binary\""
        }
        guard label == label.rounded(), let number = Int(exactly: label) else { return "" }
        return "\n  a label whose samples are to be left out is given with ignore = \(number)"
    }

    private func readSoft(_ tensor: Tensor, classes: Int?) throws -> Targets {
        let shape = tensor.shape
        let count = classes ?? shape.last
        guard shape.rank > 1, shape.last == count else {
            throw ArgumentError(
                "\(owner): soft labels are rows of \(classes.map { "\($0)" } ?? "their") probabilities, one a class, got "
                    + "shape \(shape)")
        }
        let numbers = try floating(tensor)
        if let fault = numbers.softFault(zerosAreLeftOut: ignore != nil) { throw ArgumentError("\(owner): \(fault)") }
        let own: [Int32] = (0..<tensor.count / max(count, 1)).map { row in
            let range = row * count..<(row + 1) * count
            guard let best = range.max(by: { numbers.value(at: $0) < numbers.value(at: $1) }),
                numbers.value(at: best) > 0
            else { return Targets.leftOut }
            // The first of equals, as predictions are.
            let first = range.first { numbers.value(at: $0) == numbers.value(at: best) } ?? best
            return Int32(truncatingIfNeeded: first - range.lowerBound)
        }
        let form = LabelForm(
            .soft, classes: count, places: try places(shape.dimensions.dropLast()), ignore: ignore)
        return try Targets(form, count: shape[0], classes: own, numbers: numbers)
    }

    private func readBinary(_ tensor: Tensor) throws -> Targets {
        let numbers = try floating(tensor)
        var own: [Int32] = []
        try own.makeRoom(tensor.count)
        for index in 0..<tensor.count {
            let number = numbers.value(at: index)
            if let ignore, number == Double(ignore) {
                own.append(Targets.leftOut)
            } else if let fault = numbers.binaryFault(at: index) {
                throw ArgumentError(
                    "\(owner): \(fault)"
                        + (number == number.rounded() && Int(exactly: number) != nil
                            ? "\n  a label that is to be left out is given with ignore = \(Int(number))" : ""))
            } else {
                own.append(number >= 0.5 ? 1 : 0)
            }
        }
        let places = try places(tensor.shape.dimensions)
        let form = LabelForm(.binary, classes: places.rank == 1 ? places[0] : 1, places: places, ignore: ignore)
        return try Targets(form, count: tensor.shape[0], classes: own, numbers: numbers)
    }

    private func floating(_ tensor: Tensor) throws -> Tensor {
        if tensor.dtype.isFloating { return tensor }
        return try Tensor.made(tensor.shape, dtype: .float32) { tensor.value(at: $0) }
    }
}

extension Targets {
    /// Labels as scripts gave them: classes from 1, and what stands for no label where one is left out.
    func forScripts() throws -> Tensor {
        try numbers ?? oneBased(classes, form, form.placeShape(samples: count))
    }
}

extension BatchLabels {
    /// As ``Targets/forScripts()``, of a batch.
    func forScripts() throws -> Tensor {
        try numbers ?? oneBased(labels.elements(of: Int32.self), form, labels.shape)
    }
}

private func oneBased(_ classes: [Int32], _ form: LabelForm, _ shape: Shape) throws -> Tensor {
    let none = Int32(clamping: form.ignore ?? 0)
    return try Tensor.made(shape) { classes[$0] == Targets.leftOut ? none : classes[$0] + 1 }
}
