import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// Where labels come into the library: calls of losses, and what noise models get and give.
let labelBindings: [Binding] = [
    Binding(
        "labelled_rows", .library, [Parameter("logits", .any), Parameter("labels", .any)], returns: "integer, tensor",
        "The number of rows, or nil unless these are two tensors with one class a row, or predictions of one number; and "
            + "the labels, checked, where they are not known before the plan runs."
    ) { call in
        guard call.kind(0) == NJL_TENSOR, call.kind(1) == NJL_TENSOR else { return }
        let (logits, labels) = try (call.shape(0), call.shape(1))
        guard logits.rank > 0, labels.rank > 0, logits[0] == labels[0] else { return }
        // Numbers that are no logits are the library's to refuse: the order may be exchanged.
        guard try call.tape.dtype(call.node(0)).isFloating else { return }
        // With a single logit there is nothing to choose from: any target goes with it.
        guard logits.rank > 1, logits.last > 1 else { return call.answer(logits[0]) }
        // One class a row. Labels of other kinds, and those that do not fit, are the library's to look at.
        guard logits.rank == 2, labels.rank == 1, try call.tape.dtype(call.node(1)) != .bool else { return }
        let given = try call.labels(1, classes: logits.last)
        let checked = try call.tape.checkedLabels(given, classes: logits.last)
        if checked == given { return call.answer(logits[0]) }
        call.answer(values: [.integer(logits[0]), .tensor(Value(call.tape, try call.fromOne(checked)))])
    },
    Binding(
        "label_fault", .library, [Parameter("labels", .tensor), Parameter("classes", .integer)], returns: "string",
        "What is wrong with the first label that names no class, or nil."
    ) { call in
        let fault = try call.tensor(0).firstFault(from: 1, classes: max(call.integer(1), 0))
        call.answer(values: [fault.map { .string($0.message) } ?? .nil])
    },
]
