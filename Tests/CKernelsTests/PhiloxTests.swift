import CKernels
import Foundation
import Testing

/// Random numbers: the generator, and the operations that draw from it.
@Suite struct PhiloxTests {
    private func words(_ key: UInt64, _ index: UInt64) -> [UInt32] {
        let block = nj_philox(key, index)
        return [block.word.0, block.word.1, block.word.2, block.word.3]
    }

    /// The first is published with Random123 (kat_vectors). The others come from a dozen lines of Python that also
    /// give the published answers for full counters (408f276d 41c83b0e a20bc7c6 6d5451fd for all ones).
    @Test func `blocks have the words that other implementations give`() {
        #expect(words(0, 0) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
        #expect(words(1, 0) == [0xe3e8_0670, 0xe50a_0ebc, 0x95f2_22c0, 0xb615_aa27])
        #expect(words(0, 1) == [0xf8e4_cca4, 0x5cb2_00db, 0xb1a5_74eb, 0x097e_ff67])
        #expect(words(.max, .max) == [0x4d18_d7d2, 0x430a_c65a, 0xbd2f_a22a, 0x0afa_e10d])
        #expect(
            words(0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210) == [
                0x2c03_a599, 0xd8a2_90fc, 0x4339_955b, 0x8784_c033,
            ])
    }

    private func draw(_ op: nj_op, _ type: nj_dtype, rows: Int, cols: Int, key: UInt64, shift: Bool) throws -> [Double]
    {
        var memory = Memory()
        let target = memory.add([Double](repeating: 0, count: rows * cols), as: type)
        var region = Region(rows: rows, cols: cols)
        var value = region.emit(op, type, NJ_FULL, 0)
        if shift {
            // A row vector keeps the domain from being seen as one long row.
            let zero = region.emit(NJ_OP_IOTA_COL, type, NJ_ROW)
            let none = region.emit(NJ_OP_MUL, type, NJ_ROW, zero, region.emit(NJ_OP_NUMBER, type, NJ_SCALAR, 0))
            value = region.emit(NJ_OP_ADD, type, NJ_FULL, value, none)
        }
        region.store(value, region.dense(NJ_FULL, type, buffer: target))
        try run(region, on: &memory, numbers: [0], words: [key])
        return memory.values(target, type)
    }

    @Test(arguments: supportedSets, [(1, 1), (3, 5), (300, 10), (3, 999), (2, 40_001), (5000, 3)])
    func `element i of a stream depends on key and i alone`(set: String, size: (Int, Int)) throws {
        let key: UInt64 = 0xdead_beef_1234
        let count = size.0 * size.1
        let floats = (0..<count).map { Double(Float(words(key, UInt64($0) / 4)[$0 % 4] >> 8) * 0x1p-24) }
        let doubles = (0..<count).map { index in
            let block = words(key, UInt64(index))
            return Double((UInt64(block[1]) << 32 | UInt64(block[0])) >> 11) * 0x1p-53
        }
        let normals = (0..<count).map { index in
            let block = words(key, UInt64(index) / 4)
            let pair = index & 2
            let radius = (-2 * log((Double(block[pair]) + 1) * 0x1p-32)).squareRoot()
            let angle = 2 * Double.pi * Double(block[pair + 1]) * 0x1p-32
            return Double(Float(radius * (index & 1 == 0 ? cos(angle) : sin(angle))))
        }
        for shift in [false, true] {
            try withInstructionSet(set) {
                let (rows, cols) = size
                #expect(try draw(NJ_OP_UNIFORM, NJ_F32, rows: rows, cols: cols, key: key, shift: shift) == floats)
                #expect(try draw(NJ_OP_UNIFORM, NJ_F64, rows: rows, cols: cols, key: key, shift: shift) == doubles)
                let drawn = try draw(NJ_OP_NORMAL, NJ_F32, rows: rows, cols: cols, key: key, shift: shift)
                #expect(zip(drawn, normals).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
            }
        }
    }

    @Test(arguments: [NJ_F32, NJ_F64])
    func `normal numbers have the moments of the normal distribution`(type: nj_dtype) throws {
        let count = 200_000
        let drawn = try draw(NJ_OP_NORMAL, type, rows: 1, cols: count, key: 3, shift: false)
        func moment(_ power: Int) -> Double {
            drawn.reduce(0) { $0 + pow($1, Double(power)) } / Double(count)
        }
        // Five standard errors: those of the moments are sqrt(1, 2, 15, 96) / sqrt(n).
        let error = 5 / Double(count).squareRoot()
        #expect(abs(moment(1)) < error)
        #expect(abs(moment(2) - 1) < error * 2.0.squareRoot())
        #expect(abs(moment(3)) < error * 15.0.squareRoot())
        #expect(abs(moment(4) - 3) < error * 96.0.squareRoot())
        let neighbours = zip(drawn, drawn.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
        #expect(abs(neighbours) < error)
    }
}
