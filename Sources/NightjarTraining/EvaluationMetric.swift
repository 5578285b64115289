/// A number that a script wants in every epoch's record besides the standard ones.
public protocol EvaluationMetric: AnyObject {
    /// The name of its column; letters, digits and underscores.
    var name: String { get }
    /// The value after an epoch; nil where it is not defined, which leaves the field empty.
    func value(_ evaluation: Evaluation) throws -> Double?
}
