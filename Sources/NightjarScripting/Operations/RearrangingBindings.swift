import CLuaShim
import NightjarGraph
import NightjarTensor

private let own = Parameter("t", .tensor)
private let along = Parameter("dimension", .dimension, default: "1", "along which dimension")

/// Pieces, borders, repetition and order of entries.
let rearrangingBindings: [Binding] = [
    Binding(
        "stack", [.module],
        [Parameter("tensors", .tensors), Parameter("dimension", .integer, default: "1", "where the new one stands")],
        "Tensors of equal shape along a new dimension."
    ) { call in
        let parts = try call.tensors(0)
        guard let first = parts.first else { throw ArgumentError("'stack' needs at least one tensor") }
        call.namesOperation()
        let place = try call.has(1) ? call.integer(1) : 1
        guard place != 0 else {
            throw GraphError(
                "dimensions count from 1 (or from -1, the last, backwards): there is no dimension 0", [first])
        }
        try call.answer(call.tape.stack(parts, axis: place < 0 ? call.tape[first].rank + 1 + place : place - 1))
    },
    Binding(
        "split", [.module, .method],
        [own, Parameter("sizes", .any, "the size of each piece, or a list of sizes"), along], returns: "table",
        "A list of pieces along a dimension; with one size, the last piece may be smaller."
    ) { call in
        let node = try call.node(0)
        let axis = try call.has(2) ? call.axis(2, of: node) : call.axis(counted: 1, of: node)
        call.namesOperation()
        let sizes: [Int]
        switch call.kind(1) {
        case NJL_TABLE: sizes = try call.integers(1)
        case NJL_INTEGER, NJL_NUMBER:
            let size = try call.integer(1)
            guard size > 0 else { throw ArgumentError("'split' needs pieces of at least 1 entry, got \(size)") }
            sizes = pieces(call.tape.shape(node)[axis], size)
        default: throw call.wrong(1, expected: "a size or a list of sizes")
        }
        try call.answer(list: call.tape.split(node, sizes: sizes, axis: axis))
    },
    Binding(
        "chunk", [.module, .method], [own, Parameter("count", .integer, "how many pieces at most"), along],
        returns: "table", "A list of pieces of equal size along a dimension; the last may be smaller."
    ) { call in
        let node = try call.node(0)
        let count = try call.integer(1)
        let axis = try call.has(2) ? call.axis(2, of: node) : call.axis(counted: 1, of: node)
        guard count > 0 else { throw ArgumentError("'chunk' needs at least 1 piece, got \(count)") }
        call.namesOperation()
        let extent = call.tape.shape(node)[axis]
        try call.answer(
            list: call.tape.split(node, sizes: pieces(extent, max(1, (extent - 1) / count + 1)), axis: axis))
    },
    Binding(
        "pad", [.module, .method],
        [
            own,
            Parameter(
                "widths", .any, "{before, after} for each dimension in order, or one number for both ends of each"),
        ], options: [Parameter("value", .number, default: "0", "what stands in the border")],
        "A border around the tensor."
    ) { try pad($0) },
    Binding(
        "flip", [.module, .method], [own, Parameter("dimensions", .dimensions, default: "all")],
        "Dimensions in reverse order."
    ) { call in
        let node = try call.node(0)
        call.namesOperation()
        try call.answer(call.tape.flip(node, axes: call.axes(1, of: node)))
    },
    Binding(
        "roll", [.module, .method],
        [own, Parameter("shift", .integer, "by how many places, backwards where negative"), along],
        "Entries moved along a dimension; those that leave at one end come in at the other."
    ) { call in
        let node = try call.node(0)
        let axis = try call.has(2) ? call.axis(2, of: node) : call.axis(counted: 1, of: node)
        call.namesOperation()
        try call.answer(call.tape.roll(node, by: call.integer(1), axis: axis))
    },
    Binding(
        "tile", [.module, .method], [own, Parameter("counts", .shape, "how often along each dimension")],
        variadic: true, "The whole tensor repeated along each dimension, as NumPy's tile."
    ) { call in
        let node = try call.node(0)
        call.namesOperation()
        try call.answer(call.tape.tile(node, call.integers(1)))
    },
    Binding(
        "repeat_interleave", [.module, .method], [own, Parameter("count", .integer), along],
        "Each entry along a dimension several times in a row."
    ) { call in
        let node = try call.node(0)
        let axis = try call.has(2) ? call.axis(2, of: node) : call.axis(counted: 1, of: node)
        call.namesOperation()
        try call.answer(call.tape.repeatInterleave(node, call.integer(1), axis: axis))
    },
]

/// Sizes of pieces that together have `extent` entries.
private func pieces(_ extent: Int, _ size: Int) -> [Int] {
    if extent == 0 { return [0] }
    return stride(from: 0, to: extent, by: size).map { min(size, extent - $0) }
}

private func pad(_ call: Call) throws {
    let node = try call.node(0)
    let shape = call.tape.shape(node)
    let value = try call.option("value") ?? 0
    var (before, after) = ([Int](), [Int]())
    if let width = call.plainInteger(call.argument(1)) {
        (before, after) = (shape.dimensions.map { _ in width }, shape.dimensions.map { _ in width })
    } else {
        guard case .table(let table) = try call.value(1), table.fields.isEmpty else {
            throw call.wrong(1, expected: "a list such as {{1, 1}, {0, 2}}, or one number,")
        }
        for entry in table.array {
            guard let pair = entry.asTable?.array, pair.count == 2, let low = pair[0].asInteger,
                let high = pair[1].asInteger
            else { throw call.wrong(1, expected: "a list such as {{1, 1}, {0, 2}}, or one number,") }
            before.append(low)
            after.append(high)
        }
    }
    call.namesOperation()
    try call.answer(call.tape.pad(node, before: before, after: after, value: value))
}
