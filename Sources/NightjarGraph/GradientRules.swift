import NightjarTensor

/// The gradient rule of each operation, written in the same operations, so that gradients have gradients.
///
/// `add` takes an operand and how to record what reaches it; it records only where somebody asked.
struct GradientRules {
    let tape: Tape
    let id: NodeID
    /// d loss / d result, of the result's shape.
    let gradient: NodeID

    typealias Add = (NodeID, () throws -> NodeID) throws -> Void

    var node: Node { tape[id] }
    private var dtype: DType { node.dtype }
    private func constant(_ value: Double) -> NodeID { tape.constant(value, dtype: dtype) }
    private func mul(_ a: NodeID, _ b: NodeID) throws -> NodeID { try tape.binary(.mul, a, b) }
    private func add(_ a: NodeID, _ b: NodeID) throws -> NodeID { try tape.binary(.add, a, b) }
    private func sub(_ a: NodeID, _ b: NodeID) throws -> NodeID { try tape.binary(.sub, a, b) }
    private func div(_ a: NodeID, _ b: NodeID) throws -> NodeID { try tape.binary(.div, a, b) }
    private func zeroUnless(_ mask: NodeID, _ value: NodeID) throws -> NodeID {
        try tape.select(mask, value, constant(0))
    }

    /// No operation is left out: one that is new has to be given a rule, or a place among those that pass nothing on.
    func apply(_ reach: Add) throws {
        let (g, x, y) = (gradient, node.a, id)
        switch node.op {
        // Where values come from.
        case .leaf, .number, .constant, .iota, .uniform, .normal, .placeholder: return
        // Steps, masks and positions do not move with their operands; the last holds its operand fixed.
        case .sign, .floor, .ceil, .round, .not, .isNaN, .isFinite: return
        case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .and, .or, .xor: return
        case .argmax, .argmin, .argsort, .stopGradient: return

        case .neg: try reach(x) { try tape.unary(.neg, g) }
        case .abs: try reach(x) { try mul(g, tape.unary(.sign, x)) }
        case .exp: try reach(x) { try mul(g, y) }
        case .expm1: try reach(x) { try mul(g, tape.unary(.exp, x)) }
        case .log: try reach(x) { try div(g, x) }
        case .log1p: try reach(x) { try div(g, add(x, constant(1))) }
        case .sqrt: try reach(x) { try div(mul(g, constant(0.5)), y) }
        case .rsqrt: try reach(x) { try mul(mul(g, constant(-0.5)), mul(y, tape.unary(.square, y))) }
        case .recip: try reach(x) { try tape.unary(.neg, mul(g, tape.unary(.square, y))) }
        case .sin: try reach(x) { try mul(g, tape.unary(.cos, x)) }
        case .cos: try reach(x) { try tape.unary(.neg, mul(g, tape.unary(.sin, x))) }
        case .tanh: try reach(x) { try mul(g, sub(constant(1), tape.unary(.square, y))) }
        case .sigmoid: try reach(x) { try mul(g, mul(y, sub(constant(1), y))) }
        case .erf:
            // d erf(x) / dx = 2 / sqrt(pi) * exp(-x^2)
            try reach(x) {
                let bell = try tape.unary(.exp, tape.unary(.neg, tape.unary(.square, x)))
                return try mul(g, mul(constant(1.1283791670955126), bell))
            }
        // By the result, which is there anyway: it is positive where the operand is.
        case .relu: try reach(x) { try zeroUnless(tape.binary(.greater, y, constant(0)), g) }
        // In this order, because g is often one value repeated.
        case .square: try reach(x) { try mul(mul(constant(2), g), x) }
        case .cast: try reach(x) { tape.cast(g, tape[x].dtype) }
        case .variable: try reach(x) { g }

        case .add: try operands(reach, { g }, { g })
        case .sub: try operands(reach, { g }, { try tape.unary(.neg, g) })
        case .mul: try operands(reach, { try mul(g, node.b) }, { try mul(g, node.a) })
        case .div: try division(reach)
        case .pow: try power(reach)
        case .maximum: try larger(.greater, reach)
        case .minimum: try larger(.less, reach)
        // a - floor(a / b) * b
        case .mod:
            try operands(
                reach, { g }, { try tape.unary(.neg, mul(g, tape.unary(.floor, div(node.a, node.b)))) })
        case .select: try select(reach)

        case .sum: try reach(x) { try spread(g) }
        case .prod:
            try reach(x) { try mul(spread(g), productOfTheOthers(x, Reduction(attribute: node.attribute).axes)) }
        case .max, .min: try reach(x) { try extreme() }
        case .average: try reach(x) { try average() }
        case .spread: try reach(x) { try deviations() }
        case .pick: try pick(reach)

        case .matmul: try matmul(reach)
        case .conv, .convInput, .convWeight: try convolution(reach)
        case .poolMax, .unpoolMax, .poolMean, .unpoolMean: try pooling(reach)

        case .reshape, .permute, .expand, .slice, .embed, .concat: try movement(reach)
        case .cumsum, .gather, .scatterAdd: try line(reach)
        case .inverse, .det, .cofactors, .cofactorChange, .slogdet: try matrix(reach)
        case .native: try native(reach)

        case .gradient: throw GraphError("a gradient was not expanded before it was differentiated", [id])
        // What a custom function's own rows would pass on is not asked for.
        case .custom: return
        case .route: try routes(reach)
        }
    }

