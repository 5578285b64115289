import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor

/// Layers as scripts hold and define them: their methods, and what `nj.layer` asks of the host.
let layerBindings: [Binding] = [
    Binding(
        "parameter_count", [], owner: NativeTypes.module, [Parameter("layer", .any)], returns: "integer",
        "How many numbers training can change.", example: "nj.nn.linear(4, 3):parameter_count() --> 15"
    ) { call in call.answer(try call.object(0, ModuleObject.self).model().parameterCount) },
    Binding(
        "parameter_paths", [], owner: NativeTypes.module, [Parameter("layer", .any)], returns: "table",
        "The paths of the parameters, in order."
    ) { call in
        let paths = try call.object(0, ModuleObject.self).model().parameters.map { ScriptValue.string($0.path) }
        call.answer(values: [.table(ScriptTable(array: paths))])
    },
    Binding(
        "initialize", [], owner: NativeTypes.module, [Parameter("layer", .any), Parameter("seed", .integer)],
        returns: "nothing", "Draws the first values of parameters that have none."
    ) { call in
        try call.object(0, ModuleObject.self).model().initialize(seed: UInt64(bitPattern: Int64(call.integer(1))))
    },
    Binding(
        "parameters", [], owner: NativeTypes.module, [Parameter("layer", .any)],
        returns: "table<string, nightjar.Tensor>", "Copies of the parameters by their paths.",
        example: """
            local layer = nj.nn.linear(2, 1)
            layer:initialize(1)
            layer:parameters().weight:shape() --> {2, 1}
            """
    ) { call in
        let model = try call.object(0, ModuleObject.self).model()
        try answer(call, copiesOf: model.parameters.map { ($0.path, $0.parameter.tensor) })
    },
    Binding(
        "buffers", [], owner: NativeTypes.module, [Parameter("layer", .any)],
        returns: "table<string, nightjar.Tensor>", "Copies of the buffers (running means and the like) by their paths."
    ) { call in
        let model = try call.object(0, ModuleObject.self).model()
        try answer(call, copiesOf: model.buffers.map { ($0.path, $0.buffer.tensor) })
    },
    Binding(
        "state", [], owner: NativeTypes.module, [Parameter("layer", .any)],
        returns: "table<string, nightjar.Tensor>", "Copies of the parameters and buffers by their paths."
    ) { call in try answer(call, copiesOf: call.object(0, ModuleObject.self).model().state) },
    Binding(
        "load", [], owner: NativeTypes.module,
        [Parameter("layer", .any), Parameter("values", .tensorsByName, "exactly what layer:state() has")],
        returns: "nothing",
        "Takes over values of all parameters and buffers, given by their paths: what nj.load read, or another's state.",
        example: """
            local layer = nj.nn.linear(2, 1)
            layer:load { weight = nj.ones(2, 1), bias = nj.zeros(1) }
            layer:forward(nj.ones(1, 2)) --> {{2}}
            """
    ) { call in
        let model = try call.object(0, ModuleObject.self).model()
        let fields = try call.value(1).asTable?.fields ?? []
        let values = try fields.map { path, value in
            guard let tensor = value.asTensor else { throw ArgumentError("'\(path)' is \(value.phrase), not a tensor") }
            return tensor
        }
        try model.load(zip(fields, call.session.evaluate(values)).map { ($0.key, $1) })
    },
    Binding(
        "forward", [], owner: NativeTypes.module, [Parameter("layer", .any), Parameter("inputs", .any)],
        options: [
            Parameter("training", .boolean, default: "false", "whether it behaves as in training; buffers then change"),
            Parameter("seed", .integer, default: "1", "of draws in training"),
            Parameter("step", .integer, default: "1", "the training step, of which draws depend"),
            Parameter(
                "parameters", .tensorsByName, default: "its own", "tensors that stand in for parameters, by path"),
        ], variadic: true, "What the layer gives for a batch: in evaluation mode unless told otherwise.",
        example: """
            local layer = nj.nn.linear(2, 1, { bias = false })
            layer:initialize(1)
            layer:forward(nj.ones(1, 2), { parameters = { weight = nj.tensor({ { 3 }, { 4 } }) } }) --> {{7}}
            """
    ) { call in try LayerCall(call).run() },
    Binding(
        "__call", [], owner: NativeTypes.module, [Parameter("layer", .any), Parameter("inputs", .any)], variadic: true,
        "The same as layer:forward(inputs); inside another layer's forward, a step of it."
    ) { call in try LayerCall(call).run() },
    Binding(
        "__tostring", [], owner: NativeTypes.module,
        [Parameter("layer", .any), Parameter("other", .any, default: "nil")], returns: "string", "What print shows."
    ) { call in call.answer(try ModelSummary(call.object(0, ModuleObject.self)).text) },
    Binding(
        "name_model", .library,
        [Parameter("layer", .any), Parameter("name", .string), Parameter("record", .table)], returns: "nothing",
        "Tells a model what it is called, and what the files of a run say of it."
    ) { call in
        if case .object(let object) = try call.value(0), let layer = object as? ModuleObject {
            layer.name = try call.string(1)
            layer.record = try call.value(2).json
        }
    },
    Binding(
        "is_model", .library, [Parameter("value", .any)], returns: "boolean", "Whether a value is a layer or a model.",
        rawTables: 1
    ) { call in
        guard call.kind(0) == NJL_OBJECT, case .object(let object) = try call.value(0) else {
            return call.answer(false)
        }
        call.answer(object is ModuleObject)
    },
    Binding(
        "parameter_variables", .library, [Parameter("layer", .any)], returns: "table",
        "The parameters that training changes, by path, as recordings of the layer read them."
    ) { call in
        let object = try call.object(0, ModuleObject.self)
        let tape = call.tape
        let fields = try object.model().parameters.filter(\.parameter.isTrainable).map { path, parameter in
            guard parameter.isInitialized else {
                throw ArgumentError(
                    "the weights have no values yet: initialize the model with a seed first, for example "
                        + "model:initialize(1), or load weights")
            }
            return (key: path, value: ScriptValue.tensor(Value(tape, tape.leaf(parameter.tensor))))
        }
        call.answer(values: [.table(ScriptTable(fields: fields))])
    },
    Binding(
        "loss_model", .library, [Parameter("inputs", .tensor)], returns: "nightjar.Tensor",
        "The logits of the model in training for other inputs, while a loss that needs it is recorded."
    ) { call in
        guard let model = call.host.lossModels.last else {
            throw ArgumentError("batch.model is known only while the trainer calls the loss")
        }
        let value = Value(call.tape, try model(call.node(0)))
        if call.session.isEager { _ = try call.session.evaluate([value]) }
        call.answer(values: [.tensor(value)])
    },
    Binding(
        "has_loss_model", .library, returns: "boolean", "Whether a loss that needs the model is being recorded."
    ) { call in call.answer(!call.host.lossModels.isEmpty) },
    Binding(
        "layer_make", .library, [Parameter("object", .table), Parameter("facts", .table)], returns: "layer, integer",
        "The native side of a layer in Lua, and the number by which its object asks for its parts.", rawTables: 1
    ) { call in
        let object = try call.function(0)
        let facts = try call.value(1).asTable ?? ScriptTable()
        let layer = try ScriptLayer(object, host: call.host, LayerDeclaration(facts))
        let number = call.host.register(layer)
        call.answer(values: [.object(ModuleObject(layer)), .integer(number)])
    },
    Binding(
        "layer_value", .library, [Parameter("number", .integer), Parameter("name", .string)],
        "A parameter or a buffer of the layer whose forward runs."
    ) { call in
        let (layer, context) = try layerAndContext(call)
        guard let node = try layer.value(call.string(1), context) else {
            throw ArgumentError("layer '\(layer.kind)' has no part '\(try call.string(1))'")
        }
        try call.answer(node)
    },
    Binding(
        "layer_update", .library,
        [Parameter("number", .integer), Parameter("name", .string), Parameter("value", .tensor)], returns: "nothing",
        "Gives a buffer a new value."
    ) { call in
        let (layer, context) = try layerAndContext(call)
        let name = try call.string(1)
        guard let buffer = layer.ownBuffers.first(where: { $0.name == name })?.buffer else {
            throw ArgumentError("layer '\(layer.kind)' has no buffer '\(name)'")
        }
        try context.update(buffer, call.node(2), named: name)
    },
    Binding("layer_trains", .library, returns: "boolean", "Whether the layer that is recorded is in training.") {
        call in
        guard let context = call.host.recordedForwards.last else {
            throw ArgumentError("'training' is known only while forward runs")
        }
        call.answer(context.mode == .training)
    },
]

