import CKernels
import Testing

/// What is refused, and what the choice of instruction set says.
@Suite struct DescriptionTests {
    private func isAccepted(_ change: (inout Region) -> Void) -> Bool {
        var region = Region(rows: 4, cols: 6)
        let x = region.load(region.dense(NJ_FULL, NJ_F32, buffer: 0), as: NJ_F32)
        let y = region.emit(NJ_OP_EXP, NJ_F32, NJ_FULL, x)
        region.store(y, region.dense(NJ_FULL, NJ_F32, buffer: 1))
        change(&region)
        let program = region.withDescription { nj_program_create($0) }
        defer { nj_program_destroy(program) }
        return program != nil
    }

    @Test func `descriptions with a mistake are refused`() {
        #expect(isAccepted { _ in })
        #expect(!isAccepted { $0.instructions[1].a = 9 })
        #expect(!isAccepted { $0.instructions[1].op = 255 })
        #expect(!isAccepted { $0.instructions[1].op = 90 })
        #expect(!isAccepted { $0.instructions[1].dtype = UInt8(NJ_I32.rawValue) })
        #expect(!isAccepted { $0.instructions[1].dst = 0 })
        #expect(!isAccepted { $0.instructions.swapAt(0, 1) })
        #expect(!isAccepted { $0.instructions[2].dst = 7 })
        #expect(!isAccepted { $0.registers[1].kind = UInt8(NJ_COL.rawValue) })
        #expect(!isAccepted { $0.registers[0].dtype = UInt8(NJ_U8.rawValue) })
        #expect(!isAccepted { $0.operands[0].dims.0 = 5 })
        #expect(!isAccepted { $0.operands[0].rank = 9 })
        #expect(!isAccepted { $0.operands[0].buffer = 0xFFFF })
        #expect(!isAccepted { $0.rows = -1 })
        #expect(!isAccepted { _ = $0.emit(NJ_OP_AND, NJ_F32, NJ_FULL, 0, 1) })
        #expect(!isAccepted { _ = $0.emit(NJ_OP_WHERE, NJ_F32, NJ_FULL, 0, 1, 1) })
        #expect(!isAccepted { _ = $0.emit(NJ_OP_ROW_SUM, NJ_F32, NJ_FULL, 0) })
        #expect(!isAccepted { _ = $0.emit(NJ_OP_UNIFORM, NJ_I32, NJ_FULL, 0) })
    }

    @Test func `every supported set can be chosen, and no other`() {
        #expect(supportedSets.first == "baseline")
        for set in supportedSets {
            withInstructionSet(set) { #expect(String(cString: nj_isa_name()) == set) }
        }
        #expect(nj_isa_select("avx1024") == 0)
        #expect(nj_isa_select(nil) == 1)
        #expect(supportedSets.contains(String(cString: nj_isa_name())))
    }

    @Test func `tiles depend on the domain and are few for small ones`() throws {
        for (rows, cols, least, most) in [
            (128, 10, 1, 1), (1, 30_000, 1, 1), (1, 40_000, 4, 16), (1000, 1000, 16, 64), (1_000_000, 1, 16, 64),
        ] {
            var region = Region(rows: rows, cols: cols)
            let x = region.load(region.dense(NJ_FULL, NJ_F32, buffer: 0), as: NJ_F32)
            let y = region.emit(NJ_OP_EXP, NJ_F32, NJ_FULL, x)
            region.store(y, region.dense(NJ_FULL, NJ_F32, buffer: 1))
            let program = try #require(region.withDescription { nj_program_create($0) })
            defer { nj_program_destroy(program) }
            let tiles = Int(nj_program_tile_count(program))
            #expect(tiles >= least && tiles <= most, "\(rows) x \(cols): \(tiles)")
            #expect(nj_program_cost(program) > 0)
        }
    }
}
