import CLuaShim
import NightjarGraph
import NightjarTensor

private let own = Parameter("t", .tensor)
private let dimensions = Parameter("dimensions", .dimensions, default: "all", "which dimensions go")
private let keep = Parameter("keep", .boolean, default: "false", "leave the dimension with extent 1")
private let oneDimension = Parameter("dimension", .dimension, default: "-1", "along which dimension")

private func reduction(_ name: String, _ op: Op, _ doc: String, example: String? = nil) -> Binding {
    Binding(name, [.module, .method], [own, dimensions], options: [keep], doc, example: example) { call in
        let node = try call.node(0)
        try call.answer(
            call.tape.reduce(op, node, axes: call.axes(1, of: node), keep: call.option("keep", default: false)))
    }
}

/// The position of an extreme entry, counted from 1.
private func argument(_ name: String, _ op: Op, _ doc: String, example: String? = nil) -> Binding {
    Binding(name, [.module, .method], [own, oneDimension], options: [keep], doc, example: example) { call in
        let node = try call.node(0)
        guard call.kind(1) != NJL_TABLE else {
            throw ArgumentError(
                "'\(name)' goes along one dimension: for the position among all entries in row-major order, write "
                    + "t:flatten():\(name)()")
        }
        let axis = try call.has(1) ? call.axis(1, of: node) : call.axis(counted: -1, of: node)
        call.namesOperation()
        let found = try call.tape.argument(op, node, axis: axis, keep: call.option("keep", default: false))
        try call.answer(call.tape.binary(.add, found, call.tape.constant(1, dtype: .int32)))
    }
}

private func normalized(
    _ name: String, _ doc: String, example: String? = nil,
    _ record: @escaping @Sendable (Tape, NodeID, UInt8) throws -> NodeID
) -> Binding {
    let dimensions = Parameter("dimensions", .dimensions, default: "-1", "along which dimensions")
    return Binding(name, [.module, .method], [own, dimensions], doc, example: example) { call in
        let node = try call.node(0)
        call.namesOperation()
        let axes = try call.has(1) ? call.axes(1, of: node) : 1 << UInt8(call.axis(counted: -1, of: node))
        try call.answer(record(call.tape, node, axes))
    }
}

/// Sums, averages and what is made of them, and choosing by label.
let reductionBindings: [Binding] = [
    reduction(
        "sum", .sum, "The sum over dimensions.",
        example: """
            local t = nj.tensor({ { 1, 2 }, { 3, 4 } })
            t:sum()                     --> 10
            t:sum(-1)                   --> {3, 7}
            t:sum(1, { keep = true })   --> {{4, 6}}
            t:sum({ 1, 2 })             --> 10
            """),
    reduction("prod", .prod, "The product over dimensions.", example: "nj.tensor({ 2, 3 }):prod() --> 6"),
    reduction(
        "max", .max, "The largest entry over dimensions.",
        example: "nj.tensor({ { 1, 5 }, { 4, 2 } }):max(-1) --> {5, 4}"),
    reduction(
        "min", .min, "The smallest entry over dimensions.",
        example: "nj.tensor({ { 1, 5 }, { 4, 2 } }):min(-1) --> {1, 2}"),
    argument(
        "argmax", .argmax,
        "The position, from 1, of the largest entry along a dimension; the first of equals. Of all entries: "
            + "t:flatten():argmax().",
        example: "nj.tensor({ { 1, 5 }, { 4, 2 } }):argmax() --> {2, 1}"),
    argument("argmin", .argmin, "The position, from 1, of the smallest entry along a dimension; the first of equals."),
    Binding(
        "mean", [.module, .method], [own, dimensions], options: [keep], "The average over dimensions.",
        example: """
            nj.tensor({ { 1, 2 }, { 3, 6 } }):mean()    --> 3
            nj.tensor({ { 1, 2 }, { 3, 6 } }):mean(-1)  --> {1.5, 4.5}
            """
    ) { call in
        let node = try call.node(0)
        call.namesOperation()
        try call.answer(call.tape.mean(node, axes: call.axes(1, of: node), keep: call.option("keep", default: false)))
    },
    Binding(
        "var", [.module, .method], [own, dimensions],
        options: [keep, Parameter("correction", .number, default: "1", "what is taken off the count; 0: divide by n")],
        "The variance over dimensions, divided by n - 1 unless told otherwise.",
        example: """
            nj.tensor({ 1, 3 }):var()                    --> 2
            nj.tensor({ 1, 3 }):var({ correction = 0 })  --> 1
            """
    ) { call in
        try call.answer(variance(call))
    },
    Binding(
        "std", [.module, .method], [own, dimensions],
        options: [keep, Parameter("correction", .number, default: "1", "what is taken off the count; 0: divide by n")],
        "The standard deviation over dimensions, divided by n - 1 unless told otherwise.",
        example: "nj.tensor({ 1, 3 }):std({ correction = 0 }) --> 1"
    ) { call in
        try call.answer(call.tape.smoothRoot(variance(call)))
    },
    Binding(
        "norm", [.module, .method], [own, dimensions],
        options: [
            keep, Parameter("p", .number, default: "2", "which norm: any number, infinities included"),
        ],
        "The norm over dimensions.",
        example: """
            nj.tensor({ 3, 4 }):norm()                     --> 5
            nj.tensor({ 3, -4 }):norm({ p = math.huge })   --> 4
            """
    ) { call in
        try call.answer(norm(call))
    },
    Binding(
        "any", [.module, .method], [own, dimensions], options: [keep], "Whether any entry of a mask holds.",
        example: "nj.tensor({ -1, 2 }):gt(0):any() --> true"
    ) {
        call in
        try call.answer(maskReduction(call, .max))
    },
    Binding(
        "all", [.module, .method], [own, dimensions], options: [keep], "Whether all entries of a mask hold.",
        example: "nj.tensor({ -1, 2 }):gt(0):all() --> false"
    ) {
        call in
        try call.answer(maskReduction(call, .min))
    },
    Binding(
        "logsumexp", [.module, .method], [own, dimensions], options: [keep],
        "log of the sum of exponentials over dimensions, without overflow.",
        example: "nj.tensor({ 1000, 1000 }):logsumexp() --> 1000.7"
    ) { call in
        let node = try call.node(0)
        call.namesOperation()
        try call.answer(
            call.tape.logsumexp(node, axes: call.axes(1, of: node), keep: call.option("keep", default: false)))
    },
    normalized(
        "softmax", "exp(x) / sum of exp(x) along dimensions.",
        example: "nj.zeros(1, 4):softmax() --> {{0.25, 0.25, 0.25, 0.25}}"
    ) { try $0.softmax($1, axes: $2) },
    normalized(
        "log_softmax", "log of the softmax along dimensions, without ever forming it.",
        example: "nj.zeros(1, 2):log_softmax() --> {{-0.69315, -0.69315}}"
    ) {
        try $0.logSoftmax($1, axes: $2)
    },
    Binding(
        "pick", [.module, .method],
        [own, Parameter("labels", .labels, "one a row, or soft: probabilities in the shape of the tensor")],
        "One entry of each row: that of its label; for soft labels the mean of the entries, those without a share left "
            + "out.",
        example: """
            nj.tensor({ { 1, 2 }, { 3, 4 } }):pick(nj.tensor({ 2, 1 }, { dtype = "int32" })) --> {2, 3}
            """
    ) { call in
        let rows = try call.node(0)
        if let mean = try softPick(call, rows) { return try call.answer(mean) }
        let labels = try call.labels(1, classes: call.tape[rows].rank > 0 ? call.tape.shape(rows).last : nil)
        try call.answer(call.tape.pick(rows, labels))
    },
    Binding(
        "one_hot", [.module, .method], [Parameter("labels", .labels), Parameter("classes", .integer)],
        options: [Parameter("dtype", .dtype, default: "\"float32\"")], "Rows of zeros with a one at each label.",
        example: """
            nj.tensor({ 2, 1 }, { dtype = "int32" }):one_hot(3) --> {{0, 1, 0}, {1, 0, 0}}
            """
    ) { call in
        let classes = try call.integer(1)
        let labels = try call.labels(0, classes: classes)
        call.namesOperation()
        try call.answer(call.tape.oneHot(labels, classes: classes, dtype: call.dtypeOption()))
    },
]