func answer(_ call: Call, copiesOf tensors: [(path: String, tensor: Tensor)]) throws {
    let copies = try tensors.map { ($0.path, try $0.tensor.copy()) }
    call.answer { writer in
        writer.begin(array: 0, fields: copies.count)
        for (path, tensor) in copies {
            writer.write(path)
            writer.write(tensor, place: call.place)
        }
    }
}

/// The rows that stand in for parameters of a model, as the option `parameters` gives them.
private func substitutes(_ call: Call, for model: Model) throws -> [ObjectIdentifier: NodeID] {
    guard let token = call.token(named: "parameters") else { return [:] }
    guard let table = try TokenReader(host: call.host).value(token).asTable, table.array.isEmpty else {
        throw call.wrong(option: "parameters", token)
    }
    var rows: [ObjectIdentifier: NodeID] = [:]
    for (path, value) in table.fields {
        guard let known = model.parameters.first(where: { $0.path == path }) else {
            let hint = nearestName(to: path, in: model.parameters.map(\.path)).map { ": did you mean '\($0)'?" } ?? ""
            throw ArgumentError("the layer has no parameter '\(path)'\(hint)")
        }
        guard case .tensor(let tensor) = value else { throw call.wrong(option: "parameters", token) }
        guard tensor.shape == known.parameter.shape, tensor.dtype == known.parameter.dtype else {
            throw ArgumentError(
                "'\(path)' is \(known.parameter.dtype) of shape \(known.parameter.shape), the tensor given for it is "
                    + "\(tensor.dtype) of shape \(tensor.shape)")
        }
        rows[ObjectIdentifier(known.parameter)] = try call.session.node(tensor)
    }
    return rows
}

