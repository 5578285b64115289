import NightjarRuns
import NightjarScripting
import NightjarTraining

/// The declarations of what every training measures, in the order of ``EpochRecord/columns``.
enum StandardMetrics {
    private static let whole = "wrongly labelled samples"

    /// What evaluation passes and the training itself measure; positions in time (`step`) and rates are none.
    static let all: [MetricInfo] = [
        MetricInfo(
            "train_loss_running", title: "training loss, running", doc: "mean loss of an epoch while the weights move",
            direction: .lower, isHeadline: false),
        .percentage(
            "j1_running", title: "J1, running", doc: "accuracy against the given labels while the weights move"),
        MetricInfo(
            "loss", title: "loss", doc: "mean loss against the given labels, with fixed weights", direction: .lower,
            isHeadline: false),
        .percentage(
            "j1", title: "J1",
            doc: "accuracy on the training set against the labels that were given, wrong ones included. Near 100, "
                + "wrong labels were learnt by heart",
            isHeadline: true),
        .percentage(
            "j2", title: "J2", doc: "accuracy on the same inputs against the true labels", direction: .higher,
            isHeadline: true),
        .percentage("fit_clean", title: "fitted clean", doc: "share of the rightly labelled samples that are fitted"),
        .percentage(
            "memorized", title: "memorized", doc: "predicted as the wrong label they were given", direction: .lower,
            whole: whole),
        .percentage(
            "corrected", title: "corrected", doc: "predicted as their true class", direction: .higher, whole: whole),
        .percentage("other", title: "other", doc: "predicted as a third class", whole: whole),
        .percentage(
            "test_accuracy", title: "test accuracy", doc: "accuracy on the test set", direction: .higher),
    ]

    /// Measured where a training has samples to choose by.
    static let validation = MetricInfo.percentage(
        "validation_accuracy", title: "validation accuracy", doc: "accuracy on the samples kept apart to choose by",
        direction: .higher, isHeadline: true)

    /// The names of final metrics: what belongs to the end of a run.
    static let names = Set(all.map(\.name))
}
