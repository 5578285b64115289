import CLuaShim
import NightjarGraph
import NightjarTensor

private let own = Parameter("t", .tensor)

/// Functions of each element that are more than one operation, and conversions.
let elementwiseBindings: [Binding] = [
    Binding(
        "where", [.module, .method],
        [
            Parameter("mask", .tensor, "true where the first value is taken"), Parameter("a", .tensorOrNumber),
            Parameter("b", .tensorOrNumber),
        ], "a where the mask holds, b elsewhere.",
        example: """
            local t = nj.tensor({ -1, 2 })
            nj.where(t:gt(0), t, 0) --> {0, 2}
            """
    ) { call in
        let mask = try call.node(0)
        let isNumber = (1...2).map { call.kind($0) != NJL_TENSOR }
        let (a, b): (NodeID, NodeID)
        switch (isNumber[0], isNumber[1]) {
        case (false, false): (a, b) = try (call.node(1), call.node(2))
        case (false, true):
            a = try call.node(1)
            b = try call.operand(2, like: a, .select)
        case (true, false):
            b = try call.node(2)
            a = try call.operand(1, like: b, .select)
        case (true, true):
            (a, b) = try (call.tape.number(call.number(1)), call.tape.number(call.number(2)))
        }
        try call.answer(call.tape.select(mask, a, b))
    },
    Binding(
        "clamp", [.module, .method],
        [own, Parameter("low", .tensorOrNumber, default: "nil"), Parameter("high", .tensorOrNumber, default: "nil")],
        "At least low and at most high; either may be nil.",
        example: """
            nj.tensor({ -1, 5 }):clamp(0, 3)   --> {0, 3}
            nj.tensor({ -1, 5 }):clamp(nil, 3) --> {-1, 3}
            """
    ) { call in
        var node = try call.node(0)
        call.namesOperation()
        if call.has(1) { node = try call.tape.binary(.maximum, node, call.operand(1, like: node, .maximum)) }
        if call.has(2) { node = try call.tape.binary(.minimum, node, call.operand(2, like: node, .minimum)) }
        try call.answer(node)
    },
    Binding(
        "leaky_relu", [.module, .method], [own, Parameter("slope", .number, default: "0.01")],
        "x where positive, slope * x elsewhere.", example: "nj.tensor({ -2, 2 }):leaky_relu(0.5) --> {-1, 2}"
    ) { call in
        let x = try call.node(0)
        let slope = try call.has(1) ? call.number(1) : 0.01
        call.namesOperation()
        let tape = call.tape
        let dtype = tape.dtype(x)
        let scaled = try tape.binary(.mul, x, tape.number(slope, dtype: dtype))
        try call.answer(tape.select(tape.binary(.greater, x, tape.constant(0, dtype: dtype)), x, scaled))
    },
    Binding(
        "elu", [.module, .method], [own, Parameter("alpha", .number, default: "1")],
        "x where positive, alpha * (exp(x) - 1) elsewhere.", example: "nj.tensor({ 0, 2 }):elu() --> {0, 2}"
    ) { call in
        let x = try call.node(0)
        let alpha = try call.has(1) ? call.number(1) : 1
        call.namesOperation()
        let tape = call.tape
        let zero = tape.constant(0, dtype: tape.dtype(x))
        // The exponential sees no positive number, so that it cannot overflow into the gradient.
        let low = try tape.unary(.expm1, tape.binary(.minimum, x, zero))
        let scaled = try tape.binary(.mul, low, tape.number(alpha, dtype: tape.dtype(x)))
        try call.answer(tape.select(tape.binary(.greater, x, zero), x, scaled))
    },
    Binding(
        "softplus", [.module, .method], [own], "log(1 + exp(x)), without overflow.",
        example: "nj.tensor({ 1000 }):softplus() --> {1000}"
    ) { call in
        let x = try call.node(0)
        call.namesOperation()
        let tape = call.tape
        let low = try tape.unary(.neg, tape.unary(.abs, x))
        let smooth = try tape.unary(.log1p, tape.unary(.exp, low))
        try call.answer(tape.binary(.add, tape.unary(.relu, x), smooth))
    },
    Binding(
        "gelu", [.module, .method], [own], "x times the normal distribution function of x (exact, by erf).",
        example: "nj.tensor({ 0 }):gelu() --> {0}"
    ) {
        call in
        let x = try call.node(0)
        call.namesOperation()
        let tape = call.tape
        let dtype = tape.dtype(x)
        let inner = try tape.unary(.erf, tape.binary(.mul, x, tape.constant(0.5.squareRoot(), dtype: dtype)))
        let half = try tape.binary(.mul, x, tape.constant(0.5, dtype: dtype))
        try call.answer(tape.binary(.mul, half, tape.binary(.add, inner, tape.constant(1, dtype: dtype))))
    },
    Binding("silu", [.module, .method], [own], "x * sigmoid(x).", example: "nj.tensor({ 0 }):silu() --> {0}") { call in
        let x = try call.node(0)
        call.namesOperation()
        try call.answer(call.tape.binary(.mul, x, call.tape.unary(.sigmoid, x)))
    },
    Binding(
        "to", [.method], [own, Parameter("dtype", .dtype)],
        "The same numbers in another element type; to whole numbers, cut toward zero.",
        example: """
            nj.tensor({ 1.7, -1.7 }):to("int32") --> {1, -1}
            """
    ) { call in
        try call.answer(call.tape.cast(call.node(0), call.dtype(1)))
    },
    Binding("float", [.method], [own], "As float32.") { try $0.answer($0.tape.cast($0.node(0), .float32)) },
    Binding("double", [.method], [own], "As float64.") { try $0.answer($0.tape.cast($0.node(0), .float64)) },
    Binding("int", [.method], [own], "As int32, cut toward zero.") { try $0.answer($0.tape.cast($0.node(0), .int32)) },
]
