import NightjarGraph
import NightjarTensor

/// A small generator with a seed, so that a failing case can be named by its number.
struct Dice {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(bits() % UInt64(max(bound, 1))) }
    mutating func unit() -> Double { Double(bits() >> 11) * 0x1p-53 }
    mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }
    mutating func values(_ count: Int, from low: Double = -2, to high: Double = 2) -> [Double] {
        (0..<count).map { _ in low + (high - low) * unit() }
    }
}

/// Records a random expression over a few leaves: elementwise work with broadcasts, reductions, row operations,
/// movement and matrix products, kept in a range where float arithmetic is well behaved.
struct RandomGraph {
    let tape = Tape()
    private(set) var floats: [NodeID] = []
    private(set) var leaves: [NodeID] = []
    private var dice: Dice
    let dtype: DType

    init(seed: UInt64, dtype: DType, size: Int, dimensions: [Int] = [1, 2, 3, 5, 10]) throws {
        dice = Dice(seed)
        self.dtype = dtype
        let base = [dice.pick(dimensions), dice.pick(dimensions), dice.pick(dimensions)]
        let shapes = [
            base, [base[1], base[2]], [base[2]], [base[0], base[1], 1], [base[0], 1, base[2]], [1, base[1], base[2]],
            [],
            [base[1], base[1]], [base[1], 1],
        ]
        for _ in 0..<(2 + dice.below(3)) {
            let shape = try Shape(dice.pick(shapes))
            let tensor = try Tensor.from(dice.values(shape.count), shape: shape, dtype: dtype)
            let leaf = tape.leaf(tensor)
            leaves.append(leaf)
            floats.append(leaf)
        }
        for _ in 0..<size { try step() }
    }

    /// Values are squashed now and then so that chains neither explode nor vanish.
    private mutating func step() throws {
        let a = dice.pick(floats)
        let shape = tape.shape(a)
        switch dice.below(12) {
        case 0: floats.append(try tape.unary(dice.pick([.tanh, .sigmoid, .sin, .cos, .neg, .abs, .relu]), a))
        case 1: floats.append(try tape.unary(.exp, tape.unary(.tanh, a)))
        case 2: floats.append(try tape.unary(dice.pick([.log, .sqrt, .rsqrt]), shifted(a)))
        case 3, 4, 5:
            let op: Op = dice.pick([.add, .sub, .mul, .maximum, .minimum])
            if let b = partner(shape) { floats.append(try tape.binary(op, a, b)) }
        case 6:
            if let b = partner(shape) { floats.append(try tape.binary(.div, a, shifted(b))) }
        case 7:
            floats.append(try tape.binary(dice.pick([.add, .mul]), a, tape.number(dice.unit() * 2 - 1, dtype: dtype)))
        case 8 where shape.rank > 0:
            let axes = UInt8(1 + dice.below((1 << shape.rank) - 1))
            let op: Op = dice.pick([.sum, .max, .min])
            let reduced = try tape.reduce(op, a, axes: axes, keep: dice.below(2) == 0)
            floats.append(try tape.unary(.tanh, reduced))
        case 9 where shape.rank > 0: floats.append(try tape.softmax(a, axes: 1 << UInt8(shape.rank - 1)))
        case 10 where shape.rank >= 2:
            switch dice.below(3) {
            case 0: floats.append(try tape.transpose(a, dice.below(shape.rank), dice.below(shape.rank)))
            case 1:
                let product = try tape.matmul(a, a, transposeA: false, transposeB: true)
                floats.append(try tape.unary(.tanh, product))
            default:
                let start = dice.below(shape[0])
                let counts = [1 + dice.below(shape[0] - start)] + shape.dimensions.dropFirst()
                floats.append(
                    try tape.slice(
                        a, starts: [start] + [Int](repeating: 0, count: shape.rank - 1), counts: counts,
                        steps: [Int](repeating: 1, count: shape.rank)))
            }
        case 11:
            let zero = tape.constant(0.25, dtype: dtype)
            if let b = partner(shape) {
                floats.append(try tape.select(tape.binary(.greater, a, zero), a, tape.binary(.mul, a, b)))
            }
        default: floats.append(try tape.reshape(a, Shape([shape.count])))
        }
    }

    private func shifted(_ a: NodeID) throws -> NodeID {
        try tape.binary(.add, tape.unary(.square, a), tape.number(0.7, dtype: dtype))
    }

    private mutating func partner(_ shape: Shape) -> NodeID? {
        let fitting = floats.filter { other in
            let second = tape.shape(other)
            if second == shape || second.rank == 0 || shape.rank == 0 { return true }
            guard second.rank == shape.rank else { return false }
            return (0..<shape.rank).allSatisfy { shape[$0] == second[$0] || shape[$0] == 1 || second[$0] == 1 }
        }
        return fitting.isEmpty ? nil : dice.pick(fitting)
    }

    /// A number that everything recorded so far leads to.
    func loss() throws -> NodeID {
        var total = tape.constant(0, dtype: dtype)
        for id in floats.suffix(4) {
            let axes = Reduction.all(rank: tape.shape(id).rank)
            total = try tape.binary(.add, total, tape.unary(.tanh, tape.mean(id, axes: axes, keep: false)))
        }
        return total
    }
}
