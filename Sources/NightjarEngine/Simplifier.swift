import NightjarGraph
import NightjarProcess
import NightjarTensor

/// Algebraic simplification and common-subexpression elimination: rewrites rows into fewer and simpler ones with the same
/// values, and merges rows that compute the same.
///
/// Only rewrites that keep every bit are made, but for sums of a repeated number, which become a product.
struct Simplifier {
    let source: Tape
    let result: Tape
    /// Where each row of the source went.
    private(set) var moved: [NodeID] = []
    private var known: [Node: NodeID] = [:]

    /// - Parameter values: pairs of a row and a leaf that holds its value; what reads the row reads the leaf.
    init(_ source: Tape, known values: [(row: NodeID, leaf: NodeID)]) throws {
        self.source = source
        result = Tape(capacity: source.count + 16)
        _ = result.appendExtra(source.extra)
        moved.reserveCapacity(source.count)
        let leafOf = Dictionary(values.map { ($0.row, $0.leaf) }) { first, _ in first }
        for position in 0..<source.count {
            try StopPatience.check()
            let id = NodeID(position)
            // Results know the row of the source that asked for them.
            result.place = Int32(truncatingIfNeeded: position)
            if let leaf = leafOf[id] {
                // The leaf stands after the row; both become the leaf.
                moved.append(add(source[leaf]))
                continue
            }
            let row = source[id]
            moved.append(try rewrite(row.mappingOperands { moved[$0.position] }))
        }
    }

    /// Appends a row unless the same one is there.
    private mutating func add(_ row: Node) -> NodeID {
        if let id = known[row] { return id }
        let id = result.append(row)
        known[row] = id
        return id
    }

    /// Constants hold what a tensor of their type would hold, so that folding and conversions see the same number.
    private mutating func constant(_ value: Double, _ dtype: DType) -> NodeID {
        let held = dtype == .float32 ? Double(Float(value)) : value
        return add(Node(.constant, dtype, .scalar, attribute: held.bitPattern))
    }

    /// The value of a constant, seen through expansion.
    private func constantValue(_ id: NodeID) -> Double? {
        guard id.index >= 0 else { return nil }
        var row = result[id]
        while row.op == .expand || row.op == .reshape { row = result[row.a] }
        return row.op == .constant ? Double(bitPattern: row.attribute) : nil
    }

    private mutating func filled(_ value: Double, like row: Node) -> NodeID {
        let id = constant(value, row.dtype)
        return row.rank == 0 ? id : add(Node(.expand, row.dtype, row.shape, id))
    }

    /// `id` repeated to the shape of `row`, where it is smaller.
    private mutating func fitted(_ id: NodeID, _ row: Node) -> NodeID {
        result[id].shape == row.shape ? id : add(Node(.expand, row.dtype, row.shape, id))
    }

    private mutating func rewrite(_ row: Node) throws -> NodeID {
        switch row.op.family {
        case .unary: return unary(row)
        case .binary, .ternary: return elementwise(withoutExpansion(row))
        case .reduction: return reduction(row)
        case .movement: return movement(row)
        case .rule: return row.a
        case .product: return row.op == .matmul ? matmul(row) : add(row)
        case .source:
            return row.op == .constant ? constant(Double(bitPattern: row.attribute), row.dtype) : add(row)
        case .pick, .routine, .gradient: return add(row)
        }
    }

    /// Elementwise rows repeat their operands themselves.
    private func withoutExpansion(_ row: Node) -> Node {
        func bare(_ id: NodeID) -> NodeID {
            let operand = result[id]
            return operand.op == .expand ? bare(operand.a) : id
        }
        return row.mappingOperands(bare)
    }

    /// Work on what is repeated is done once, before it is repeated.
    private mutating func elementwise(_ row: Node) -> NodeID {
        var shape: Shape? = .scalar
        for operand in row.operands { shape = shape.flatMap { Broadcasting.merge($0, result[operand].shape) } }
        guard let shape, shape.count < row.shape.count else { return row.op.family == .binary ? binary(row) : add(row) }
        return fitted(elementwise(Node(row.op, row.dtype, shape, row.a, row.b, row.c, attribute: row.attribute)), row)
    }

    private mutating func unary(_ row: Node) -> NodeID {
        let operand = result[row.a]
        switch row.op {
        case .stopGradient, .variable: return row.a
        // Whole numbers keep every step, since each may leave its range.
        case .neg where !row.dtype.isFloating: break
        case .neg where operand.op == .neg: return operand.a
        case .neg:
            if let value = constantValue(row.a) { return filled(-value, like: row) }
        case .cast where operand.dtype == row.dtype: return row.a
        case .cast:
            if let value = constantValue(row.a), row.dtype.isFloating, operand.dtype.isFloating {
                return filled(value, like: row)
            }
        default: break
        }
        if operand.op == .expand, row.op != .cast || row.dtype != .uint8 {
            let inner = result[operand.a]
            let once = add(Node(row.op, row.dtype, inner.shape, operand.a, attribute: row.attribute))
            return fitted(once, row)
        }
        return add(row)
    }

