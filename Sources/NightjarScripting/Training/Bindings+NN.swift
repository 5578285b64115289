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
            "x where positive, alpha * (exp(x) - 1) elsewhere."
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
            "nn.sequential", .library, [Parameter("layers", .table)], returns: "layer", "Layers one after another."
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
            "How many numbers training can change."
        ) { call in call.answer(try call.object(0, ModuleObject.self).model().parameterCount) },
        Binding(
            "initialize", [], owner: NativeTypes.module, [Parameter("layer", .any), Parameter("seed", .integer)],
            returns: "nothing", "Draws the first values of parameters that have none."
        ) { call in
            try call.object(0, ModuleObject.self).model().initialize(seed: UInt64(bitPattern: Int64(call.integer(1))))
        },
        Binding(
            "parameters", [], owner: NativeTypes.module, [Parameter("layer", .any)], returns: "table",
            "Copies of the parameters by their paths."
        ) { call in
            let model = try call.object(0, ModuleObject.self).model()
            let copies = try model.parameters.map { ($0.path, try $0.parameter.tensor.copy()) }
            call.answer { writer in
                writer.begin(array: 0, fields: copies.count)
                for (path, tensor) in copies {
                    writer.write(path)
                    writer.write(tensor, place: call.place)
                }
            }
        },
        Binding(
            "forward", [], owner: NativeTypes.module, [Parameter("layer", .any), Parameter("inputs", .tensor)],
            "What the layer gives for a batch, in evaluation mode."
        ) { call in
            let model = try call.object(0, ModuleObject.self).model()
            let input = try call.node(1)
            let context = ForwardContext(tape: call.tape, mode: .evaluation, provenance: call.session.provenance)
            try call.answer(context.call(model, input))
        },
        Binding(
            "nn.name", .library, [Parameter("layer", .any), Parameter("name", .string)], returns: "nothing",
            "Tells a model what it is called."
        ) { call in
            if case .object(let object) = try call.value(0), let layer = object as? ModuleObject {
                layer.name = try call.string(1)
            }
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
