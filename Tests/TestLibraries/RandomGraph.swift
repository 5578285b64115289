import NightjarGraph
import NightjarTensor

/// Records a random expression over a few leaves: every operation of the tape, on floats, whole numbers, bytes and
/// masks, with broadcasting, kept in a range where float arithmetic is well behaved.
///
/// Where a result jumps (comparisons, rounding), the operand is moved off the values that come up exactly, so that the
/// last bit of a sum does not decide.
public struct RandomGraph {
    public let tape = Tape()
    public private(set) var floats: [NodeID] = []
    private(set) var wholes: [NodeID] = []
    private(set) var masks: [NodeID] = []
    public private(set) var leaves: [NodeID] = []
    private var dice: Dice
    private let smooth: Bool
    private let largest: Int
    public let dtype: DType

    /// - Parameters:
    ///   - dimensions: extents to draw from; with 0 among them some tensors are empty.
    ///   - base: the three extents instead, where rows are to be as long as programs take them in pieces.
    ///   - largest: elements of a value, at most; the naive evaluator wants few.
    ///   - smooth: leaves out what makes a gradient differ from the slope of the values.
    public init(
        _ source: Dice, dtype: DType, size: Int, dimensions: [Int] = [1, 2, 3, 5, 10], base given: [Int]? = nil,
        largest: Int = 2000, smooth: Bool = false
    ) throws {
        dice = source
        self.dtype = dtype
        self.smooth = smooth
        self.largest = largest
        let base = given ?? [dice.pick(dimensions), dice.pick(dimensions), dice.pick(dimensions)]
        let shapes = [
            base, [base[1], base[2]], [base[2]], [base[0], base[1], 1], [base[0], 1, base[2]], [1, base[1], base[2]],
            [], [base[1], base[1]], [base[1], 1], [base[0]],
        ].filter { $0.reduce(1, *) <= largest }
        for _ in 0..<(2 + dice.below(3)) {
            let shape = try Shape(dice.pick(shapes))
            let leaf = tape.leaf(try Tensor.from(dice.values(shape.count), shape: shape, dtype: dtype))
            leaves.append(leaf)
            floats.append(leaf)
        }
        let shape = try Shape(dice.pick(shapes))
        let whole = dice.values(shape.count, from: -9, to: 9).map { $0.rounded() }
        wholes.append(tape.leaf(try Tensor.from(whole, shape: shape, dtype: .int32)))
        for _ in 0..<size { try step() }
    }

    /// The graph of a seed.
    public init(
        seed: UInt64, dtype: DType, size: Int, dimensions: [Int] = [1, 2, 3, 5, 10], base: [Int]? = nil,
        largest: Int = 2000, smooth: Bool = false
    ) throws {
        try self.init(
            Dice(seed), dtype: dtype, size: size, dimensions: dimensions, base: base, largest: largest, smooth: smooth)
    }

    /// Everything that was recorded for its own sake, newest last.
    public var all: [NodeID] { (floats + wholes + masks).sorted() }

    private mutating func step() throws {
        do {
            switch dice.below(11) {
            case 10: try routine()
            case 0: wholes.append(try small(wholeStep()))
            case 1: masks.append(try small(maskStep()))
            case 2: floats.append(try small(converted()))
            case 3, 4: floats.append(try small(moved()))
            case 5, 6: floats.append(try small(reduced()))
            default: floats.append(try small(elementwise()))
            }
        } catch is GraphError {
            // What the shapes at hand do not allow, such as the largest of no elements.
        }
    }

    private func small(_ id: NodeID) throws -> NodeID {
        guard tape.shape(id).count <= largest, tape.shape(id).rank <= 6 else { throw GraphError("too large") }
        return id
    }

    // MARK: Floats

    /// Values are squashed now and then so that chains neither explode nor vanish.
    private mutating func elementwise() throws -> NodeID {
        let a = dice.pick(floats)
        switch dice.below(9) {
        case 0:
            return try tape.unary(
                dice.pick(
                    [.tanh, .sigmoid, .sin, .cos, .neg, .abs, .relu, .erf, .variable]
                        + (smooth ? [] : [.stopGradient])), a)
        case 1: return try tape.unary(dice.pick([.exp, .expm1, .square]), tape.unary(.tanh, a))
        case 2: return try tape.unary(dice.pick([.log, .log1p, .sqrt, .rsqrt, .recip]), positive(a))
        case 3: return try tape.binary(.div, a, positive(partner(a)))
        case 4: return try tape.binary(.pow, positive(tape.unary(.tanh, a)), tape.unary(.tanh, partner(a)))
        case 5:
            let number = try tape.number(dice.pick([0, 1, -1, 2, 0.5, dice.unit() * 2 - 1]), dtype: dtype)
            return try dice.below(2) == 0
                ? tape.binary(dice.pick([.add, .mul, .sub, .maximum]), a, number)
                : tape.binary(dice.pick([.add, .mul, .sub, .minimum]), number, a)
        case 6:
            switch dice.below(3) {
            case 0: return try tape.unary(dice.pick([.floor, .ceil, .round, .sign]), offExact(a))
            case 1: return try tape.binary(.mod, offExact(a), tape.number(1.37, dtype: dtype))
            default:
                let op: Op = dice.pick([.uniform, .normal])
                return try tape.random(op, tape.shape(a), dtype: dtype, key: dice.bits())
            }
        case 7:
            let mask = masks.isEmpty ? try maskStep() : dice.pick(masks)
            return try tape.select(mask, a, tape.binary(.mul, a, partner(a)))
        default: return try tape.binary(dice.pick([.add, .sub, .mul, .maximum, .minimum]), a, partner(a))
        }
    }

