import Foundation
import NightjarRuns
import NightjarScripting
import NightjarTensor
import NightjarTraining

/// What a training leaves beside `metrics.csv`: arrays that grow by a row an epoch. Matrices and columns by sample that
/// metrics give are `arrays/NAME.npy`; the ledger is `ledger.npy`, `epochs x samples x columns`.
final class RunArrays {
    /// The ledger's own columns, in front of those that metrics by sample add.
    static let ledgerColumns = ["prediction", "loss", "p_given", "margin"]
    /// A ledger that is not asked for is kept up to this size.
    static let smallLedger = 1 << 20

    private let folder: RunFolder
    private let fit: ScriptFit
    private let keptRows: Int
    private let firstEpoch: Int
    private var logs: [String: ArrayLog] = [:]
    private var ledger: ArrayLog?
    private let columns: [String]

    /// - Parameters:
    ///   - epochsDone: rows of an earlier run that stay.
    ///   - firstEpoch: that of the first row.
    init(_ folder: RunFolder, _ fit: ScriptFit, epochsDone: Int, firstEpoch: Int) throws {
        self.folder = folder
        self.fit = fit
        keptRows = epochsDone
        self.firstEpoch = firstEpoch
        columns = RunArrays.columns(of: fit)
        guard !columns.isEmpty else {
            guard fit.description.keepsLedger != true else {
                throw RunError(
                    "a ledger is of one class a sample, and these are \(fit.train.form.words): leave ledger = true out, or "
                        + "let a metric by sample keep what you want")
            }
            return
        }
        fit.trainer.logitsWish.isKept = true
        ledger = try ArrayLog(
            folder.ledgerURL, shape: [fit.train.count, columns.count], element: .float32, keepingRows: epochsDone)
    }

    /// What stands in the files, for a checkpoint: see ``ArrayLog/checksum``, by the file's path in the folder.
    var checksums: [String: String] {
        var sums = logs.mapValues(\.checksum)
        for name in logs.keys { sums["arrays/\(name).npy"] = sums.removeValue(forKey: name) }
        sums["ledger.npy"] = ledger?.checksum
        return sums
    }

    /// Waits until all rows are on the disk.
    func flush() throws {
        try ledger?.flush()
        for log in logs.values { try log.flush() }
    }

    /// The columns of a training's ledger; empty where it keeps none, as of labels that are not one class a sample.
    static func columns(of fit: ScriptFit) -> [String] {
        guard fit.train.form.isPlain else { return [] }
        let own = metrics(of: fit).filter { $0.kind == .bySample }.map(\.name)
        let bytes = fit.train.count.multipliedReportingOverflow(by: 4 * (ledgerColumns.count + own.count))
        let total = bytes.partialValue.multipliedReportingOverflow(by: fit.epochs)
        let isSmall = !bytes.overflow && !total.overflow && total.partialValue <= smallLedger
        return fit.description.keepsLedger ?? isSmall ? ledgerColumns + own : []
    }

    static func metrics(of fit: ScriptFit) -> [ScriptMetric] { fit.trainer.metrics.compactMap { $0 as? ScriptMetric } }

    /// - Throws: `RunError` for a matrix whose shape changes from epoch to epoch.
    func epochFinished(_ epoch: Int, _ evaluation: Evaluation) throws {
        // One for each such metric, also where this epoch has no value of it.
        var bySample: [Tensor?] = []
        for (metric, measure) in zip(fit.trainer.metrics, evaluation.measures) {
            guard let metric = metric as? ScriptMetric else { continue }
            if metric.kind == .bySample, ledger != nil {
                bySample.append(measure.array)
            } else if let array = measure.array {
                try append(array, named: metric.name, epoch: epoch)
            }
        }
        guard let ledger else { return }
        let rows = try self.rows(evaluation, bySample)
        try rows.withUnsafeBytes { try ledger.append($0, at: epoch - firstEpoch) }
    }

    private func append(_ array: Tensor, named name: String, epoch: Int) throws {
        let log = try logs[name] ?? opened(array, named: name)
        logs[name] = log
        try array.values.withUnsafeBytes { try log.append($0, at: epoch - firstEpoch) }
    }

    private func opened(_ array: Tensor, named name: String) throws -> ArrayLog {
        _ = try folder.made("arrays")
        return try ArrayLog(
            folder.arrayURL(name), shape: array.shape.dimensions, element: .float64, keepingRows: keptRows)
    }

    /// The rows of the ledger: see ``ledgerColumns``. The margin is the given label's logit less the largest other one.
    private func rows(_ evaluation: Evaluation, _ bySample: [Tensor?]) throws -> [Float] {
        let (count, width) = (fit.train.count, columns.count)
        var rows = [Float](repeating: .nan, count: count * width)
        let (predictions, losses) = (evaluation.onTrain.predictions, evaluation.onTrain.sampleLosses)
        let logits = try evaluation.details.logits(.train)
        let classes = logits.map { $0.shape.rank == 2 ? $0.shape[1] : 0 } ?? 0
        let values = classes > 0 ? logits?.values ?? [] : []
        let extra = bySample.map { $0?.values ?? [] }
        for sample in 0..<count {
            let start = sample * width
            // Classes count from 1, as scripts have them.
            rows[start] = Float(predictions[sample] + 1)
            if let losses { rows[start + 1] = Float(losses[sample]) }
            let given = Int(fit.train.givenLabels[sample])
            if classes > 1, (0..<classes).contains(given) {
                let own = values[sample * classes + given]
                var largest = -Double.infinity
                for label in 0..<classes where label != given {
                    largest = max(largest, values[sample * classes + label])
                }
                let top = max(own, largest)
                let sum = (0..<classes).reduce(0) { $0 + exp(values[sample * classes + $1] - top) }
                rows[start + 2] = Float(exp(own - top) / sum)
                rows[start + 3] = Float(own - largest)
            }
            for (column, list) in extra.enumerated() where list.indices.contains(sample) {
                rows[start + RunArrays.ledgerColumns.count + column] = Float(list[sample])
            }
        }
        return rows
    }
}
