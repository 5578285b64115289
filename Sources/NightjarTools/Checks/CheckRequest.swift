import NightjarScripting

/// What `nightjar check` was asked to check.
public struct CheckRequest: Sendable {
    /// A file, a name that a plugin provides, or one with its kind: `optimizers/adam`; with parameters, `rll{alpha=0.45}`.
    public var target: String
    /// Where a name is looked up: `losses`, `noise`, `schedules` or `optimizers`; nil: everywhere.
    public var kind: String?
    /// `name=value` for the parameters of what is checked.
    public var settings: [(name: String, value: String)] = []
    /// The number of classes that losses and noise models are checked with, where a check does not need its own.
    public var classes = 10
    /// How many epochs of a schedule are looked at; nil: what the schedule's own parameters say, or 200.
    public var epochs: Int?
    /// Columns of the terminal that plots are made for.
    public var width = 100
    /// Shows the steps of proofs.
    public var showsSteps = false
    /// Names of checks to leave out: `time`.
    public var skipped: Set<String> = []

    public init(target: String) { self.target = target }
}
