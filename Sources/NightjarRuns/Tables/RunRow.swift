// One run as a row of tables.

/// The end of one run, or the lack of it: a cell that failed or has not run is a row as well.
public struct RunRow: Sendable, Equatable {
    /// How far it came.
    public enum State: String, Sendable {
        case finished, failed, interrupted, running
        /// The experiment has this cell, and no folder of a run belongs to it.
        case missing

        init(_ status: RunStatus) {
            self =
                switch status {
                case .finished: .finished
                case .failed: .failed
                case .interrupted: .interrupted
                case .running: .running
                }
        }
    }

    /// Names and values, in the order of the set's axes.
    public var cell: [CellSetting]
    public var state: State
    /// Epochs that were finished.
    public var epochs: Int
    /// Final metrics by name. One that is not defined is left out.
    public var metrics: MetricValues
    /// Why it failed.
    public var message: String?
    /// Wall time; not part of any file that is compared.
    public var seconds: Double

    public init(
        cell: [CellSetting], state: State = .finished, epochs: Int = 0, metrics: [String: Double] = [:],
        message: String? = nil, seconds: Double = 0
    ) {
        self.init(
            cell: cell, state: state, epochs: epochs, values: MetricValues(metrics), message: message, seconds: seconds)
    }

    init(
        cell: [CellSetting], state: State, epochs: Int, values: MetricValues, message: String? = nil, seconds: Double
    ) {
        self.cell = cell
        self.state = state
        self.epochs = epochs
        self.metrics = values
        self.message = message
        self.seconds = seconds
    }

    /// A final metric of a run that finished; nil where it is not defined, not a number, or not final.
    public func value(_ metric: String) -> Double? {
        guard state == .finished, let value = metrics[metric], !value.isNaN else { return nil }
        return value
    }
}
