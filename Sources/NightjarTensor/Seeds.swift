/// The five seeds of a run, each for one thing, so that changing one changes nothing else.
///
/// The same number may stand in all five: streams also hash what they are for, so equal seeds do not give equal numbers.
public struct Seeds: Hashable, Sendable {
    /// Which labels (or inputs) are corrupted, and to what.
    public var noise: UInt64
    /// Which samples are held out, where the data set has no split of its own.
    public var split: UInt64
    /// The weights before training.
    public var initialization: UInt64
    /// The order of samples in each epoch.
    public var shuffle: UInt64
    /// Draws during training: dropout, augmentation, a script's own.
    public var train: UInt64

    /// One seed for all, save those that are given.
    public init(
        all: UInt64, noise: UInt64? = nil, split: UInt64? = nil, initialization: UInt64? = nil,
        shuffle: UInt64? = nil, train: UInt64? = nil
    ) {
        self.noise = noise ?? all
        self.split = split ?? all
        self.initialization = initialization ?? all
        self.shuffle = shuffle ?? all
        self.train = train ?? all
    }
}