    /// A rule was asked for an operation that it is not for.
    func misplaced() -> GraphError { GraphError("\(node.op.title) has no gradient of this kind", [id]) }

    // MARK: Element by element

    /// What reaches each operand, summed where the operand was repeated.
    private func operands(
        _ reach: Add, _ left: @escaping () throws -> NodeID, _ right: @escaping () throws -> NodeID
    ) throws {
        try reach(node.a) { try sumTo(node.a, left()) }
        try reach(node.b) { try sumTo(node.b, right()) }
    }

    private func division(_ reach: Add) throws {
        let (g, b, y) = (gradient, node.b, id)
        // What the divisor is repeated for is summed first: then one division for each of its own elements will do.
        let isRepeated = tape.shape(b) != tape.shape(y)
        try operands(
            reach, { try div(g, b) },
            { try tape.unary(.neg, isRepeated ? div(sumTo(b, mul(g, y)), b) : mul(g, div(y, b))) })
    }

    /// d a^b / da = b a^(b - 1), and d a^b / db = a^b log a.
    ///
    /// For b = 0 the first is 0 also at a = 0 (and where a is NaN), and the second is 0 at a = 0 for b of at least 0: what
    /// would be infinite there is not computed and then masked, but computed of other numbers, so that derivatives of
    /// the derivatives are right as well.
    private func power(_ reach: Add) throws {
        let (g, a, b, y) = (gradient, node.a, node.b, id)
        func zero() throws -> NodeID { try tape.expand(constant(0), tape.shape(y)) }
        func left() throws -> NodeID {
            switch number(b) {
            case 0: return try zero()
            case 1: return g
            case let exponent?: return try mul(g, mul(b, tape.binary(.pow, a, constant(exponent - 1))))
            // Numbers of a script that could be 0 are constants.
            case nil where tape[b].op == .number: return try mul(g, mul(b, tape.binary(.pow, a, sub(b, constant(1)))))
            case nil: break
            }
            let hasSlope = try tape.binary(.greater, tape.unary(.abs, a), constant(0))
            let isFlat = try tape.binary(.and, tape.binary(.equal, b, constant(0)), tape.unary(.not, hasSlope))
            let exponent = try tape.select(isFlat, constant(1), b)
            let slope = try mul(exponent, tape.binary(.pow, a, sub(exponent, constant(1))))
            return try mul(g, tape.select(isFlat, constant(0), slope))
        }
        func right() throws -> NodeID {
            let atZero = try tape.binary(
                .and, tape.binary(.equal, a, constant(0)), tape.binary(.greaterEqual, b, constant(0)))
            let vanishes = try tape.binary(.or, tape.binary(.equal, y, constant(0)), atZero)
            let base = try tape.select(vanishes, constant(1), a)
            return try mul(g, mul(y, tape.unary(.log, base)))
        }
        try operands(reach, left, right)
    }

