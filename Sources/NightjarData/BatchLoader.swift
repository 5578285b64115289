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
    private let augmentation: (change: Augmentation, seed: UInt64)?
    private let writer: SampleWriter

    /// - Parameter augmentation: what happens to images, and the seed of its draws.
    /// - Throws: ``DataError`` when `batchSize` is less than 1, `dtype` is not floating, or samples that are no images
    ///   (height, width, channels) are to be changed like some.
    public init(
        _ data: LabelledDataset, batchSize: Int, shuffleSeed: UInt64?, dtype: DType = .float32,
        augmentation: (change: Augmentation, seed: UInt64)? = nil
    ) throws {
        guard batchSize >= 1 else { throw DataError("batch size must be at least 1, got \(batchSize)") }
        guard dtype.isFloating else {
            throw DataError("batches hold float32 or float64 inputs, not \(dtype)")
        }
        if augmentation != nil, data.dataset.inputShape.rank != 3 {
            throw DataError(
                "only images (height, width, channels) can be cropped and flipped: a sample of data set "
                    + "'\(data.dataset.name)' has shape \(data.dataset.inputShape)")
        }
        if augmentation != nil, data.form.places.rank > 1 {
            throw DataError(
                "images are not cropped and flipped here: data set '\(data.dataset.name)' has a label for each of "
                    + "\(data.form.places) places, which would stay where they are. Change inputs and labels together "
                    + "before training")
        }
        self.augmentation = augmentation
        writer = try data.dataset.sampleWriter(dtype)
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
    /// - Parameter epoch: decides what happens to images that are changed at random.
    /// - Throws: ``DataError`` when there is no such batch.
    public func batch(_ number: Int, of order: [Int32], epoch: Int = 1) throws -> Batch {
        try pending(number, of: order, epoch: epoch).finished()
    }

    /// The samples at `indices` (0-based) as a batch.
    /// - Throws: ``DataError`` when there are none, or one is outside.
    public func batch(at indices: ArraySlice<Int32>, epoch: Int = 1) throws -> Batch {
        try pending(at: indices, epoch: epoch).finished()
    }

    /// As ``batch(_:of:epoch:)``, its inputs still to be written.
    public func pending(_ number: Int, of order: [Int32], epoch: Int = 1) throws -> PendingBatch {
        let batches = order.isEmpty ? 0 : (order.count - 1) / batchSize + 1
        guard number >= 0, number < batches else {
            throw DataError("batch \(number) does not exist: \(order.count) samples make \(batches) batches")
        }
        let start = number * batchSize
        return try pending(at: order[start..<start + min(batchSize, order.count - start)], epoch: epoch)
    }

    /// Whether images are changed at random, so that a batch has views that differ.
    public var changesImages: Bool { augmentation != nil }

    /// The same samples as in a batch of the epoch, their images changed anew.
    /// - Parameter view: counted from 1.
    public func view(_ view: Int, at indices: [Int32], epoch: Int) throws -> Batch {
        try pending(at: indices[...], epoch: epoch, view: view).finished()
    }

    private func pending(at indices: ArraySlice<Int32>, epoch: Int, view: Int = 0) throws -> PendingBatch {
        try data.dataset.check(indices)
        let shape = try Shape([indices.count] + data.dataset.inputShape.dimensions)
        let batch = try Batch(
            inputs: Tensor(uninitialized: shape, dtype: dtype),
            targets: data.given.batch(indices), indices: Tensor(Array(indices)),
            labelSets: data.labelSets.map { BatchLabelSet($0.name, try $0.targets.batch(indices)) })
        let change = augmentation.map { ($0.change, Augmentation.stream(seed: $0.seed, epoch: epoch, view: view)) }
        return PendingBatch(batch, samples: Array(indices), writer, change)
    }
}
