import NightjarTensor

/// A data set as a script loads it: the part to train on, the part to test on, and where it comes from.
public struct DataBundle: Sendable {
    public let name: String
    public let train: Dataset
    public let test: Dataset
    /// Who made the data, for reports.
    public let credit: String
    /// The licence of the data, an SPDX identifier where there is one.
    public let license: String
    /// What the reader of a report should know, such as parts that were not there. Empty when all is as it should be.
    public let notes: [String]

    /// - Throws: ``DataError`` when the two parts differ in classes or in the shape of a sample.
    public init(
        name: String, train: Dataset, test: Dataset, credit: String, license: String, notes: [String] = []
    ) throws {
        guard train.classNames == test.classNames else {
            throw DataError("data set '\(name)': the classes of its train and test parts differ")
        }
        guard train.inputShape == test.inputShape else {
            throw DataError(
                "data set '\(name)': a train sample is \(train.inputShape) but a test sample is \(test.inputShape)")
        }
        self.name = name
        self.train = train
        self.test = test
        self.credit = credit
        self.license = license
        self.notes = notes
    }

    /// The number of classes.
    public var classes: Int { train.classes }
    /// One name a class.
    public var classNames: [String] { train.classNames }
    /// The shape of one sample.
    public var inputShape: Shape { train.inputShape }
    /// The numbers in one sample.
    public var featureCount: Int { train.featureCount }

    /// The same with at most the first `train` and `test` samples.
    /// - Throws: ``DataError`` when a limit is less than 1.
    public func limited(train trainLimit: Int? = nil, test testLimit: Int? = nil) throws -> DataBundle {
        try DataBundle(
            name: name, train: train.limited(to: trainLimit ?? .max), test: test.limited(to: testLimit ?? .max),
            credit: credit, license: license, notes: notes)
    }
}
