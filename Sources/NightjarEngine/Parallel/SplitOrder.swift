import NightjarGraph

/// When the rows of a split plan are computed.
///
/// A plan is a list of levels. On each, a process computes rows that are whole, then for each of its shards rows that
/// are split; what the shards give is joined, and the next level goes on from there. A row comes as early as what it
/// reads allows, but for whole rows that no shard waits for, such as the new weights: those come last, so that sums
/// are joined while shards go on.
struct SplitOrder {
    /// The last level.
    private(set) var last = 0
    /// The level on which all of a row is known; -1 where nobody asks.
    private(set) var whole: [Int]
    /// The level on which the parts of a row are computed; -1 where nobody asks.
    private(set) var parts: [Int]
    /// Rows whose parts are cut out of the whole.
    private(set) var isCut: [Bool]
    /// Rows that a shard waits for, be it by way of other rows that are whole.
    private(set) var isAwaited: [Bool]
    /// Split rows that somebody reads whole.
    private(set) var isGathered: [Bool]

    private let split: BatchSplit

    init(_ split: BatchSplit) {
        self.split = split
        let count = split.kinds.count
        whole = [Int](repeating: -1, count: count)
        parts = whole
        isCut = [Bool](repeating: false, count: count)
        isGathered = isCut
        isAwaited = isCut
        let graph = split.graph
        var needsWhole = isCut
        var needsPart = isCut
        for output in graph.outputs { needsWhole[output] = true }
        for effect in graph.effects { needsWhole[effect.row] = true }
        for index in graph.rows.indices.reversed() {
            func read(_ forms: [BatchSplit.Form]) {
                for (operand, form) in zip(graph.rows[index].operands, forms) {
                    if form == .part { needsPart[operand.position] = true } else { needsWhole[operand.position] = true }
                }
            }
            if needsWhole[index], split.kinds[index] == .split {
                isGathered[index] = graph.rows[index].op != .leaf
                needsPart[index] = needsPart[index] || isGathered[index]
            }
            if needsPart[index] {
                if let forms = partForms(index) {
                    read(forms)
                } else if graph.rows[index].op.family != .source || graph.rows[index].op == .uniform
                    || graph.rows[index].op == .normal
                {
                    isCut[index] = true
                    needsWhole[index] = true
                }
            }
            guard needsWhole[index] else { continue }
            switch split.kinds[index] {
            case .whole: read(graph.rows[index].operands.map { _ in .whole })
            case .joined: read(split.shareForms(index) ?? [])
            case .split: break
            }
        }
        for index in graph.rows.indices { place(index, needsWhole[index], needsPart[index]) }
        last = max(whole.max() ?? 0, parts.max() ?? 0, 0)
        cutIntoPieces()
        putOff()
    }

    /// How the part of a row is computed; nil where it is read from memory, cut out of what is whole or counted.
    func partForms(_ index: Int) -> [BatchSplit.Form]? {
        switch split.kinds[index] {
        case .split: split.forms(index)
        case .whole where split.isMadeInParts(index): split.forms(index)
        case .whole, .joined: nil
        }
    }

    private func level(of operands: [NodeID], _ forms: [BatchSplit.Form]) -> Int {
        zip(operands, forms).reduce(0) { result, operand in
            let index = operand.0.position
            return max(result, operand.1 == .part ? parts[index] : whole[index])
        }
    }

    private mutating func place(_ index: Int, _ needsWhole: Bool, _ needsPart: Bool) {
        let operands = split.graph.rows[index].operands
        if needsPart, let forms = partForms(index) { parts[index] = level(of: operands, forms) }
        if needsWhole {
            switch split.kinds[index] {
            case .whole: whole[index] = level(of: operands, operands.map { _ in .whole })
            case .split: whole[index] = isGathered[index] ? parts[index] + 1 : 0
            // Its shares come on the level before.
            case .joined: whole[index] = level(of: operands, split.shareForms(index) ?? []) + 1
            }
        }
        guard needsPart, partForms(index) == nil else { return }
        parts[index] = isCut[index] ? whole[index] : 0
    }

    /// The level on which shards compute their shares of a sum.
    func shares(_ index: Int) -> Int { whole[index] - 1 }

    /// Sums of so many bytes are joined while shards go on with the rows behind them.
    private static let pieceBytes = 1 << 20

    /// Cuts levels that give many sums, so that those which are done first need not wait for the last.
    private mutating func cutIntoPieces() {
        let graph = split.graph
        var bytes = [Int](repeating: 0, count: last + 1)
        var cuts = bytes
        var partPiece = [Int](repeating: 0, count: graph.rows.count)
        var sharePiece = partPiece
        func piece(on level: Int) -> Int {
            if bytes[level] >= SplitOrder.pieceBytes {
                bytes[level] = 0
                cuts[level] += 1
            }
            return cuts[level]
        }
        for (index, row) in graph.rows.enumerated() {
            if parts[index] >= 0, partForms(index) != nil { partPiece[index] = piece(on: parts[index]) }
            guard whole[index] >= 0, split.kinds[index] == .joined else { continue }
            sharePiece[index] = piece(on: shares(index))
            bytes[shares(index)] += row.shape.count * row.dtype.byteWidth
        }
        var first = [0]
        for level in 0..<last { first.append(first[level] + cuts[level] + 1) }
        for index in graph.rows.indices {
            let share = shares(index)
            if parts[index] >= 0 { parts[index] = first[parts[index]] + partPiece[index] }
            guard whole[index] >= 0 else { continue }
            switch split.kinds[index] {
            case .whole: whole[index] = first[whole[index]]
            case .split: whole[index] = isGathered[index] ? parts[index] + 1 : 0
            case .joined: whole[index] = first[share] + sharePiece[index] + 1
            }
        }
        last = first[last]
    }

    /// Whole rows that no shard waits for come last.
    private mutating func putOff() {
        let graph = split.graph
        for index in graph.rows.indices.reversed() {
            func note(_ forms: [BatchSplit.Form]) {
                for (operand, form) in zip(graph.rows[index].operands, forms) where form == .whole {
                    isAwaited[operand.position] = true
                }
            }
            if isCut[index] { isAwaited[index] = true }
            if parts[index] >= 0, let forms = partForms(index) { note(forms) }
            guard whole[index] >= 0 else { continue }
            switch split.kinds[index] {
            case .joined: note(split.shareForms(index) ?? [])
            case .whole where isAwaited[index]: note(graph.rows[index].operands.map { _ in .whole })
            case .whole:
                if graph.rows[index].op.family != .source { whole[index] = last }
            case .split: break
            }
        }
    }
}
