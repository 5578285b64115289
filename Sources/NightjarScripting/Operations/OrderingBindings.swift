import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

private let own = Parameter("t", .tensor)
private let along = Parameter("dimension", .dimension, default: "-1", "along which dimension")
private let positions = Parameter("positions", .positions, "from 1")

/// Running sums, sorting, and entries by their positions.
let orderingBindings: [Binding] = [
    Binding(
        "cumsum", [.module, .method],
        [own, Parameter("dimensions", .dimensions, default: "-1", "along which dimensions, one after the other")],
        options: [Parameter("reverse", .boolean, default: "false", "from the end")],
        "The sum of each entry and those before it."
    ) { call in
        let node = try call.node(0)
        let axes = try call.has(1) ? call.axes(1, of: node) : 1 << UInt8(call.axis(counted: -1, of: node))
        let reverse = try call.option("reverse", default: false)
        var result = node
        for axis in 0..<call.tape[node].rank where axes & (1 << UInt8(axis)) != 0 {
            result = try call.tape.cumsum(result, axis: axis, reverse: reverse)
        }
        try call.answer(result)
    },
    Binding(
        "sort", [.module, .method], [own, along],
        options: [Parameter("descending", .boolean, default: "false", "the largest first")],
        returns: "tensor, tensor",
        "Entries in order, and their positions from 1. Equal entries keep their order; NaN counts as the largest."
    ) { call in
        let (node, axis) = try line(call, 1)
        let order = try call.tape.argsort(node, axis: axis, descending: call.option("descending", default: false))
        try answerInOrder(call, order, axis)
    },
    Binding(
        "argsort", [.module, .method], [own, along],
        options: [Parameter("descending", .boolean, default: "false", "the largest first")],
        "The positions, from 1, that put the entries in order."
    ) { call in
        let (node, axis) = try line(call, 1)
        let order = try call.tape.argsort(node, axis: axis, descending: call.option("descending", default: false))
        try call.answer(call.fromOne(order))
    },
    Binding(
        "topk", [.module, .method], [own, Parameter("count", .integer, "how many"), along],
        options: [Parameter("largest", .boolean, default: "true", "false: the smallest")], returns: "tensor, tensor",
        "The largest entries in descending order, and their positions from 1."
    ) { call in
        let (node, axis) = try line(call, 2)
        let largest = try call.option("largest", default: true)
        let order = try call.tape.argsort(node, axis: axis, descending: largest, count: call.integer(1))
        try answerInOrder(call, order, axis)
    },
    Binding(
        "gather", [.module, .method], [own, Parameter("dimension", .dimension), positions],
        "Entries by position along a dimension: positions have the tensor's shape but for that dimension."
    ) { call in
        let node = try call.node(0)
        let axis = try call.axis(1, of: node)
        try call.answer(call.tape.gather(node, call.positions(2), axis: axis))
    },
    Binding(
        "index", [.module, .method], [own, Parameter("dimension", .dimension), positions],
        "Slices by position along a dimension: the shape of the positions takes the dimension's place."
    ) { call in
        let node = try call.node(0)
        let axis = try call.axis(1, of: node)
        call.namesOperation()
        let tape = call.tape
        let chosen = try call.positions(2)
        let list = try tape.reshape(chosen, Shape([tape.shape(chosen).count]))
        let picked = try tape.gather(node, list, axis: axis, name: "index")
        let extents = tape.shape(node).dimensions
        let full = extents[..<axis] + tape.shape(chosen).dimensions + extents[(axis + 1)...]
        try call.answer(tape.reshape(picked, Shape(Array(full))))
    },
    Binding(
        "scatter_add", [.module, .method],
        [own, Parameter("dimension", .dimension), positions, Parameter("values", .tensorOrNumber)],
        "The tensor with values added at positions along a dimension, one position a value; equal ones add up."
    ) { call in
        let node = try call.node(0)
        let axis = try call.axis(1, of: node)
        let tape = call.tape
        let chosen = try call.positions(2)
        var values = try call.operand(3, like: node, .add)
        call.namesOperation()
        if call.kind(3) != NJL_TENSOR {
            var extents = tape.shape(node).dimensions
            if tape[chosen].rank == 1 {
                extents[axis] = tape.shape(chosen)[0]
            } else {
                extents = tape.shape(chosen).dimensions
            }
            values = try tape.expand(values, Shape(extents))
        }
        let added = try tape.scatterAdd(values, chosen, axis: axis, extent: tape.shape(node)[axis])
        guard tape.shape(added) == tape.shape(node) else {
            throw GraphError(
                "'scatter_add' into \(tape.shape(node)) along dimension \(axis + 1) needs values of equal shape but for "
                    + "that dimension, got \(tape.shape(values))", [node, values])
        }
        try call.answer(tape.binary(.add, node, added))
    },
    Binding(
        "bincount", [.module, .method],
        [
            Parameter("labels", .labels, "of any shape"),
            Parameter(
                "bins", .integer, default: "the largest label", "how many counts; without it labels are read now"),
        ], options: [Parameter("weights", .tensor, default: "nil", "what each label counts, instead of 1")],
        "How often each label comes: int32, or sums of the weights."
    ) { try bincount($0) },
    Binding(
        "masked_select", [.module, .method], [own, Parameter("mask", .tensor)],
        "A list of the entries at which a mask holds. Computed now; not where gradients are taken."
    ) { try maskedSelect($0) },
    Binding(
        "nonzero", [.module, .method], [own],
        "The positions, from 1, of entries that are not 0: a list, or one row a position. Computed now."
    ) { call in
        call.answer(owned: try positions(of: call.tensor(0)))
    },
]

