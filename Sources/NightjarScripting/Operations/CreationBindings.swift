import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

private let dtypeOption = Parameter("dtype", .dtype, default: "\"float32\"", "the element type")

/// Making tensors.
let creationBindings: [Binding] = [
    Binding(
        "tensor", .module, [Parameter("values", .any, "a number or nested lists of numbers")], options: [dtypeOption],
        "A tensor of the given numbers.", example: "nj.tensor({ { 1, 2 }, { 3, 4 } }):shape() --> {2, 2}"
    ) { call in
        try call.answer(owned: tensorFromValues(call))
    },
    Binding(
        "zeros", .module, [Parameter("shape", .shape, "extents")], options: [dtypeOption], variadic: true,
        "A tensor of zeros.",
        example: """
            nj.zeros(2, 3)                         --> {{0, 0, 0}, {0, 0, 0}}
            nj.zeros({ 2 }, { dtype = "int32" })   --> {0, 0}
            """
    ) { call in
        try fill(call, 0, shape: call.extents(0))
    },
    Binding(
        "ones", .module, [Parameter("shape", .shape, "extents")], options: [dtypeOption], variadic: true,
        "A tensor of ones.", example: "nj.ones(2) --> {1, 1}"
    ) { call in
        try fill(call, 1, shape: call.extents(0))
    },
    Binding(
        "full", .module, [Parameter("shape", .shape, "extents"), Parameter("value", .number)], options: [dtypeOption],
        "A tensor filled with one number.", example: "nj.full({ 2 }, 7) --> {7, 7}"
    ) { call in
        try fill(call, call.number(1), shape: call.extents(0))
    },
    Binding(
        "zeros_like", [.module], [Parameter("tensor", .tensor)], "Zeros of the same shape and dtype.",
        example: "nj.zeros_like(nj.ones(2)) --> {0, 0}"
    ) { call in
        let node = try call.node(0)
        try call.answer(call.tape.expand(call.tape.constant(0, dtype: call.tape.dtype(node)), call.tape.shape(node)))
    },
    Binding(
        "ones_like", [.module], [Parameter("tensor", .tensor)], "Ones of the same shape and dtype.",
        example: "nj.ones_like(nj.zeros(2)) --> {1, 1}"
    ) { call in
        let node = try call.node(0)
        try call.answer(call.tape.expand(call.tape.constant(1, dtype: call.tape.dtype(node)), call.tape.shape(node)))
    },
    Binding(
        "arange", .module,
        [
            Parameter("first", .number, "the first number; given alone, it is the end, and 0 the first"),
            Parameter("last", .number, default: "first", "the end, itself left out"),
            Parameter("step", .number, default: "1", "the distance"),
        ], options: [dtypeOption], "Numbers in steps, the end left out, as in NumPy: arange(3) is 0, 1, 2.",
        example: """
            nj.arange(3)         --> {0, 1, 2}
            nj.arange(1, 2, 0.5) --> {1, 1.5}
            """
    ) { call in
        let alone = !call.has(1)
        let first = try alone ? 0 : call.number(0)
        let last = try alone ? call.number(0) : call.number(1)
        let step = try call.has(2) ? call.number(2) : 1
        guard step != 0, step.isFinite, first.isFinite, last.isFinite else {
            throw ArgumentError("'arange' needs a step other than 0 and finite ends")
        }
        let steps = ((last - first) / step).rounded(.up)
        guard steps < Double(Int32.max) else {
            throw ArgumentError("'arange' would have \(ScriptText.number(steps)) elements")
        }
        try ramp(call, first: first, step: step, count: Count(max(steps, 0), "the number of elements").value)
    },
    Binding(
        "linspace", .module,
        [
            Parameter("first", .number), Parameter("last", .number),
            Parameter("count", .integer, "how many, both ends included"),
        ], options: [dtypeOption], "Numbers at equal distances, both ends included.",
        example: "nj.linspace(0, 1, 3) --> {0, 0.5, 1}"
    ) { call in
        let (first, last, count) = try (call.number(0), call.number(1), call.integer(2))
        guard count >= 1, count <= Int(Int32.max) else {
            throw ArgumentError("'linspace' makes 1 to \(Int32.max) numbers, got a count of \(count)")
        }
        let dtype = try call.dtypeOption()
        try call.answer(
            owned: Tensor.made(Shape([count]), dtype: dtype) {
                try dtype.wholeNumber(count == 1 ? first : first + (last - first) * Double($0) / Double(count - 1))
            })
    },
    Binding(
        "eye", .module, [Parameter("rows", .integer), Parameter("columns", .integer, default: "rows")],
        options: [dtypeOption], "Ones on the diagonal, zeros elsewhere.", example: "nj.eye(2) --> {{1, 0}, {0, 1}}"
    ) { call in
        let rows = try call.integer(0)
        let shape = try Shape([rows, call.has(1) ? call.integer(1) : rows])
        let tape = call.tape
        let diagonal = try tape.binary(.equal, tape.iota(shape, axis: 0), tape.iota(shape, axis: 1))
        try call.answer(tape.cast(diagonal, call.dtypeOption()))
    },
]

