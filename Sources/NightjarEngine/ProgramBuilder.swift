import CKernels
import NightjarGraph
import NightjarTensor

/// A piece of memory that launches read and write, before it has an address.
enum Memory: Hashable {
    /// The tensor behind a leaf slot of the request.
    case leaf(Int)
    /// The value of a row, in the arena or in an output tensor.
    case row(Int)
    /// Whole numbers 0, 1, ... up to this many.
    case counting(Int)
}

/// Writes the instructions of one group.
struct ProgramBuilder {
    let graph: PlanGraph
    let group: Group
    /// Shared by the launches of a plan.
    let pool: PlanPool
    let rows: Int
    let columns: Int
    private let anew: Set<Int>

    private(set) var instructions: [nj_instr] = []
    private(set) var registers: [nj_register] = []
    private(set) var operands: [nj_operand] = []
    private(set) var accumulators: [nj_accumulator] = []
    private var registerOf: [Int: UInt16] = [:]
    private var loads: [LoadKey: UInt16] = [:]

    private struct LoadKey: Hashable {
        let memory: Memory
        let strides: [Int]
        let offset: Int
    }

    /// - Parameter anew: rows of other groups that are worked out here and not read; see ``Rematerialization``.
    init(_ graph: PlanGraph, _ group: Group, _ pool: PlanPool, anew: Set<Int> = []) {
        self.anew = anew
        self.graph = graph
        self.group = group
        self.pool = pool
        let domain = group.domain
        let split = group.split
        rows = (0..<min(split, domain.rank)).reduce(1) { $0 * domain[$1] }
        columns = (min(split, domain.rank)..<domain.rank).reduce(1) { $0 * domain[$1] }
    }

    // MARK: Small pieces

    static func registerType(_ dtype: DType) -> UInt8 {
        switch dtype {
        case .float32: UInt8(NJ_F32.rawValue)
        case .float64: UInt8(NJ_F64.rawValue)
        case .int32, .uint8, .bool: UInt8(NJ_I32.rawValue)
        }
    }

    private mutating func register(_ dtype: DType, _ kind: nj_kind) -> UInt16 {
        registers.append(nj_register(dtype: Self.registerType(dtype), kind: UInt8(kind.rawValue)))
        return UInt16(truncatingIfNeeded: registers.count - 1)
    }

    private func kind(_ register: UInt16) -> nj_kind { nj_kind(UInt32(registers[Int(register)].kind)) }

    private mutating func emit(
        _ op: nj_op, _ dtype: DType, _ dst: UInt16, _ a: UInt16 = 0, _ b: UInt16 = 0, _ c: UInt16 = 0, tag: Int = 0
    ) {
        instructions.append(
            nj_instr(
                op: UInt8(op.rawValue), dtype: Self.registerType(dtype), dst: dst, a: a, b: b, c: c,
                tag: Int32(truncatingIfNeeded: tag)))
    }

    private mutating func operand(_ dtype: DType, _ kind: nj_kind, _ memory: Memory?) -> nj_operand {
        var operand = nj_operand()
        operand.dtype = dtype.rawValue
        operand.kind = UInt8(kind.rawValue)
        operand.buffer = memory.map { pool.buffer($0) } ?? UInt16(NJ_PRODUCT)
        return operand
    }

    private static func set(_ operand: inout nj_operand, _ dims: [Int], _ strides: [Int]) {
        operand.rank = Int32(dims.count)
        withUnsafeMutableBytes(of: &operand.dims) { bytes in
            let typed = bytes.bindMemory(to: Int64.self)
            for (index, value) in dims.enumerated() { typed[index] = Int64(value) }
        }
        withUnsafeMutableBytes(of: &operand.strides) { bytes in
            let typed = bytes.bindMemory(to: Int64.self)
            for (index, value) in strides.enumerated() { typed[index] = Int64(value) }
        }
    }

