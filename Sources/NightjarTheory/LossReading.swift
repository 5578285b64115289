import NightjarGraph
import NightjarTensor

/// Reads the graph that a loss recorded into an expression for one sample.
///
/// Logits are a leaf of shape (samples, classes), labels an int32 leaf of shape (samples) that counts from 1. Each value
/// of the graph is the same function of its own row for every sample, or it is not read: what mixes samples, draws
/// random numbers, or has no rule is named. Rounding is not looked at: operations are those of real numbers, and logits
/// are finite.
struct LossReading {
    private let tape: Tape
    private let logits: NodeID
    private let labels: NodeID
    private let samples: Int
    private let classes: Int
    private var known: [NodeID: Expression] = [:]
    /// Factors 1/n that a mean multiplies by, which are read as such and not as the double beside them.
    private(set) var readsMeans = false
    private(set) var splitsByLabel = false

    init(_ tape: Tape, logits: NodeID, labels: NodeID) throws {
        let shape = tape.shape(logits)
        guard shape.rank == 2, tape.shape(labels).rank == 1, tape.shape(labels)[0] == shape[0], shape[0] > 1,
            shape[1] > 1, shape[0] != shape[1]
        else { throw TheoryFault.reason("its logits and labels are not rows and their classes") }
        (self.tape, self.logits, self.labels) = (tape, logits, labels)
        (samples, classes) = (shape[0], shape[1])
    }

    /// The value of each sample, as the label's class y and its logits make it.
    mutating func read(_ value: NodeID) throws -> Expression {
        guard tape.shape(value).dimensions == [samples] else {
            throw TheoryFault.reason("it does not give one value a sample")
        }
        // In the order in which rows were recorded: a chain of any length needs no stack.
        var wanted = [value]
        var needed: Set<NodeID> = []
        while let next = wanted.popLast() {
            guard needed.insert(next).inserted, next != logits, next != labels else { continue }
            guard needed.count <= 4000 else { throw TheoryFault.tooLarge }
            wanted += tape[next].valueOperands
        }
        for id in needed.sorted() { known[id] = try expression(id) }
        return known[value] ?? .zero
    }

    private func of(_ id: NodeID) -> Expression { known[id] ?? .zero }

    /// Which dimension runs over classes: the last, where it has as many entries.
    private func runsOverClasses(_ shape: Shape) -> Bool { shape.rank > 0 && shape.last == classes }

    /// Rows of samples, rows of classes, and what broadcasts to them.
    private func check(_ shape: Shape) throws {
        let isKnown =
            switch shape.dimensions {
            case [], [1], [samples], [classes], [samples, classes], [samples, 1], [1, classes], [1, 1]: true
            default: false
            }
        if !isKnown {
            throw TheoryFault.reason("it has values of shape \(shape), which are neither samples nor classes")
        }
    }

    private mutating func expression(_ id: NodeID) throws -> Expression {
        if id == logits { return .logits }
        if id == labels { return try Expression(.position(.label)).plus(.one) }
        let node = tape[id]
        if node.op != .leaf { try check(node.shape) }
        let (a, b, c) = (of(node.a), of(node.b), of(node.c))
        switch node.op {
        case .leaf: return try leaf(id, node)
        case .number: return Expression(number: tape.numbers[node.slot])
        case .constant: return constant(Double(bitPattern: node.attribute))
        case .iota:
            guard node.slot == node.rank - 1, runsOverClasses(node.shape) else {
                throw TheoryFault.reason("it counts samples")
            }
            return Expression(.position(.each))
        case .neg: return a.negated
        case .square: return try a.power(2)
        case .cast: return try cast(a, node)
        case .stopGradient, .variable, .custom, .route: return a
        case .add, .sub:
            let sum = try node.op == .add ? a.plus(b) : a.minus(b)
            return node.dtype.isFloating ? try sum.recognizingSoftmax() : sum
        case .mul: return try a.times(b).recognizingSoftmax()
        case .div:
            guard node.dtype.isFloating else { throw TheoryFault.operation("//") }
            return try a.times(b.reciprocal()).recognizingSoftmax()
        case .recip: return try a.reciprocal()
        case .rsqrt: return try apply(.sqrt, a).reciprocal()
        case .relu: return try apply(.maximum, a, .zero)
        case .expm1: return try apply(.exp, a).recognizingSoftmax().minus(.one)
        case .log1p: return try apply(.log, a.plus(.one))
        case .exp: return try apply(.exp, a).recognizingSoftmax()
        case .log: return try apply(.log, a)
        case .sqrt: return try apply(.sqrt, a)
        case .abs: return try apply(.abs, a)
        case .sign: return try apply(.sign, a)
        case .sin: return try apply(.sin, a)
        case .cos: return try apply(.cos, a)
        case .tanh: return try apply(.tanh, a)
        case .sigmoid: return try apply(.sigmoid, a)
        case .erf: return try apply(.erf, a)
        case .floor: return try apply(.floor, a)
        case .ceil: return try apply(.ceil, a)
        case .round: return try apply(.round, a)
        case .pow: return try apply(.pow, a, b)
        case .maximum: return try apply(.maximum, a, b)
        case .minimum: return try apply(.minimum, a, b)
        case .equal: return try equality(a, b)
        case .notEqual: return try Expression.one.minus(equality(a, b))
        case .greater: return try apply(.isPositive, a.minus(b))
        case .less: return try apply(.isPositive, b.minus(a))
        case .greaterEqual: return try apply(.isNotNegative, a.minus(b))
        case .lessEqual: return try apply(.isNotNegative, b.minus(a))
        case .not: return try Expression.one.minus(a)
        case .and: return try a.times(b)
        case .or: return try a.plus(b).minus(a.times(b))
        case .xor: return try a.plus(b).minus(a.times(b).times(Fraction(2)))
        case .isNaN, .isFinite:
            guard a.isCertainlyFinite else { throw TheoryFault.reason("it asks what is finite") }
            return node.op == .isNaN ? .zero : .one
        case .select: return try chosen(a, b, c)
        case .sum: return try reduced(a, node) { try $0.summed(classes: $1) }
        case .max: return try reduced(a, node) { sum, _ in try sum.extreme(isLargest: true) }
        case .min: return try reduced(a, node) { sum, _ in try sum.extreme(isLargest: false) }
        case .pick:
            guard b == Expression(.position(.label)) else {
                throw TheoryFault.reason("it picks by something else than the label")
            }
            return try a.picked()
        case .expand, .reshape: return try moved(a, node)
        case .uniform, .normal: throw TheoryFault.reason("it draws random numbers")
        case .mod, .prod, .argmax, .argmin, .average, .spread, .matmul, .conv, .convInput, .convWeight, .poolMax,
            .unpoolMax, .poolMean, .unpoolMean, .permute, .slice, .embed, .concat, .cumsum, .argsort, .gather,
            .scatterAdd, .inverse, .det, .cofactors, .cofactorChange, .slogdet, .native, .gradient, .placeholder:
            throw TheoryFault.operation(node.op.name)
        }
    }

