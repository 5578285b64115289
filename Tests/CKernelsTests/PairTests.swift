import CKernels
import Testing

/// Operations that run in one pass give the bits of the same operations in two.
@Suite struct PairTests {
    private static let firsts = [NJ_OP_ADD, NJ_OP_SUB, NJ_OP_MUL, NJ_OP_DIV, NJ_OP_SQUARE, NJ_OP_SQRT]
    private static let seconds = [
        NJ_OP_ADD, NJ_OP_SUB, NJ_OP_MUL, NJ_OP_DIV, NJ_OP_EXP, NJ_OP_LOG, NJ_OP_SQRT, NJ_OP_MAX,
    ]
    private static let kinds = [NJ_FULL, NJ_COL, NJ_ROW, NJ_SCALAR]

    /// What the two operations give; `apart` stores the first one's value as well, which keeps them from pairing.
    private func values(
        _ first: nj_op, _ second: nj_op, _ kinds: [nj_kind], swapped: Bool, apart: Bool, _ domain: (Int, Int),
        _ set: String
    ) throws -> [UInt64] {
        let (rows, cols) = domain
        var region = Region(rows: rows, cols: cols)
        var memory = Memory()
        var dice = Dice(7)
        var names: [UInt16] = []
        for kind in kinds {
            let count = kind == NJ_FULL ? rows * cols : (kind == NJ_COL ? rows : (kind == NJ_ROW ? cols : 1))
            let buffer = memory.add(OperationTests.values(count, NJ_F32, &dice), as: NJ_F32)
            names.append(region.load(region.dense(kind, NJ_F32, buffer: buffer), as: NJ_F32))
        }
        let isUnary = first == NJ_OP_SQUARE || first == NJ_OP_SQRT
        let inner = region.emit(first, NJ_F32, NJ_FULL, names[0], isUnary ? 0 : names[1])
        let (left, right) = swapped ? (names[2], inner) : (inner, names[2])
        let isLast = second == NJ_OP_EXP || second == NJ_OP_LOG || second == NJ_OP_SQRT
        let outer =
            isLast
            ? region.emit(second, NJ_F32, NJ_FULL, inner) : region.emit(second, NJ_F32, NJ_FULL, left, right)
        let target = memory.add((0..<rows * cols).map { _ in 0 }, as: NJ_F32)
        region.store(outer, region.dense(NJ_FULL, NJ_F32, buffer: target))
        if apart {
            let other = memory.add((0..<rows * cols).map { _ in 0 }, as: NJ_F32)
            region.store(inner, region.dense(NJ_FULL, NJ_F32, buffer: other))
        }
        try withInstructionSet(set) { _ = try run(region, on: &memory) }
        #expect(memory.isIntact)
        return memory.values(target, NJ_F32).map { $0.isNaN ? 0 : $0.bitPattern }
    }

    @Test(arguments: supportedSets, [(5, 7), (3, 300), (1, 40)])
    func `pairs round as their operations do alone`(set: String, domain: (Int, Int)) throws {
        for first in Self.firsts {
            for second in Self.seconds {
                for (index, kind) in Self.kinds.enumerated() {
                    for other in Self.kinds {
                        // One operand of the first operation is full, on either side; the second takes any kind.
                        let kinds = index % 2 == 0 ? [NJ_FULL, kind, other] : [kind, NJ_FULL, other]
                        for swapped in [false, true] {
                            let together = try values(
                                first, second, kinds, swapped: swapped, apart: false, domain, set)
                            let apart = try values(first, second, kinds, swapped: swapped, apart: true, domain, set)
                            #expect(together == apart, "\(first) \(second) \(kinds) swapped \(swapped)")
                        }
                    }
                }
            }
        }
    }
}
