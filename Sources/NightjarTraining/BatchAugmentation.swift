import NightjarData
import NightjarTensor

/// Makes other samples of those of training batches, labels included, each time they are used: mixup, CutMix.
///
/// What becomes of a sample depends on the seed, the epoch and the sample alone, never on batches, threads or order.
public protocol BatchAugmentation: AnyObject {
    /// As messages show it: `mixup`.
    var name: String { get }
    /// Whether labels come back as they came. Where all of a trainer's do, a loss sees the labels of the data set.
    var keepsLabels: Bool { get }

    /// - Parameters:
    ///   - own: the samples of a batch.
    ///   - partners: as many of the training set, one drawn for each.
    /// - Returns: inputs and labels of the same shapes and types. Labels stay what they were: rows of probabilities, or
    ///   numbers from 0 to 1.
    func changed(_ own: MixedSamples, _ partners: MixedSamples, _ draw: SampleDraw) throws -> MixedSamples
}

/// Samples on their way through augmentations.
public struct MixedSamples: Sendable {
    /// `[count, ...inputShape]`.
    public let inputs: Tensor
    /// Rows of probabilities, `[count, places..., classes]`, of the type of the inputs; of binary labels `[count, places...]`.
    public let labels: Tensor

    public init(inputs: Tensor, labels: Tensor) {
        self.inputs = inputs
        self.labels = labels
    }
}

/// Where the random numbers of an augmentation come from: a stream of its own for each epoch, in which each sample has a
/// stream.
public struct SampleDraw: Sendable {
    public let stream: RandomStream
    /// Where the samples stand in the data set, 0-based.
    public let samples: Tensor
    /// Counted from 1.
    public let epoch: Int
    /// What the labels are that come and go.
    public let form: LabelForm
}

/// Sends training batches through augmentations that change labels.
public struct BatchMixer {
    private let augmentations: [any BatchAugmentation]
    private let loader: BatchLoader
    private let seed: UInt64
    /// The samples that have a label; nil where all have.
    private let labelled: [Int32]?

    /// - Parameter loader: makes batches of the training set.
    /// - Returns: nil where there is nothing to do.
    /// - Throws: ``TrainingError`` for labels that cannot be mixed.
    public init?(_ augmentations: [any BatchAugmentation], _ loader: BatchLoader, seed: UInt64) {
        guard !augmentations.isEmpty else { return nil }
        self.augmentations = augmentations
        self.loader = loader
        self.seed = seed
        labelled = loader.data.given.labelled
    }

    /// What labels batches have afterwards: classes have become rows of probabilities, unless all keep labels.
    public var form: LabelForm { keepsLabels ? loader.data.form : loader.data.form.mixed }

    private var keepsLabels: Bool { augmentations.allSatisfy(\.keepsLabels) }

    /// A batch of an epoch with its samples changed.
    /// - Parameter view: 0 for the batch itself, then one for each further view: what it is mixed with is the same.
    public func mixed(_ batch: Batch, epoch: Int, view: Int = 0) throws -> Batch {
        let dtype = batch.inputs.dtype
        var inputs = batch.inputs
        // The labels, and those of each label set: all are mixed in the same way.
        var tracks = try ([batch.targets] + batch.labelSets.map(\.labels)).map {
            Track(form: $0.form.mixed, labels: try $0.rows(dtype), keep: $0.keep)
        }
        for (number, augmentation) in augmentations.enumerated() {
            let stream = RandomStream(
                seed: seed, purpose: "augmentation/\(number + 1)/\(augmentation.name)",
                index: UInt64(bitPattern: Int64(epoch)))
            let others = try partners(of: batch.indices, stream.derive("partner"), epoch: epoch, view: view)
            let given = inputs
            for (track, other) in ([others.targets] + others.labelSets.map(\.labels)).enumerated()
            // What is drawn depends on samples alone: without labels to change, one track says all.
            where track == 0 || !augmentation.keepsLabels {
                let own = MixedSamples(inputs: given, labels: tracks[track].labels)
                let result = try augmentation.changed(
                    own, MixedSamples(inputs: others.inputs, labels: try other.rows(dtype)),
                    SampleDraw(
                        stream: stream.derive("draw"), samples: batch.indices, epoch: epoch, form: tracks[track].form))
                try check(result, own, augmentation)
                // What is drawn depends on samples alone, so every track gives the same inputs.
                if track == 0 { inputs = result.inputs }
                if augmentation.keepsLabels { continue }
                tracks[track].labels = result.labels
                tracks[track].keep = try both(tracks[track].keep, other.keep)
            }
        }
        guard !keepsLabels else {
            return Batch(
                inputs: inputs, targets: batch.targets, indices: batch.indices, labelSets: batch.labelSets)
        }
        let labels = try tracks.map { try BatchLabels(mixed: $0.labels, form: $0.form, keep: $0.keep) }
        return Batch(
            inputs: inputs, targets: labels[0], indices: batch.indices,
            labelSets: zip(batch.labelSets, labels.dropFirst()).map { BatchLabelSet($0.name, $1) })
    }

    /// Labels on their way.
    private struct Track {
        let form: LabelForm
        var labels: Tensor
        var keep: Tensor?
    }

    /// A sample for each, drawn with equal chances from all that have a label.
    private func partners(of samples: Tensor, _ stream: RandomStream, epoch: Int, view: Int) throws -> Batch {
        let count = labelled?.count ?? loader.data.count
        let indices = try samples.elements(of: Int32.self).map { sample in
            let drawn = stream.below(count, UInt64(UInt32(bitPattern: sample)))
            return labelled?[drawn] ?? Int32(truncatingIfNeeded: drawn)
        }
        return view == 0
            ? try loader.batch(at: indices[...], epoch: epoch) : try loader.view(view, at: indices, epoch: epoch)
    }

    /// A place has a label afterwards where both had one.
    private func both(_ one: Tensor?, _ other: Tensor?) throws -> Tensor? {
        guard let one, let other else { return one ?? other }
        return try Tensor.made(one.shape, dtype: .bool) { one.value(at: $0) * other.value(at: $0) }
    }

    private func check(
        _ result: MixedSamples, _ given: MixedSamples, _ augmentation: any BatchAugmentation
    ) throws {
        let name = augmentation.name
        for (word, new, old) in [
            ("inputs", result.inputs, given.inputs), ("labels", result.labels, given.labels),
        ] where new.shape != old.shape || new.dtype != old.dtype {
            throw TrainingError(
                "augmentation '\(name)' must give back \(word) of the shape and type that it gets, \(old.shape) of "
                    + "\(old.dtype), got \(new.shape) of \(new.dtype)")
        }
        guard augmentation.keepsLabels else { return }
        let (new, old) = (result.labels, given.labels)
        if let index = (0..<old.count).first(where: { new.value(at: $0) != old.value(at: $0) }) {
            throw TrainingError(
                "augmentation '\(name)' says that it keeps labels, and returned \(new.value(at: index)) where it got "
                    + "\(old.value(at: index)): leave keeps_labels out")
        }
    }
}
