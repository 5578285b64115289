/// How predictions on the training inputs agree with the given and the true labels: the paper's J1 and J2, and what
/// became of the mislabelled samples.
///
/// With C the samples whose given label is true, W the others, r = |W| / N, and shares instead of percentages:
/// J1 = (1 - r) fit_clean + r memorized, J2 = (1 - r) fit_clean + r corrected, and memorized + corrected + other = 1.
/// Shares are percentages, 0 to 100; a share of no samples is nil. Where samples have several labels each counts, and
/// labels that are left out (below 0) do not count.
public struct MemorizationCounts: Hashable, Sendable {
    /// Samples that have a label.
    public let labelled: Int
    /// Samples predicted as their given label.
    public let fit: Int
    /// Samples whose given label is true.
    public let clean: Int
    /// Samples whose given label is wrong.
    public let mislabelled: Int
    /// Clean samples predicted as their label.
    public let fitClean: Int
    /// Mislabelled samples predicted as the wrong label they were given.
    public let memorized: Int
    /// Mislabelled samples predicted as their true label.
    public let corrected: Int

    /// Mislabelled samples predicted as neither.
    public var other: Int { mislabelled - memorized - corrected }

    /// - Parameter trueLabels: nil where the true labels are of another kind than the given ones: then the counts that need
    ///   them are 0.
    /// - Throws: ``TrainingError`` unless all three have the same length.
    public init(predictions: [Int32], givenLabels: [Int32], trueLabels: [Int32]?) throws {
        guard predictions.count == givenLabels.count, givenLabels.count == trueLabels?.count ?? givenLabels.count else {
            throw TrainingError(
                "predictions, given and true labels must be equally many: "
                    + "\(predictions.count), \(givenLabels.count), \(trueLabels?.count ?? 0)")
        }
        var (labelled, fit, clean, mislabelled, fitClean, memorized, corrected) = (0, 0, 0, 0, 0, 0, 0)
        for index in predictions.indices where givenLabels[index] >= 0 {
            let isFit = predictions[index] == givenLabels[index]
            labelled += 1
            if isFit { fit += 1 }
            guard let truth = trueLabels?[index], truth >= 0 else { continue }
            if givenLabels[index] == truth {
                clean += 1
                if isFit { fitClean += 1 }
            } else {
                mislabelled += 1
                if isFit { memorized += 1 } else if predictions[index] == truth { corrected += 1 }
            }
        }
        self.labelled = labelled
        self.fit = fit
        self.clean = clean
        self.mislabelled = mislabelled
        self.fitClean = fitClean
        self.memorized = memorized
        self.corrected = corrected
    }

    /// Accuracy against the given labels.
    public var j1Percent: Double? { percent(fit, of: labelled) }
    /// Accuracy against the true labels.
    public var j2Percent: Double? { percent(fitClean + corrected, of: clean + mislabelled) }
    public var fitCleanPercent: Double? { percent(fitClean, of: clean) }
    public var memorizedPercent: Double? { percent(memorized, of: mislabelled) }
    public var correctedPercent: Double? { percent(corrected, of: mislabelled) }
    public var otherPercent: Double? { percent(other, of: mislabelled) }
}

/// `part` of `whole` as a percentage; nil of nothing.
func percent(_ part: Int, of whole: Int) -> Double? {
    whole == 0 ? nil : 100 * Double(part) / Double(whole)
}
