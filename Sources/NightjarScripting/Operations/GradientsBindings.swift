import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// What the Lua side of `nj.grad` and `nj.value_and_grad` is made of.
let gradientBindings: [Binding] = [
    Binding(
        "variable", .library, [Parameter("t", .tensor)], "A tensor under a name of its own, to differentiate by."
    ) { call in
        let node = try call.node(0)
        guard call.tape.dtype(node).isFloating else {
            throw GraphError(
                "gradients are taken with respect to float32 or float64 tensors, got \(call.tape.dtype(node))", [node])
        }
        try call.answer(call.tape.unary(.variable, node))
    },
    Binding("begin_differentiation", .library, returns: "nothing", "The current tape stays until the matching end.") {
        $0.host.differentiationDepth += 1
    },
    Binding("end_differentiation", .library, returns: "nothing", "The end of what begin_differentiation began.") {
        $0.host.differentiationDepth = max(0, $0.host.differentiationDepth - 1)
    },
    Binding(
        "gradients", .library, [Parameter("value", .tensor), Parameter("variables", .tensors)],
        variadic: true, returns: "table",
        "A list of the value, which has one element, and its gradients; on top level all computed together."
    ) { call in
        let answers = try differentiate(call, call.tensors(1))
        call.answer { writer in
            writer.begin(array: answers.count, fields: 0)
            for answer in answers { answer.write(to: writer, call.place) }
        }
    },
    Binding(
        "gradient", .library, [Parameter("value", .tensor), Parameter("variable", .tensor)], returns: "tensor, tensor",
        "The value, which has one element, and its gradient; on top level both computed together."
    ) { call in
        let answers = try differentiate(call, [call.node(1)])
        call.answer(count: answers.count) { writer in
            for answer in answers { answer.write(to: writer, call.place) }
        }
    },
    Binding(
        "begin_rule", .library, returns: "nothing", "What is recorded up to the matching end is the rule of a function."
    ) { call in
        // Nothing of a rule has a value, so nothing is computed on the way; and the tape has to stay.
        call.host.recordedRules.append(call.session.isEager)
        call.session.isEager = false
        call.host.differentiationDepth += 1
    },
    Binding(
        "placeholders", .library, [Parameter("value", .tensor)], returns: "tensor, tensor",
        "Stand for the gradient that reaches a custom function, and for its value, while its rule is recorded."
    ) { call in
        let value = try call.node(0)
        let tape = call.tape
        let (shape, dtype) = (tape.shape(value), tape.dtype(value))
        call.answer(values: [
            .tensor(Value(tape, tape.placeholder(shape, dtype: dtype))),
            .tensor(Value(tape, tape.placeholder(shape, dtype: dtype))),
        ])
    },
    Binding("end_rule", .library, returns: "nothing", "The end of what begin_rule began.") { call in
        guard let wasEager = call.host.recordedRules.popLast() else { return }
        call.session.isEager = wasEager
        call.host.differentiationDepth = max(0, call.host.differentiationDepth - 1)
    },
    Binding(
        "custom", .library,
        [
            Parameter("name", .string), Parameter("value", .tensor), Parameter("gradient", .tensor),
            Parameter("output", .tensor), Parameter("operands", .tensors), Parameter("gradients", .tensors),
        ], "A value with the rule that was recorded for it."
    ) { call in
        let tape = call.tape
        let routes = try zip(call.tensors(4), call.tensors(5)).map { (operand: $0, gradient: $1) }
        if let line = call.session.provenance.place(call.place) {
            let name = try call.string(0)
            tape.place = call.session.provenance.intern(.init(source: line.source, line: line.line, operation: name))
        }
        try call.answer(tape.custom(call.node(1), gradient: call.node(2), result: call.node(3), routes: routes))
    },
]

/// A value or a gradient: recorded only, or computed.
private enum Derived {
    case recorded(Value)
    case computed(Tensor)

    func write(to writer: TokenWriter, _ place: Int32) {
        switch self {
        case .recorded(let value): writer.write(value, place: place)
        case .computed(let tensor): writer.write(tensor, place: place)
        }
    }
}

/// The first argument, a value of one element, and its gradients.
private func differentiate(_ call: Call, _ variables: [NodeID]) throws -> [Derived] {
    let loss = try call.node(0)
    let tape = call.tape
    let node = tape[loss]
    guard node.shape.count == 1 else {
        throw GraphError(
            "the function must return a single number to differentiate, got shape \(node.shape): reduce it first, "
                + "for example with :mean()", [loss])
    }
    let scalar = try tape.reshape(loss, .scalar)
    let values = try ([loss] + tape.gradient(of: scalar, withRespectTo: variables)).map { Value(tape, $0) }
    let session = call.session
    if session.isInStep || call.host.differentiationDepth > 1 { return values.map { .recorded($0) } }
    let tensors = try session.evaluate(values)
    call.host.note(tensors.reduce(0) { $0 + $1.byteCount })
    return tensors.map { .computed($0) }
}