    /// The value of a constant.
    private func number(_ id: NodeID) -> Double? {
        tape[id].op == .constant ? Double(bitPattern: tape[id].attribute) : nil
    }

    /// `maximum` and `minimum`: equal operands share the gradient.
    private func larger(_ wins: Op, _ reach: Add) throws {
        func share(_ mine: NodeID, _ other: NodeID) throws -> NodeID {
            let tie = try tape.select(tape.binary(.equal, mine, other), mul(gradient, constant(0.5)), constant(0))
            return try tape.select(tape.binary(wins, mine, other), gradient, tie)
        }
        try operands(reach, { try share(node.a, node.b) }, { try share(node.b, node.a) })
    }

    private func select(_ reach: Add) throws {
        try reach(node.b) { try sumTo(node.b, zeroUnless(node.a, gradient)) }
        try reach(node.c) { try sumTo(node.c, tape.select(node.a, constant(0), gradient)) }
    }

    /// Sums over the dimensions along which `operand` was repeated.
    private func sumTo(_ operand: NodeID, _ value: NodeID) throws -> NodeID {
        let (small, large) = (tape.shape(operand), tape.shape(value))
        if small == large { return value }
        if large.rank < small.rank { return try tape.expand(value, small) }
        var axes: UInt8 = 0
        let offset = large.rank - small.rank
        for axis in 0..<large.rank where axis < offset || (small[axis - offset] == 1 && large[axis] != 1) {
            axes |= 1 << UInt8(truncatingIfNeeded: axis)
        }
        if axes == 0 { return try tape.reshape(value, small) }
        return try tape.reshape(tape.reduce(.sum, value, axes: axes, keep: false), small)
    }

    // MARK: Reductions

    /// A value of the reduced shape, repeated to that of the operand.
    private func spread(_ value: NodeID) throws -> NodeID {
        let full = tape.shape(node.a)
        let axes = Reduction(attribute: node.attribute).axes
        return try tape.expand(
            tape.reshape(value, Reduction(axes: axes, keepsDimensions: true).result(full)), full)
    }

    /// `max` and `min`: equal entries share the gradient.
    private func extreme() throws -> NodeID {
        let hit = try tape.cast(tape.binary(.equal, node.a, spread(id)), dtype)
        let hits = try tape.reduce(.sum, hit, axes: Reduction(attribute: node.attribute).axes, keep: true)
        return try mul(spread(gradient), div(hit, hits))
    }

    /// `average`: each entry has an equal share. It is float64, whatever the operand is.
    private func average() throws -> NodeID {
        let share = 1 / Double(Reduction(attribute: node.attribute).width(tape.shape(node.a)))
        return try spread(tape.cast(mul(gradient, constant(share)), tape[node.a].dtype))
    }

    /// `spread`: around the mean as it is in the operand's type, held fixed; ``Tape/moments(_:leading:)`` adds the rest.
    private func deviations() throws -> NodeID {
        let own = tape[node.a].dtype
        var average = node
        average.op = .average
        let shift = try tape.unary(.stopGradient, tape.cast(tape.append(average), own))
        return try mul(sub(node.a, shift), tape.cast(mul(constant(2), gradient), own))
    }

