import Foundation
import NightjarExperiments
import NightjarRuns
import NightjarTensor

extension FuzzTarget {
    /// The files of a run's folder, those of tables, and the index of runs.
    static let runs = [
        inRun("config", \.configurationURL) { folder in
            _ = try RunFolder.openChanged(folder.url).configuration.hash
            _ = try RunFolder.open(folder.url)
        },
        inRun("summary", \.summaryURL) { folder in
            _ = try folder.readSummary()?.values
        },
        inRun("metrics", \.metricsURL) { folder in
            let table = try folder.readMetrics()
            for column in table.columns {
                _ = table.series(column)
                _ = table.best(by: column, .higher)
            }
            let again = InputFile(folder.url.appendingPathComponent("again.csv"))
            try Array(table.text.utf8).withUnsafeBytes(again.write)
            guard try MetricsTable(contentsOf: again.url).text == table.text else {
                throw Disagreement(description: "what was written is not what is read:\n\(table.text)")
            }
        },
        inRun("labels", \.labelsURL) { folder in
            let labels = try folder.readLabels()
            guard labels.true.count == labels.given.count else {
                throw Disagreement(description: "\(labels.true.count) true labels, \(labels.given.count) given")
            }
        },
        inRun("ledger", \.ledgerURL) { folder in
            let file = try ArrayLogFile(folder.ledgerURL)
            for row in [0, file.rows / 2, file.rows - 1] where row >= 0 && row < file.rows { _ = try file.row(row) }
        },
        onFile("table", "summary.csv") { url in _ = try SummaryFile.read(url).rows.count },
        FuzzTarget("checkpoint", share: 0.25) {
            let folder = try InputFile.folder()
            let raw = InputFile(folder.appendingPathComponent("checkpoint.safetensors"))
            let summed = folder.appendingPathComponent("summed.safetensors")
            return { bytes in
                guard bytes.first == UInt8(ascii: "=") else {
                    try raw.write(bytes)
                    _ = try Checkpoint(contentsOf: raw.url)
                    return
                }
                // What stands behind the sum is reached by texts that are given one.
                var metadata: [String: String] = [:]
                for line in String(decoding: bytes.dropFirst(), as: UTF8.self).split(separator: "\n") {
                    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    // The writer has one name for itself.
                    guard parts.count == 2, parts[0] != "checksum" else { continue }
                    metadata[String(parts[0])] = String(parts[1])
                }
                let numbers: [Float] = [1, 2, 3, 4]
                try numbers.withUnsafeBytes { array in
                    let entry = SafetensorsFile.Entry(name: "state/1", dtype: .float32, shape: [2, 2], bytes: array)
                    try SafetensorsFile.write([entry], metadata: metadata, summed: true, to: summed)
                }
                _ = try Checkpoint(contentsOf: summed)
            }
        },
        FuzzTarget("index", share: 0.01) {
            let folder = try InputFile.folder()
            let run = try exampleRun(in: folder)
            let good = try [run.configurationURL, run.summaryURL, run.metricsURL].map { ($0, try Data(contentsOf: $0)) }
            return { bytes in
                for (url, data) in good { try data.withUnsafeBytes(InputFile(url).write) }
                let file = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
                let place = Int(bytes.first ?? 0) % (good.count + 1)
                let store: RunStore
                if place < good.count {
                    try InputFile(good[place].0).write(file)
                    store = try RunStore(without: folder)
                    _ = try store.refresh()
                } else {
                    let index = folder.appendingPathComponent(RunStore.fileName)
                    defer { for end in ["", "-wal", "-shm", "-journal"] { unlink(index.path + end) } }
                    try InputFile(index).write(file)
                    store = try RunStore(reading: folder)
                }
                for record in try store.runs() { _ = record.metrics.names }
                _ = try store.unreadable()
                _ = try store.names()
            }
        },
    ]

    /// A reader of one file of a run that is whole otherwise.
    private static func inRun(
        _ name: String, _ file: KeyPath<RunFolder, URL> & Sendable,
        _ read: @escaping @Sendable (RunFolder) throws -> Void
    ) -> FuzzTarget {
        FuzzTarget(name) {
            let run = try exampleRun(in: InputFile.folder())
            let input = InputFile(run[keyPath: file])
            return { bytes in
                try input.write(bytes)
                try read(run)
            }
        }
    }

    /// A finished run of two epochs.
    private static func exampleRun(in folder: URL) throws -> RunFolder {
        let run = try RunFolder.create(
            in: folder,
            configuration: RunConfiguration(
                experiment: "fuzz", cell: [CellSetting("loss", .string("rll")), CellSetting("seed", .integer(1))],
                replicates: ["seed"], epochs: 2, parts: ["settings": ["rate": 0.4]]))
        let writer = try run.metricsWriter(columns: ["j1", "loss"])
        for epoch in 1...2 { try writer.append(epoch: epoch, [50, nil] as [Double?]) }
        try run.writeLabels(true: [0, 1], given: [1, 1])
        try run.writeSummary(RunSummary(status: .finished, epochs: 2, metrics: ["j1": 50], seconds: 1))
        return run
    }
}
