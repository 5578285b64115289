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

    func apply(_ reach: Add) throws {
        switch node.op.family {
        case .source: return
        case .unary: try unary(reach)
        case .binary: try binary(reach)
        case .ternary: try select(reach)
        case .reduction: try reduction(reach)
        case .pick: try pick(reach)
        case .product: try product(reach)
        case .movement: try movement(reach)
        case .rule: try routes(reach)
        case .routine: try routine(reach)
        case .gradient:
            throw GraphError("a gradient was not expanded before it was differentiated", [id])
        }
    }

    // MARK: Element by element

    private func unary(_ reach: Add) throws {
        let (g, x, y) = (gradient, node.a, id)
        switch node.op {
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
        // Piecewise constant, or a mask, or held fixed: nothing flows.
        default: return
        }
    }

    private func binary(_ reach: Add) throws {
        let (g, a, b, y) = (gradient, node.a, node.b, id)
        func left(_ value: @escaping () throws -> NodeID) throws { try reach(a) { try sumTo(a, value()) } }
        func right(_ value: @escaping () throws -> NodeID) throws { try reach(b) { try sumTo(b, value()) } }
        switch node.op {
        case .add:
            try left { g }
            try right { g }
        case .sub:
            try left { g }
            try right { try tape.unary(.neg, g) }
        case .mul:
            try left { try mul(g, b) }
            try right { try mul(g, a) }
        case .div:
            try left { try div(g, b) }
            // What the divisor is repeated for is summed first: then one division for each of its own elements will do.
            let isRepeated = tape.shape(b) != tape.shape(y)
            try right {
                try tape.unary(.neg, isRepeated ? div(sumTo(b, mul(g, y)), b) : mul(g, div(y, b)))
            }
        case .pow:
            // d a^b / da = b a^(b-1), which is 0 for b = 0 also at a = 0; d / db = a^b log a, 0 where
            // a^b is 0 and for 0^0.
            try left {
                let slope = try mul(b, tape.binary(.pow, a, sub(b, constant(1))))
                return try mul(g, tape.select(tape.binary(.equal, b, constant(0)), constant(0), slope))
            }
            try right {
                let slope = try mul(y, tape.unary(.log, a))
                let atZero = try tape.binary(
                    .and, tape.binary(.equal, a, constant(0)), tape.binary(.equal, b, constant(0)))
                let vanishes = try tape.binary(.or, tape.binary(.equal, y, constant(0)), atZero)
                return try mul(g, tape.select(vanishes, constant(0), slope))
            }
        case .maximum, .minimum:
            // Equal operands share the gradient.
            let wins: Op = node.op == .maximum ? .greater : .less
            func share(_ mine: NodeID, _ other: NodeID) throws -> NodeID {
                let tie = try tape.select(tape.binary(.equal, mine, other), mul(g, constant(0.5)), constant(0))
                return try tape.select(tape.binary(wins, mine, other), g, tie)
            }
            try left { try share(a, b) }
            try right { try share(b, a) }
        case .mod:
            // a - floor(a / b) * b
            try left { g }
            try right { try tape.unary(.neg, mul(g, tape.unary(.floor, div(a, b)))) }
        default: return
        }
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

    private func reduction(_ reach: Add) throws {
        let (x, y, g) = (node.a, id, gradient)
        let full = tape.shape(x)
        let reduction = Reduction(attribute: node.attribute)
        let kept = Reduction(axes: reduction.axes, keepsDimensions: true).result(full)
        func spread(_ value: NodeID) throws -> NodeID { try tape.expand(tape.reshape(value, kept), full) }
        switch node.op {
        case .sum: try reach(x) { try spread(g) }
        case .average:
            let share = 1 / Double(reduction.width(full))
            try reach(x) { try spread(tape.cast(mul(g, constant(share)), tape[x].dtype)) }
        case .spread:
            // Around the mean as it is in the operand's type, held fixed; ``Tape/moments(_:leading:)`` adds the rest.
            try reach(x) {
                let own = tape[x].dtype
                var average = node
                average.op = .average
                let shift = try tape.unary(.stopGradient, tape.cast(tape.append(average), own))
                return try mul(sub(x, shift), tape.cast(mul(constant(2), g), own))
            }
        case .prod:
            try reach(x) { try mul(spread(g), productOfTheOthers(x, reduction.axes)) }
        case .max, .min:
            // Equal entries share the gradient.
            try reach(x) {
                let hit = try tape.cast(tape.binary(.equal, x, spread(y)), dtype)
                let hits = try tape.reduce(.sum, hit, axes: reduction.axes, keep: true)
                return try mul(spread(g), div(hit, hits))
            }
        default: return
        }
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

    private func product(_ reach: Add) throws {
        switch node.op {
        case .matmul: try matmul(reach)
        default: try image(reach)
        }
    }

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
        default: return
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