    /// For each entry the product of the others along `axes`, also where entries are 0, and such that its own derivatives
    /// are right there.
    ///
    /// The product of what is not 0, divided by the entry, times the zeros. For an entry that is 0, the other zeros count:
    /// none is 1, one is itself (the sum of the zeros without the entry), and of more the product is flat.
    private func productOfTheOthers(_ x: NodeID, _ axes: UInt8) throws -> NodeID {
        let isZero = try tape.binary(.equal, x, constant(0))
        let count = try tape.reduce(.sum, tape.cast(isZero, dtype), axes: axes, keep: true)
        let others = try tape.select(isZero, constant(1), x)
        let product = try tape.reduce(.prod, others, axes: axes, keep: true)
        let zeros = try tape.reduce(.prod, tape.select(isZero, x, constant(1)), axes: axes, keep: true)
        let sum = try tape.reduce(.sum, tape.select(isZero, x, constant(0)), axes: axes, keep: true)
        let other = try tape.select(tape.binary(.equal, count, constant(2)), sub(sum, x), constant(0))
        let atZero = try mul(product, tape.select(tape.binary(.equal, count, constant(1)), constant(1), other))
        return try tape.select(isZero, atZero, div(mul(product, zeros), others))
    }

    private func pick(_ reach: Add) throws {
        try reach(node.a) {
            let shape = tape.shape(node.a)
            let kept = try Shape(tape.shape(id).dimensions + [1])
            let hits = try tape.hits(node.b, classes: shape.last)
            return try tape.select(hits, tape.expand(tape.reshape(gradient, kept), shape), constant(0))
        }
    }

    // MARK: Matrix products

    private func matmul(_ reach: Add) throws {
        let (a, b, g) = (node.a, node.b, gradient)
        let (ta, tb) = (node.attribute & 1 != 0, node.attribute & 2 != 0)
        try reach(a) {
            ta
                ? try tape.matmul(b, g, transposeA: tb, transposeB: true)
                : try tape.matmul(g, b, transposeA: false, transposeB: !tb)
        }
        try reach(b) {
            tb
                ? try tape.matmul(g, a, transposeA: true, transposeB: ta)
                : try tape.matmul(a, g, transposeA: !ta, transposeB: false)
        }
    }

    // MARK: Shape

    private func movement(_ reach: Add) throws {
        let (x, g) = (node.a, gradient)
        let source = tape.shape(x)
        switch node.op {
        case .reshape: try reach(x) { try tape.reshape(g, source) }
        case .permute:
            try reach(x) {
                let order = Tape.order(of: node)
                var inverse = [Int](repeating: 0, count: order.count)
                for (axis, from) in order.enumerated() { inverse[from] = axis }
                return try tape.permute(g, inverse)
            }
        case .expand: try reach(x) { try sumTo(x, g) }
        case .slice:
            try reach(x) {
                let ranges = tape.ranges(of: node)
                return tape.embed(g, in: source, starts: ranges.starts, steps: ranges.steps)
            }
        case .embed:
            try reach(x) {
                let ranges = tape.ranges(of: node)
                return try tape.slice(g, starts: ranges.starts, counts: source.dimensions, steps: ranges.steps)
            }
        case .concat:
            let axis = node.slot
            var starts = [Int](repeating: 0, count: node.rank)
            let steps = [Int](repeating: 1, count: node.rank)
            try reach(x) { try tape.slice(g, starts: starts, counts: source.dimensions, steps: steps) }
            starts[axis] = source[axis]
            try reach(node.b) {
                try tape.slice(g, starts: starts, counts: tape.shape(node.b).dimensions, steps: steps)
            }
        default: throw misplaced()
        }
    }

    // MARK: Rules that were recorded

    /// What reaches a custom function goes where its routes lead: the rows of its rule, with the gradient and the
    /// result put in for their placeholders.
    private func routes(_ reach: Add) throws {
        var links: [Node] = []
        var (position, last) = (id, node)
        while last.op == .route {
            links.append(last)
            (position, last) = (last.a, tape[last.a])
        }
        guard last.op == .custom, let start = [last.b, last.c].min() else { return }
        var replay: Replay?
        for link in links {
            try reach(link.b) {
                let rule =
                    replay
                    ?? tape.replay(start.position..<position.position, substituting: [last.b: gradient, last.c: id])
                replay = rule
                return rule[link.c]
            }
        }
    }
}
