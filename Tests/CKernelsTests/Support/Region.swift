import CKernels
import Testing

/// A program under construction, with the arrays that a description points to.
struct Region {
    var rows: Int
    var cols: Int
    var instructions: [nj_instr] = []
    var registers: [nj_register] = []
    var operands: [nj_operand] = []
    var accumulators: [nj_accumulator] = []

    init(rows: Int, cols: Int) {
        self.rows = rows
        self.cols = cols
    }

    /// Appends an instruction that writes a new register, and returns the register.
    mutating func emit(
        _ op: nj_op, _ type: nj_dtype, to resultType: nj_dtype? = nil, _ kind: nj_kind, _ a: UInt16 = 0,
        _ b: UInt16 = 0,
        _ c: UInt16 = 0, tag: Int32 = 0
    ) -> UInt16 {
        let register = UInt16(registers.count)
        registers.append(nj_register(dtype: UInt8((resultType ?? type).rawValue), kind: UInt8(kind.rawValue)))
        instructions.append(
            nj_instr(op: UInt8(op.rawValue), dtype: UInt8(type.rawValue), dst: register, a: a, b: b, c: c, tag: tag))
        return register
    }

    mutating func load(_ operand: nj_operand, as type: nj_dtype) -> UInt16 {
        operands.append(operand)
        return emit(NJ_OP_LOAD, type, nj_kind(UInt32(operand.kind)), UInt16(operands.count - 1))
    }

    mutating func store(_ register: UInt16, _ operand: nj_operand) {
        operands.append(operand)
        instructions.append(
            nj_instr(
                op: UInt8(NJ_OP_STORE.rawValue), dtype: registers[Int(register)].dtype, dst: UInt16(operands.count - 1),
                a: register, b: 0, c: 0, tag: 0))
    }

    mutating func accumulate(_ op: nj_op, _ register: UInt16, _ type: nj_dtype, buffer: Int, offset: Int = 0) {
        let isMoment = op == NJ_OP_COLS_MEAN || op == NJ_OP_COLS_SPREAD
        let kind = op.rawValue < NJ_OP_ALL_SUM.rawValue || isMoment ? NJ_ROW : NJ_SCALAR
        accumulators.append(
            nj_accumulator(
                dtype: UInt8(type.rawValue), kind: UInt8(kind.rawValue), buffer: UInt16(buffer), offset: Int64(offset)))
        instructions.append(
            nj_instr(
                op: UInt8(op.rawValue), dtype: registers[Int(register)].dtype, dst: UInt16(accumulators.count - 1),
                a: register, b: 0, c: 0, tag: 0))
    }

    /// Loads a block of ones and does so much along its rows that blocks lie by columns, if they are short.
    mutating func lookAlongRows(_ memory: inout Memory) {
        let source = memory.add([Double](repeating: 1, count: rows * cols), as: NJ_F32)
        let x = load(dense(NJ_FULL, NJ_F32, buffer: source), as: NJ_F32)
        for _ in 0..<8 {
            let y = emit(NJ_OP_ROW_ARGMAX, NJ_F32, to: NJ_I32, NJ_COL, x)
            let target = memory.add([Double](repeating: 7, count: rows), as: NJ_I32)
            store(y, dense(NJ_COL, NJ_I32, buffer: target))
        }
    }

    /// How the blocks of its program lie.
    func blockOrder() throws -> String {
        let program = try #require(withDescription { nj_program_create($0) })
        defer { nj_program_destroy(program) }
        return String(cString: nj_program_block_order(program))
    }

    /// An operand that lies dense from `offset`.
    func dense(_ kind: nj_kind, _ type: nj_dtype, buffer: Int, offset: Int = 0) -> nj_operand {
        strided(
            kind, type, buffer: buffer, offset: offset, dims: [rows], strides: [kind == NJ_FULL ? cols : 1],
            colStride: 1)
    }

    func strided(
        _ kind: nj_kind, _ type: nj_dtype, buffer: Int, offset: Int, dims: [Int], strides: [Int], colStride: Int
    ) -> nj_operand {
        var operand = nj_operand()
        operand.dtype = UInt8(type.rawValue)
        operand.kind = UInt8(kind.rawValue)
        operand.buffer = UInt16(buffer)
        operand.rank = Int32(dims.count)
        operand.offset = Int64(offset)
        operand.col_stride = Int64(colStride)
        withUnsafeMutableBytes(of: &operand.dims) { $0.copyBytes(from: dims.map(Int64.init).bytes) }
        withUnsafeMutableBytes(of: &operand.strides) { $0.copyBytes(from: strides.map(Int64.init).bytes) }
        return operand
    }

    func withDescription<Result>(_ body: (UnsafePointer<nj_program_desc>) throws -> Result) rethrows -> Result {
        try instructions.withUnsafeBufferPointer { instructions in
            try registers.withUnsafeBufferPointer { registers in
                try operands.withUnsafeBufferPointer { operands in
                    try accumulators.withUnsafeBufferPointer { accumulators in
                        var description = nj_program_desc(
                            rows: Int64(rows), cols: Int64(cols), instrs: instructions.baseAddress,
                            registers: registers.baseAddress, operands: operands.baseAddress,
                            accumulators: accumulators.baseAddress, instr_count: Int32(instructions.count),
                            register_count: Int32(registers.count), operand_count: Int32(operands.count),
                            accumulator_count: Int32(accumulators.count))
                        return try body(&description)
                    }
                }
            }
        }
    }
}

extension Array {
    /// The bytes of the elements, in memory order.
    var bytes: [UInt8] { withUnsafeBytes { Array<UInt8>($0) } }
}

extension nj_operand {
    /// Dimensions and strides as arrays.
    var walk: (dims: [Int], strides: [Int]) {
        var copy = self
        let dims = withUnsafeBytes(of: &copy.dims) { $0.bindMemory(to: Int64.self).map(Int.init) }
        let strides = withUnsafeBytes(of: &copy.strides) { $0.bindMemory(to: Int64.self).map(Int.init) }
        return (Array(dims.prefix(Int(rank))), Array(strides.prefix(Int(rank))))
    }
}
