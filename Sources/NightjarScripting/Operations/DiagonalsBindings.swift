import CLuaShim
import NightjarGraph
import NightjarTensor

private let own = Parameter("t", .tensor)
private let offset = Parameter(
    "offset", .integer, default: "0", "which diagonal: above 0 to the right, below 0 downwards")

/// Triangles and diagonals of matrices, pieces of images, and what replaces entries.
let diagonalBindings: [Binding] = [
    Binding(
        "triu", [.module, .method], [own, offset],
        "The entries on and above a diagonal of each matrix in the last two dimensions, zeros below.",
        example: "nj.ones(2, 2):triu() --> {{1, 1}, {0, 1}}"
    ) { call in try call.answer(triangle(call, .greaterEqual)) },
    Binding(
        "tril", [.module, .method], [own, offset],
        "The entries on and below a diagonal of each matrix in the last two dimensions, zeros above.",
        example: "nj.ones(2, 2):tril() --> {{1, 0}, {1, 1}}"
    ) { call in try call.answer(triangle(call, .lessEqual)) },
    Binding(
        "diagonal", [.module, .method], [own, offset], "A diagonal of each matrix in the last two dimensions.",
        example: "nj.tensor({ { 1, 2 }, { 3, 4 } }):diagonal() --> {1, 4}"
    ) { call in try call.answer(diagonal(call, call.node(0), call.has(1) ? call.integer(1) : 0)) },
    Binding(
        "diag", [.module, .method], [own],
        "A square matrix with these entries on its diagonal, zeros elsewhere. The other way: t:diagonal().",
        example: "nj.tensor({ 1, 2 }):diag() --> {{1, 0}, {0, 2}}"
    ) { call in
        let (tape, node) = (call.tape, try call.node(0))
        let extents = tape.shape(node).dimensions
        guard let width = extents.last else { throw GraphError("'diag' needs a row of entries", [node]) }
        call.namesOperation()
        let full = try Shape(extents + [width])
        let rows = try tape.expand(tape.reshape(node, Shape(extents + [1])), full)
        let mask = try tape.binary(
            .equal, tape.iota(full, axis: extents.count - 1), tape.iota(full, axis: extents.count))
        try call.answer(tape.select(mask, rows, tape.constant(0, dtype: tape.dtype(node))))
    },
    Binding(
        "trace", [.module, .method], [own], "The sum of the diagonal of each matrix in the last two dimensions.",
        example: "nj.tensor({ { 1, 2 }, { 3, 4 } }):trace() --> 5"
    ) { call in
        let line = try diagonal(call, call.node(0), 0)
        try call.answer(
            call.tape.reduce(.sum, line, axes: 1 << UInt8(call.tape[line].rank - 1), keep: false))
    },
    Binding(
        "crop", [.module, .method],
        [
            own, Parameter("top", .integer, "the first row, from 1"),
            Parameter("left", .integer, "the first column, from 1"),
            Parameter("height", .integer), Parameter("width", .integer),
        ], "A piece of images (..., height, width, channels).",
        example: "nj.ones(1, 4, 4, 3):crop(2, 1, 3, 2):shape() --> {1, 3, 2, 3}"
    ) { try crop($0) },
    Binding(
        "kron", [.module, .method], [own, Parameter("other", .tensor)],
        "Kronecker's product of two matrices: every entry of the first times the whole second.",
        example: "nj.tensor({ { 1, 2 } }):kron(nj.tensor({ { 1 }, { 3 } })) --> {{1, 2}, {3, 6}}"
    ) { call in
        let (tape, a, b) = (call.tape, try call.node(0), try call.node(1))
        let (left, right) = (tape.shape(a), tape.shape(b))
        call.namesOperation()
        guard left.rank == 2, right.rank == 2 else {
            throw GraphError("'kron' needs two matrices, got shapes \(left) and \(right)", [a, b])
        }
        let product = try tape.binary(
            .mul, tape.reshape(a, Shape([left[0], 1, left[1], 1])), tape.reshape(b, Shape([1, right[0], 1, right[1]])))
        try call.answer(tape.reshape(product, Shape([left[0] * right[0], left[1] * right[1]])))
    },
    Binding(
        "masked_fill", [.module, .method],
        [own, Parameter("mask", .tensor), Parameter("value", .number)],
        "A number in place of the entries at which a mask holds.",
        example: "nj.tensor({ 1, -2 }):masked_fill(nj.tensor({ 1, -2 }):lt(0), 0) --> {1, 0}"
    ) { call in
        let (tape, node, mask) = (call.tape, try call.node(0), try call.node(1))
        call.namesOperation()
        let full = try tape.expand(mask, tape.shape(node))
        try call.answer(tape.select(full, tape.number(call.number(2), dtype: tape.dtype(node)), node))
    },
    Binding(
        "nan_to_num", [.module, .method], [own, Parameter("value", .number, default: "0", "in place of NaN")],
        "A number in place of NaN.", example: "nj.tensor({ 1, 0 / 0 }):nan_to_num() --> {1, 0}"
    ) { call in
        let (tape, node) = (call.tape, try call.node(0))
        call.namesOperation()
        let value = try tape.number(call.has(1) ? try call.number(1) : 0, dtype: tape.dtype(node))
        try call.answer(tape.select(tape.unary(.isNaN, node), value, node))
    },
    Binding(
        "lerp", [.module, .method],
        [own, Parameter("other", .tensor), Parameter("weight", .number, "0: the first, 1: the other")],
        "The point between two tensors: t + weight (other - t).",
        example: "nj.tensor({ 1, 2 }):lerp(nj.tensor({ 3, 6 }), 0.5) --> {2, 4}"
    ) { call in
        let (tape, a, b) = (call.tape, try call.node(0), try call.node(1))
        call.namesOperation()
        let weight = try tape.number(call.number(2), dtype: tape.dtype(a))
        try call.answer(tape.binary(.add, a, tape.binary(.mul, weight, tape.binary(.sub, b, a))))
    },
    Binding(
        "isclose", [.module, .method], [own, Parameter("other", .tensor)],
        options: [
            Parameter("rtol", .number, default: "1e-5", "how far apart, relative to the other"),
            Parameter("atol", .number, default: "1e-8", "how far apart besides"),
        ], "Where |a - b| <= atol + rtol |b|, or both are the same infinity.",
        example: "nj.tensor({ 1, 2 }):isclose(nj.tensor({ 1, 2.1 })) --> {true, false}"
    ) { call in
        let (tape, a, b) = (call.tape, try call.node(0), try call.node(1))
        let (relative, absolute) = (try call.option("rtol") ?? 1e-5, try call.option("atol") ?? 1e-8)
        call.namesOperation()
        let dtype = tape.dtype(a)
        let isFinite = try tape.unary(.isFinite, b)
        let bound = try tape.binary(
            .add, tape.number(absolute, dtype: dtype),
            tape.binary(.mul, tape.number(relative, dtype: dtype), tape.unary(.abs, b)))
        let near = try tape.binary(.lessEqual, tape.unary(.abs, tape.binary(.sub, a, b)), bound)
        let finite = try tape.binary(.and, near, isFinite)
        try call.answer(tape.binary(.or, finite, tape.binary(.equal, a, b)))
    },
]

