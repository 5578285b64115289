import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor

let initializerNames = [
    "default", "kaiming_uniform", "kaiming_normal", "xavier_uniform", "xavier_normal", "zeros",
]

/// Layers and containers, as `nj.nn` shows them.
let nnBindings: [Binding] =
    [
        Binding(
            "nn.linear", .library, [Parameter("inputs", .integer), Parameter("outputs", .integer)],
            options: [
                Parameter("bias", .boolean, default: "true", "whether an offset is learnt for each output"),
                Parameter("init", .choice(initializerNames), default: "\"default\"", "how the first weights are drawn"),
                Parameter("dtype", .dtype, default: "\"float32\""),
            ], returns: "layer", "A fully connected layer: x W + b, with W of shape (inputs, outputs)."
        ) { call in
            try answer(
                call,
                Linear(
                    inputs: call.integer(0), outputs: call.integer(1), hasBias: call.option("bias", default: true),
                    dtype: call.dtypeOption(), weightInitializer: initializer(call)))
        },
        Binding(
            "nn.leaky_relu", .library, [Parameter("slope", .number, default: "0.01")], returns: "layer",
            "max(x, 0) + slope * min(x, 0)."
        ) { call in try answer(call, Activation(.leakyRelu(slope: call.has(0) ? call.number(0) : 0.01))) },
        Binding(
            "nn.elu", .library, [Parameter("alpha", .number, default: "1")], returns: "layer",
            "x where positive, alpha * (exp(x) - 1) elsewhere.", example: "nj.tensor({ 0, 2 }):elu() --> {0, 2}"
        ) { call in try answer(call, Activation(.elu(alpha: call.has(0) ? call.number(0) : 1))) },
        Binding(
            "nn.dropout", .library, [Parameter("rate", .number, "share of the elements that is dropped")],
            returns: "layer", "Sets elements to zero in training and scales the others up."
        ) { call in try answer(call, Dropout(rate: call.number(0))) },
        Binding("nn.flatten", .library, returns: "layer", "(batch, ...) becomes (batch, features).") { call in
            answer(call, Flatten())
        },
        Binding("nn.identity", .library, returns: "layer", "Gives back what it gets.") { call in
            answer(call, Identity())
        },
        Binding(
            "nn.sequential", .library, [Parameter("layers", .table)], returns: "layer", "Layers one after another.",
            example:
                "nj.nn.sequential({ nj.nn.linear(4, 8), nj.nn.relu(), nj.nn.linear(8, 2) }):parameter_count() --> 58"
        ) { call in
            let list = try call.value(0).asTable
            guard let list, list.fields.isEmpty else { throw call.wrong(0, expected: "a list of layers") }
            let layers = try list.array.enumerated().map { index, item in
                guard case .object(let object) = item, let layer = object as? ModuleObject else {
                    throw ArgumentError(
                        "entry \(index + 1) of nj.nn.sequential is \(item.phrase), expected a layer such as nj.nn.relu()"
                    )
                }
                return layer.module
            }
            answer(call, Sequential(layers))
        },
        Binding(
            "parameter_count", [], owner: NativeTypes.module, [Parameter("layer", .any)], returns: "integer",
            "How many numbers training can change.", example: "nj.nn.linear(4, 3):parameter_count() --> 15"
        ) { call in call.answer(try call.object(0, ModuleObject.self).model().parameterCount) },
        Binding(
            "initialize", [], owner: NativeTypes.module, [Parameter("layer", .any), Parameter("seed", .integer)],
            returns: "nothing", "Draws the first values of parameters that have none."
        ) { call in
            try call.object(0, ModuleObject.self).model().initialize(seed: UInt64(bitPattern: Int64(call.integer(1))))
        },
        Binding(
            "parameters", [], owner: NativeTypes.module, [Parameter("layer", .any)],
            returns: "table<string, nightjar.Tensor>",
            "Copies of the parameters by their paths.",
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
            "state", [], owner: NativeTypes.module, [Parameter("layer", .any)],
            returns: "table<string, nightjar.Tensor>",
            "Copies of the parameters and of what else the layer keeps, by path."
        ) { call in try answer(call, copiesOf: call.object(0, ModuleObject.self).model().state) },
        Binding(
            "forward", [], owner: NativeTypes.module, [Parameter("layer", .any), Parameter("inputs", .tensor)],
            options: [
                Parameter(
                    "parameters", .tensorsByName, default: "its own", "tensors that stand in for parameters, by path")
            ],
            "What the layer gives for a batch, in evaluation mode.",
            example: """
                local layer = nj.nn.linear(2, 1, { bias = false })
                layer:initialize(1)
                layer:forward(nj.ones(1, 2), { parameters = { weight = nj.tensor({ { 3 }, { 4 } }) } }) --> {{7}}
                """
        ) { call in
            let model = try call.object(0, ModuleObject.self).model()
            let input = try call.node(1)
            let context = try ForwardContext(
                tape: call.tape, mode: .evaluation, provenance: call.session.provenance,
                substitutes: substitutes(call, for: model))
            try call.answer(context.call(model, input))
        },
        Binding(
            "load", [], owner: NativeTypes.module,
            [Parameter("layer", .any), Parameter("state", .tensorsByName, "exactly what layer:state() has")],
            returns: "nothing", "Copies values into the layer: what nj.load read, or layer:state() of another.",
            example: """
                local layer = nj.nn.linear(2, 1)
                layer:load { weight = nj.ones(2, 1), bias = nj.zeros(1) }
                layer:forward(nj.ones(1, 2)) --> {{2}}
                """
        ) { call in
            let model = try call.object(0, ModuleObject.self).model()
            try model.load(tensorsByName(call, 1).map { ($0.name, try call.session.evaluate([$0.value])[0]) })
        },
        Binding(
            "name_model", .library, [Parameter("layer", .any), Parameter("name", .string)], returns: "nothing",
            "Tells a model what it is called."
        ) { call in
            if case .object(let object) = try call.value(0), let layer = object as? ModuleObject {
                layer.name = try call.string(1)
            }
        },
        Binding(
            "is_model", .library, [Parameter("value", .any)], returns: "boolean",
            "Whether a value is a layer or a model.",
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
    ]
    + [
        ("relu", Activation.Function.relu), ("sigmoid", .sigmoid), ("tanh", .tanh), ("gelu", .gelu), ("silu", .silu),
        ("softplus", .softplus),
    ].map { name, function in
        Binding("nn.\(name)", .library, returns: "layer", "Applies nj.\(name) to every element.") { call in
            answer(call, Activation(function))
        }
    }

private func answer(_ call: Call, copiesOf tensors: [(path: String, tensor: Tensor)]) throws {
    let copies = try tensors.map { ($0.path, try $0.tensor.copy()) }
    call.host.note(copies.reduce(0) { $0 + $1.1.byteCount })
    call.answer { writer in
        writer.begin(array: 0, fields: copies.count)
        for (path, tensor) in copies {
            writer.write(path)
            writer.write(tensor, place: call.place)
        }
    }
}

/// A table of tensors by name.
private func tensorsByName(_ call: Call, _ position: Int) throws -> [(name: String, value: Value)] {
    guard let table = try call.value(position).asTable, table.array.isEmpty else { throw call.wrong(position) }
    return try table.fields.map { name, value in
        guard case .tensor(let tensor) = value else { throw call.wrong(position) }
        return (name, tensor)
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

func answer(_ call: Call, _ module: any Module) { call.answer(values: [.object(ModuleObject(module))]) }

func initializer(_ call: Call) throws -> Initializer {
    let name = try call.option(string: "init") ?? "default"
    switch name {
    case "default": return .standard
    case "kaiming_uniform": return .kaimingUniform()
    case "kaiming_normal": return .kaimingNormal()
    case "xavier_uniform": return .xavierUniform()
    case "xavier_normal": return .xavierNormal()
    case "zeros": return .zeros
    default:
        let hint = nearestName(to: name, in: initializerNames).map { ": did you mean \"\($0)\"?" } ?? ""
        throw ArgumentError(
            "there is no initialiser \"\(name)\"\(hint)\n  initialisers are "
                + initializerNames.map { "\"\($0)\"" }.joined(separator: ", "))
    }
}
