// A run as other tools want it: what it was asked for, a row an epoch, how it ended.

import Foundation

/// What exports to other tools read of a run, once.
struct ExportedRun {
    /// `<experiment folder>/<run folder>`.
    let id: String
    let folder: RunFolder
    let summary: RunSummary?
    /// Empty for a run without a training.
    let table: MetricsTable?
    /// Seconds since 1970.
    let start: Double
    let end: Double

    /// - Throws: `RunError` where a file of it cannot be read.
    init(_ record: RunRecord, in store: RunStore) throws {
        id = record.id
        folder = try RunFolder.open(store.folder(of: record.id))
        summary = try folder.readSummary()
        table =
            FileManager.default.fileExists(atPath: folder.metricsURL.path) ? try folder.readMetrics() : nil
        // A summary that has no moments was written at the end.
        let written = [folder.summaryURL, folder.metricsURL, folder.configurationURL].lazy.compactMap { file in
            (try? FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate]) as? Date
        }.first
        let end = summary?.ended ?? written ?? Date(timeIntervalSince1970: 0)
        self.end = end.timeIntervalSince1970
        start = summary?.started?.timeIntervalSince1970 ?? max(0, self.end - (summary?.seconds ?? 0))
    }

    var configuration: RunConfiguration { folder.configuration }
    var status: RunStatus { summary?.status ?? .running }

    /// The moment of an epoch, as if all took as long.
    func time(of epoch: Int) -> Double {
        guard let first = table?.rows.first?.epoch, let last = table?.rows.last?.epoch else { return end }
        return start + (end - start) * Double(epoch - first + 1) / Double(max(1, last - first + 1))
    }

    /// The values of each epoch, without those that are not defined.
    var epochs: [(epoch: Int, values: [(name: String, value: Double)])] {
        guard let table else { return [] }
        return table.rows.map { row in
            (row.epoch, zip(table.columns, row.values).compactMap { name, value in value.map { (name, $0) } })
        }
    }

    /// Final values that are none of the last epoch's row, such as those of the best epoch, in alphabetical order.
    var finals: [(name: String, value: Double)] {
        let columns = Set(table?.columns ?? [])
        return (summary?.values ?? [:]).filter { !columns.contains($0.key) }.sorted { $0.key < $1.key }
            .map { (name: $0.key, value: $0.value) }
    }

    /// What the run was asked for, by dotted names: texts and numbers, the cell first, nothing of the machine.
    var asked: [(name: String, value: JSONValue)] { configuration.asked }

    /// The arrays that metrics gave, by name.
    func arrays() throws -> [(name: String, file: ArrayLogFile)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.arraysURL.path)) ?? []
        return try names.filter { $0.hasSuffix(".npy") }.sorted().map {
            (String($0.dropLast(4)), try ArrayLogFile(folder.arraysURL.appendingPathComponent($0)))
        }
    }
}

extension RunConfiguration {
    /// What a run was asked for, as hyperparameters; see ``flat``.
    package var asked: [(name: String, value: JSONValue)] {
        let cells = Dictionary(cell.map { ($0.name, $0.value) }) { first, _ in first }
        return flat.filter { !$0.name.hasPrefix("environment.") }.map { name, text in
            switch cells[name] {
            case .bool(let flag)?: return (name, .bool(flag))
            case let value? where value.doubleValue != nil: return (name, value)
            default: return (name, NumberText.number(text).map { .number($0) } ?? .string(text))
            }
        }
    }
}
