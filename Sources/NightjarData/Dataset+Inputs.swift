// From stored values to the numbers a model sees.
import NightjarTensor

extension Dataset {
    /// Bytes up to which the normalised inputs of a whole data set are kept, so that a batch is a copy of rows.
    static let cacheLimit = 64 << 20

    /// All inputs, normalised, as `[count, ...inputShape]` of float32 or float64.
    ///
    /// The first call computes them, later ones return the same tensor.
    /// - Throws: ``DataError`` for another type; ``TensorError`` when memory runs out.
    public func normalizedInputs(_ dtype: DType = .float32) throws -> Tensor {
        try checkFloating(dtype)
        if let known = cache.withLock({ $0[dtype] }) { return known }
        let result: Tensor
        if inputs.dtype == dtype, normalization.isIdentity {
            result = inputs
        } else {
            result = try Tensor(uninitialized: inputs.shape, dtype: dtype)
            let converter = RowConverter(self, dtype)
            converter.convert(rows: 0..<count, to: result.pointer)
        }
        return cache.withLock { cache in
            // Whoever comes first wins, so that all callers share one tensor.
            if let known = cache[dtype] { return known }
            cache[dtype] = result
            return result
        }
    }

    /// The normalised inputs at `indices` (0-based), as `[indices.count, ...inputShape]` of float32 or float64.
    ///
    /// Rows are copied from the kept whole where that is at most 64 MiB, and converted one by one otherwise, to the
    /// same numbers.
    /// - Throws: ``DataError`` when there are none, one is outside, or for another type.
    public func inputs(at indices: ArraySlice<Int32>, _ dtype: DType = .float32) throws -> Tensor {
        try checkFloating(dtype)
        guard !indices.isEmpty else { throw DataError("a batch of data set '\(name)' needs at least one sample") }
        if let outside = indices.first(where: { $0 < 0 || Int($0) >= count }) {
            throw DataError("sample \(outside) is not in data set '\(name)': it has 0 to \(count - 1)")
        }
        let result = try Tensor(uninitialized: Shape([indices.count] + inputShape.dimensions), dtype: dtype)
        let width = featureCount * dtype.byteWidth
        if count * width <= Dataset.cacheLimit {
            let whole = try normalizedInputs(dtype)
            var target = result.pointer
            for index in indices {
                target.copyMemory(from: whole.pointer + Int(index) * width, byteCount: width)
                target += width
            }
        } else {
            RowConverter(self, dtype).convert(rows: indices.lazy.map(Int.init), to: result.pointer)
        }
        return result
    }

    private func checkFloating(_ dtype: DType) throws {
        guard dtype.isFloating else {
            throw DataError("inputs of data set '\(name)' are made as float32 or float64, not as \(dtype)")
        }
    }
}

/// Converts rows of one data set to one element type.
private struct RowConverter {
    let data: Dataset
    let dtype: DType
    /// Normalised value of byte b in channel c at `b * channels + c`; empty for float inputs.
    let table: [Double]
    /// Entries of the normalisation: 1 or the number of channels.
    let channels: Int

    init(_ data: Dataset, _ dtype: DType) {
        self.data = data
        self.dtype = dtype
        let channels = data.normalization.mean.count
        self.channels = channels
        table =
            data.inputs.dtype == .uint8
            ? (0..<256 * channels).map { data.normalization.value(Double($0 / channels), channel: $0 % channels) } : []
    }

    /// Writes the rows one after another. Rows are in range and `target` has room for them.
    func convert(rows: some Sequence<Int>, to target: UnsafeMutableRawPointer) {
        let width = data.featureCount
        let source = data.inputs.pointer
        if data.inputs.dtype == .uint8 {
            let source = source.assumingMemoryBound(to: UInt8.self)
            if dtype == .float32 {
                let table = table.map(Float.init)
                var target = target.assumingMemoryBound(to: Float.self)
                for row in rows {
                    look(up: source + row * width, width, table, target)
                    target += width
                }
            } else {
                var target = target.assumingMemoryBound(to: Double.self)
                for row in rows {
                    look(up: source + row * width, width, table, target)
                    target += width
                }
            }
        } else {
            let source = source.assumingMemoryBound(to: Float.self)
            var position = 0
            for row in rows {
                for column in 0..<width {
                    let value = data.normalization.value(
                        Double(source[row * width + column]), channel: channels == 1 ? 0 : column % channels)
                    if dtype == .float32 {
                        target.storeBytes(of: Float(value), toByteOffset: position * 4, as: Float.self)
                    } else {
                        target.storeBytes(of: value, toByteOffset: position * 8, as: Double.self)
                    }
                    position += 1
                }
            }
        }
    }

    private func look<E>(
        up source: UnsafePointer<UInt8>, _ width: Int, _ table: [E], _ target: UnsafeMutablePointer<E>
    ) {
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
}