    private mutating func reduced() throws -> NodeID {
        let a = dice.pick(floats)
        let shape = tape.shape(a)
        let axes = UInt8(truncatingIfNeeded: dice.below(1 << shape.rank))
        let keep = dice.below(2) == 0
        switch dice.below(8) {
        case 0: return try tape.softmax(a, axes: axes)
        case 1: return try tape.unary(.tanh, tape.logSoftmax(a, axes: axes))
        case 2: return try tape.unary(.tanh, tape.logsumexp(a, axes: axes, keep: keep))
        case 3: return try tape.reduce(.prod, tape.unary(.exp, tape.unary(.sin, a)), axes: lastBit(axes), keep: keep)
        case 4 where shape.rank > 0 && shape.last > 0: return try tape.pick(a, labels(for: a))
        case 5 where shape.count > 0: return try tape.mean(a, axes: axes, keep: keep)
        case 6 where shape.rank >= 2: return try product(a)
        default: return try tape.unary(.tanh, tape.reduce(dice.pick([.sum, .max, .min]), a, axes: axes, keep: keep))
        }
    }

    /// One dimension at most: products of many numbers leave the range.
    private func lastBit(_ axes: UInt8) -> UInt8 { axes & ~(axes &- 1) }

    /// One label a row, from whatever gives whole numbers in range.
    private mutating func labels(for a: NodeID) throws -> NodeID {
        let shape = tape.shape(a)
        if dice.below(2) == 0, shape.last > 0 {
            return try tape.argument(dice.pick([.argmax, .argmin]), a, axis: shape.rank - 1, keep: false)
        }
        let rows = try Shape(Array(shape.dimensions.dropLast()))
        let values = (0..<rows.count).map { _ in Double(dice.below(shape.last)) }
        return tape.leaf(try Tensor.from(values, shape: rows, dtype: .int32))
    }

    private mutating func product(_ a: NodeID) throws -> NodeID {
        let rank = tape.shape(a).rank
        let (ta, tb) = (dice.below(2) == 0, dice.below(2) == 0)
        let fitting = floats.filter { other in
            let (left, right) = (tape.shape(a), tape.shape(other))
            guard right.rank == rank, (0..<(rank - 2)).allSatisfy({ left[$0] == right[$0] }) else { return false }
            return left[ta ? rank - 2 : rank - 1] == right[tb ? rank - 1 : rank - 2]
        }
        let result =
            fitting.isEmpty
            ? try tape.matmul(a, a, transposeA: false, transposeB: true)
            : try tape.matmul(a, dice.pick(fitting), transposeA: ta, transposeB: tb)
        return try tape.unary(.tanh, result)
    }

    private mutating func moved() throws -> NodeID {
        let a = dice.pick(floats)
        let shape = tape.shape(a)
        let rank = shape.rank
        switch dice.below(7) {
        case 0 where rank >= 2:
            var order = Array(0..<rank)
            for axis in order.indices { order.swapAt(axis, dice.below(rank)) }
            return try tape.permute(a, order)
        case 1 where rank >= 1:
            let box = box(in: shape)
            return try tape.slice(a, starts: box.starts, counts: box.counts, steps: box.steps)
        case 2 where rank >= 1 && shape.count < 300:
            // The opposite of a slice: zeros with `a` in a box.
            let extents = shape.dimensions.map { 2 * $0 + dice.below(2) }
            let numbers = shape.dimensions.indices.flatMap { axis -> [Int32] in
                dice.below(2) == 0 ? [1, 1] : [Int32(shape[axis]), -1]
            }
            return tape.append(
                Node(.embed, dtype, try Shape(extents), a, attribute: tape.appendExtra(numbers)))
        case 3 where rank >= 1 && shape.count < 300:
            let axis = dice.below(rank)
            let others = floats.filter { other in
                let second = tape.shape(other)
                return second.rank == rank && (0..<rank).allSatisfy { $0 == axis || shape[$0] == second[$0] }
            }
            return try tape.concatenate([a, dice.pick(others)], axis: axis)
        case 4 where rank < 4 && shape.count < 100: return try tape.expand(a, Shape([2] + shape.dimensions))
        case 5 where rank < 4:
            var extents = shape.dimensions
            extents.insert(1, at: dice.below(rank + 1))
            return try tape.reshape(a, Shape(extents))
        default: return try tape.reshape(a, Shape([shape.count]))
        }
    }

