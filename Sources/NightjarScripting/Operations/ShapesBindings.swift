import CLuaShim
import NightjarGraph
import NightjarTensor

private let own = Parameter("t", .tensor)

/// The same elements in other shapes and orders.
let shapeBindings: [Binding] = [
    Binding(
        "reshape", [.module, .method], [own, Parameter("shape", .shape, "extents; one may be -1: what is left")],
        variadic: true, "The same elements, in order, in another shape.",
        example: "nj.arange(4):reshape(2, -1) --> {{0, 1}, {2, 3}}"
    ) { try reshape($0) },
    Binding(
        "view", [.method], [own, Parameter("shape", .shape, "extents; one may be -1: what is left")], variadic: true,
        "The same as reshape."
    ) { try reshape($0) },
    Binding(
        "transpose", [.module, .method],
        [own, Parameter("first", .dimension, default: "-2"), Parameter("second", .dimension, default: "-1")],
        "Two dimensions exchanged.", example: "nj.zeros(2, 3, 4):transpose(1, -1):shape() --> {4, 3, 2}"
    ) { try transpose($0) },
    Binding(
        "t", [.method], [own], "A matrix with rows and columns exchanged.",
        example: "nj.tensor({ { 1, 2 }, { 3, 4 } }):t() --> {{1, 3}, {2, 4}}"
    ) { try transpose($0) },
    Binding(
        "permute", [.module, .method], [own, Parameter("order", .dimensions, "each dimension once")], variadic: true,
        "Dimensions in another order: dimension i of the result is dimension order[i].",
        example: "nj.zeros(2, 3, 4):permute(3, 1, 2):shape() --> {4, 2, 3}"
    ) { call in
        let node = try call.node(0)
        try call.answer(call.tape.permute(node, call.integers(1).map { try call.axis(counted: $0, of: node) }))
    },
    Binding(
        "squeeze", [.module, .method], [own, Parameter("dimension", .dimension, default: "all")],
        "Without dimensions of extent 1.",
        example: """
            nj.zeros(1, 2, 1):squeeze():shape()   --> {2}
            nj.zeros(1, 2, 1):squeeze(1):shape()  --> {2, 1}
            """
    ) { call in
        let node = try call.node(0)
        var dimensions = call.tape.shape(node).dimensions
        if call.has(1) {
            let axis = try call.axis(1, of: node)
            guard dimensions[axis] == 1 else {
                throw GraphError(
                    "'squeeze' needs an extent of 1, dimension \(axis + 1) has \(dimensions[axis])", [node])
            }
            dimensions.remove(at: axis)
        } else {
            dimensions.removeAll { $0 == 1 }
        }
        try call.answer(call.tape.reshape(node, Shape(dimensions)))
    },
    Binding(
        "unsqueeze", [.module, .method], [own, Parameter("dimension", .integer, "where the new one stands; -1: last")],
        "With a new dimension of extent 1.", example: "nj.zeros(2):unsqueeze(-1):shape() --> {2, 1}"
    ) { call in
        let node = try call.node(0)
        var dimensions = call.tape.shape(node).dimensions
        let place = try call.integer(1)
        let axis = place < 0 ? dimensions.count + 1 + place : place - 1
        guard place != 0, axis >= 0, axis <= dimensions.count else {
            throw GraphError("'unsqueeze' can put a dimension at 1 to \(dimensions.count + 1), not at \(place)", [node])
        }
        dimensions.insert(1, at: axis)
        try call.answer(call.tape.reshape(node, Shape(dimensions)))
    },
    Binding(
        "expand", [.module, .method], [own, Parameter("shape", .shape, "-1 keeps an extent")], variadic: true,
        "Repeated to fill a shape, by the rule of broadcasting.",
        example: """
            nj.tensor({ 1, 2 }):expand(2, 2)           --> {{1, 2}, {1, 2}}
            nj.tensor({ { 1 }, { 2 } }):expand(-1, 2)  --> {{1, 1}, {2, 2}}
            """
    ) { call in
        let node = try call.node(0)
        let own = call.tape.shape(node).dimensions
        var wanted = try call.integers(1)
        let added = wanted.count - own.count
        for place in wanted.indices where wanted[place] == -1 {
            guard own.indices.contains(place - added) else {
                throw GraphError(
                    "'expand': -1 keeps an extent, and \(call.tape.shape(node)) has none that becomes dimension "
                        + "\(place + 1) of \(wanted.count)", [node])
            }
            wanted[place] = own[place - added]
        }
        try call.answer(call.tape.expand(node, Shape(wanted)))
    },
    Binding(
        "flatten", [.module, .method],
        [own, Parameter("from", .dimension, default: "1", "the first dimension that is joined")],
        "All dimensions from one on joined into one.", example: "nj.zeros(2, 3, 4):flatten(2):shape() --> {2, 12}"
    ) { call in
        let node = try call.node(0)
        let dimensions = call.tape.shape(node).dimensions
        let axis = try call.has(1) ? call.axis(1, of: node) : 0
        let joined = dimensions[axis...].reduce(1, *)
        try call.answer(call.tape.reshape(node, Shape(Array(dimensions[..<axis]) + [joined])))
    },
    Binding(
        "narrow", [.module, .method],
        [
            own, Parameter("dimension", .dimension), Parameter("first", .integer, "from 1"),
            Parameter("count", .integer),
        ], "A stretch of one dimension.", example: "nj.arange(5):narrow(1, 2, 3) --> {1, 2, 3}"
    ) { call in
        let node = try call.node(0)
        let axis = try call.axis(1, of: node)
        let extent = call.tape.shape(node)[axis]
        let (first, count) = try (call.integer(2), call.integer(3))
        guard first >= 1, count >= 0, count <= extent, first - 1 <= extent - count else {
            throw GraphError(
                "'narrow' from \(first) with \(count) elements leaves dimension \(axis + 1) of "
                    + "\(call.tape.shape(node)): positions are 1 to \(extent)", [node])
        }
        try call.answer(slice(call, node, [(axis, first - 1, count, 1)]))
    },
    Binding(
        "slice", [.module, .method],
        [own, Parameter("ranges", .any, "a list for each dimension: {}, {first, last} or {first, last, step}")],
        variadic: true, "A box: first to last of each dimension, both included; negative positions count from the end.",
        example: """
            local t = nj.tensor({ { 1, 2, 3 }, { 4, 5, 6 } })
            t:slice({ 1 })             --> {{1, 2, 3}}
            t:slice({}, { 2, -1 })     --> {{2, 3}, {5, 6}}
            t:slice({}, { 1, 3, 2 })   --> {{1, 3}, {4, 6}}
            """
    ) { call in
        let node = try call.node(0)
        let shape = call.tape.shape(node)
        guard call.count - 1 <= shape.rank else {
            throw GraphError("'slice' got \(call.count - 1) ranges for \(shape)", [node])
        }
        var boxes: [(axis: Int, start: Int, count: Int, step: Int)] = []
        for axis in 0..<(call.count - 1) where call.has(axis + 1) {
            boxes.append(try range(call, axis + 1, axis: axis, extent: shape[axis], node))
        }
        try call.answer(slice(call, node, boxes))
    },
    Binding(
        "cat", [.module], [Parameter("tensors", .tensors), Parameter("dimension", .dimension, default: "1")],
        "Tensors joined along a dimension.", example: "nj.cat({ nj.ones(2), nj.zeros(1) }) --> {1, 1, 0}"
    ) { call in
        let parts = try call.tensors(0)
        guard let first = parts.first else { throw ArgumentError("'cat' needs at least one tensor") }
        try call.answer(call.tape.concatenate(parts, axis: call.has(1) ? call.axis(1, of: first) : 0))
    },
]

