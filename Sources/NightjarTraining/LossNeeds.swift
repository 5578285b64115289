/// What a loss wants to see beside the logits and labels of its batch.
public struct LossNeeds: Hashable, Sendable {
    /// Further draws of samples from the training set, each as large as the batch.
    public var draws = 0
    /// Further views of the batch's inputs, each augmented anew.
    public var views = 0
    /// Whether it asks the model about other inputs.
    public var model = false
    /// Whether it looks at the labels of all samples that its value is averaged with; see ``LossBatch/whole``.
    public var whole = false

    public init(draws: Int = 0, views: Int = 0, model: Bool = false, whole: Bool = false) {
        self.whole = whole
        self.draws = draws
        self.views = views
        self.model = model
    }
}
