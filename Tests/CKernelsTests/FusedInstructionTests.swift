import CKernels
import Testing

/// Instructions that stand for two, and the two where somebody else reads what is between them.
@Suite struct FusedInstructionTests {
    /// Narrow and wide, with tails.
    static let domains = [(1, 1), (37, 10), (200, 16), (65, 23), (3, 700)]

    private static func fill(_ count: Int, _ seed: UInt64) -> [Double] {
        var dice = Dice(seed)
        let special: [Double] = [0, -0.0, .nan, .infinity, -.infinity, 1e-40]
        return (0..<count).map { index in
            index % 7 == 3 ? special[index / 7 % 6] : Double(Float.random(in: -2...2, using: &dice))
        }
    }

    private func same(_ left: [Double], _ right: [Double]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
    }

    /// - Parameter keepsMask: the mask is stored as well.
    @Test(arguments: supportedSets, domains)
    func `a selection by a comparison is that of its parts`(set: String, domain: (Int, Int)) throws {
        for keepsMask in [false, true] {
            let count = domain.0 * domain.1
            let (x, y) = (Self.fill(count, 1), Self.fill(count, 2))
            var memory = Memory()
            let (a, b) = (memory.add(x, as: NJ_F32), memory.add(y, as: NJ_F32))
            let result = memory.add([Double](repeating: 9, count: count), as: NJ_F32)
            let mask = memory.add([Double](repeating: 9, count: count), as: NJ_I32)
            var region = Region(rows: domain.0, cols: domain.1)
            let left = region.load(region.dense(NJ_FULL, NJ_F32, buffer: a), as: NJ_F32)
            let right = region.load(region.dense(NJ_FULL, NJ_F32, buffer: b), as: NJ_F32)
            let floor = region.emit(NJ_OP_NUMBER, NJ_F32, NJ_SCALAR, 0)
            let isAbove = region.emit(NJ_OP_GT, NJ_F32, to: NJ_I32, NJ_FULL, left, floor)
            let chosen = region.emit(NJ_OP_WHERE, NJ_F32, NJ_FULL, isAbove, right, floor)
            region.store(chosen, region.dense(NJ_FULL, NJ_F32, buffer: result))
            if keepsMask { region.store(isAbove, region.dense(NJ_FULL, NJ_I32, buffer: mask)) }
            try withInstructionSet(set) { _ = try run(region, on: &memory, numbers: [0.25]) }
            #expect(memory.isIntact)
            #expect(
                same(
                    memory.values(result, NJ_F32),
                    zip(x, y).map { Float($0) > 0.25 ? Double(Float($1)) : 0.25 }))
            #expect(
                memory.values(mask, NJ_I32)
                    == (keepsMask ? x.map { $0 > 0.25 ? 1 : 0 } : [Double](repeating: 9, count: count)))
        }
    }

    @Test(arguments: supportedSets, domains)
    func `sums of products over rows are those of the values`(set: String, domain: (Int, Int)) throws {
        var dice = Dice(3)
        let (rows, cols) = domain
        let x = (0..<rows * cols).map { _ in Double(Float.random(in: -1...1, using: &dice)) }
        let y = (0..<rows * cols).map { _ in Double(Float.random(in: -1...1, using: &dice)) }
        for keepsProduct in [false, true] {
            var memory = Memory()
            let (a, b) = (memory.add(x, as: NJ_F32), memory.add(y, as: NJ_F32))
            let sums = (0..<3).map { _ in memory.add([Double](repeating: 9, count: cols), as: NJ_F64) }
            let product = memory.add([Double](repeating: 9, count: rows * cols), as: NJ_F32)
            var region = Region(rows: rows, cols: cols)
            let left = region.load(region.dense(NJ_FULL, NJ_F32, buffer: a), as: NJ_F32)
            let right = region.load(region.dense(NJ_FULL, NJ_F32, buffer: b), as: NJ_F32)
            let both = region.emit(NJ_OP_MUL, NJ_F32, NJ_FULL, left, right)
            region.accumulate(NJ_OP_COLS_SUM, both, NJ_F64, buffer: sums[0])
            let square = region.emit(NJ_OP_SQUARE, NJ_F32, NJ_FULL, left)
            region.accumulate(NJ_OP_COLS_SUM, square, NJ_F64, buffer: sums[1])
            region.accumulate(NJ_OP_COLS_SUM, right, NJ_F64, buffer: sums[2])
            if keepsProduct { region.store(both, region.dense(NJ_FULL, NJ_F32, buffer: product)) }
            try withInstructionSet(set) { _ = try run(region, on: &memory) }
            #expect(memory.isIntact)
            let expected: [(Double, Double) -> Double] = [{ $0 * $1 }, { left, _ in left * left }, { $1 }]
            for (sum, term) in zip(sums, expected) {
                for (col, value) in memory.values(sum, NJ_F64).enumerated() {
                    let exact = (0..<rows).reduce(0) { $0 + term(x[$1 * cols + col], y[$1 * cols + col]) }
                    #expect(abs(value - exact) <= 1e-6 * (1 + Double(rows).squareRoot()), "column \(col)")
                }
            }
            if keepsProduct {
                #expect(memory.values(product, NJ_F32) == zip(x, y).map { Double(Float($0) * Float($1)) })
            }
        }
    }
}