private func transpose(_ call: Call) throws {
    let node = try call.node(0)
    guard call.tape[node].rank >= 2 else {
        throw GraphError(
            "'\(call.binding.name)' needs at least two dimensions, got shape \(call.tape.shape(node))", [node])
    }
    let first = try call.has(1) ? call.axis(1, of: node) : call.axis(counted: -2, of: node)
    let second = try call.has(2) ? call.axis(2, of: node) : call.axis(counted: -1, of: node)
    try call.answer(call.tape.transpose(node, first, second))
}

private func reshape(_ call: Call) throws {
    let node = try call.node(0)
    var dimensions = try call.integers(1)
    guard dimensions.filter({ $0 == -1 }).count <= 1 else {
        throw GraphError(
            "cannot reshape \(call.tape.shape(node)) to (\(dimensions.map(String.init).joined(separator: ", "))): only one "
                + "extent may be -1, what is left", [node])
    }
    if let open = dimensions.firstIndex(of: -1) {
        var known = 1
        for (axis, extent) in dimensions.enumerated() where axis != open {
            known = known.multipliedReportingOverflow(by: extent).partialValue
        }
        let count = call.tape.shape(node).count
        guard known > 0, count % known == 0 else {
            throw GraphError(
                "cannot reshape \(call.tape.shape(node)) (\(count) elements): -1 would have to be \(count) / \(known)",
                [node])
        }
        dimensions[open] = count / known
    }
    try call.answer(call.tape.reshape(node, Shape(dimensions)))
}

