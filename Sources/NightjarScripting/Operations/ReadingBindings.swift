import CLuaShim
import NightjarGraph
import NightjarTensor

private let own = Parameter("t", .tensor)

/// Looking at tensors: what they are without computing, what they hold with computing.
let readingBindings: [Binding] = [
    Binding(
        "shape", [.method], [own], returns: "table", "The extents, as a list.",
        example: "nj.zeros(2, 3):shape() --> {2, 3}"
    ) { call in
        call.host.shapeReads &+= 1
        call.answer(extents: try call.shape(0))
    },
    Binding(
        "size", [.method], [own, Parameter("dimension", .dimension, "from 1, or -1 for the last")], returns: "integer",
        "The extent along one dimension.", example: "nj.zeros(2, 3):size(-1) --> 3"
    ) { call in
        call.host.shapeReads &+= 1
        let node = try call.node(0)
        try call.answer(call.tape[node].shape[call.axis(1, of: node)])
    },
    Binding(
        "rank", [.method], [own], returns: "integer", "The number of dimensions.",
        example: "nj.zeros(2, 3):rank() --> 2"
    ) { call in
        call.host.shapeReads &+= 1
        try call.answer(call.shape(0).rank)
    },
    Binding(
        "numel", [.method], [own], returns: "integer", "The number of elements.",
        example: "nj.zeros(2, 3):numel() --> 6"
    ) { call in
        call.host.shapeReads &+= 1
        try call.answer(call.shape(0).count)
    },
    Binding(
        "dtype", [.method], [own], returns: "string", "The element type.",
        example: """
            nj.zeros(1):dtype() --> "float32"
            """
    ) { call in
        try call.answer(call.host.value(of: call.handle(0)).dtype.name)
    },
    Binding(
        "item", [.method], [own], returns: "number", "The number in a tensor of one element.",
        example: "nj.tensor({ 1, 2 }):sum():item() --> 3"
    ) { call in
        let value = try call.host.value(of: call.handle(0))
        guard value.shape.count == 1 else {
            throw GraphError(
                "'item' needs a tensor of one element, got shape \(value.shape): reduce it first, for example with "
                    + ":mean(), or use :totable()", [try call.node(0)])
        }
        let tensor = try call.tensor(0)
        switch tensor.dtype {
        case .float32, .float64: call.answer(tensor.value(at: 0))
        case .int32, .uint8: call.answer(Int(tensor.value(at: 0)))
        case .bool: call.answer(tensor.value(at: 0) != 0)
        }
    },
    Binding(
        "totable", [.method], [own], returns: "table", "The numbers in nested lists; a single number as a number.",
        example: "nj.tensor({ 1, 2 }):totable()[2] --> 2"
    ) { call in
        let tensor = try call.tensor(0)
        let style: Int32 = tensor.dtype.isFloating ? 0 : tensor.dtype == .bool ? 2 : 1
        // The numbers once here and once for the shim.
        try Room.check(tensor.count, of: 16)
        call.answer { $0.write(numbers: tensor.values, shape: tensor.shape, style: style) }
    },
    Binding(
        "copy", [.method, .module], [own], "The same values, computed now, in memory of their own.",
        example: "nj.tensor({ 1, 2 }):copy() --> {1, 2}"
    ) { call in
        try call.answer(owned: call.tensor(0).copy())
    },
    Binding(
        "release", [.method], [own], returns: "nothing",
        "Gives the memory back now; the tensor cannot be used any more.",
        example: """
            local t = nj.zeros(1000)
            t:release()
            tostring(t) --> "tensor (released)"
            """
    ) {
        try release($0)
    },
    Binding(
        "__close", [.method], [own, Parameter("error", .any, default: "nil")], returns: "nothing",
        "Releases at the end of a block."
    ) {
        try release($0)
    },
    Binding(
        "__tostring", [.method], [own, Parameter("other", .any, default: "nil")], returns: "string", "What print shows."
    ) { call in
        if try call.handle(0).isReleased { return call.answer("tensor (released)") }
        try call.answer(TensorText.describe(call.tensor(0)))
    },
    Binding("__lt", [.method], [own, Parameter("other", .any)], returns: "nothing", "Refused.") { call in
        throw ArgumentError(
            "tensors are not compared with '<' or '>': use a:lt(b), a:gt(b), which give a tensor of true and false")
    },
    Binding("__le", [.method], [own, Parameter("other", .any)], returns: "nothing", "Refused.") { call in
        throw ArgumentError(
            "tensors are not compared with '<=' or '>=': use a:le(b), a:ge(b), which give a tensor of true and false")
    },
    Binding("__concat", [.method], [Parameter("left", .any), Parameter("right", .any)], returns: "nothing", "Refused.")
    { _ in
        throw ArgumentError("a tensor is not joined with '..': use tostring(t), t:item(), or nj.cat for tensors")
    },
    Binding("__len", [.method], [own, Parameter("other", .any, default: "nil")], returns: "nothing", "Refused.") { _ in
        throw ArgumentError("a tensor has no '#': use t:size(1) for the first extent, or t:numel()")
    },
    Binding(
        "__call", [.method], [own, Parameter("argument", .any, default: "nil")], variadic: true, returns: "nothing",
        "Refused."
    ) { _ in
        throw ArgumentError(
            "a tensor is not called: methods have a name and a colon, as in t:sum(); to go through its numbers, write "
                + "for i, x in ipairs(t:totable())")
    },
    Binding("__shl", [.method], [Parameter("left", .any), Parameter("right", .any)], returns: "nothing", "Refused.") {
        _ in throw ArgumentError("tensors are not shifted with '<<': use t * 2 ^ n")
    },
    Binding("__shr", [.method], [Parameter("left", .any), Parameter("right", .any)], returns: "nothing", "Refused.") {
        _ in throw ArgumentError("tensors are not shifted with '>>': use t // 2 ^ n")
    },
]

private func release(_ call: Call) throws {
    let host = call.host
    try call.handle(0).release(at: call.place) { host.letGo($0, serial: $1, row: $2) }
    call.results.pointee.count = 0
}