    /// Memory seen over the domain with these strides: what kind it is, and its rows as few dimensions as possible.
    private mutating func view(_ dtype: DType, _ memory: Memory, _ strides: [Int], offset: Int) -> nj_operand {
        let domain = group.domain
        let split = min(group.split, domain.rank)
        let step = View.columnStride(domain, strides, from: split) ?? 0
        var dims: [Int] = []
        var steps: [Int] = []
        for axis in 0..<split where domain[axis] != 1 {
            if let last = steps.last, let extent = dims.last, last == strides[axis] * domain[axis] {
                dims[dims.count - 1] = extent * domain[axis]
                steps[steps.count - 1] = strides[axis]
            } else {
                dims.append(domain[axis])
                steps.append(strides[axis])
            }
        }
        if dims.isEmpty {
            dims = [rows]
            steps = [columns * step]
        }
        let repeatsRows = rows == 1 || steps.allSatisfy { $0 == 0 }
        let repeatsColumns = columns == 1 || step == 0
        let kind: nj_kind =
            repeatsRows && repeatsColumns
            ? (rows * columns == 1 ? NJ_FULL : NJ_SCALAR)
            : repeatsColumns && columns > 1 ? NJ_COL : repeatsRows && rows > 1 ? NJ_ROW : NJ_FULL
        var result = operand(dtype, kind, memory)
        Self.set(&result, dims, steps)
        result.offset = Int64(offset)
        result.col_stride = Int64(step)
        return result
    }

    private mutating func load(_ operand: nj_operand, _ dtype: DType) -> UInt16 {
        operands.append(operand)
        let dst = register(dtype, nj_kind(UInt32(operand.kind)))
        emit(NJ_OP_LOAD, dtype, dst, UInt16(truncatingIfNeeded: operands.count - 1))
        return dst
    }

    private mutating func load(_ dtype: DType, _ memory: Memory, strides: [Int], offset: Int = 0) -> UInt16 {
        let key = LoadKey(memory: memory, strides: strides, offset: offset)
        if let known = loads[key] { return known }
        let result = load(view(dtype, memory, strides, offset: offset), dtype)
        loads[key] = result
        return result
    }

    private func memory(_ root: Int) -> Memory { graph.memory(root) }

    // MARK: Operands

    /// The register that holds operand `id` of a member whose values extend like `extent`.
    private mutating func value(_ id: NodeID, _ extent: Group.Extent, _ memberShape: Shape) throws -> UInt16 {
        let root = graph.root[id.position]
        if group.extents[root] != nil, let known = registerOf[root] { return known }
        if graph.isInline[root] { return try scalar(root) }
        if anew.contains(root) {
            if let known = registerOf[root] { return known }
            let row = graph.rows[root]
            let values = try operands(of: row).map { try value($0, .full, row.shape) }
            let result = try compute(row, values, NJ_FULL, index: root)
            registerOf[root] = result
            return result
        }
        let dtype = graph.rows[root].dtype
        switch extent {
        case .full:
            if graph.rows[root].op == .iota, graph.isSource(root) {
                return load(
                    dtype, memory(root), strides: graph.iotaStrides(root, graph.shape(id.position), in: group.domain))
            }
            return load(
                dtype, memory(root), strides: Broadcasting.strides(of: graph.shape(id.position), in: group.domain))
        case .rows:
            let key = LoadKey(memory: memory(root), strides: [-1], offset: 0)
            if let known = loads[key] { return known }
            var operand = operand(dtype, NJ_COL, memory(root))
            Self.set(&operand, [rows], [1])
            let result = load(operand, dtype)
            loads[key] = result
            return result
        }
    }

    /// The operands of an elementwise row, or others with which it is the same and of which it needs less.
    private func operands(of row: Node) -> [NodeID] {
        var result = Array(row.operands)
        // relu(x) > 0 where x > 0: the mask of a gradient needs no activation that is worked out for it alone.
        if row.op == .greater, graph.isZero(graph.root[row.b.position]) {
            let root = graph.root[row.a.position]
            if graph.rows[root].op == .relu, anew.contains(root), registerOf[root] == nil, !graph.isInline[root],
                graph.shape(row.a.position) == graph.shape(root)
            {
                result[0] = graph.rows[root].a
            }
        }
        return result
    }

    /// A single number, worked out here.
    private mutating func scalar(_ root: Int) throws -> UInt16 {
        if let known = registerOf[root] { return known }
        let row = graph.rows[root]
        let result: UInt16
        switch row.op {
        case .number:
            result = register(row.dtype, NJ_SCALAR)
            emit(NJ_OP_NUMBER, row.dtype, result, UInt16(truncatingIfNeeded: row.slot))
        case .constant:
            result = register(row.dtype, NJ_SCALAR)
            emit(NJ_OP_NUMBER, row.dtype, result, pool.constant(Double(bitPattern: row.attribute)))
        case .leaf:
            result = load(operand(row.dtype, NJ_SCALAR, .leaf(row.slot)), row.dtype)
        case .reshape, .expand:
            result = try scalar(graph.root[row.a.position])
        default:
            let values = try row.operands.map { try scalar(graph.root[$0.position]) }
            result = try compute(row, values, NJ_SCALAR, index: root)
        }
        registerOf[root] = result
        return result
    }

