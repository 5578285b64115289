import NightjarTensor

/// How a convolution walks over its images. The kernel's extents are those of the weights, the output's those of the
/// result. Padding after the last row and column follows from the output's extents.
public struct ConvolutionWindow: Sendable, Equatable {
    /// Rows and columns from one window to the next, 1 to 255.
    public var stride = (1, 1)
    /// Rows and columns of zeros before the first, 0 to 255.
    public var padding = (0, 0)
    /// Rows and columns from one tap to the next, 1 to 255.
    public var dilation = (1, 1)
    /// Channels are cut into so many groups that do not see each other, 1 to 32767.
    public var groups = 1
    /// Sums of products alone. Otherwise Winograd's algorithms are allowed, which lose about one decimal digit.
    public var isExact = false

    public init(
        stride: (Int, Int) = (1, 1), padding: (Int, Int) = (0, 0), dilation: (Int, Int) = (1, 1), groups: Int = 1,
        isExact: Bool = false
    ) {
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.isExact = isExact
    }

    package init(attribute: UInt64) {
        func byte(_ index: UInt64) -> Int { Int((attribute >> (8 * index)) & 0xFF) }
        stride = (byte(0), byte(1))
        padding = (byte(2), byte(3))
        dilation = (byte(4), byte(5))
        groups = Int((attribute >> 48) & 0x7FFF)
        isExact = attribute >> 63 != 0
    }

    package var attribute: UInt64 {
        let bytes = [stride.0, stride.1, padding.0, padding.1, dilation.0, dilation.1, groups & 0xFF, groups >> 8]
        return packed(bytes) | (isExact ? 1 << 63 : 0)
    }

    public static func == (left: ConvolutionWindow, right: ConvolutionWindow) -> Bool {
        left.attribute == right.attribute
    }
}

/// How pooling walks over its images, channel by channel.
public struct PoolingWindow: Sendable, Equatable {
    /// Rows and columns of a window, 1 to 255.
    public var kernel: (Int, Int)
    /// Rows and columns from one window to the next, 1 to 255.
    public var stride: (Int, Int)
    /// Rows and columns before the first, at most half a window: never taken by a maximum, zeros in a mean.
    public var padding = (0, 0)
    /// Whether a mean divides by the whole window where it hangs over the edge, or by the part inside.
    public var countsPadding = true

    public init(
        kernel: (Int, Int), stride: (Int, Int)? = nil, padding: (Int, Int) = (0, 0), countsPadding: Bool = true
    ) {
        self.kernel = kernel
        self.stride = stride ?? kernel
        self.padding = padding
        self.countsPadding = countsPadding
    }

    package init(attribute: UInt64) {
        func byte(_ index: UInt64) -> Int { Int((attribute >> (8 * index)) & 0xFF) }
        kernel = (byte(0), byte(1))
        stride = (byte(2), byte(3))
        padding = (byte(4), byte(5))
        countsPadding = byte(6) != 0
    }

    package var attribute: UInt64 {
        packed([kernel.0, kernel.1, stride.0, stride.1, padding.0, padding.1, countsPadding ? 1 : 0])
    }

    public static func == (left: PoolingWindow, right: PoolingWindow) -> Bool { left.attribute == right.attribute }
}

/// At most eight bytes, the first lowest.
private func packed(_ bytes: [Int]) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1 & 0xFF) }
}
