import NightjarTensor

/// A batch that is being made: its inputs are written piece by piece, by any threads in any order.
public struct PendingBatch: Sendable {
    /// Ready once every piece was filled.
    public let batch: Batch
    /// How many pieces there are, of about 64 KiB each.
    public let pieceCount: Int

    private let samples: [Int32]
    private let writer: SampleWriter
    private let augmentation: (change: Augmentation, stream: RandomStream)?
    private let samplesPerPiece: Int

    init(
        _ batch: Batch, samples: [Int32], _ writer: SampleWriter,
        _ augmentation: (change: Augmentation, stream: RandomStream)?
    ) {
        self.batch = batch
        self.samples = samples
        self.writer = writer
        self.augmentation = augmentation
        samplesPerPiece = max(1, (64 << 10) / max(1, writer.bytesPerSample))
        pieceCount = (samples.count - 1) / samplesPerPiece + 1
    }

    /// Fills piece 0 ..< ``pieceCount``. Each is filled once.
    public func fill(_ piece: Int) {
        let first = piece * samplesPerPiece
        let base = batch.inputs.pointer
        for position in first..<min(first + samplesPerPiece, samples.count) {
            let (sample, target) = (Int(samples[position]), base + position * writer.bytesPerSample)
            if let augmentation {
                writer.write(sample, augmentation.change.draw(augmentation.stream, sample: sample), to: target)
            } else {
                writer.write(sample, to: target)
            }
        }
    }

    /// Fills every piece.
    func finished() -> Batch {
        for piece in 0..<pieceCount { fill(piece) }
        return batch
    }
}
