import NightjarEngine
import NightjarGraph
import NightjarTraining

/// What `nightjar check` asks about a loss that breaks: which operation, at which line.
let reasonBindings: [Binding] = [
    theoryBinding,
    Binding(
        "gradient_cut", .library, [Parameter("value", .tensor), Parameter("variable", .tensor)], returns: "table",
        "Nil where a gradient of the value gets to the variable; else the operation that passes none on, as far as there "
            + "is one, and its line."
    ) { call in
        let (value, variable) = try (call.node(0), call.node(1))
        let reach = call.tape.reach(of: value, to: [variable])
        guard reach.reached.first == false else { return call.answer(values: [.nil]) }
        let place = call.session.provenance.place(call.tape.place(of: reach.cut ?? value))
        var fields: [(key: String, value: ScriptValue)] = []
        if let cut = reach.cut { fields.append(("operation", .string(call.tape.nameOfCut(cut, place)))) }
        if let place, place.line > 0 { fields.append(("place", .string(place.description))) }
        call.answer(values: [.table(ScriptTable(fields: fields))])
    },
    Binding(
        "numerics", .library, [Parameter("value", .tensor), Parameter("variable", .tensor)], returns: "table",
        "The first operation on the way to the value, which has one element, and to its gradient that makes no finite "
            + "number of finite ones; nil where there is none."
    ) { call in
        let (value, variable) = try (call.node(0), call.node(1))
        let scalar = try call.tape.reshape(value, .scalar)
        let gradients = try call.tape.gradient(of: scalar, withRespectTo: [variable])
        guard let found = try call.session.firstNotFinite(call.tape, [scalar] + gradients) else {
            return call.answer(values: [.nil])
        }
        var fields: [(key: String, value: ScriptValue)] = [
            ("in_gradient", .boolean(found.isOfGradient)),
            ("operation", .string(found.recorded)),
            ("what", .string((found.result?.nanCount ?? 0) > 0 ? "nan" : "infinite")),
        ]
        if let advice = found.advice { fields.append(("advice", .string(advice))) }
        if let place = found.place, place.line > 0 { fields.append(("place", .string(place.description))) }
        call.answer(values: [.table(ScriptTable(fields: fields))])
    },
]
