import NightjarTensor

/// Recording of sums of products that are written with letters, as in NumPy: `bij,bjk->bik`.
extension Tape {
    /// Einstein's summation: each operand names its dimensions with letters, letters that the result does not name are
    /// summed over, equal letters have equal extents. A letter twice in one operand takes its diagonal.
    ///
    /// `...` stands for dimensions without a name, aligned at the last one; extents of 1 among them are repeated. A
    /// result without it sums over them. Without an arrow the result has these dimensions first, then the letters that
    /// occur once, in alphabetical order. Several operands are multiplied from the left.
    /// - Throws: ``GraphError`` with the letter or operand that does not fit.
    public func einsum(_ equation: String, _ operands: [NodeID]) throws -> NodeID {
        let sum = try Summation(equation, operands.map(shape), operands)
        let parts = try zip(sum.inputs, operands).map { labels, operand in
            try diagonal(withoutRepetition((labels, operand), sum.extents))
        }
        var (labels, result) = parts[0]
        for (index, part) in parts.enumerated().dropFirst() {
            // What the result or a later operand still needs.
            let needed = Set(sum.output).union(parts[(index + 1)...].map(\.labels).joined())
            (labels, result) = try contract((labels, result), part, keeping: needed)
        }
        (labels, result) = try summed((labels, result), keeping: Set(sum.output))
        return try permute(result, sum.output.compactMap { labels.firstIndex(of: $0) })
    }

    typealias Labelled = (labels: [Character], id: NodeID)

    /// Without dimensions of extent 1 that are to be repeated: the other operands bring them.
    private func withoutRepetition(_ x: Labelled, _ extents: [Character: Int]) throws -> Labelled {
        let (labels, own) = (x.labels, shape(x.id))
        let kept = labels.indices.filter { own[$0] == extents[labels[$0]] }
        return (kept.map { labels[$0] }, try reshape(x.id, Shape(kept.map { own[$0] })))
    }

    /// Of letters that come twice, the entries where both positions are equal.
    private func diagonal(_ x: Labelled) throws -> Labelled {
        for (second, label) in x.labels.enumerated() {
            guard let first = x.labels[..<second].firstIndex(of: label) else { continue }
            let others = x.labels.indices.filter { $0 != first && $0 != second }
            let (extents, extent) = (others.map { shape(x.id)[$0] }, shape(x.id)[first])
            let flat = try reshape(permute(x.id, others + [first, second]), Shape(extents + [extent * extent]))
            let entries = try slice(
                flat, starts: extents.map { _ in 0 } + [0], counts: extents + [extent],
                steps: extents.map { _ in 1 } + [extent + 1])
            return try diagonal((others.map { x.labels[$0] } + [label], entries))
        }
        return x
    }

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

/// An equation that was read and fits its operands. Dimensions of an ellipsis are called by digits: 0 is the last.
private struct Summation {
    var inputs: [[Character]] = []
    var output: [Character] = []
    var extents: [Character: Int] = [:]

    init(_ equation: String, _ shapes: [Shape], _ operands: [NodeID]) throws {
        let quoted = equation.count > 60 ? "\(equation.prefix(57))..." : equation
        func fail(_ reason: String) -> GraphError { GraphError("'einsum' of \"\(quoted)\": \(reason)", operands) }
        let text = equation.filter { $0 != " " }
        let sides = text.parts(separatedBy: "->")
        guard sides.count <= 2 else { throw fail("there is more than one '->'") }
        func terms(_ side: String) throws -> [Term] {
            try side.split(separator: ",", omittingEmptySubsequences: false).map {
                try Term(String($0)) { fail($0) }
            }
        }
        let given = try terms(sides[0])
        guard given.count == shapes.count else {
            throw fail("it names \(given.count) operands, got \(shapes.count)")
        }
        var unnamed = 0
        for (position, (term, shape)) in zip(given, shapes).enumerated() {
            let rest = shape.rank - term.letters.count
            guard term.ellipsis == nil ? rest == 0 : rest >= 0 else {
                throw fail(
                    "operand \(position + 1) has shape \(shape), \"\(term.text)\" names \(term.letters.count) dimensions"
                )
            }
            let labels = term.labels(unnamed: rest)
            inputs.append(labels)
            if term.ellipsis != nil { unnamed = max(unnamed, rest) }
            for (axis, label) in labels.enumerated() {
                let (known, extent) = (extents[label] ?? shape[axis], shape[axis])
                if label.isNumber, known == 1 || extent == 1 {
                    extents[label] = known == 1 ? extent : known
                    continue
                }
                guard known == extent else {
                    throw fail("\(label.isNumber ? "'...'" : "'\(label)'") has the extents \(known) and \(extent)")
                }
                extents[label] = extent
            }
        }
        if sides.count == 2 {
            let term = try Term(sides[1]) { fail($0) }
            output = term.labels(unnamed: unnamed)
        } else {
            let all = given.flatMap(\.letters)
            let once = Set(all).filter { label in all.filter { $0 == label }.count == 1 }
            output = Term.digits(unnamed) + once.sorted()
        }
        for label in output where extents[label] == nil { throw fail("no operand names '\(label)'") }
        guard Set(output).count == output.count else { throw fail("the result names a letter twice") }
        guard output.count <= Shape.maxRank else {
            throw fail("the result would have \(output.count) dimensions, at most \(Shape.maxRank) are possible")
        }
    }
}

/// What an equation says of one tensor.
private struct Term {
    let text: String
    let letters: [Character]
    /// How many letters stand before the ellipsis, where there is one.
    let ellipsis: Int?

    init(_ text: String, _ fail: (String) -> GraphError) throws {
        let parts = text.parts(separatedBy: "...")
        guard parts.count <= 2 else { throw fail("there is more than one '...' in \"\(text)\"") }
        for label in parts.joined() where !label.isASCII || !label.isLetter {
            throw fail("'\(label)' is not a letter")
        }
        self.text = text
        letters = Array(parts.joined())
        ellipsis = parts.count == 2 ? parts[0].count : nil
    }

    func labels(unnamed count: Int) -> [Character] {
        guard let ellipsis else { return letters }
        return letters[..<ellipsis] + Term.digits(count) + letters[ellipsis...]
    }

    /// Names of dimensions that have none; `count` is at most ``Shape/maxRank``.
    static func digits(_ count: Int) -> [Character] { (0..<count).reversed().flatMap { Array(String($0)) } }
}

extension String {
    /// Split at each place where `separator` stands.
    fileprivate func parts(separatedBy separator: String) -> [String] {
        var parts = [""]
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(separator) {
                parts.append("")
                formIndex(&index, offsetBy: separator.count)
            } else {
                parts[parts.count - 1].append(self[index])
                formIndex(after: &index)
            }
        }
        return parts
    }
}
