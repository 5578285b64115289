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
            let writer = SampleWriter(self, dtype)
            for row in 0..<count { writer.write(row, to: result.pointer + row * writer.bytesPerSample) }
            try checkFile()
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
        try check(indices)
        let result = try Tensor(uninitialized: Shape([indices.count] + inputShape.dimensions), dtype: dtype)
        let writer = try sampleWriter(dtype)
        for (row, index) in indices.enumerated() {
            writer.write(Int(index), to: result.pointer + row * writer.bytesPerSample)
        }
        return result
    }

    /// - Throws: ``DataError`` where there are no indices (0-based), or one is outside.
    func check(_ indices: ArraySlice<Int32>) throws {
        try checkFile()
        guard !indices.isEmpty else { throw DataError("a batch of data set '\(name)' needs at least one sample") }
        if let outside = indices.first(where: { $0 < 0 || Int($0) >= count }) {
            throw DataError("sample \(outside) is not in data set '\(name)': it has 0 to \(count - 1)")
        }
    }

    /// - Throws: ``DataError`` where the inputs lie in a file that has been cut short: what was read there is not its own.
    func checkFile() throws { try inputs.storage.mapping?.checkWhole() }

    /// What writes samples of this data set, as copies of the kept whole where that is small enough.
    func sampleWriter(_ dtype: DType) throws -> SampleWriter {
        let isKept = count * featureCount * dtype.byteWidth <= Dataset.cacheLimit
        return SampleWriter(self, dtype, whole: isKept ? try normalizedInputs(dtype) : nil)
    }

    private func checkFloating(_ dtype: DType) throws {
        guard dtype.isFloating else {
            throw DataError("inputs of data set '\(name)' are made as float32 or float64, not as \(dtype)")
        }
    }
}
