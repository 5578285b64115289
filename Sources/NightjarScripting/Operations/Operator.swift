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
    /// See ``Binding/example``.
    public let example: String?

    package init(
        _ name: String, _ op: Op, _ arity: Int, sign metamethod: String? = nil, _ doc: String, example: String? = nil
    ) {
        self.name = name
        self.op = op
        self.arity = arity
        self.metamethod = metamethod
        self.doc = doc
        self.example = example
    }

    public static let all: [Operator] = [
        Operator(
            "add", .add, 2, sign: "__add", "Sum, element by element.", example: "nj.tensor({ 1, 2 }) + 10 --> {11, 12}"),
        Operator(
            "sub", .sub, 2, sign: "__sub", "Difference, element by element.",
            example: "10 - nj.tensor({ 1, 2 }) --> {9, 8}"),
        Operator(
            "mul", .mul, 2, sign: "__mul", "Product, element by element.",
            example: "nj.tensor({ { 1, 2 } }) * nj.tensor({ { 1 }, { 10 } }) --> {{1, 2}, {10, 20}}"),
        Operator(
            "div", .div, 2, sign: "__div", "Quotient, element by element.",
            example: "nj.tensor({ 1, 2 }) / 2 --> {0.5, 1}"),
        Operator(
            "mod", .mod, 2, sign: "__mod", "Remainder with the sign of the divisor, as in Lua.",
            example: "nj.tensor({ -1, 5 }) % 3 --> {2, 2}"),
        Operator(
            "pow", .pow, 2, sign: "__pow", "Power, element by element.", example: "nj.tensor({ 2, 3 }) ^ 2 --> {4, 9}"),
        Operator(
            "maximum", .maximum, 2, "The larger of two, element by element.",
            example: "nj.tensor({ 1, 5 }):maximum(3) --> {3, 5}"),
        Operator("minimum", .minimum, 2, "The smaller of two, element by element."),
        Operator("eq", .equal, 2, "Mask: equal.", example: "nj.tensor({ 1, 2 }):eq(2) --> {false, true}"),
        Operator("ne", .notEqual, 2, "Mask: not equal."),
        Operator("lt", .less, 2, "Mask: less.", example: "nj.tensor({ 1, 2 }):lt(2) --> {true, false}"),
        Operator("le", .lessEqual, 2, "Mask: less or equal."),
        Operator("gt", .greater, 2, "Mask: greater."),
        Operator("ge", .greaterEqual, 2, "Mask: greater or equal."),
        Operator(
            "logical_and", .and, 2, sign: "__band", "Both of two masks.",
            example: "nj.tensor({ 1, 2, 3 }):gt(1) & nj.tensor({ 1, 2, 3 }):lt(3) --> {false, true, false}"),
        Operator("logical_or", .or, 2, sign: "__bor", "Either of two masks."),
        Operator("logical_xor", .xor, 2, sign: "__bxor", "Exactly one of two masks."),
        Operator("logical_not", .not, 1, sign: "__bnot", "The opposite mask."),
        Operator("neg", .neg, 1, sign: "__unm", "The negative."),
        Operator("abs", .abs, 1, "The absolute value."),
        Operator("sign", .sign, 1, "-1, 0 or 1.", example: "nj.tensor({ -3, 0, 2 }):sign() --> {-1, 0, 1}"),
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
        Operator("relu", .relu, 1, "max(x, 0).", example: "nj.tensor({ -1, 2 }):relu() --> {0, 2}"),
        Operator("floor", .floor, 1, "The next lower whole number."),
        Operator("ceil", .ceil, 1, "The next higher whole number."),
        Operator(
            "round", .round, 1, "The nearest whole number, halves to even.",
            example: "nj.tensor({ 0.5, 1.5 }):round() --> {0, 2}"),
        Operator("square", .square, 1, "x * x."),
        Operator("isnan", .isNaN, 1, "Mask: not a number.", example: "(nj.zeros(1) / 0):isnan() --> {true}"),
        Operator("isfinite", .isFinite, 1, "Mask: neither infinite nor NaN."),
        Operator(
            "stop_gradient", .stopGradient, 1, "The same values, through which no gradient flows.",
            example: "nj.grad(function(x) return (x * x:stop_gradient()):sum() end, nj.tensor({ 3 })) --> {3}"),
        Operator("detach", .stopGradient, 1, "The same as stop_gradient."),
    ]
}
