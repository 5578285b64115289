// J1 and J2 of one run against the epoch.

/// The curves of one run, or of one published figure.
public struct RunCurve: Sendable, Equatable {
    /// A value at an epoch, in percent.
    public struct Point: Sendable, Equatable {
        public let epoch: Int
        public let value: Double

        public init(epoch: Int, value: Double) {
            self.epoch = epoch
            self.value = value
        }
    }

    public let data: String
    public let model: String
    public let loss: String
    public let rate: Double
    public let seed: Int
    /// Training accuracy against the given labels.
    public let j1: [Point]
    /// Training accuracy against the true labels.
    public let j2: [Point]

    public init(
        data: String, model: String, loss: String, rate: Double, seed: Int, j1: [Point], j2: [Point]
    ) {
        self.data = data
        self.model = model
        self.loss = loss
        self.rate = rate
        self.seed = seed
        self.j1 = j1
        self.j2 = j2
    }

    /// The curves of a run from the columns `j1` and `j2` of its metrics. Values that are not finite are left out.
    public init(configuration: RunConfiguration, metrics: MetricsTable) {
        func points(_ name: String) -> [Point] {
            metrics.series(name).filter { $0.value.isFinite }.map { Point(epoch: $0.epoch, value: $0.value) }
        }
        self.init(
            data: configuration.data, model: configuration.model, loss: configuration.loss,
            rate: configuration.rate, seed: configuration.seed, j1: points("j1"), j2: points("j2"))
    }
}
