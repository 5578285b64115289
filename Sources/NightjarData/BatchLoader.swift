import NightjarTensor

/// Cuts a data set into mini-batches, in a new order each epoch.
///
/// The order depends on the shuffle seed and the epoch alone, so an epoch can be gone through again, or entered in its
/// middle, without the ones before it. The last batch holds what is left and may be smaller.
///
/// ```swift
/// let loader = try BatchLoader(noisy, batchSize: 128, shuffleSeed: seeds.shuffle)
/// let order = loader.order(epoch: epoch)
/// for number in 0..<loader.batchesPerEpoch { step(try loader.batch(number, of: order)) }
/// ```
public final class BatchLoader: Sendable {
    public let data: LabelledDataset
    /// Samples in every batch but perhaps the last.
    public let batchSize: Int
    /// The element type of the inputs.
    public let dtype: DType
    /// nil: every epoch goes from the first sample to the last, as evaluation does.
    public let shuffleSeed: UInt64?

    /// - Throws: ``DataError`` when `batchSize` is less than 1 or `dtype` is not floating.
    public init(
        _ data: LabelledDataset, batchSize: Int, shuffleSeed: UInt64?, dtype: DType = .float32
    ) throws {
        guard batchSize >= 1 else { throw DataError("batch size must be at least 1, got \(batchSize)") }
        guard dtype.isFloating else {
            throw DataError("batches hold float32 or float64 inputs, not \(dtype)")
        }
        self.data = data
        self.batchSize = batchSize
        self.dtype = dtype
        self.shuffleSeed = shuffleSeed
    }

    /// The number of batches in an epoch, at least 1.
    public var batchesPerEpoch: Int { (data.count - 1) / batchSize + 1 }

    /// All samples (0-based) in the order of an epoch. Cost: about 20 ns a sample.
    public func order(epoch: Int) -> [Int32] {
        guard let shuffleSeed else { return [Int32](0..<Int32(clamping: data.count)) }
        let stream = RandomStream(seed: shuffleSeed, purpose: "shuffle", index: UInt64(bitPattern: Int64(epoch)))
        return stream.permutation(data.count)
    }

    /// Batch `number`, 0 ..< ``batchesPerEpoch``, of an order.
    /// - Throws: ``DataError`` when there is no such batch.
    public func batch(_ number: Int, of order: [Int32]) throws -> Batch {
        let batches = order.isEmpty ? 0 : (order.count - 1) / batchSize + 1
        guard number >= 0, number < batches else {
            throw DataError("batch \(number) does not exist: \(order.count) samples make \(batches) batches")
        }
        let start = number * batchSize
        return try batch(at: order[start..<start + min(batchSize, order.count - start)])
    }

    /// The samples at `indices` (0-based) as a batch.
    /// - Throws: ``DataError`` when there are none, or one is outside.
    public func batch(at indices: ArraySlice<Int32>) throws -> Batch {
        let inputs = try data.dataset.inputs(at: indices, dtype)
        return try Batch(
            inputs: inputs, labels: Tensor(indices.map { data.givenLabels[Int($0)] }), indices: Tensor(Array(indices)))
    }
}