    private mutating func box(in shape: Shape) -> (starts: [Int], counts: [Int], steps: [Int]) {
        var (starts, counts, steps): ([Int], [Int], [Int]) = ([], [], [])
        for extent in shape.dimensions {
            let step = dice.pick([1, 1, 1, 2, -1])
            let start = dice.below(extent)
            let room = step > 0 ? (extent - start + step - 1) / step : start + 1
            starts.append(start)
            steps.append(step)
            counts.append(extent == 0 ? 0 : 1 + dice.below(room))
        }
        return (starts, counts, steps)
    }

    // MARK: Along one dimension, and matrices

    private mutating func routine() throws {
        let a = dice.pick(floats)
        let shape = tape.shape(a)
        guard shape.rank > 0 else { return }
        let axis = dice.below(shape.rank)
        switch dice.below(8) {
        case 7:
            // Of a plugin's library.
            let bounded = try tape.unary(.tanh, a)
            floats.append(try tape.native(TestLibrary.operation("square"), [bounded], attributes: [dice.unit()]))
        case 0: floats.append(try tape.unary(.tanh, tape.cumsum(a, axis: axis, reverse: dice.below(2) == 0)))
        case 1:
            // By given numbers: the last bit of a computed one must not decide the order.
            let given = dice.pick(leaves)
            guard axis < tape.shape(given).rank else { return }
            let count = dice.below(2) == 0 ? nil : dice.below(tape.shape(given)[axis] + 1)
            let order = try tape.argsort(given, axis: axis, descending: dice.below(2) == 0, count: count)
            wholes.append(order)
            let isLongEnough = shape[axis] >= tape.shape(given)[axis]
            floats.append(try tape.gather(isLongEnough ? a : given, order, axis: axis))
        case 2 where shape[axis] > 0: floats.append(try tape.gather(a, positions(shape, axis, shape[axis]), axis: axis))
        case 3:
            let extent = 1 + dice.below(6)
            floats.append(try tape.scatterAdd(a, positions(shape, axis, extent), axis: axis, extent: extent))
        case 4:
            let whole = dice.pick(wholes)
            guard tape.shape(whole).rank > 0 else { return }
            let bounded = try tape.binary(.mod, whole, tape.number(11, dtype: .int32))
            wholes.append(try tape.binary(.mod, tape.cumsum(bounded, axis: 0), tape.number(11, dtype: .int32)))
        default:
            guard shape.rank >= 2, shape.last > 0, shape.last <= 5 else { return }
            // Far from singular: a Gram matrix and more than the identity.
            let bounded = try tape.unary(.tanh, a)
            let gram = try tape.matmul(bounded, bounded, transposeA: true)
            let square = tape.shape(gram)
            let (rows, columns) = (tape.iota(square, axis: square.rank - 2), tape.iota(square, axis: square.rank - 1))
            let regular = try tape.binary(.add, gram, tape.cast(tape.binary(.equal, rows, columns), dtype))
            switch dice.below(3) {
            case 0: floats.append(try small(tape.inverse(regular)))
            case 1: floats.append(try tape.unary(.tanh, tape.unary(.log, tape.det(regular))))
            default: floats.append(try tape.unary(.tanh, tape.slogdet(regular).logarithm))
            }
        }
    }

    /// Positions below `extent` for `shape`, one for each entry or one list for all lines.
    private mutating func positions(_ shape: Shape, _ axis: Int, _ extent: Int) throws -> NodeID {
        let index = dice.below(2) == 0 ? shape : try Shape([shape[axis]])
        let values = (0..<index.count).map { _ in Double(dice.below(extent)) }
        return tape.leaf(try Tensor.from(values, shape: index, dtype: .int32))
    }

    // MARK: Other element types

    private mutating func converted() throws -> NodeID {
        switch dice.below(5) {
        case 0 where !smooth:
            return tape.cast(tape.cast(dice.pick(floats), dtype == .float32 ? .float64 : .float32), dtype)
        case 1 where !masks.isEmpty: return tape.cast(dice.pick(masks), dtype)
        case 2:
            let byte = try tape.binary(.mod, dice.pick(wholes), tape.number(251, dtype: .int32))
            return tape.cast(tape.cast(byte, .uint8), dtype)
        case 3:
            let classes = 1 + dice.below(6)
            let labels = try tape.binary(
                .mod, small(dice.pick(wholes)), tape.constant(Double(classes), dtype: .int32))
            return try tape.oneHot(labels, classes: classes, dtype: dtype)
        default: return try tape.unary(.tanh, tape.cast(dice.pick(wholes), dtype))
        }
    }

