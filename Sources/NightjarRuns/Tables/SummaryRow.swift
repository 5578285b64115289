// One run as a row of `summary.csv`.

/// The metrics a summary row holds, with the names used in files.
public enum SummaryMetric: String, Sendable, CaseIterable {
    case j1
    case j2
    case memorized
    case corrected
    case testAccuracy = "test_accuracy"

    /// The name in tables for people.
    public var title: String {
        switch self {
        case .j1: "J1"
        case .j2: "J2"
        case .memorized: "memorized"
        case .corrected: "corrected"
        case .testAccuracy: "test"
        }
    }
}

/// The end of one run. Percentages are 0...100; nil where a metric is not defined (memorized at rate 0).
public struct SummaryRow: Sendable, Equatable {
    public var data: String
    public var model: String
    public var loss: String
    public var rate: Double
    public var seed: Int
    public var epochs: Int
    public var j1: Double?
    public var j2: Double?
    public var memorized: Double?
    public var corrected: Double?
    public var testAccuracy: Double?
    public var seconds: Double

    public init(
        data: String, model: String, loss: String, rate: Double, seed: Int, epochs: Int, j1: Double?, j2: Double?,
        memorized: Double? = nil, corrected: Double? = nil, testAccuracy: Double? = nil, seconds: Double
    ) {
        self.data = data
        self.model = model
        self.loss = loss
        self.rate = rate
        self.seed = seed
        self.epochs = epochs
        self.j1 = j1
        self.j2 = j2
        self.memorized = memorized
        self.corrected = corrected
        self.testAccuracy = testAccuracy
        self.seconds = seconds
    }

    /// A run's row, from its configuration and its summary. Values that are not a number count as not defined.
    public init(configuration: RunConfiguration, summary: RunSummary) {
        func metric(_ metric: SummaryMetric) -> Double? {
            summary.metrics[metric.rawValue].flatMap { $0.isNaN ? nil : $0 }
        }
        self.init(
            data: configuration.data, model: configuration.model, loss: configuration.loss,
            rate: configuration.rate, seed: configuration.seed, epochs: summary.epochs, j1: metric(.j1),
            j2: metric(.j2), memorized: metric(.memorized), corrected: metric(.corrected),
            testAccuracy: metric(.testAccuracy), seconds: summary.seconds)
    }

    /// One of its metrics by name.
    public func value(_ metric: SummaryMetric) -> Double? {
        switch metric {
        case .j1: j1
        case .j2: j2
        case .memorized: memorized
        case .corrected: corrected
        case .testAccuracy: testAccuracy
        }
    }
}
