import NightjarGraph
import TestLibraries

/// A loss made at random from what losses are made of, the same for one seed wherever it is recorded. Half of them sum to
/// a constant over labels; to half of those something small is added that does not.
struct RandomLoss {
    let seed: UInt64

    /// Whether something of a millionth spoils what would be symmetric.
    private(set) var isNearMiss = false
    private(set) var isMeantSymmetric = false

    init(seed: UInt64) {
        self.seed = seed
        var dice = Dice(seed)
        isMeantSymmetric = dice.below(2) == 0
        isNearMiss = isMeantSymmetric && dice.below(2) == 0
    }

    func record(_ r: RecordedLoss) throws -> NodeID {
        var maker = Maker(r: r, dice: Dice(seed))
        _ = (maker.dice.below(2), maker.dice.below(2))
        guard isMeantSymmetric else { return try maker.scalar(3) }
        var loss = try maker.symmetric()
        if maker.dice.below(2) == 0 {
            loss = try r.plus(r.times(maker.weight(), loss), r.times(maker.weight(), maker.symmetric()))
        }
        guard isNearMiss else { return loss }
        let small = maker.dice.pick([1e-6, -1e-6, 0x1p-20])
        return try r.plus(loss, r.times(small, maker.unsymmetric()))
    }
}

private struct Maker {
    let r: RecordedLoss
    var dice: Dice

    mutating func weight() -> Double { dice.pick([1, 2, 0.3, 0.7, 5, 1.25, 0.1]) }

    /// Of the shape of the logits.
    mutating func row(_ depth: Int) throws -> NodeID {
        if depth == 0 {
            switch dice.below(6) {
            case 0: return r.logits
            case 1: return try r.logSoftmax()
            case 2: return try r.oneHot()
            case 3: return try r.tape.softmax(r.times(0.5, r.logits), axes: 2)
            default: return try r.softmax()
            }
        }
        let a = try row(depth - 1)
        switch dice.below(9) {
        case 0: return try r.plus(a, row(depth - 1))
        case 1: return try r.times(a, row(depth - 1))
        case 2: return try r.unary(dice.pick([.tanh, .sigmoid, .square, .neg, .abs, .relu]), a)
        case 3: return try r.unary(dice.pick([.exp, .expm1]), r.unary(.tanh, a))
        case 4: return try r.unary(dice.pick([.log, .sqrt, .recip, .log1p]), r.plus(r.unary(.square, a), weight()))
        case 5: return try r.tape.binary(.pow, r.softmax(), r.number(dice.pick([0.7, 2, 0.5, 1.5, 3])))
        case 6:
            let mask = try r.tape.binary(dice.pick([.greater, .lessEqual]), a, r.number(0.3))
            return try r.tape.select(mask, a, row(depth - 1))
        case 7: return try r.tape.binary(dice.pick([.maximum, .minimum]), a, r.number(dice.pick([0, 0.2, -1e30, 1])))
        default: return try r.minus(a, r.tape.reduce(.max, a, axes: 2, keep: true))
        }
    }

    /// One value a sample.
    mutating func scalar(_ depth: Int) throws -> NodeID {
        if depth == 0 {
            return try dice.below(3) == 0 ? r.sum(row(1)) : r.pick(row(dice.below(3)))
        }
        let a = try scalar(depth - 1)
        switch dice.below(8) {
        case 0, 1: return try r.plus(r.times(weight(), a), scalar(depth - 1))
        case 2: return try r.minus(a, scalar(0))
        case 3: return try r.times(a, scalar(0))
        case 4: return try r.over(a, r.plus(r.unary(.square, scalar(0)), weight()))
        case 5: return try r.unary(dice.pick([.tanh, .sigmoid, .neg]), a)
        case 6: return try r.unary(.log, r.plus(r.unary(.square, a), 1))
        default: return try r.minus(weight(), a)
        }
    }

    /// Without the mask of the label, so that sums over labels are sums over classes.
    private mutating func plainRow() throws -> NodeID {
        let p = try r.softmax()
        switch dice.below(7) {
        case 0: return p
        case 1: return try r.unary(.log, r.plus(p, dice.pick([0.1, 0.01, 1])))
        case 2: return try r.logSoftmax()
        case 3: return try r.tape.binary(.pow, p, r.number(dice.pick([0.7, 2, 0.5])))
        case 4: return try r.unary(.exp, r.unary(.neg, p))
        case 5: return try r.plus(r.unary(.tanh, r.logits), 2)
        default: return try r.minus(dice.pick([1, 1.5]), p)
        }
    }

    mutating func symmetric() throws -> NodeID {
        let f = try plainRow()
        switch dice.below(5) {
        // A share of a sum.
        case 0: return try r.over(r.pick(f), r.sum(f))
        // A value less the mean of all.
        case 1: return try r.minus(r.pick(f), r.tape.mean(f, axes: 2, keep: false))
        case 2: return try r.minus(r.over(r.sum(f), Double(r.classes)), r.pick(f))
        // A linear function of the probability of the label.
        case 3: return try r.minus(weight(), r.times(weight(), r.pick(r.softmax())))
        // The distance of predictions from the label.
        default: return try r.sum(r.unary(.abs, r.minus(r.softmax(), r.oneHot())))
        }
    }

    /// Whose sum over labels depends on the prediction.
    mutating func unsymmetric() throws -> NodeID {
        switch dice.below(4) {
        case 0: return try r.unary(.square, r.pick(r.softmax()))
        case 1: return try r.pick(r.logSoftmax())
        case 2: return try r.pick(r.logits)
        default: return try r.pick(r.tape.binary(.pow, r.softmax(), r.number(0.5)))
        }
    }
}
