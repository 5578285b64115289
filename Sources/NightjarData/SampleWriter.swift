import NightjarTensor

/// Writes samples of a data set as a model sees them: normalised, in one element type.
///
/// Several threads may write different rows at the same time.
struct SampleWriter: Sendable {
    private let data: Dataset
    private let dtype: DType
    /// The normalised whole, where it is kept; samples are then copied.
    private let whole: Tensor?
    /// Normalised value of byte b in channel c at `b * channels + c`; empty for float inputs and beside a whole.
    private let singles: [Float]
    private let doubles: [Double]
    /// Entries of the normalisation: 1 or the number of channels.
    private let channels: Int

    init(_ data: Dataset, _ dtype: DType, whole: Tensor? = nil) {
        self.data = data
        self.dtype = dtype
        self.whole = whole
        let channels = data.normalization.mean.count
        self.channels = channels
        let looksUp = data.inputs.dtype == .uint8 && whole == nil
        let table =
            looksUp
            ? (0..<256 * channels).map { data.normalization.value(Double($0 / channels), channel: $0 % channels) } : []
        singles = dtype == .float32 ? table.map(Float.init) : []
        doubles = dtype == .float32 ? [] : table
    }

    var bytesPerSample: Int { data.featureCount * dtype.byteWidth }

    /// Writes sample `index`, which is in range, to memory for ``bytesPerSample``.
    func write(_ index: Int, to target: UnsafeMutableRawPointer) {
        if let whole {
            target.copyMemory(from: whole.pointer + index * bytesPerSample, byteCount: bytesPerSample)
        } else if dtype == .float32 {
            convert(index, singles, to: target.assumingMemoryBound(to: Float.self), Float.init)
        } else {
            convert(index, doubles, to: target.assumingMemoryBound(to: Double.self)) { $0 }
        }
    }

    private func convert<E>(
        _ index: Int, _ table: [E], to target: UnsafeMutablePointer<E>, _ element: (Double) -> E
    ) {
        let width = data.featureCount
        guard data.inputs.dtype == .uint8 else {
            let source = data.inputs.pointer.assumingMemoryBound(to: Float.self) + index * width
            for column in 0..<width {
                let channel = channels == 1 ? 0 : column % channels
                target[column] = element(data.normalization.value(Double(source[column]), channel: channel))
            }
            return
        }
        let source = data.inputs.pointer.assumingMemoryBound(to: UInt8.self) + index * width
        table.withUnsafeBufferPointer { table in
            if channels == 1 {
                for column in 0..<width { target[column] = table[Int(source[column])] }
            } else {
                var channel = 0
                for column in 0..<width {
                    target[column] = table[Int(source[column]) * channels + channel]
                    channel += 1
                    if channel == channels { channel = 0 }
                }
            }
        }
    }

    /// Writes an image as it is after `draw`.
    func write(_ index: Int, _ draw: Augmentation.Draw, to target: UnsafeMutableRawPointer) {
        if dtype == .float32 {
            change(index, draw, to: target.assumingMemoryBound(to: Float.self), Float.init)
        } else {
            change(index, draw, to: target.assumingMemoryBound(to: Double.self)) { $0 }
        }
    }

    /// The image is written where it goes and moved there: rows in the order in which none is overwritten too early.
    private func change<E>(
        _ index: Int, _ draw: Augmentation.Draw, to target: UnsafeMutablePointer<E>, _ element: (Double) -> E
    ) {
        write(index, to: target)
        let shape = data.inputShape
        let (height, width, depth) = (shape[0], shape[1], shape[2])
        let stride = width * depth
        let rows = draw.top >= 0 ? Array(0..<height) : (0..<height).reversed()
        let moved = max(0, width - abs(draw.left))
        for row in rows {
            let line = target + row * stride
            let from = row + draw.top
            if from < 0 || from >= height || moved == 0 {
                fill(line, width, depth, element)
                continue
            }
            let source = target + from * stride
            let (first, start) = (max(0, -draw.left), max(0, draw.left))
            // `update` lets the two overlap.
            (line + first * depth).update(from: source + start * depth, count: moved * depth)
            fill(line, first, depth, element)
            fill(line + (first + moved) * depth, width - first - moved, depth, element)
            if draw.isMirrored { mirror(line, width, depth) }
        }
    }

    /// So many pixels of raw zeros.
    private func fill<E>(
        _ target: UnsafeMutablePointer<E>, _ pixels: Int, _ depth: Int, _ element: (Double) -> E
    ) {
        for channel in 0..<depth {
            let value = element(data.normalization.value(0, channel: channels == 1 ? 0 : channel))
            for pixel in 0..<pixels { target[pixel * depth + channel] = value }
        }
    }

    private func mirror<E>(_ line: UnsafeMutablePointer<E>, _ width: Int, _ depth: Int) {
        for pixel in 0..<width / 2 {
            for channel in 0..<depth {
                let (left, right) = (pixel * depth + channel, (width - 1 - pixel) * depth + channel)
                (line[left], line[right]) = (line[right], line[left])
            }
        }
    }
}