    // MARK: Members

    /// Emits the instructions of all members.
    mutating func emitMembers() throws {
        for index in group.members { try emitMember(index) }
    }

    private mutating func emitMember(_ index: Int) throws {
        let row = graph.rows[index]
        let extent = group.extents[index] ?? .full
        switch row.op {
        case _ where row.op.family == .product:
            var product = operand(row.dtype, NJ_FULL, nil)
            Self.set(&product, [rows], [columns])
            product.col_stride = 1
            registerOf[index] = load(product, row.dtype)
        case .permute, .slice:
            let view = graph.view(of: index)
            registerOf[index] = spread(
                load(row.dtype, memory(view.base), strides: view.strides, offset: view.offset), row.dtype)
        case .leaf, .iota:
            let strides =
                row.op == .leaf ? row.shape.strides : graph.iotaStrides(index, row.shape, in: group.domain)
            let source: Memory = row.op == .leaf ? .leaf(row.slot) : .counting(row.shape[row.slot])
            registerOf[index] = spread(load(row.dtype, source, strides: strides), row.dtype)
        case .number, .constant:
            let number = try scalar(index)
            registerOf[index] = spread(number, row.dtype)
        case .uniform, .normal:
            let dst = register(row.dtype, NJ_FULL)
            emit(
                row.op == .uniform ? NJ_OP_UNIFORM : NJ_OP_NORMAL, row.dtype, dst, UInt16(truncatingIfNeeded: row.slot))
            registerOf[index] = dst
        case .sum, .prod, .max, .min, .argmax, .argmin, .average, .spread: try reduce(index, row)
        case .pick:
            let values = try value(row.a, .full, group.domain)
            var labels = try value(row.b, .rows, row.shape)
            if kind(labels) != NJ_COL {
                let column = register(.int32, NJ_COL)
                emit(NJ_OP_COPY, .int32, column, labels)
                labels = column
            }
            let dst = register(row.dtype, NJ_COL)
            emit(NJ_OP_ROW_PICK, row.dtype, dst, spread(values, row.dtype), labels, tag: index)
            registerOf[index] = dst
        default:
            let values = try operands(of: row).map { try value($0, extent, row.shape) }
            let wide: nj_kind = extent == .full ? NJ_FULL : NJ_COL
            registerOf[index] = try compute(row, values, wide, index: index)
        }
    }

    /// A register of the whole domain with the same values.
    private mutating func spread(_ register: UInt16, _ dtype: DType) -> UInt16 {
        if kind(register) == NJ_FULL { return register }
        let dst = self.register(dtype, NJ_FULL)
        emit(NJ_OP_COPY, dtype, dst, register)
        return dst
    }

    /// One elementwise row.
    private mutating func compute(_ row: Node, _ values: [UInt16], _ kind: nj_kind, index: Int) throws -> UInt16 {
        func at(_ position: Int) -> UInt16 { position < values.count ? values[position] : 0 }
        let operandType = row.operands.last.map { graph.rows[$0.position].dtype } ?? row.dtype
        switch row.op {
        case .expand, .reshape, .stopGradient, .variable:
            let dst = register(row.dtype, kind)
            emit(NJ_OP_COPY, row.dtype, dst, at(0))
            return dst
        case .cast: return cast(at(0), from: operandType, to: row.dtype, kind, index: index)
        default:
            let dst = register(row.dtype, kind)
            emit(try Self.instruction(row.op), operandType, dst, at(0), at(1), at(2), tag: index)
            return dst
        }
    }

    private mutating func cast(_ value: UInt16, from: DType, to: DType, _ kind: nj_kind, index: Int) -> UInt16 {
        func number(_ number: Double, _ dtype: DType) -> UInt16 {
            let result = register(dtype, NJ_SCALAR)
            emit(NJ_OP_NUMBER, dtype, result, pool.constant(number))
            return result
        }
        switch to {
        case .bool:
            let zero = number(0, from)
            let dst = register(.bool, kind)
            emit(NJ_OP_NE, from, dst, value, zero)
            return dst
        case .uint8 where from != .bool:
            let dst = register(.uint8, kind)
            emit(NJ_OP_NARROW, from, dst, value, tag: index)
            return dst
        default:
            let dst = register(to, kind)
            let copies = Self.registerType(from) == Self.registerType(to)
            emit(copies ? NJ_OP_COPY : NJ_OP_CAST, from, dst, value, tag: index)
            return dst
        }
    }

