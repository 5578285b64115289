import NightjarData
import NightjarTensor

/// Draws samples of a data set for losses that compare a batch with others.
///
/// Every sample is drawn from all that have a label, with equal chances, and put back, independent of the batch and of
/// other draws. What is drawn depends on the seed, the moment and the number of the draw alone.
public struct SampleDraws {
    private let loader: BatchLoader
    private let seed: UInt64
    /// The samples that have a label; nil where all have.
    private let labelled: [Int32]?
    /// Changes what is drawn as the batches of training are changed.
    private let mixer: BatchMixer?

    /// - Parameter loader: makes batches of the data set.
    public init(_ loader: BatchLoader, seed: UInt64, mixer: BatchMixer? = nil) {
        self.loader = loader
        self.seed = seed
        self.mixer = mixer
        labelled = loader.data.given.labelled
    }

    /// Whether samples have views that differ.
    var changesImages: Bool { loader.changesImages }

    /// The inputs of a batch once more, changed anew.
    /// - Parameter number: which of the views, counted from 1.
    func view(_ number: Int, of batch: Batch, epoch: Int) throws -> Tensor {
        let view = try loader.view(number, at: batch.indices.elements(of: Int32.self), epoch: epoch)
        return try mixer?.mixed(view, epoch: epoch, view: number).inputs ?? view.inputs
    }

    /// - Parameters:
    ///   - number: which of the draws for one batch, counted from 0.
    ///   - count: samples to draw.
    ///   - moment: what tells this batch from others: `step 7`.
    ///   - epoch: decides how training changes what is drawn.
    func batch(_ number: Int, count: Int, moment: String, epoch: Int) throws -> Batch {
        let stream = RandomStream(
            seed: seed, purpose: "loss draw/\(moment)", index: UInt64(bitPattern: Int64(number)))
        let samples = labelled?.count ?? loader.data.count
        let indices = (0..<count).map { number in
            let drawn = stream.below(samples, UInt64(number))
            return labelled?[drawn] ?? Int32(truncatingIfNeeded: drawn)
        }
        let drawn = try loader.batch(at: indices[...])
        return try mixer?.mixed(drawn, epoch: epoch) ?? drawn
    }
}
