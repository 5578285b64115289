import CKernels
import Foundation

/// What every program must compute: one element at a time, whole domain, no blocks.
struct Reference {
    let region: Region
    let numbers: [Double]
    let words: [UInt64]
    var memory: Memory
    var registers: [[Double]]
    var faults: [nj_fault] = []

    init(_ region: Region, on memory: Memory, numbers: [Double] = [], words: [UInt64] = []) {
        self.region = region
        self.memory = memory
        self.numbers = numbers
        self.words = words
        registers = Array(repeating: [], count: region.registers.count)
    }

    /// Loads see memory as it was before the run, stores happen at the end.
    mutating func run() {
        let before = memory
        for instruction in region.instructions { step(instruction, before) }
    }

    private func size(_ kind: nj_kind) -> (rows: Int, cols: Int) {
        switch kind {
        case NJ_FULL: (region.rows, region.cols)
        case NJ_COL: (region.rows, 1)
        case NJ_ROW: (1, region.cols)
        default: (1, 1)
        }
    }

    private func kind(_ register: UInt16) -> nj_kind { nj_kind(UInt32(region.registers[Int(register)].kind)) }
    private func type(_ register: UInt16) -> nj_dtype { nj_dtype(UInt32(region.registers[Int(register)].dtype)) }

    /// The value of a register seen from (row, column).
    private func value(_ register: UInt16, _ row: Int, _ col: Int) -> Double {
        let size = size(kind(register))
        let r = size.rows == 1 ? 0 : row
        let c = size.cols == 1 ? 0 : col
        return registers[Int(register)][r * size.cols + c]
    }

    /// Addresses of an operand, its arrays read once.
    struct Walk {
        let offset: Int
        let colStride: Int
        let dims: [Int]
        let strides: [Int]

        init(_ operand: nj_operand) {
            let kind = nj_kind(UInt32(operand.kind))
            let (dims, strides) = kind == NJ_FULL || kind == NJ_COL ? operand.walk : ([], [])
            self.dims = dims
            self.strides = strides
            offset = Int(operand.offset)
            colStride = kind == NJ_FULL || kind == NJ_ROW ? Int(operand.col_stride) : 0
        }

        func address(_ row: Int, _ col: Int) -> Int {
            var at = offset + col * colStride
            var rest = row
            for d in dims.indices.reversed() {
                at += rest % dims[d] * strides[d]
                rest /= dims[d]
            }
            return at
        }
    }

    private mutating func step(_ i: nj_instr, _ before: Memory) {
        let op = nj_op(UInt32(i.op))
        let computing = nj_dtype(UInt32(i.dtype))
        switch op {
        case NJ_OP_STORE:
            let operand = region.operands[Int(i.dst)]
            let walk = Walk(operand)
            let size = size(kind(i.a))
            for row in 0..<size.rows {
                for col in 0..<size.cols {
                    memory.write(
                        value(i.a, row, col), Int(operand.buffer), nj_dtype(UInt32(operand.dtype)),
                        at: walk.address(row, col))
                }
            }
        case NJ_OP_LOAD:
            let operand = region.operands[Int(i.a)]
            let walk = Walk(operand)
            let size = size(kind(i.dst))
            var result: [Double] = []
            result.reserveCapacity(size.rows * size.cols)
            for row in 0..<size.rows {
                for col in 0..<size.cols {
                    let loaded = before.read(
                        Int(operand.buffer), nj_dtype(UInt32(operand.dtype)), at: walk.address(row, col))
                    result.append(Scalar.convert(loaded, to: type(i.dst)))
                }
            }
            registers[Int(i.dst)] = result
        case _ where i.op >= NJ_OP_COLS_SUM.rawValue:
            accumulate(op, i, computing)
        default:
            let size = size(kind(i.dst))
            var result: [Double] = []
            result.reserveCapacity(size.rows * size.cols)
            for row in 0..<size.rows {
                for col in 0..<size.cols { result.append(element(op, i, computing, row, col)) }
            }
            registers[Int(i.dst)] = result
        }
    }

    private mutating func element(
        _ op: nj_op, _ i: nj_instr, _ computing: nj_dtype, _ row: Int, _ col: Int
    ) -> Double {
        let type = type(i.dst)
        switch op {
        case NJ_OP_NUMBER: return Scalar.convert(numbers[Int(i.a)], to: type)
        case NJ_OP_IOTA_COL: return Double(col)
        case NJ_OP_IOTA_ROW: return Double(row)
        case NJ_OP_UNIFORM:
            let index = UInt64(row * region.cols + col)
            return type == NJ_F32
                ? Double(nj_uniform_float(words[Int(i.a)], index)) : nj_uniform_double(words[Int(i.a)], index)
        case NJ_OP_CAST: return Scalar.convert(value(i.a, row, col), to: type)
        case NJ_OP_COPY: return value(i.a, row, col)
        case NJ_OP_ROW_PICK:
            let index = Int(value(i.b, row, 0))
            guard index >= 0 && index < region.cols else {
                faults.append(
                    nj_fault(
                        code: 1, tag: i.tag, value: Int64(index), limit: Int64(region.cols), position: Int64(row)))
                return 0
            }
            return value(i.a, row, index)
        case _ where i.op >= NJ_OP_ROW_SUM.rawValue:
            return Scalar.reduce(op, (0..<region.cols).map { value(i.a, row, $0) }, computing)
        default:
            let a = value(i.a, row, col)
            let b = i.op >= NJ_OP_ADD.rawValue ? value(i.b, row, col) : 0
            let c = i.op >= NJ_OP_WHERE.rawValue ? value(i.c, row, col) : 0
            return Scalar.apply(op, computing, a, b, c)
        }
    }

    private mutating func accumulate(_ op: nj_op, _ i: nj_instr, _ type: nj_dtype) {
        let target = region.accumulators[Int(i.dst)]
        let size = size(kind(i.a))
        let byColumn = op.rawValue < NJ_OP_ALL_SUM.rawValue
        let along = nj_op(NJ_OP_ROW_SUM.rawValue + op.rawValue % 4)
        // Results of floats are combined in double, whatever they are stored as.
        let combining = type == NJ_I32 ? NJ_I32 : NJ_F64
        for result in 0..<(byColumn ? region.cols : 1) {
            var taken: [Double] = []
            for row in 0..<size.rows {
                for col in byColumn ? result..<result + 1 : 0..<size.cols { taken.append(value(i.a, row, col)) }
            }
            memory.write(
                Scalar.reduce(along, taken, combining), Int(target.buffer), nj_dtype(UInt32(target.dtype)),
                at: Int(target.offset) + result)
        }
    }
}
