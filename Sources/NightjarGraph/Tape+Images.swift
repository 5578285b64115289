import NightjarTensor

/// Recording of convolution and pooling over images (N, H, W, C).
extension Tape {
    /// Convolution (cross-correlation, as everywhere in the field) of images (N, H, W, C) with weights
    /// (kh, kw, C / groups, K): a result (N, OH, OW, K) with OH = (H + 2 padding - dilation (kh - 1) - 1) / stride + 1.
    /// - Throws: ``GraphError`` when shapes, types or numbers do not fit.
    public func conv2d(_ images: NodeID, _ weights: NodeID, _ window: ConvolutionWindow) throws -> NodeID {
        let (x, w) = (self[images], self[weights])
        guard x.dtype == w.dtype, x.dtype.isFloating else {
            throw GraphError(
                x.dtype == w.dtype
                    ? "'conv2d' needs float32 or float64 tensors, got \(x.dtype)"
                    : "cannot conv2d \(x.dtype) images with \(w.dtype) weights: convert one with :to(\"float32\")",
                [images, weights])
        }
        guard x.rank == 4, w.rank == 4 else {
            throw GraphError(
                "'conv2d' needs images (batch, height, width, channels) and weights (height, width, channels, filters), "
                    + "got \(x.shape) and \(w.shape)", [images, weights])
        }
        try check(window, [images, weights])
        guard x.shape[3] == w.shape[2] * window.groups, w.shape[3] % window.groups == 0 else {
            let grouped = window.groups == 1 ? "" : " in \(window.groups) groups"
            throw GraphError(
                "'conv2d' of images \(x.shape) with weights \(w.shape)\(grouped): the images have \(x.shape[3]) channels, "
                    + "the weights take \(w.shape[2] * window.groups)"
                    + (w.shape[3] % window.groups == 0
                        ? "" : ", and \(w.shape[3]) filters are no multiple of the groups"),
                [images, weights])
        }
        var output = [x.shape[0], 0, 0, w.shape[3]]
        for (axis, stride, padding, dilation) in [
            (1, window.stride.0, window.padding.0, window.dilation.0),
            (2, window.stride.1, window.padding.1, window.dilation.1),
        ] {
            let reach = dilation * (w.shape[axis - 1] - 1) + 1
            let room = x.shape[axis] + 2 * padding - reach
            guard w.shape[axis - 1] >= 1, room >= 0 else {
                throw GraphError(
                    "'conv2d' of images \(x.shape) with weights \(w.shape): a window of \(reach) does not fit into "
                        + "\(x.shape[axis]) \(axis == 1 ? "rows" : "columns") with a padding of \(padding)",
                    [images, weights])
            }
            output[axis] = room / stride + 1
        }
        var window = window
        window.isExact = window.isExact || isConvolutionExact
        return conv(images, weights, to: try Shape(output), window)
    }

    private func check(_ window: ConvolutionWindow, _ operands: [NodeID]) throws {
        for (name, value, least) in [
            ("stride", window.stride, 1), ("padding", window.padding, 0), ("dilation", window.dilation, 1),
        ] {
            for number in [value.0, value.1] where number < least || number > 255 {
                throw GraphError("'conv2d' needs a \(name) from \(least) to 255, got \(number)", operands)
            }
        }
        guard window.groups >= 1, window.groups <= 32767 else {
            throw GraphError("'conv2d' needs 1 to 32767 groups, got \(window.groups)", operands)
        }
    }

    func conv(_ images: NodeID, _ weights: NodeID, to shape: Shape, _ window: ConvolutionWindow) -> NodeID {
        append(Node(.conv, dtype(images), shape, images, weights, attribute: window.attribute))
    }

    func convInput(_ output: NodeID, _ weights: NodeID, like shape: Shape, _ window: ConvolutionWindow) -> NodeID {
        append(Node(.convInput, dtype(output), shape, output, weights, attribute: window.attribute))
    }

    func convWeight(_ images: NodeID, _ output: NodeID, like shape: Shape, _ window: ConvolutionWindow) -> NodeID {
        append(Node(.convWeight, dtype(images), shape, images, output, attribute: window.attribute))
    }

    /// The largest entry of each window of images (N, H, W, C); padding is never the largest. NaN in a window gives NaN.
    /// The gradient goes to the first of equals, rows before columns.
    public func maxPool2d(_ images: NodeID, _ window: PoolingWindow) throws -> NodeID {
        pool(.poolMax, images, of: images, to: try pooled("max_pool2d", images, window), window.attribute)
    }

    /// The mean of each window of images (N, H, W, C); padding counts as zeros.
    public func averagePool2d(_ images: NodeID, _ window: PoolingWindow) throws -> NodeID {
        pool(.poolMean, images, of: nil, to: try pooled("avg_pool2d", images, window), window.attribute)
    }

    private func pooled(_ name: String, _ images: NodeID, _ window: PoolingWindow) throws -> Shape {
        let x = self[images]
        guard x.dtype.isFloating else {
            throw GraphError("'\(name)' needs a float32 or float64 tensor, got \(x.dtype)", [images])
        }
        guard x.rank == 4 else {
            throw GraphError("'\(name)' needs images (batch, height, width, channels), got \(x.shape)", [images])
        }
        var extents = x.shape.dimensions
        for (axis, kernel, stride, padding) in [
            (1, window.kernel.0, window.stride.0, window.padding.0),
            (2, window.kernel.1, window.stride.1, window.padding.1),
        ] {
            guard (1...255).contains(kernel), (1...255).contains(stride) else {
                throw GraphError(
                    "'\(name)' needs a window and a stride from 1 to 255, got \(kernel) and \(stride)", [images])
            }
            guard padding >= 0, padding <= kernel / 2 else {
                throw GraphError(
                    "'\(name)' needs a padding of at most half the window, \(kernel / 2), got \(padding)", [images])
            }
            let room = extents[axis] + 2 * padding - kernel
            guard room >= 0 else {
                throw GraphError(
                    "'\(name)' of images \(x.shape): a window of \(kernel) does not fit into \(extents[axis]) "
                        + "\(axis == 1 ? "rows" : "columns") with a padding of \(padding)", [images])
            }
            extents[axis] = room / stride + 1
        }
        return try Shape(extents)
    }

    /// - Parameter guide: where the largest entries are looked for; nil for a mean.
    func pool(_ op: Op, _ values: NodeID, of guide: NodeID?, to shape: Shape, _ attribute: UInt64) -> NodeID {
        append(Node(op, dtype(values), shape, guide ?? values, guide == nil ? .none : values, attribute: attribute))
    }

    func unpool(_ op: Op, _ values: NodeID, of guide: NodeID?, like shape: Shape, _ attribute: UInt64) -> NodeID {
        append(Node(op, dtype(values), shape, guide ?? values, guide == nil ? .none : values, attribute: attribute))
    }
}
