import NightjarGraph
import NightjarProcess
import NightjarTensor

/// The simplified rows a plan is made from, and what the planner needs to know of each.
struct PlanGraph {
    let tape: Tape
    let rows: [Node]
    /// Rows whose values are wanted, in the request's order.
    let outputs: [Int]
    /// Leaf slots and the rows that replace their contents.
    let effects: [(slot: Int, row: Int)]
    /// What a row's memory is: reshapes share that of their operand.
    private(set) var root: [Int] = []
    /// Rows that are needed for the outputs and effects.
    private(set) var isNeeded: [Bool] = []
    /// Single numbers made from few numbers alone, worked out inside whatever uses them.
    private(set) var isInline: [Bool] = []
    /// Rows that data can make fail.
    private(set) var canFail: [Bool] = []
    /// How many instructions a row takes where it is worked out, those of its inline operands included.
    private(set) var weight: [Int] = []
    /// Where each row comes from, for profiles.
    let origins: [RowOrigin]

    /// Rows that a kernel or a movement can only read from memory; see ``Op/takesLoader(_:)``.
    private(set) var needsMemory: [Bool] = []
    /// Counts that somebody reads as memory in another order or shape: those are written out.
    private var isWrittenIota: [Bool] = []

    /// Inline numbers of more instructions than this are computed once instead.
    private static let mostInline = 32

    init(_ request: Request) throws {
        let expanded = try ExpandedGraph(request)
        let simplified = try Simplifier(
            expanded.tape,
            known: request.known.map { (expanded.moved[Int($0)], expanded.moved[Int($0) + 1]) })
        tape = simplified.result
        rows = Array(simplified.result.rows)
        origins = rows.indices.map { expanded.origin(Int(simplified.result.place(of: NodeID($0)))) }
        func position(_ row: Int32) -> Int { simplified.moved[expanded.moved[Int(row)].position].position }
        outputs = request.outputs.map(position)
        effects = request.effects.map { (Int($0.slot), position($0.row)) }

        isNeeded = [Bool](repeating: false, count: rows.count)
        for output in outputs { isNeeded[output] = true }
        for effect in effects { isNeeded[effect.row] = true }
        for index in rows.indices.reversed() where isNeeded[index] {
            try StopPatience.check()
            for operand in rows[index].operands { isNeeded[operand.position] = true }
        }
        for index in rows.indices where isNeeded[index] && rows[index].op == .placeholder {
            throw PlaceholderFault(place: tape.place(of: NodeID(index)))
        }
        isWrittenIota = [Bool](repeating: false, count: rows.count)
        needsMemory = [Bool](repeating: false, count: rows.count)
        var isReadAsMemory = needsMemory
        for (index, row) in rows.enumerated() {
            try StopPatience.check()
            root.append(row.op == .reshape ? root[row.a.position] : index)
            switch row.op.family {
            case .movement where row.op == .reshape:
                if rows[root[index]].op == .iota { isWrittenIota[root[index]] = true }
            // These are written element by element, box by box.
            case .movement where row.op == .expand || row.op == .embed || row.op == .concat: break
            case .movement, .product, .routine:
                for (position, operand) in row.operands.enumerated() {
                    let from = root[operand.position]
                    isReadAsMemory[from] = true
                    if !row.op.takesLoader(position) || shape(operand.position) != shape(from) {
                        needsMemory[from] = true
                    }
                    writeOut(operand)
                }
            case .pick: writeOut(row.b)
            case .reduction: writeOut(row.a)
            case .source, .unary, .binary, .ternary, .gradient, .rule: break
            }
        }
        for (index, row) in rows.enumerated() {
            try StopPatience.check()
            var total = 1
            for operand in row.operands where isInline[root[operand.position]] {
                total += weight[root[operand.position]]
            }
            weight.append(total)
            canFail.append(
                row.op.canFail(row.dtype, from: row.a.index < 0 ? nil : rows[row.a.position].dtype))
            isInline.append(!isReadAsMemory[index] && total <= Self.mostInline && canBeInline(row))
        }
    }

    /// Counts along one of several dimensions are no dense list of whole numbers.
    private mutating func writeOut(_ operand: NodeID) {
        let index = root[operand.position]
        if rows[index].op == .iota, rows[index].rank > 1 { isWrittenIota[index] = true }
    }