    private mutating func reduce(_ index: Int, _ row: Node) throws {
        let source = row.a
        let sourceType = graph.rows[graph.root[source.position]].dtype
        var input: UInt16
        if group.isPermuted, group.extents[graph.root[source.position]] == nil {
            let strides = graph.shape(source.position).strides
            let root = graph.root[source.position]
            input = load(sourceType, memory(root), strides: graph.reductionOrder(index).map { strides[$0] })
        } else {
            let root = graph.root[source.position]
            let extent: Group.Extent = group.extents[root] == .rows ? .rows : .full
            input = try value(source, extent, graph.shape(source.position))
        }
        if group.accumulated.contains(index) {
            let all =
                Reduction(attribute: row.attribute).width(graph.shape(source.position))
                == graph.shape(source.position).count
            if !(all && kind(input) == NJ_COL && group.extents[graph.root[source.position]] == .rows) {
                input = spread(input, sourceType)
            }
            var accumulator = nj_accumulator()
            accumulator.dtype = row.dtype.rawValue
            accumulator.kind = UInt8((all ? NJ_SCALAR : NJ_ROW).rawValue)
            accumulator.buffer = pool.buffer(.row(index))
            accumulators.append(accumulator)
            emit(
                try Self.accumulation(row.op, all: all), sourceType, UInt16(truncatingIfNeeded: accumulators.count - 1),
                input, tag: index)
            return
        }
        let dst = register(row.dtype, NJ_COL)
        emit(try Self.rowReduction(row.op), sourceType, dst, spread(input, sourceType), tag: index)
        registerOf[index] = dst
    }

    // MARK: Stores

    /// Writes a member's value to memory, densely in its own shape.
    mutating func store(_ index: Int, to memory: Memory) {
        guard let register = registerOf[index] else { return }
        let dtype = graph.rows[index].dtype
        let isFull = group.extents[index] == .full
        var operand = operand(dtype, isFull ? NJ_FULL : NJ_COL, memory)
        Self.set(&operand, [rows], [isFull ? columns : 1])
        operand.col_stride = 1
        store(register, operand, dtype)
    }

    /// Writes the only member's operand into a box of `memory`.
    mutating func storePart(_ source: NodeID, of index: Int, _ target: View, to memory: Memory) throws {
        let dtype = graph.rows[index].dtype
        let loaded = try value(source, .full, group.domain)
        let full = spread(loaded, dtype)
        var view = view(dtype, memory, target.strides, offset: target.offset)
        view.kind = UInt8(NJ_FULL.rawValue)
        store(full, view, dtype)
    }

    /// Works a row out for the kernel that reads it; the domain is the row's shape.
    mutating func storeLoaded(_ row: Int) throws {
        let dtype = graph.rows[row].dtype
        let full = spread(try value(NodeID(row), .full, group.domain), dtype)
        var operand = operand(dtype, NJ_FULL, nil)
        operand.buffer = UInt16(NJ_LOADED)
        Self.set(&operand, [rows], [columns])
        operand.col_stride = 1
        store(full, operand, dtype)
    }

    /// Fills `memory` with zeros.
    mutating func storeZeros(_ dtype: DType, to memory: Memory) {
        let zero = register(dtype, NJ_SCALAR)
        emit(NJ_OP_NUMBER, dtype, zero, pool.constant(0))
        var operand = operand(dtype, NJ_FULL, memory)
        Self.set(&operand, [rows], [columns])
        operand.col_stride = 1
        store(spread(zero, dtype), operand, dtype)
    }

    private mutating func store(_ register: UInt16, _ operand: nj_operand, _ dtype: DType) {
        operands.append(operand)
        emit(NJ_OP_STORE, dtype, UInt16(truncatingIfNeeded: operands.count - 1), register)
    }

    /// Hands the finished description to `body`.
    func withDescription<R>(_ body: (UnsafePointer<nj_program_desc>) throws -> R) rethrows -> R {
        try instructions.withUnsafeBufferPointer { instructionList in
            try registers.withUnsafeBufferPointer { registerList in
                try operands.withUnsafeBufferPointer { operandList in
                    try accumulators.withUnsafeBufferPointer { accumulatorList in
                        var description = nj_program_desc(
                            rows: Int64(rows), cols: Int64(columns), instrs: instructionList.baseAddress,
                            registers: registerList.baseAddress, operands: operandList.baseAddress,
                            accumulators: accumulatorList.baseAddress, instr_count: Int32(instructions.count),
                            register_count: Int32(registers.count), operand_count: Int32(operands.count),
                            accumulator_count: Int32(accumulators.count))
                        return try withUnsafePointer(to: &description, body)
                    }
                }
            }
        }
    }
}