    private mutating func binary(_ row: Node) -> NodeID {
        let (left, right) = (constantValue(row.a), constantValue(row.b))
        if let left, let right, let value = fold(row.op, left, right, row.dtype) { return filled(value, like: row) }
        switch row.op {
        case .add:
            if left == 0, row.dtype == .int32 { return fitted(row.b, row) }
            if right == 0, row.dtype == .int32 { return fitted(row.a, row) }
            if result[row.b].op == .neg, row.dtype.isFloating {
                return rewriteBinary(.sub, row, row.a, result[row.b].a)
            }
        case .sub:
            // Not so for -0: -0 - -0 is 0.
            if right == 0, right?.sign == .plus { return fitted(row.a, row) }
        case .mul:
            if left == 1 { return fitted(row.b, row) }
            if right == 1 { return fitted(row.a, row) }
            guard row.dtype.isFloating else { break }
            if left == -1 { return fitted(negated(row.b), row) }
            if right == -1 { return fitted(negated(row.a), row) }
            if row.a == row.b { return fitted(add(Node(.square, row.dtype, result[row.a].shape, row.a)), row) }
        case .div:
            if right == 1 { return fitted(row.a, row) }
            guard row.dtype.isFloating else { break }
            // A power of two has an exact reciprocal.
            if right == 2 { return rewriteBinary(.mul, row, row.a, constant(0.5, row.dtype)) }
            if right == 0.5 { return rewriteBinary(.mul, row, row.a, constant(2, row.dtype)) }
        case .pow:
            if right == 1 { return fitted(row.a, row) }
            if right == 2 { return fitted(add(Node(.square, row.dtype, result[row.a].shape, row.a)), row) }
        default: break
        }
        return shiftedInteger(row) ?? add(row)
    }

    /// (x + a) + b of whole numbers is x + (a + b), where x + a stays in range if the sum does: positions that scripts
    /// count from 1 come back to counting from 0.
    private mutating func shiftedInteger(_ row: Node) -> NodeID? {
        guard row.dtype == .int32, let outer = shift(row) else { return nil }
        let inner = result[row.a]
        guard let first = shift(inner), inner.shape == row.shape, let sum = Int32(exactly: first + outer),
            (first < 0) == (outer < 0) || isPosition(inner.a, for: first)
        else { return nil }
        if sum == 0 { return fitted(inner.a, row) }
        return add(Node(.add, .int32, row.shape, inner.a, constant(Double(sum), .int32)))
    }

    /// Whether a row holds positions, from 0, to which this can be added.
    private func isPosition(_ id: NodeID, for shift: Double) -> Bool {
        switch result[id].op {
        case .argmax, .argmin, .argsort, .iota: shift.magnitude <= 1
        default: false
        }
    }

    /// What a row of whole numbers adds to its first operand, where that is a known number.
    private func shift(_ row: Node) -> Double? {
        guard row.op == .add || row.op == .sub, let value = constantValue(row.b), value == value.rounded() else {
            return nil
        }
        return row.op == .add ? value : -value
    }

    private mutating func rewriteBinary(_ op: Op, _ row: Node, _ a: NodeID, _ b: NodeID) -> NodeID {
        binary(withoutExpansion(Node(op, row.dtype, row.shape, a, b)))
    }

    private mutating func negated(_ id: NodeID) -> NodeID {
        let row = result[id]
        return unary(Node(.neg, row.dtype, row.shape, id))
    }

    private func fold(_ op: Op, _ left: Double, _ right: Double, _ dtype: DType) -> Double? {
        guard dtype.isFloating else { return nil }
        // In the precision of the tensors, so that folding changes no bit.
        if dtype == .float32 {
            let (a, b) = (Float(left), Float(right))
            switch op {
            case .add: return Double(a + b)
            case .sub: return Double(a - b)
            case .mul: return Double(a * b)
            case .div: return Double(a / b)
            default: return nil
            }
        }
        switch op {
        case .add: return left + right
        case .sub: return left - right
        case .mul: return left * right
        case .div: return left / right
        default: return nil
        }
    }