private func fill(_ call: Call, _ value: Double, shape: Shape) throws {
    let dtype = try call.dtypeOption()
    let tape = call.tape
    call.namesOperation()
    try call.answer(tape.expand(tape.number(value, dtype: dtype), shape))
}

private func ramp(_ call: Call, first: Double, step: Double, count: Int) throws {
    let dtype = try call.dtypeOption()
    try call.answer(
        owned: Tensor.made(Shape([count]), dtype: dtype) { index in
            let value = first + step * Double(index)
            guard dtype.isFloating || value == value.rounded(.towardZero) else {
                throw ArgumentError("\(dtype) holds whole numbers: the first number and the step must be whole")
            }
            return try dtype.wholeNumber(value)
        })
}

/// Reads a number or nested lists of equal lengths.
private func tensorFromValues(_ call: Call) throws -> Tensor {
    let dtype = try call.dtypeOption()
    switch call.kind(0) {
    case NJL_INTEGER, NJL_NUMBER:
        return try Tensor.from([dtype.wholeNumber(call.number(0))], shape: .scalar, dtype: dtype)
    case NJL_BOOLEAN:
        return try Tensor.from([call.boolean(0) ? 1 : 0], shape: .scalar, dtype: dtype)
    case NJL_TENSOR:
        throw ArgumentError("'tensor' was given a tensor already: use t:copy(), or t:to(\"float64\") for another dtype")
    default: break
    }
    guard case .table(let tokens) = call.operand(0) else {
        throw call.wrong(0, expected: "a number or nested lists of numbers")
    }
    var reader = NestedNumbers(tokens: tokens, dtype: dtype)
    try reader.read(depth: 0)
    return try Tensor.from(reader.values, shape: Shape(reader.extents), dtype: dtype)
}

/// Nested lists on their way to a tensor; says which row is too short.
private struct NestedNumbers {
    let tokens: TableTokens
    let dtype: DType
    var values: [Double] = []
    var extents: [Int] = []
    private var position = 0
    private var path: [Int] = []
    private var reachedNumbers = false

    init(tokens: TableTokens, dtype: DType) {
        self.tokens = tokens
        self.dtype = dtype
    }

    private var here: String {
        path.isEmpty ? "the list" : "entry [" + path.map(String.init).joined(separator: "][") + "]"
    }

    mutating func read(depth: Int) throws {
        let token = tokens[position]
        position += 1
        guard token.isKind(NJL_BEGIN) else { return try readNumber(token, depth) }
        guard token.index == 0 else {
            throw ArgumentError(
                "\(here) has fields besides 1, 2, 3 ...: a tensor is made of lists of numbers, which start at 1 and leave "
                    + "none out")
        }
        if depth == extents.count, !reachedNumbers {
            extents.append(token.length)
            guard extents.count <= Shape.maxRank else {
                throw ArgumentError("a tensor has at most \(Shape.maxRank) dimensions")
            }
        } else if depth >= extents.count {
            throw ArgumentError("\(here) is a list where others are numbers")
        } else if extents[depth] != token.length {
            throw ArgumentError("\(here) has \(token.length) entries where the ones before it have \(extents[depth])")
        }
        try values.makeRoom(token.length)
        for entry in 0..<token.length {
            path.append(entry + 1)
            try read(depth: depth + 1)
            path.removeLast()
        }
    }

    private mutating func readNumber(_ token: njl_value, _ depth: Int) throws {
        reachedNumbers = true
        if token.isKind(NJL_NIL) {
            throw ArgumentError("\(here) is nil: is a variable misspelt, or was an entry left out?")
        }
        guard depth == extents.count else { throw ArgumentError("\(here) is a single value where others are lists") }
        switch token.operand {
        case .integer(let value): values.append(try dtype.wholeNumber(Double(value)))
        case .number(let value): values.append(try dtype.wholeNumber(value))
        case .boolean(let flag): values.append(flag ? 1 : 0)
        case .string:
            throw ArgumentError("\(here) is the string \(ScriptText.quoted(TokenReader.text(token))), not a number")
        case .tensor: throw ArgumentError("\(here) is a tensor: join tensors with nj.cat or nj.stack")
        default: throw ArgumentError("\(here) is not a number")
        }
    }
}
