// One run, shown whole.

import Foundation

/// What `runs show` says: how a run ended, its cell, its configuration, its metrics, its files.
public struct RunDetails {
    private let record: RunRecord
    private let folder: RunFolder
    private let summary: RunSummary?

    /// - Throws: `RunError` for a folder that cannot be read.
    public init(_ record: RunRecord, in store: RunStore) throws {
        self.record = record
        folder = try RunFolder.open(store.folder(of: record.id))
        summary = try folder.readSummary()
    }

    /// Names and values under a heading, which the first section does not have.
    package struct Section {
        package let title: String
        package let entries: [(name: String, value: String)]

        init(_ title: String, _ entries: [(String, String)]) {
            self.title = title
            self.entries = entries
        }
    }

    /// Those that have entries, in order.
    package func sections(display: (URL) -> String = { $0.path }) -> [Section] {
        var sections = [Section("", head(display))]
        sections.append(Section("cell", record.cell.map { ($0.name, $0.value.plainText) }))
        let cell = Set(record.cell.map(\.name))
        let flat = folder.configuration.flat.filter { !cell.contains($0.name) }
        sections.append(
            Section("configuration", flat.filter { !$0.name.hasPrefix("environment.") }.map { ($0.name, $0.text) }))
        sections.append(Section("metrics at the end", metrics))
        if let best = summary?.best {
            sections.append(Section("at the best epoch, \(best.epoch), by \(best.by)", metrics(best.metrics)))
        }
        sections.append(
            Section(
                "environment",
                flat.filter { $0.name.hasPrefix("environment.") }.map {
                    (String($0.name.dropFirst("environment.".count)), $0.text)
                }))
        sections.append(Section("scripts", scripts))
        sections.append(Section("files", files))
        return sections.filter { !$0.entries.isEmpty }
    }

    /// Sections of lines; names to the left, values to the right.
    public func text(display: (URL) -> String = { $0.path }) -> String {
        sections(display: display).map { lines($0.title, $0.entries) }.joined(separator: "\n")
    }

    /// `config.json`, `summary.json` and the folder as one object.
    public var json: JSONValue {
        var entries: [String: JSONValue] = [
            "run": .string(record.id), "folder": .string(folder.url.path), "hash": .string(record.configurationHash),
            "status": .string(record.status.rawValue), "epochs": .integer(record.epochs),
            "configuration": folder.configuration.json,
            "metrics": .object(record.metrics.dictionary.mapValues { .number($0) }),
        ]
        if let message = record.message { entries["message"] = .string(message) }
        if let seconds = record.seconds { entries["seconds"] = .number(seconds) }
        if let started = record.started { entries["started"] = .string(started) }
        if let ended = record.ended { entries["ended"] = .string(ended) }
        return .object(entries)
    }

    private func head(_ display: (URL) -> String) -> [(String, String)] {
        var head = [
            ("run", record.id), ("folder", display(folder.url)),
            (
                "status",
                record.status == .running ? "no end on record: it is going on, or was killed" : record.status.rawValue
            ),
        ]
        if let message = record.message { head.append(("message", message.replacing("\n", with: "\n  "))) }
        // A loop that a script wrote itself has no number of epochs on record.
        let epochs = folder.configuration.epochs
        head.append(("epochs", epochs > 0 ? "\(record.epochs) of \(epochs)" : "\(record.epochs)"))
        if let seconds = record.seconds { head.append(("seconds", NumberText.fixed(seconds, decimals: 1))) }
        if let started = record.started { head.append(("started", started)) }
        if let ended = record.ended { head.append(("ended", ended)) }
        head.append(("hash", record.configurationHash))
        return head
    }

    private var metrics: [(String, String)] { metrics(summary?.metrics ?? [:]) }

    /// Values with their declarations, in the order of these.
    private func metrics(_ values: [String: Double]) -> [(String, String)] {
        let declared = folder.configuration.metrics
        let known = Set(declared.map(\.name))
        let names = declared.map(\.name) + values.keys.filter { !known.contains($0) && !$0.isEmpty }.sorted()
        return names.compactMap { name in
            guard let value = values[name] else { return nil }
            let metric = declared.first { $0.name == name } ?? MetricInfo(name)
            let unit = metric.unit.isEmpty ? "" : " " + metric.unit
            let title = metric.title == name ? "" : "  (\(metric.title))"
            return (name, metric.text(value) + unit + title)
        }
    }

    private var scripts: [(String, String)] {
        folder.configuration.scripts.map { ($0.name, String($0.hash.prefix(12))) }
    }

    private var files: [(String, String)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().map { name in
            let facts = try? FileManager.default.attributesOfItem(atPath: folder.url.appendingPathComponent(name).path)
            let isFolder = facts?[.type] as? FileAttributeType == .typeDirectory
            return (name, isFolder ? "folder" : RunDetails.size((facts?[.size] as? Int) ?? 0))
        }
    }

    /// `2.4 MB`.
    static func size(_ bytes: Int) -> String {
        guard bytes >= 1000 else { return "\(bytes) B" }
        var value = Double(bytes) / 1000
        for unit in ["kB", "MB"] {
            if value < 1000 { return "\(NumberText.fixed(value, decimals: 1)) \(unit)" }
            value /= 1000
        }
        return "\(NumberText.fixed(value, decimals: 1)) GB"
    }

    private func lines(_ title: String, _ entries: [(name: String, value: String)]) -> String {
        guard !entries.isEmpty else { return "" }
        let width = entries.map { TerminalText.width($0.0) }.max() ?? 0
        let indent = title.isEmpty ? "" : "  "
        return (title.isEmpty ? "" : title + "\n")
            + entries.map { name, value in
                let gap = String(repeating: " ", count: width - TerminalText.width(name) + 2)
                return indent + name + (value.isEmpty ? "" : gap + value) + "\n"
            }.joined()
    }
}

extension RunConfiguration {
    /// The texts that the run was made with, the script first: names and SHA-256.
    public var scripts: [(name: String, hash: String)] {
        var list: [(name: String, hash: String)] = []
        func add(_ value: JSONValue?) {
            guard let name = value?["name"]?.stringValue, let hash = value?["sha256"]?.stringValue else { return }
            list.append((name, hash))
        }
        add(parts["script"])
        if case .array(let files)? = parts["files"] { files.forEach(add) }
        return list
    }
}