    private mutating func apply(_ function: Function, _ arguments: Expression...) throws -> Expression {
        if arguments.contains(where: { $0.contains { $0 == Expression.labelMask } }) { splitsByLabel = true }
        return try Expression.applying(function, arguments)
    }

    private mutating func equality(_ a: Expression, _ b: Expression) throws -> Expression {
        // Nothing finite is infinite.
        for (one, other) in [(a, b), (b, a)] {
            guard case .constant(let number)? = one.factor?.kind, !number.isFinite else { continue }
            guard other.isCertainlyFinite else { throw TheoryFault.reason("it asks what is finite") }
            return .zero
        }
        return try apply(.isZero, a.minus(b))
    }

    /// One of two values by a mask of zeros and ones. The larger of two, written so, is their maximum.
    private mutating func chosen(_ mask: Expression, _ a: Expression, _ b: Expression) throws -> Expression {
        if let factor = mask.factor, case .function(let function, let arguments) = factor.kind,
            function == .isPositive || function == .isNotNegative
        {
            let difference = try a.minus(b)
            if arguments[0] == difference { return try apply(.maximum, a, b) }
            if arguments[0] == difference.negated { return try apply(.minimum, a, b) }
        }
        return try mask.times(a).plus(Expression.one.minus(mask).times(b))
    }

    /// A mean records 1 / n as a double; of samples or classes it is meant to be that fraction.
    private mutating func constant(_ number: Double) -> Expression {
        if Fraction(short: number) == nil, number == 1 / Double(classes),
            let exact = try? Fraction(1, over: Int128(classes))
        {
            readsMeans = true
            return Expression(exact)
        }
        return Expression(number: number)
    }

    /// Numbers that a script brought along, one a class or one for all.
    private func leaf(_ id: NodeID, _ node: Node) throws -> Expression {
        let tensor = tape.leaves[node.slot]
        if tensor.count == 1 { return Expression(number: tensor.value(at: 0)) }
        guard tensor.count == classes, runsOverClasses(node.shape) else {
            throw TheoryFault.reason("it uses a tensor of shape \(node.shape) besides logits and labels")
        }
        let numbers = tensor.values
        if let first = numbers.first, numbers.allSatisfy({ $0 == first }) { return Expression(number: first) }
        return Expression(.table(name: id.position, numbers, .each))
    }

    private func cast(_ a: Expression, _ node: Node) throws -> Expression {
        let source = tape.dtype(node.a)
        if node.dtype.isFloating || source == node.dtype { return a }
        if node.dtype == .bool { return try Expression.one.minus(Expression.applying(.isZero, [a])) }
        // Whole numbers and masks stay what they are.
        if source == .bool || source.isWhole, node.dtype == .int32 { return a }
        throw TheoryFault.operation("to")
    }

    private func reduced(
        _ a: Expression, _ node: Node, _ over: (Expression, Int) throws -> Expression
    ) throws -> Expression {
        let source = tape.shape(node.a)
        let reduction = Reduction(attribute: node.attribute)
        var result = a
        for axis in 0..<source.rank where reduction.reduces(axis) && source[axis] != 1 {
            guard axis == source.rank - 1, source[axis] == classes else {
                throw TheoryFault.reason("it mixes the samples of a batch")
            }
            result = try over(result, classes)
        }
        return result
    }

    /// Shapes that say the same: dimensions of one more or fewer.
    private func moved(_ a: Expression, _ node: Node) throws -> Expression {
        let source = tape.shape(node.a)
        if node.op == .expand { return a }
        let (old, new) = (source.dimensions.filter { $0 != 1 }, node.shape.dimensions.filter { $0 != 1 })
        guard old == new, a.usesEach ? runsOverClasses(node.shape) : true else {
            throw TheoryFault.operation("reshape")
        }
        // A row of classes that becomes a column would meet samples.
        return a
    }
}