    private mutating func reduction(_ row: Node) -> NodeID {
        if row.op.isMoment { return add(row) }
        let operand = result[row.a]
        let reduction = Reduction(attribute: row.attribute)
        let width = reduction.width(operand.shape)
        // A sweep over nothing would write no result.
        if width == 0 { return filled(row.op == .prod ? 1 : 0, like: row) }
        if row.op == .sum || row.op == .prod || row.op == .max || row.op == .min {
            if width == 1 { return reshaped(row.a, row) }
            if row.op == .sum, row.dtype.isFloating, let value = constantValue(row.a) {
                return filled(value * Double(width), like: row)
            }
        }
        // Reduced dimensions that are not neighbours go one run at a time, the last first. Not so for whole numbers, which
        // must not leave their range on the way.
        if row.dtype == .int32, row.op == .sum || row.op == .prod, lastRun(reduction, operand.shape) != nil {
            return gathered(row, reduction)
        }
        if let run = lastRun(reduction, operand.shape) {
            let inner = self.reduction(
                Node(
                    row.op, row.dtype, Reduction(axes: run, keepsDimensions: true).result(operand.shape), row.a,
                    attribute: Reduction(axes: run, keepsDimensions: true).attribute))
            let rest = Reduction(axes: reduction.axes & ~run, keepsDimensions: true)
            let outer = self.reduction(
                Node(row.op, row.dtype, rest.result(result[inner].shape), inner, attribute: rest.attribute))
            return reshaped(outer, row)
        }
        // Kept dimensions are a matter of shape.
        if reduction.keepsDimensions {
            let bare = Reduction(axes: reduction.axes, keepsDimensions: false)
            let inner = add(
                Node(row.op, row.dtype, bare.result(operand.shape), row.a, attribute: bare.attribute))
            return reshaped(inner, row)
        }
        return add(row)
    }

    /// A reduction with its dimensions put next to each other first.
    private mutating func gathered(_ row: Node, _ reduction: Reduction) -> NodeID {
        let shape = result[row.a].shape
        let axes = 0..<shape.rank
        let kept = axes.filter { !reduction.reduces($0) }
        let order = kept + axes.filter { reduction.reduces($0) }
        var (packed, extents): (UInt64, SIMD8<Int32>) = (0, SIMD8(repeating: 0))
        for (axis, from) in order.enumerated() {
            packed |= UInt64(from) << UInt64(4 * axis)
            extents[axis] = shape.extents[from]
        }
        let turned = movement(
            Node(.permute, row.dtype, Shape(uncheckedExtents: extents, rank: shape.rank), row.a, attribute: packed))
        let last = Reduction(
            axes: Reduction.all(rank: shape.rank) & ~((1 << UInt8(kept.count)) - 1), keepsDimensions: false)
        let inner = self.reduction(
            Node(row.op, row.dtype, last.result(result[turned].shape), turned, attribute: last.attribute))
        return reshaped(inner, row)
    }

    /// The last run of reduced dimensions, if there is more than one run. Dimensions of extent 1 belong to any.
    private func lastRun(_ reduction: Reduction, _ shape: Shape) -> UInt8? {
        var run: UInt8 = 0
        var inRun = false
        for axis in (0..<shape.rank).reversed() where shape[axis] != 1 {
            let reduced = reduction.reduces(axis)
            if run != 0, !inRun, reduced { return run }
            inRun = reduced
            if reduced { run |= 1 << UInt8(axis) }
        }
        return nil
    }

    private mutating func reshaped(_ id: NodeID, _ row: Node) -> NodeID {
        movement(Node(.reshape, row.dtype, row.shape, id))
    }

    private mutating func movement(_ row: Node) -> NodeID {
        let operand = result[row.a]
        switch row.op {
        case .reshape:
            if operand.shape == row.shape { return row.a }
            if operand.op == .reshape { return reshaped(operand.a, row) }
            if operand.op == .expand, result[operand.a].shape.count == 1 {
                return add(Node(.expand, row.dtype, row.shape, operand.a))
            }
            if operand.op == .constant { return add(Node(.expand, row.dtype, row.shape, row.a)) }
        case .expand:
            if operand.shape == row.shape { return row.a }
            if operand.op == .expand { return movement(Node(.expand, row.dtype, row.shape, operand.a)) }
        case .permute:
            if operand.op == .permute {
                let (outer, inner) = (Tape.order(of: row), Tape.order(of: operand))
                let order = outer.map { inner[$0] }
                if order == Array(0..<row.rank) { return operand.a }
                var packed: UInt64 = 0
                for (axis, from) in order.enumerated() { packed |= UInt64(from) << UInt64(4 * axis) }
                return add(Node(.permute, row.dtype, row.shape, operand.a, attribute: packed))
            }
        default: break
        }
        return add(row)
    }

    private mutating func matmul(_ row: Node) -> NodeID {
        var (a, b, attribute) = (row.a, row.b, row.attribute)
        if let inner = matrixTranspose(a) {
            a = inner
            attribute ^= 1
        }
        if let inner = matrixTranspose(b) {
            b = inner
            attribute ^= 2
        }
        return add(Node(.matmul, row.dtype, row.shape, a, b, attribute: attribute))
    }

    /// The operand of a permute that exchanges the last two dimensions.
    private func matrixTranspose(_ id: NodeID) -> NodeID? {
        let row = result[id]
        guard row.op == .permute, row.rank >= 2 else { return nil }
        var order = Array(0..<row.rank)
        order.swapAt(row.rank - 2, row.rank - 1)
        return Tape.order(of: row) == order ? row.a : nil
    }
}
