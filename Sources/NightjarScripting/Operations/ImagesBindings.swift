import NightjarGraph
import NightjarNN
import NightjarTensor

private let images = Parameter("images", .tensor, "(batch, height, width, channels)")
private let stride = Parameter("stride", .pair, default: "1", "from one window to the next")
private let padding = Parameter("padding", .pair, default: "0", "around the images")
private let dilation = Parameter("dilation", .pair, default: "1", "from one tap of the window to the next")
private let groups = Parameter("groups", .integer, default: "1", "channels in so many parts that do not see each other")
private let kernel = Parameter("kernel", .pair, "rows and columns of a window")
private let poolStride = Parameter("stride", .pair, default: "kernel", "from one window to the next")
private let countsPadding = Parameter(
    "count_padding", .boolean, default: "true", "whether padding counts among what a mean divides by")

/// Convolution and pooling, as operations and as layers.
let imageBindings: [Binding] = [
    Binding(
        "conv2d", [.module, .method],
        [images, Parameter("weights", .tensor, "(height, width, channels / groups, filters)")],
        options: [stride, padding, dilation, groups],
        "Convolution (cross-correlation) of images with weights: (batch, height, width, filters)."
    ) { call in
        try call.answer(call.tape.conv2d(call.node(0), call.node(1), convolutionWindow(call)))
    },
    Binding(
        "max_pool2d", [.module, .method], [images, kernel], options: [poolStride, padding],
        "The largest entry of each window; padding is never the largest."
    ) { call in
        try call.answer(call.tape.maxPool2d(call.node(0), poolingWindow(call, kernel: call.pair(1))))
    },
    Binding(
        "avg_pool2d", [.module, .method], [images, kernel], options: [poolStride, padding, countsPadding],
        "The mean of each window."
    ) { call in
        try call.answer(call.tape.averagePool2d(call.node(0), poolingWindow(call, kernel: call.pair(1))))
    },
    Binding(
        "nn.conv2d", .library,
        [Parameter("inputs", .integer), Parameter("outputs", .integer), kernel],
        options: [
            stride, padding, dilation, groups,
            Parameter("bias", .boolean, default: "true", "whether an offset is learnt for each output"),
            Parameter(
                "init", .choice(InitializerDeclaration.simpleNames), default: "\"default\"",
                "how the first weights are drawn"),
            Parameter("dtype", .dtype, default: "\"float32\""),
        ], returns: "layer",
        "A convolution over images (batch, height, width, inputs), with weights (height, width, inputs, outputs)."
    ) { call in
        try answer(
            call,
            Conv2D(
                inputs: call.integer(0), outputs: call.integer(1), kernel: call.pair(2),
                window: convolutionWindow(call), hasBias: call.option("bias", default: true),
                dtype: call.dtypeOption(), weightInitializer: initializer(call)))
    },
    Binding(
        "nn.max_pool2d", .library, [kernel], options: [poolStride, padding], returns: "layer",
        "The largest entry of each window."
    ) { call in try answer(call, Pool2D(.max, poolingWindow(call, kernel: call.pair(0)))) },
    Binding(
        "nn.avg_pool2d", .library, [kernel], options: [poolStride, padding, countsPadding], returns: "layer",
        "The mean of each window."
    ) { call in try answer(call, Pool2D(.average, poolingWindow(call, kernel: call.pair(0)))) },
    Binding(
        "nn.global_avg_pool2d", .library, returns: "layer", "The mean of each channel over the whole image."
    ) { call in answer(call, GlobalAveragePool2D()) },
]

private func convolutionWindow(_ call: Call) throws -> ConvolutionWindow {
    ConvolutionWindow(
        stride: try call.option(pair: "stride") ?? (1, 1), padding: try call.option(pair: "padding") ?? (0, 0),
        dilation: try call.option(pair: "dilation") ?? (1, 1), groups: try call.option(integer: "groups") ?? 1)
}

private func poolingWindow(_ call: Call, kernel: (Int, Int)) throws -> PoolingWindow {
    PoolingWindow(
        kernel: kernel, stride: try call.option(pair: "stride"), padding: try call.option(pair: "padding") ?? (0, 0),
        countsPadding: try call.option("count_padding", default: true))
}
