/// Parameters that share a rule: biases without weight decay, a last layer with a rate of its own.
public struct ParameterGroup {
    public let rule: any OptimizerRule
    /// What the schedule's rate is multiplied by.
    public let rateFactor: Double
    /// Whether the parameter with this path belongs to the group.
    public let includes: (_ path: String) -> Bool

    public init(
        _ rule: any OptimizerRule, rateFactor: Double = 1, includes: @escaping (_ path: String) -> Bool = { _ in true }
    ) {
        self.rule = rule
        self.rateFactor = rateFactor
        self.includes = includes
    }
}
