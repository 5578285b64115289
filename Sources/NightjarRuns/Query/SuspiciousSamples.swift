// Which labels of a run's training set look wrong, by what its ledger says.

import Foundation
import NightjarTensor

/// The samples whose loss, averaged over all epochs that were measured, is the greatest: a label that contradicts the
/// others is learnt late, or never.
package struct SuspiciousSamples: Sendable {
    package struct Sample: Sendable, Equatable {
        /// Its place in the training set, from 0.
        package let index: Int
        /// The names of its classes, or their numbers from 0.
        package let given: String
        /// nil where the run has none that is told apart from the given one.
        package let truth: String?
        /// The mean loss.
        package let score: Double
    }

    /// The most suspicious first; equals in the order of the training set.
    package let samples: [Sample]

    /// - Throws: `RunError` for a run without a ledger, or with one that has no column `loss`, and for files that cannot be
    ///   read.
    package init(_ run: RunFolder, most: Int) throws {
        guard let column = run.ledgerColumns.firstIndex(of: "loss") else {
            throw RunError("\(run.url.path): its ledger has no column 'loss'")
        }
        let ledger = try ArrayLogFile(run.ledgerURL)
        guard ledger.shape.count == 2, column < ledger.shape[1] else {
            throw RunError("\(run.ledgerURL.path): expected epochs x samples x \(run.ledgerColumns.count) columns")
        }
        let (count, width) = (ledger.shape[0], ledger.shape[1])
        var sums = try [Double](room: count, repeating: 0)
        var epochs = try [Double](room: count, repeating: 0)
        for row in 0..<ledger.rows {
            let values = try ledger.row(row)
            for sample in 0..<count {
                let loss = values[sample * width + column]
                guard loss.isFinite else { continue }
                sums[sample] += loss
                epochs[sample] += 1
            }
        }
        let means = zip(sums, epochs).map { $1 > 0 ? $0 / $1 : -.infinity }
        let order = means.indices.sorted { means[$0] == means[$1] ? $0 < $1 : means[$0] > means[$1] }
        let labels = try run.readLabels()
        var names: [String] = []
        if case .array(let list)? = run.configuration.parts["class_names"] { names = list.compactMap(\.stringValue) }
        func name(_ label: Int) -> String { names.indices.contains(label) ? names[label] : "\(label)" }
        samples = order.prefix(most).filter { means[$0].isFinite }.map { index in
            Sample(
                index: index, given: labels.given.indices.contains(index) ? name(labels.given[index]) : "–",
                truth: labels.true.indices.contains(index) ? name(labels.true[index]) : nil, score: means[index])
        }
    }
}
