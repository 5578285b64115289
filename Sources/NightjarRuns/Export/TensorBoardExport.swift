// Runs as a log directory of TensorBoard.

import Foundation

/// Writes a folder for each run, `<experiment>/<run>`, with an event file: a scalar for each column of `metrics.csv` by
/// epoch, what metrics gave by sample, the ledger and the final weights as histograms, matrices as images, and what was
/// asked for as hyperparameters.
struct TensorBoardExport {
    func write(_ run: ExportedRun, to folder: URL) throws {
        let file = try EventFile(folder.appendingPathComponent(EventFile.name), time: run.start)
        try file.append(hyperparameters: run.asked, group: run.id, time: run.start)
        for (epoch, values) in run.epochs { try file.append(scalars: values, step: epoch, time: run.time(of: epoch)) }
        let last = run.table?.rows.last?.epoch ?? 0
        try file.append(scalars: run.finals, step: last, time: run.end)
        try arrays(of: run, to: file)
        try ledger(of: run, to: file)
        try weights(of: run, step: last, to: file)
        try file.append(end: run.status, time: run.end)
    }

    private func arrays(of run: ExportedRun, to file: EventFile) throws {
        let first = run.table?.rows.first?.epoch ?? 1
        for (name, array) in try run.arrays() {
            for row in 0..<array.rows {
                let (values, epoch) = (try array.row(row), first + row)
                guard values.contains(where: \.isFinite) else { continue }
                if array.shape.count == 2,
                    let picture = GreyPicture(values, rows: array.shape[0], columns: array.shape[1])
                {
                    try file.append(image: name, picture, step: epoch, time: run.time(of: epoch))
                } else {
                    try file.append(histogram: name, of: values, step: epoch, time: run.time(of: epoch))
                }
            }
        }
    }

    /// The ledger's columns, `ledger/NAME`, by epoch.
    private func ledger(of run: ExportedRun, to file: EventFile) throws {
        let names = run.folder.ledgerColumns
        guard !names.isEmpty, FileManager.default.fileExists(atPath: run.folder.ledgerURL.path) else { return }
        let (array, first) = (try ArrayLogFile(run.folder.ledgerURL), run.table?.rows.first?.epoch ?? 1)
        guard array.shape.count == 2, array.shape[1] == names.count else { return }
        for row in 0..<array.rows {
            let (values, epoch) = (try array.row(row), first + row)
            for (column, name) in names.enumerated() {
                let own = stride(from: column, to: values.count, by: names.count).map { values[$0] }
                try file.append(histogram: "ledger/\(name)", of: own, step: epoch, time: run.time(of: epoch))
            }
        }
    }

    private func weights(of run: ExportedRun, step: Int, to file: EventFile) throws {
        guard FileManager.default.fileExists(atPath: run.folder.weightsURL.path) else { return }
        let weights = try run.folder.readWeights()
        for (name, values) in try weights.numbers() {
            try file.append(histogram: "weights/\(name)", of: values, step: step, time: run.end)
        }
    }
}
