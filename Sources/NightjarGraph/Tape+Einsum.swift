import NightjarTensor

/// Recording of sums of products that are written with letters, as in NumPy: `bij,bjk->bik`.
extension Tape {
    /// Einstein's summation: each operand names its dimensions with letters, letters that the result does not name are
    /// summed over, equal letters have equal extents.
    ///
    /// Without an arrow the result names the letters that occur once, in alphabetical order. Several operands are
    /// multiplied from the left. A letter twice in one operand (a diagonal) and an ellipsis are not supported.
    /// - Throws: ``GraphError`` with the letter or operand that does not fit.
    public func einsum(_ equation: String, _ operands: [NodeID]) throws -> NodeID {
        let sum = try Summation(equation, operands.map(shape), operands)
        var (labels, result) = (sum.inputs[0], operands[0])
        for (index, operand) in operands.enumerated().dropFirst() {
            // What the result or a later operand still needs.
            let needed = Set(sum.output).union(sum.inputs[(index + 1)...].joined())
            (labels, result) = try contract((labels, result), (sum.inputs[index], operand), keeping: needed)
        }
        (labels, result) = try summed((labels, result), keeping: Set(sum.output))
        return try permute(result, sum.output.compactMap { labels.firstIndex(of: $0) })
    }

    typealias Labelled = (labels: [Character], id: NodeID)

    /// Sums over letters that nobody needs.
    private func summed(_ x: Labelled, keeping needed: Set<Character>) throws -> Labelled {
        var axes: UInt8 = 0
        for (axis, label) in x.labels.enumerated() where !needed.contains(label) { axes |= 1 << UInt8(axis) }
        if axes == 0 { return x }
        return (x.labels.filter(needed.contains), try reduce(.sum, x.id, axes: axes, keep: false))
    }

    /// The product of two operands as one stack of matrix products: (both, kept of one, summed) times (both, summed,
    /// kept of the other).
    private func contract(_ a: Labelled, _ b: Labelled, keeping needed: Set<Character>) throws -> Labelled {
        let one = try summed(a, keeping: needed.union(b.labels))
        let two = try summed(b, keeping: needed.union(a.labels))
        let shared = one.labels.filter(two.labels.contains)
        let batch = shared.filter(needed.contains)
        let inner = shared.filter { !needed.contains($0) }
        let rows = one.labels.filter { !shared.contains($0) }
        let columns = two.labels.filter { !shared.contains($0) }
        func extents(_ x: Labelled, _ labels: [Character]) -> [Int] {
            labels.compactMap { label in x.labels.firstIndex(of: label).map { shape(x.id)[$0] } }
        }
        func arranged(_ x: Labelled, _ groups: [[Character]]) throws -> NodeID {
            let turned = try permute(x.id, groups.joined().compactMap { x.labels.firstIndex(of: $0) })
            return try reshape(turned, Shape(groups.map { extents(x, $0).reduce(1, *) }))
        }
        let result = batch + rows + columns
        let full = try Shape(extents(one, batch + rows) + extents(two, columns))
        if inner.isEmpty {
            // Nothing to sum: a product element by element.
            let left = try arranged(one, [batch, rows, []])
            let right = try arranged(two, [batch, [], columns])
            return (result, try reshape(binary(.mul, left, right), full))
        }
        let product = try matmul(arranged(one, [batch, rows, inner]), arranged(two, [batch, inner, columns]))
        return (result, try reshape(product, full))
    }
}

/// An equation that was read and fits its operands.
private struct Summation {
    var inputs: [[Character]] = []
    var output: [Character] = []

    init(_ equation: String, _ shapes: [Shape], _ operands: [NodeID]) throws {
        func fail(_ reason: String) -> GraphError { GraphError("'einsum' of \"\(equation)\": \(reason)", operands) }
        let text = equation.filter { $0 != " " }
        guard !text.contains(".") else { throw fail("an ellipsis is not supported: name every dimension") }
        let sides = text.splitAtArrows()
        guard sides.count <= 2 else { throw fail("there is more than one '->'") }
        inputs = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
        for label in inputs.joined() + Array(sides.count == 2 ? sides[1] : "") where !label.isASCII || !label.isLetter {
            throw fail("'\(label)' is not a letter")
        }
        guard inputs.count == shapes.count else {
            throw fail("it names \(inputs.count) operands, got \(shapes.count)")
        }
        var extents: [Character: Int] = [:]
        for (position, (labels, shape)) in zip(inputs, shapes).enumerated() {
            guard labels.count == shape.rank else {
                throw fail(
                    "operand \(position + 1) has shape \(shape), \"\(String(labels))\" names \(labels.count) dimensions"
                )
            }
            guard Set(labels).count == labels.count else {
                throw fail("a letter twice in one operand (\"\(String(labels))\", a diagonal) is not supported")
            }
            for (axis, label) in labels.enumerated() {
                if let known = extents[label], known != shape[axis] {
                    throw fail("'\(label)' has the extents \(known) and \(shape[axis])")
                }
                extents[label] = shape[axis]
            }
        }
        let all = Array(inputs.joined())
        output =
            sides.count == 2
            ? Array(sides[1]) : Set(all).filter { label in all.filter { $0 == label }.count == 1 }.sorted()
        for label in output where extents[label] == nil { throw fail("no operand names '\(label)'") }
        guard Set(output).count == output.count else { throw fail("the result names a letter twice") }
        guard output.count <= Shape.maxRank else {
            throw fail("the result would have \(output.count) dimensions, at most \(Shape.maxRank) are possible")
        }
    }
}

extension String {
    /// Split at each `->`.
    fileprivate func splitAtArrows() -> [String] {
        var parts = [""]
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix("->") {
                parts.append("")
                formIndex(&index, offsetBy: 2)
            } else {
                parts[parts.count - 1].append(self[index])
                formIndex(after: &index)
            }
        }
        return parts
    }
}
