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
        "floor_divide", [.module, .method], [Parameter("t", .any), Parameter("other", .any)],
        "The quotient rounded down, `a // b`, as Lua has it for numbers: floor(a / b), exact for int32, whose division by 0 "
            + "is an error.",
        example: """
            nj.tensor({ 7, -7 }) // 2                                   --> {3, -4}
            nj.tensor({ 7, -7 }, { dtype = "int32" }):floor_divide(2)   --> {3, -4}
            7 // nj.tensor({ 2, 0 })                                    --> {3, inf}
            """
    ) { try floorDivide($0) },
    Binding(
        "__idiv", [.method], [Parameter("left", .any), Parameter("right", .any)], "The sign of floor_divide."
    ) { try floorDivide($0) },
    Binding(
        "clamp", [.module, .method],
        [own, Parameter("low", .tensorOrNumber, default: "nil"), Parameter("high", .tensorOrNumber, default: "nil")],
        "At least low and at most high; either may be nil.",
        example: """
            nj.tensor({ -1, 5 }):clamp(0, 3)   --> {0, 3}
            nj.tensor({ -1, 5 }):clamp(nil, 3) --> {-1, 3}
            """
    ) { call in
        let node = try call.node(0)
        call.namesOperation()
        func bound(_ index: Int, _ op: Op) throws -> NodeID? {
            guard call.has(index) else { return nil }
            guard try call.kind(index) == NJL_TENSOR || !call.number(index).isNaN else {
                throw ArgumentError("'clamp' needs a number or a tensor as a bound, got nan")
            }
            return try call.operand(index, like: node, op, title: "'clamp'")
        }
        try call.answer(call.tape.clamp(node, low: bound(1, .maximum), high: bound(2, .minimum)))
    },
    Binding(
        "leaky_relu", [.module, .method], [own, Parameter("slope", .number, default: "0.01")],
        "x where positive, slope * x elsewhere.", example: "nj.tensor({ -2, 2 }):leaky_relu(0.5) --> {-1, 2}"
    ) { call in
        let x = try call.node(0)
        let slope = try call.has(1) ? call.number(1) : 0.01
        call.namesOperation()
        try call.answer(call.tape.leakyRelu(x, slope: slope))
    },
    Binding(
        "elu", [.module, .method], [own, Parameter("alpha", .number, default: "1")],
        "x where positive, alpha * (exp(x) - 1) elsewhere.", example: "nj.tensor({ 0, 2 }):elu() --> {0, 2}"
    ) { call in
        let x = try call.node(0)
        let alpha = try call.has(1) ? call.number(1) : 1
        call.namesOperation()
        try call.answer(call.tape.elu(x, alpha: alpha))
    },
    Binding(
        "softplus", [.module, .method], [own], "log(1 + exp(x)), without overflow.",
        example: "nj.tensor({ 1000 }):softplus() --> {1000}"
    ) { call in
        let x = try call.node(0)
        call.namesOperation()
        try call.answer(call.tape.softplus(x))
    },
    Binding(
        "gelu", [.module, .method], [own], "x times the normal distribution function of x (exact, by erf).",
        example: "nj.tensor({ 0 }):gelu() --> {0}"
    ) {
        call in
        let x = try call.node(0)
        call.namesOperation()
        try call.answer(call.tape.gelu(x))
    },
    Binding("silu", [.module, .method], [own], "x * sigmoid(x).", example: "nj.tensor({ 0 }):silu() --> {0}") { call in
        let x = try call.node(0)
        call.namesOperation()
        try call.answer(call.tape.silu(x))
    },
    Binding(
        "xlogy", [.module, .method], [own, Parameter("y", .tensorOrNumber)],
        "x * log(y), and 0 where x is 0 and y not NaN: the limit of p * log(p) for probabilities, in the gradient as "
            + "well.",
        example: """
            local p = nj.tensor({ 0, 1 })
            p:xlogy(p) --> {0, 0}
            """
    ) { call in
        let x = try call.node(0)
        call.namesOperation()
        let y = try call.operand(1, like: x, .mul, title: "'xlogy'")
        try call.answer(call.tape.xlogy(x, y))
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

private func floorDivide(_ call: Call) throws {
    let isTensor = (0...1).map { call.kind($0) == NJL_TENSOR }
    let isNumber = (0...1).map { call.kind($0) == NJL_NUMBER || call.kind($0) == NJL_INTEGER }
    guard isTensor.contains(true), zip(isTensor, isNumber).allSatisfy({ $0 || $1 }) else {
        throw operandError(
            name: "floor_divide", sign: "//", numbersOnly: "a // b",
            operands: Array([call.argument(0), call.argument(1)].prefix(call.count)),
            call)
    }
    func operand(_ position: Int, like other: NodeID) throws -> NodeID {
        try call.host.number(call.number(position), like: other, on: call.tape, .div, title: "'//'")
    }
    let (a, b): (NodeID, NodeID)
    if isTensor[0] {
        a = try call.node(0)
        b = try isTensor[1] ? call.node(1) : operand(1, like: a)
    } else {
        b = try call.node(1)
        a = try operand(0, like: b)
    }
    try call.answer(call.tape.floorDivide(a, b))
}
