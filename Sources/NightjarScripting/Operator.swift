import NightjarGraph

/// An operation of the tape that scripts reach without any detour: one or two operands, nothing else.
///
/// These are part of the binding table as much as a ``Binding`` is, but take the short way through the shim.
public struct Operator: Sendable {
    public let name: String
    public let op: Op
    /// 1 or 2.
    public let arity: Int
    /// `__add` and the like, or nil.
    public let metamethod: String?
    public let doc: String

    init(_ name: String, _ op: Op, _ arity: Int, sign metamethod: String? = nil, _ doc: String) {
        self.name = name
        self.op = op
        self.arity = arity
        self.metamethod = metamethod
        self.doc = doc
    }

    public static let all: [Operator] = [
        Operator("add", .add, 2, sign: "__add", "Sum, element by element."),
        Operator("sub", .sub, 2, sign: "__sub", "Difference, element by element."),
        Operator("mul", .mul, 2, sign: "__mul", "Product, element by element."),
        Operator("div", .div, 2, sign: "__div", "Quotient, element by element."),
        Operator("mod", .mod, 2, sign: "__mod", "Remainder with the sign of the divisor, as in Lua."),
        Operator("pow", .pow, 2, sign: "__pow", "Power, element by element."),
        Operator("maximum", .maximum, 2, "The larger of two, element by element."),
        Operator("minimum", .minimum, 2, "The smaller of two, element by element."),
        Operator("eq", .equal, 2, "Mask: equal."),
        Operator("ne", .notEqual, 2, "Mask: not equal."),
        Operator("lt", .less, 2, "Mask: less."),
        Operator("le", .lessEqual, 2, "Mask: less or equal."),
        Operator("gt", .greater, 2, "Mask: greater."),
        Operator("ge", .greaterEqual, 2, "Mask: greater or equal."),
        Operator("logical_and", .and, 2, "Both of two masks."),
        Operator("logical_or", .or, 2, "Either of two masks."),
        Operator("logical_xor", .xor, 2, "Exactly one of two masks."),
        Operator("logical_not", .not, 1, "The opposite mask."),
        Operator("neg", .neg, 1, sign: "__unm", "The negative."),
        Operator("abs", .abs, 1, "The absolute value."),
        Operator("sign", .sign, 1, "-1, 0 or 1."),
        Operator("exp", .exp, 1, "e to the power of each element."),
        Operator("expm1", .expm1, 1, "exp(x) - 1, exact for small x."),
        Operator("log", .log, 1, "Natural logarithm."),
        Operator("log1p", .log1p, 1, "log(1 + x), exact for small x."),
        Operator("sqrt", .sqrt, 1, "Square root."),
        Operator("rsqrt", .rsqrt, 1, "1 / sqrt(x)."),
        Operator("reciprocal", .recip, 1, "1 / x."),
        Operator("sin", .sin, 1, "Sine of radians."),
        Operator("cos", .cos, 1, "Cosine of radians."),
        Operator("tanh", .tanh, 1, "Hyperbolic tangent."),
        Operator("sigmoid", .sigmoid, 1, "1 / (1 + exp(-x))."),
        Operator("erf", .erf, 1, "Error function."),
        Operator("relu", .relu, 1, "max(x, 0)."),
        Operator("floor", .floor, 1, "The next lower whole number."),
        Operator("ceil", .ceil, 1, "The next higher whole number."),
        Operator("round", .round, 1, "The nearest whole number, halves to even."),
        Operator("square", .square, 1, "x * x."),
        Operator("isnan", .isNaN, 1, "Mask: not a number."),
        Operator("isfinite", .isFinite, 1, "Mask: neither infinite nor NaN."),
        Operator("stop_gradient", .stopGradient, 1, "The same values, through which no gradient flows."),
        Operator("detach", .stopGradient, 1, "The same as stop_gradient."),
    ]
}
