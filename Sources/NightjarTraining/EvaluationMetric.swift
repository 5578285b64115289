import NightjarTensor

/// What a metric says of one evaluation.
public struct MetricMeasure: Sendable {
    /// Under its columns; nil where a value is not defined, which leaves the field empty.
    public var values: [Double?]
    /// What is no column of numbers: a matrix, or a value for each sample.
    public var array: Tensor?

    public init(_ values: [Double?] = [], array: Tensor? = nil) {
        self.values = values
        self.array = array
    }
}

/// What a script wants measured in every evaluation besides the standard numbers.
public protocol EvaluationMetric: AnyObject {
    /// Letters, digits and underscores.
    var name: String { get }
    /// The columns of its values, for data with these classes.
    func columns(classNames: [String]) -> [String]
    /// The value after an epoch; nil where it is not defined.
    func value(_ evaluation: Evaluation) throws -> Double?
    func measure(_ evaluation: Evaluation) throws -> MetricMeasure
}

extension EvaluationMetric {
    /// One column of its name.
    public func columns(classNames: [String]) -> [String] { [name] }
    /// One value.
    public func measure(_ evaluation: Evaluation) throws -> MetricMeasure { MetricMeasure([try value(evaluation)]) }
}