private func layerAndContext(_ call: Call) throws -> (ScriptLayer, ForwardContext) {
    guard let layer = try call.host.scriptLayer(call.integer(0)) else {
        throw ArgumentError("the layer is not made yet: its parameters and buffers are known while forward runs")
    }
    guard let context = call.host.recordedForwards.last else {
        throw ArgumentError(
            "'\(try call.string(1))' of layer '\(layer.kind)' is known only while forward runs; "
                + "layer:parameters() gives copies")
    }
    return (layer, context)
}

/// One call of a layer by a script: a step inside another layer's forward, or a computation of its own.
private struct LayerCall {
    let call: Call
    let object: ModuleObject
    let inputs: [ScriptValue]

    init(_ call: Call) throws {
        self.call = call
        guard case .object(let object) = try call.value(0), let layer = object as? ModuleObject else {
            throw ArgumentError("a layer's forward is called with a colon: layer:forward(inputs)")
        }
        self.object = layer
        inputs = try (1..<max(call.count, 1)).map(call.value)
    }

    func run() throws {
        if let context = call.host.recordedForwards.last { return try step(context) }
        let isTraining = try call.option("training", default: false)
        let context = try ForwardContext(
            tape: call.tape, mode: isTraining ? .training : .evaluation, provenance: call.session.provenance,
            trainSeed: UInt64(bitPattern: Int64(call.option(integer: "seed") ?? 1)),
            step: isTraining ? call.option(integer: "step") ?? 1 : 0, copiesBuffers: isTraining,
            substitutes: substitutes(call, for: object.model()))
        let model = try object.model()
        try answer(context.within(model) { try record(context) })
        guard !context.updates.isEmpty else { return }
        _ = try call.session.commit(
            outputs: [], effects: context.updates.map { Session.Effect($0.tensor, $0.node) })
    }

    /// A child of the layer that is being recorded.
    private func step(_ context: ForwardContext) throws {
        guard !call.hasOptions else {
            throw ArgumentError("a layer called inside another's forward takes no options: it trains as that one does")
        }
        guard let owner = context.module,
            let name = owner.children.first(where: { $0.module === object.module })?.name
        else {
            throw ArgumentError(
                "\(context.layer) calls a \(object.module.kind) layer that is not one of its children: return it from "
                    + "'children', so that it has a path")
        }
        try answer(context.within(object.module, named: name) { try record(context) })
    }

    private func answer(_ results: [ScriptValue]) throws {
        if call.session.isEager { _ = try call.session.evaluate(results.compactMap(\.asTensor)) }
        call.answer(values: results)
    }

    private func record(_ context: ForwardContext) throws -> [ScriptValue] {
        if let layer = object.module as? ScriptLayer {
            let results = try layer.record(context, inputs)
            if context.watched != nil { context.note(try results.compactMap(\.asTensor).map(call.session.node)) }
            return results
        }
        guard inputs.count == 1, let input = inputs[0].asTensor else {
            let came = inputs.count == 1 ? inputs[0].phrase : "\(inputs.count) values"
            throw context.error("expected one tensor, got \(came)")
        }
        let nodes = try object.module.outputs(context, call.session.node(input))
        if context.watched != nil { context.note(nodes) }
        return nodes.map { .tensor(Value(context.tape, $0)) }
    }
}

/// A layer that goes when scripts and models let go of it.
struct WeakLayer {
    weak var layer: ScriptLayer?
}

extension ScriptHost {
    /// Gives a layer the number by which its Lua object names it, counted from 1.
    func register(_ layer: ScriptLayer) -> Int {
        scriptLayers.append(WeakLayer(layer: layer))
        return scriptLayers.count
    }

    func scriptLayer(_ number: Int) -> ScriptLayer? {
        number >= 1 && number <= scriptLayers.count ? scriptLayers[number - 1].layer : nil
    }
}