    private mutating func wholeStep() throws -> NodeID {
        let a = dice.pick(wholes)
        let shape = tape.shape(a)
        let eleven = try tape.number(11, dtype: .int32)
        switch dice.below(7) {
        case 0: return try tape.unary(dice.pick([.neg, .abs, .sign, .square]), tape.binary(.mod, a, eleven))
        case 1, 2:
            let b = wholes.last { Self.fit(shape, tape.shape($0)) } ?? a
            return try tape.binary(.mod, tape.binary(dice.pick([.add, .sub, .mul, .maximum, .minimum]), a, b), eleven)
        case 3:
            let axes = UInt8(truncatingIfNeeded: dice.below(1 << shape.rank))
            let total = try tape.reduce(dice.pick([.sum, .max, .min]), a, axes: axes, keep: dice.below(2) == 0)
            return try tape.binary(.mod, total, eleven)
        case 4 where shape.rank > 0: return tape.iota(shape, axis: dice.below(shape.rank))
        case 5 where tape.shape(floats[0]).rank > 0:
            let x = dice.pick(floats.filter { tape.shape($0).rank > 0 })
            let axis = dice.below(tape.shape(x).rank)
            return try tape.argument(dice.pick([.argmax, .argmin]), x, axis: axis, keep: dice.below(2) == 0)
        default:
            // What a whole number can hold; WholeNumberTests go beyond.
            let x = try offExact(dice.pick(floats))
            let (low, high) = (tape.constant(-1000, dtype: dtype), tape.constant(1000, dtype: dtype))
            let bounded = try tape.clamp(x, low: low, high: high)
            return try tape.cast(
                tape.select(tape.unary(.isNaN, x), tape.constant(0, dtype: dtype), bounded), .int32)
        }
    }

    private mutating func maskStep() throws -> NodeID {
        let comparison: Op = dice.pick([.equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual])
        switch dice.below(6) {
        case 0: return try tape.binary(comparison, offExact(dice.pick(floats)), tape.number(0.25, dtype: dtype))
        case 1: return try tape.unary(dice.pick([.isNaN, .isFinite]), dice.pick(floats))
        case 2: return tape.cast(dice.pick(wholes), .bool)
        case 3 where !masks.isEmpty:
            let a = dice.pick(masks)
            let b = masks.last { Self.fit(tape.shape(a), tape.shape($0)) } ?? a
            return try tape.unary(.not, tape.binary(dice.pick([.and, .or, .xor]), a, b))
        case 4 where !masks.isEmpty:
            let a = dice.pick(masks)
            let axes = UInt8(truncatingIfNeeded: dice.below(1 << tape.shape(a).rank))
            return try tape.reduce(dice.pick([.max, .min]), a, axes: axes, keep: dice.below(2) == 0)
        default:
            let a = dice.pick(wholes)
            return try tape.binary(comparison, a, wholes.last { Self.fit(tape.shape(a), tape.shape($0)) } ?? a)
        }
    }

    // MARK: Operands

    private func positive(_ a: NodeID) throws -> NodeID {
        try tape.binary(.add, tape.unary(.square, a), tape.number(0.7, dtype: dtype))
    }

    private func offExact(_ a: NodeID) throws -> NodeID {
        try tape.binary(
            .add, tape.binary(.mul, a, tape.number(1.7, dtype: dtype)), tape.number(0.12345, dtype: dtype))
    }

    /// A float that broadcasts with `a`.
    private mutating func partner(_ a: NodeID) -> NodeID {
        let shape = tape.shape(a)
        return dice.pick(floats.filter { Self.fit(shape, tape.shape($0)) })
    }

    /// Whether two shapes broadcast, by the rule as the design states it.
    static func fit(_ one: Shape, _ two: Shape) -> Bool {
        if one.rank == two.rank {
            return (0..<one.rank).allSatisfy { one[$0] == two[$0] || one[$0] == 1 || two[$0] == 1 }
        }
        let (low, high) = one.rank < two.rank ? (one, two) : (two, one)
        return high.dimensions.suffix(low.rank).elementsEqual(low.dimensions)
    }

    /// A number that everything recorded so far leads to.
    public func loss() throws -> NodeID {
        var total = tape.constant(0, dtype: dtype)
        for id in floats.suffix(4) where tape.shape(id).count > 0 {
            let axes = Reduction.all(rank: tape.shape(id).rank)
            total = try tape.binary(.add, total, tape.unary(.tanh, tape.mean(id, axes: axes, keep: false)))
        }
        return total
    }
}