/// Entries of soft labels that are looked at one by one: a step of training must not wait for it.
private let largestSoftList = 1 << 16

/// The mean of the entries of each row by soft labels; nil where labels are not soft. Labels that a script wrote down are
/// looked at here.
private func softPick(_ call: Call, _ rows: NodeID) throws -> NodeID? {
    guard call.kind(1) == NJL_TENSOR else { return nil }
    let tape = call.tape
    let labels = try call.node(1)
    let shape = tape.shape(rows)
    guard shape.rank > 0, tape.shape(labels) == shape, tape.dtype(labels).isFloating, tape.dtype(rows).isFloating else {
        return nil
    }
    call.namesOperation()
    if let tensor = tape.value(labels), tensor.count <= largestSoftList,
        let fault = tensor.softFault(zerosAreLeftOut: true)
    {
        throw GraphError("'pick': \(fault)", [labels])
    }
    return try tape.mean(of: rows, shares: tape.cast(labels, tape.dtype(rows)))
}

private func variance(_ call: Call) throws -> NodeID {
    let node = try call.node(0)
    let axes = try call.axes(1, of: node)
    let keep = try call.option("keep", default: false)
    let correction = try call.option("correction") ?? 1
    call.namesOperation()
    return try call.tape.variance(node, axes: axes, keep: keep, correction: correction, name: call.binding.name)
}

private func norm(_ call: Call) throws -> NodeID {
    let node = try call.node(0)
    let axes = try call.axes(1, of: node)
    let keep = try call.option("keep", default: false)
    let p = try call.option("p") ?? 2
    guard call.tape.dtype(node).isFloating else {
        throw GraphError(
            "'norm' needs a float32 or float64 tensor, got \(call.tape.dtype(node)): convert it first with "
                + ":to(\"float32\")", [node])
    }
    call.namesOperation()
    return try call.tape.norm(node, p: p, axes: axes, keep: keep)
}

/// `any` and `all` through int32: the largest or smallest of zeros and ones. Of no entries, none holds and all do.
private func maskReduction(_ call: Call, _ op: Op) throws -> NodeID {
    let node = try call.node(0)
    let tape = call.tape
    guard tape.dtype(node) == .bool else {
        throw GraphError(
            "'\(call.binding.name)' needs a bool tensor, got \(tape.dtype(node)): compare first, for example with :gt(0)",
            [node])
    }
    call.namesOperation()
    let axes = try call.axes(1, of: node)
    let keep = try call.option("keep", default: false)
    let reduction = Reduction(axes: axes, keepsDimensions: keep)
    if reduction.width(tape.shape(node)) == 0 {
        return try tape.expand(
            tape.constant(op == .min ? 1 : 0, dtype: .bool), reduction.result(tape.shape(node)))
    }
    let counted = tape.cast(node, .int32)
    let found = try tape.reduce(op, counted, axes: axes, keep: keep)
    return try tape.binary(.notEqual, found, tape.constant(0, dtype: .int32))
}