    private func canBeInline(_ row: Node) -> Bool {
        guard row.shape.count == 1 else { return false }
        switch row.op {
        case .number, .constant, .leaf: return true
        case .reshape, .expand: return isInline[root[row.a.position]]
        default:
            // What can fail says so once, where it is launched.
            guard [.unary, .binary, .ternary].contains(row.op.family), canFail.last == false else { return false }
            return row.operands.allSatisfy { isInline[root[$0.position]] }
        }
    }

    func shape(_ index: Int) -> Shape { rows[index].shape }

    /// Whether a row is the number 0, written in the script or in a rule.
    func isZero(_ index: Int) -> Bool {
        switch rows[index].op {
        case .constant: Double(bitPattern: rows[index].attribute) == 0
        case .expand, .reshape: isZero(root[rows[index].a.position])
        default: false
        }
    }

    /// Rows that exist before the plan runs: leaves, and the positions that an `iota` row counts.
    func isSource(_ index: Int) -> Bool {
        rows[index].op == .leaf || (rows[index].op == .iota && !isWrittenIota[index])
    }

    /// The row of the request that a row came from; for gradients, the one whose rule recorded it.
    func requestRow(of index: Int) -> Int { origins[index].requestRow }

    /// Where the values of a root row lie.
    func memory(_ root: Int) -> Memory {
        switch rows[root].op {
        case .leaf: .leaf(rows[root].slot)
        case .iota where isSource(root): .counting(rows[root].shape[rows[root].slot])
        default: .row(root)
        }
    }

    // MARK: Memory seen through strides

    /// How a `permute` or `slice` row reads its operand, in the row's own dimensions.
    func view(of index: Int) -> View {
        let row = rows[index]
        let source = shape(row.a.position).strides
        let base = root[row.a.position]
        if row.op == .permute { return View(base: base, strides: Tape.order(of: row).map { source[$0] }) }
        let (starts, steps) = tape.ranges(of: row)
        return View(
            base: base, strides: zip(source, steps).map { $0 * $1 },
            offset: zip(source, starts).reduce(0) { $0 + $1.0 * $1.1 })
    }

    /// How an `embed` row's memory is written, or a part of a `concat` row's: strides over the part's dimensions.
    func target(of index: Int, part: Int) -> View {
        let row = rows[index]
        let own = row.shape.strides
        if row.op == .embed {
            let (starts, steps) = tape.ranges(of: row)
            return View(
                base: index, strides: zip(own, steps).map { $0 * $1 },
                offset: zip(own, starts).reduce(0) { $0 + $1.0 * $1.1 })
        }
        let skipped = part == 0 ? 0 : shape(row.a.position)[row.slot]
        return View(base: index, strides: own, offset: skipped * own[row.slot])
    }

    /// How an `iota` row reads a list of whole numbers, as an operand of this shape in `domain`.
    func iotaStrides(_ index: Int, _ shape: Shape, in domain: Shape) -> [Int] {
        let axis = rows[index].slot + domain.rank - shape.rank
        return (0..<domain.rank).map { $0 == axis && shape[rows[index].slot] != 1 ? 1 : 0 }
    }

    /// The dimensions of a reduction's operand, the kept ones first.
    func reductionOrder(_ index: Int) -> [Int] {
        let row = rows[index]
        let reduction = Reduction(attribute: row.attribute)
        let axes = 0..<shape(row.a.position).rank
        return axes.filter { !reduction.reduces($0) } + axes.filter { reduction.reduces($0) }
    }

    func permuted(_ extents: SIMD8<Int32>, _ order: [Int]) -> SIMD8<Int32> {
        var result = SIMD8<Int32>(repeating: 0)
        for (axis, from) in order.enumerated() { result[axis] = extents[from] }
        return result
    }

}

extension Op {
    /// Whether a kernel can compute this operand while it reads it, by a program of its own, in place of finding it in
    /// memory: the images of a convolution, on either side.
    func takesLoader(_ operand: Int) -> Bool {
        switch self {
        case .conv, .convInput: operand == 0
        case .convWeight: true
        default: false
        }
    }
}
