import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor

/// Layers and containers, as `nj.nn` shows them.
let nnBindings: [Binding] =
    [
        Binding(
            "nn.linear", .library, [Parameter("inputs", .integer), Parameter("outputs", .integer)],
            options: [
                Parameter("bias", .boolean, default: "true", "whether an offset is learnt for each output"),
                Parameter(
                    "init", .choice(InitializerDeclaration.simpleNames), default: "\"default\"",
                    "how the first weights are drawn"),
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
        ) { call in try answer(call, Activation(.leakyRelu(slope: call.has(0) ? call.finite(0) : 0.01))) },
        Binding(
            "nn.elu", .library, [Parameter("alpha", .number, default: "1")], returns: "layer",
            "x where positive, alpha * (exp(x) - 1) elsewhere.", example: "nj.tensor({ 0, 2 }):elu() --> {0, 2}"
        ) { call in try answer(call, Activation(.elu(alpha: call.has(0) ? call.finite(0) : 1))) },
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
            "nn.batch_norm", .library, [Parameter("channels", .integer, "entries of the last dimension")],
            options: [
                Parameter("eps", .number, default: "1e-5", "what is added to variances"),
                Parameter("momentum", .number, default: "0.1", "the share of a batch in the running mean and variance"),
                Parameter("affine", .boolean, default: "true", "whether a factor and an offset are learnt"),
                Parameter("dtype", .dtype, default: "\"float32\""),
            ], returns: "layer", "Mean 0 and variance 1 for each channel over the batch; running ones in evaluation."
        ) { call in
            try answer(
                call,
                BatchNorm(
                    channels: call.integer(0), epsilon: call.option("eps") ?? 1e-5,
                    momentum: call.option("momentum") ?? 0.1, isAffine: call.option("affine", default: true),
                    dtype: call.dtypeOption()))
        },
        Binding(
            "nn.layer_norm", .library, [Parameter("features", .integer, "entries of the last dimension")],
            options: [
                Parameter("eps", .number, default: "1e-5", "what is added to variances"),
                Parameter("affine", .boolean, default: "true", "whether a factor and an offset are learnt"),
                Parameter("bias", .boolean, default: "true", "whether the offset is"),
                Parameter("dtype", .dtype, default: "\"float32\""),
            ], returns: "layer", "Mean 0 and variance 1 over the last dimension."
        ) { call in
            try answer(
                call,
                LayerNorm(
                    features: call.integer(0), epsilon: call.option("eps") ?? 1e-5,
                    isAffine: call.option("affine", default: true), hasBias: call.option("bias", default: true),
                    dtype: call.dtypeOption()))
        },
        Binding(
            "nn.group_norm", .library,
            [Parameter("groups", .integer), Parameter("channels", .integer, "entries of the last dimension")],
            options: [
                Parameter("eps", .number, default: "1e-5", "what is added to variances"),
                Parameter("affine", .boolean, default: "true", "whether a factor and an offset are learnt"),
                Parameter("dtype", .dtype, default: "\"float32\""),
            ], returns: "layer", "Mean 0 and variance 1 for each sample and group of channels."
        ) { call in
            try answer(
                call,
                GroupNorm(
                    groups: call.integer(0), channels: call.integer(1), epsilon: call.option("eps") ?? 1e-5,
                    isAffine: call.option("affine", default: true), dtype: call.dtypeOption()))
        },
        Binding(
            "nn.rms_norm", .library, [Parameter("features", .integer, "entries of the last dimension")],
            options: [
                Parameter("eps", .number, default: "1e-5", "what is added to mean squares"),
                Parameter("affine", .boolean, default: "true", "whether a factor is learnt"),
                Parameter("dtype", .dtype, default: "\"float32\""),
            ], returns: "layer", "The last dimension divided by its root mean square."
        ) { call in
            try answer(
                call,
                RMSNorm(
                    features: call.integer(0), epsilon: call.option("eps") ?? 1e-5,
                    isAffine: call.option("affine", default: true), dtype: call.dtypeOption()))
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
    try InitializerDeclaration(.string(call.option(string: "init") ?? "default"), owner: "nj.\(call.binding.name)")
        .initializer()
}
