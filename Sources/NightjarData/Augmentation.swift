import NightjarTensor

/// Random changes of training images that leave the label right: shifts and mirror images (He et al. 2016, section 4.2).
///
/// What happens to a sample depends on the seed, the epoch and the sample alone, never on batches, threads or order.
public struct Augmentation: Hashable, Sendable {
    /// An image is surrounded by so many pixels of raw zeros, and a part of its own size is cut out of that anywhere.
    public let crop: Int
    /// Half of the images are mirrored, left to right.
    public let flips: Bool

    /// - Throws: ``DataError`` for a negative crop.
    public init(crop: Int = 0, flips: Bool = false) throws {
        guard crop >= 0 else { throw DataError("a crop moves by 0 or more pixels, got \(crop)") }
        self.crop = try Count(crop, "the pixels that a crop moves by", in: 0...(1 << 20)).value
        self.flips = flips
    }

    /// What happens to one sample.
    struct Draw {
        /// The first row and column of the part that is cut out, counted from the image's own; may be negative.
        let top: Int
        let left: Int
        let isMirrored: Bool
    }

    func draw(_ stream: RandomStream, sample: Int) -> Draw {
        let element = 3 * UInt64(sample)
        return Draw(
            top: crop == 0 ? 0 : stream.below(2 * crop + 1, element) - crop,
            left: crop == 0 ? 0 : stream.below(2 * crop + 1, element + 1) - crop,
            isMirrored: flips && stream.below(2, element + 2) == 1)
    }

    /// The stream that an epoch's draws come from.
    /// - Parameter view: 0 for the batch itself, then one for each further view of the same samples.
    static func stream(seed: UInt64, epoch: Int, view: Int = 0) -> RandomStream {
        RandomStream(
            seed: seed, purpose: view == 0 ? "augmentation" : "augmentation/view \(view)",
            index: UInt64(bitPattern: Int64(epoch)))
    }
}