/// The positions, from 1, of the entries that are not 0: one number each for a list, else a row of one number a dimension.
/// Written straight into the tensor: a list of places in between would take more memory than the answer.
private func positions(of tensor: Tensor) throws -> Tensor {
    let shape = tensor.shape
    guard shape.dimensions.allSatisfy({ $0 <= Int32.max }) else {
        throw ArgumentError("'nonzero' gives positions up to \(Int32.max), got a tensor of shape \(shape)")
    }
    let count = tensor.nonzeroCount
    let result = try Tensor(
        uninitialized: shape.rank == 1 ? Shape([count]) : Shape([count, shape.rank]), dtype: .int32)
    let axes = Array(zip(shape.strides, shape.dimensions))
    try result.withElements(of: Int32.self) { rows in
        var next = rows.startIndex
        tensor.forEachNonzero { index in
            for (stride, extent) in axes {
                rows[next] = Int32(truncatingIfNeeded: index / stride % extent &+ 1)
                next &+= 1
            }
        }
    }
    return result
}

/// The tensor, a mask as 0 and 1, and the dimension that it is walked along.
private func line(_ call: Call, _ position: Int) throws -> (NodeID, Int) {
    call.namesOperation()
    let node = try call.ordered(0, masksAs: .int32)
    return (node, try call.has(position) ? call.axis(position, of: node) : call.axis(counted: -1, of: node))
}

private func answerInOrder(_ call: Call, _ order: NodeID, _ axis: Int) throws {
    try call.answer([call.tape.gather(call.node(0), order, axis: axis), call.fromOne(order)])
}

private func bincount(_ call: Call) throws {
    let tape = call.tape
    let labels = try call.labels(0, classes: call.has(1) ? call.integer(1) : nil)
    let count = tape.shape(labels).count
    let bins: Int
    if call.has(1) {
        bins = try call.integer(1)
        guard bins >= 0 else { throw ArgumentError("'bincount' needs at least 0 bins, got \(bins)") }
    } else {
        let given = try call.tensor(0)
        var largest = given.count == 0 ? 0 : given.value(at: 0)
        for index in 0..<given.count { largest = max(largest, given.value(at: index)) }
        guard largest <= Double(Int32.max) else {
            throw ArgumentError(
                "'bincount' counts labels up to \(Int32.max), the largest is \(ScriptText.number(largest))")
        }
        bins = Int(exactly: max(largest.rounded(.down), -1)) ?? -1
        guard bins >= 1 || count == 0 else {
            throw ArgumentError("'bincount' counts labels from 1, the largest is \(bins)")
        }
    }
    call.namesOperation()
    let list = try tape.reshape(tape.checkedLabels(labels, classes: bins), Shape([count]))
    var weights = try tape.expand(tape.constant(1, dtype: .int32), Shape([count]))
    if let given = try call.tensorOption("weights") {
        guard tape.shape(given) == tape.shape(labels) else {
            throw GraphError(
                "'bincount' needs one weight a label: labels of shape \(tape.shape(labels)) and weights of shape "
                    + "\(tape.shape(given))", [labels, given])
        }
        weights = try tape.reshape(given, Shape([count]))
    }
    try call.answer(tape.scatterAdd(weights, list, axis: 0, extent: bins, name: "bincount"))
}

private func maskedSelect(_ call: Call) throws {
    let node = try call.node(0)
    let mask = try call.node(1)
    let tape = call.tape
    guard tape.dtype(mask) == .bool else {
        throw GraphError(
            "'masked_select' needs a bool mask, got \(tape.dtype(mask)): compare first, for example with :gt(0)", [mask]
        )
    }
    guard call.host.differentiationDepth == 0, !call.session.isInStep else {
        throw GraphError(
            "'masked_select' works outside of gradients and training steps, since its size depends on values: inside, use "
                + "nj.where(mask, t, 0), or t:index(dimension, mask:nonzero())", [node, mask])
    }
    let full = try tape.expand(mask, tape.shape(node))
    let tensors = try call.session.evaluate([Value(tape, node), Value(tape, full)])
    let (values, wanted) = (tensors[0], tensors[1])
    let result = try Tensor(uninitialized: Shape([wanted.nonzeroCount]), dtype: values.dtype)
    let width = values.dtype.byteWidth
    var target = result.pointer
    wanted.forEachNonzero { index in
        target.copyMemory(from: values.pointer + index * width, byteCount: width)
        target += width
    }
    call.answer(owned: result)
}