/// The matrices with zeros where the column less the row is not `op` the offset.
private func triangle(_ call: Call, _ op: Op) throws -> NodeID {
    let (tape, node) = (call.tape, try call.node(0))
    let shape = tape.shape(node)
    let offset = call.has(1) ? try call.integer(1) : 0
    call.namesOperation()
    guard shape.rank >= 2 else {
        throw GraphError(
            "'\(call.binding.name)' needs matrices in the last two dimensions: the shape is \(shape)", [node])
    }
    let bound = Double(max(-1 << 30, min(1 << 30, offset)))
    let apart = try tape.binary(
        .sub, tape.iota(shape, axis: shape.rank - 1), tape.iota(shape, axis: shape.rank - 2))
    let mask = try tape.binary(op, apart, tape.constant(bound, dtype: .int32))
    return try tape.select(mask, node, tape.constant(0, dtype: tape.dtype(node)))
}

private func diagonal(_ call: Call, _ node: NodeID, _ offset: Int) throws -> NodeID {
    let tape = call.tape
    let shape = tape.shape(node)
    call.namesOperation()
    guard shape.rank >= 2 else {
        throw GraphError(
            "'\(call.binding.name)' needs matrices in the last two dimensions: the shape is \(shape)", [node])
    }
    let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
    let (top, left) = (offset < 0 ? min(rows, offset == .min ? rows : -offset) : 0, min(columns, max(offset, 0)))
    let count = min(rows - top, columns - left)
    let lines = try tape.narrow(node, axis: shape.rank - 2, start: top, count: count)
    let square = try tape.narrow(lines, axis: shape.rank - 1, start: left, count: count)
    return try tape.einsum("...ii->...i", [square])
}

private func crop(_ call: Call) throws {
    let (tape, node) = (call.tape, try call.node(0))
    let shape = tape.shape(node)
    let (top, left, height, width) = try (call.integer(1), call.integer(2), call.integer(3), call.integer(4))
    call.namesOperation()
    guard shape.rank >= 3 else {
        throw GraphError("'crop' needs images (..., height, width, channels): the shape is \(shape)", [node])
    }
    let (rows, columns) = (shape[shape.rank - 3], shape[shape.rank - 2])
    guard top >= 1, left >= 1, (0...rows).contains(height), (0...columns).contains(width), top - 1 <= rows - height,
        left - 1 <= columns - width
    else {
        throw GraphError(
            "'crop' from row \(top) and column \(left), \(height) by \(width) pixels, leaves the image of \(rows) by "
                + "\(columns)", [node])
    }
    let lines = try tape.narrow(node, axis: shape.rank - 3, start: top - 1, count: height)
    try call.answer(tape.narrow(lines, axis: shape.rank - 2, start: left - 1, count: width))
}
