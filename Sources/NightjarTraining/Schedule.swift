/// The learning rate as a function of time.
public protocol Schedule: AnyObject {
    /// As messages show it: `cosine`.
    var name: String { get }
    /// The rate of a step.
    /// - Parameters:
    ///   - epoch: counted from 1.
    ///   - step: counted from 1 over the whole run, not anew in each epoch.
    /// - Returns: a finite number that is not negative; anything else stops the run.
    func learningRate(epoch: Int, step: Int) throws -> Double
}
