import NightjarGraph
import NightjarTensor

/// The largest entry, or the mean, of each window of images `(batch, height, width, channels)`.
public final class Pool2D: Module {
    public enum Method: String, Sendable {
        case max
        case average
    }

    public let method: Method
    public let window: PoolingWindow

    /// - Throws: ``ModelError`` for a window, stride or padding that makes no sense.
    public init(_ method: Method, _ window: PoolingWindow) throws {
        for (kernel, stride, padding) in [
            (window.kernel.0, window.stride.0, window.padding.0), (window.kernel.1, window.stride.1, window.padding.1),
        ] {
            guard (1...255).contains(kernel), (1...255).contains(stride), padding >= 0, padding <= kernel / 2 else {
                throw ModelError(
                    "pooling needs a window and a stride from 1 to 255 and a padding of at most half the window, got "
                        + "a window of \(kernel), a stride of \(stride) and a padding of \(padding)")
            }
        }
        self.method = method
        self.window = window
    }

    public var kind: String { method == .max ? "max_pool2d" : "avg_pool2d" }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        method == .max
            ? try context.tape.maxPool2d(input, window) : try context.tape.averagePool2d(input, window)
    }
}

/// The mean of each channel over the whole image: `(batch, height, width, channels)` becomes `(batch, channels)`.
public final class GlobalAveragePool2D: Module {
    public init() {}

    public var kind: String { "global_avg_pool2d" }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        let shape = context.tape.shape(input)
        guard shape.rank == 4 else {
            throw context.error("expected images (batch, height, width, channels), got \(shape)", [input])
        }
        return try context.tape.mean(input, axes: 0b0110, keep: false)
    }
}