private func slice(
    _ call: Call, _ node: NodeID, _ boxes: [(axis: Int, start: Int, count: Int, step: Int)]
) throws -> NodeID {
    let shape = call.tape.shape(node)
    var starts = [Int](repeating: 0, count: shape.rank)
    var counts = shape.dimensions
    var steps = [Int](repeating: 1, count: shape.rank)
    for box in boxes { (starts[box.axis], counts[box.axis], steps[box.axis]) = (box.start, box.count, box.step) }
    return try call.tape.slice(node, starts: starts, counts: counts, steps: steps)
}

/// `{first, last, step}` as scripts count, for one dimension.
private func range(
    _ call: Call, _ position: Int, axis: Int, extent: Int, _ node: NodeID
) throws -> (axis: Int, start: Int, count: Int, step: Int) {
    guard case .table(let table) = try call.value(position), table.fields.isEmpty, table.array.count <= 3 else {
        throw call.wrong(position, expected: "a range such as {2, 5}, or {} for all,")
    }
    let numbers = try table.array.map { value -> Int in
        guard let number = value.asInteger else {
            throw call.wrong(position, expected: "a range of integers such as {2, 5}")
        }
        return number
    }
    let step = numbers.count > 2 ? numbers[2] : 1
    func place(_ number: Int) -> Int { number < 0 ? extent + number : number - 1 }
    let first = place(numbers.first ?? 1)
    let last = place(numbers.count > 1 ? numbers[1] : numbers.count == 1 ? numbers[0] : -1)
    guard !numbers.prefix(2).contains(0) else {
        throw GraphError("positions count from 1: there is no position 0", [node])
    }
    guard step != 0 else { throw GraphError("the step of a range cannot be 0", [node]) }
    let isEmpty = step > 0 ? last < first : last > first
    guard isEmpty || (0..<extent).contains(first) && (0..<extent).contains(last) else {
        throw GraphError(
            "the range {\(numbers.map(String.init).joined(separator: ", "))} leaves dimension \(axis + 1) of "
                + "\(call.tape.shape(node)): positions are 1 to \(extent)", [node])
    }
    if isEmpty { return (axis, 0, 0, step) }
    // Both are in range, so that their distance is; a step may be anything.
    return (axis, first, Int((last - first).magnitude / step.magnitude) + 1, step)
}
