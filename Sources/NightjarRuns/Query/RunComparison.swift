// In what runs differ: configuration, results, scripts.

import Foundation

/// What `runs compare` says of two or more runs.
public struct RunComparison {
    /// One line: a name, and a text a run.
    public struct Entry: Sendable, Equatable {
        public let name: String
        /// `-` for a run that does not have it.
        public let texts: [String]
    }

    /// A text that the runs read in different versions; nil hashes for runs that did not read it.
    public struct Script: Sendable, Equatable {
        public let name: String
        public let hashes: [String?]
        /// A unified diff of the first two versions; nil where a text was not kept.
        public let difference: String?
    }

    public let records: [RunRecord]
    public let configuration: [Entry]
    public let environment: [Entry]
    public let metrics: [Entry]
    /// Metrics whose values are equal in all runs.
    public let equalMetrics: Int
    public let scripts: [Script]

    /// - Parameter text: the text of a hash, nil where it was not kept.
    /// - Throws: `RunError` for a folder that cannot be read.
    public init(_ records: [RunRecord], in store: RunStore, text: (String) -> String?) throws {
        self.records = records
        let folders = try records.map { try RunFolder.open(store.folder(of: $0.id)) }
        let flats = folders.map { folder in
            Dictionary(folder.configuration.flat.map { ($0.name, $0.text) }) { first, _ in first }
        }
        var names: [String] = []
        var seen: Set<String> = []
        for name in folders.flatMap({ $0.configuration.flat.map(\.name) }) where seen.insert(name).inserted {
            names.append(name)
        }
        let entries = names.map { name in
            Entry(name: name, texts: flats.map { $0[name] ?? "-" })
        }.filter { Set($0.texts).count > 1 }
        configuration = entries.filter { !$0.name.hasPrefix("environment.") }
        environment = entries.filter { $0.name.hasPrefix("environment.") }.map {
            Entry(name: String($0.name.dropFirst("environment.".count)), texts: $0.texts)
        }
        (metrics, equalMetrics) = RunComparison.metrics(records, folders)
        scripts = RunComparison.scripts(folders, text)
    }

    private static func metrics(_ records: [RunRecord], _ folders: [RunFolder]) -> ([Entry], Int) {
        var declared: [MetricInfo] = []
        for metric in folders.flatMap(\.configuration.metrics)
        where !declared.contains(where: { $0.name == metric.name }) {
            declared.append(metric)
        }
        let others = Set(records.flatMap(\.metrics.keys)).subtracting(declared.map(\.name)).sorted()
        var equal = 0
        var entries: [Entry] = []
        for metric in declared + others.map({ MetricInfo($0) }) {
            let values = records.map { $0.metrics[metric.name] }
            guard values.contains(where: { $0 != nil }) else { continue }
            if Set(values.map { $0.map(NumberText.shortest) }).count == 1 {
                equal += 1
                continue
            }
            var texts = values.map { $0.map(metric.text) ?? "-" }
            if values.count == 2, let first = values[0], let second = values[1] {
                let gap = metric.text(second - first)
                texts.append(gap.hasPrefix("-") ? gap : "+" + gap)
            } else if values.count == 2 {
                texts.append("-")
            }
            entries.append(Entry(name: metric.name, texts: texts))
        }
        return (entries, equal)
    }

    private static func scripts(_ folders: [RunFolder], _ text: (String) -> String?) -> [Script] {
        let read = folders.map { folder in
            Dictionary(folder.configuration.scripts.map { ($0.name, $0.hash) }) { first, _ in first }
        }
        var names: [String] = []
        for name in folders.flatMap({ $0.configuration.scripts.map(\.name) }) where !names.contains(name) {
            names.append(name)
        }
        return names.compactMap { name in
            let hashes = read.map { $0[name] }
            guard Set(hashes).count > 1 else { return nil }
            var versions: [String] = []
            for case .some(let hash) in hashes where !versions.contains(hash) { versions.append(hash) }
            var difference: String?
            if versions.count > 1, let old = text(versions[0]), let new = text(versions[1]) {
                difference = LineDifference.unified(old, new)
            }
            return Script(name: name, hashes: hashes, difference: difference)
        }
    }

    public var text: String {
        var parts: [String] = []
        let letters = records.indices.map { RunComparison.letter($0) }
        parts.append(
            zip(letters, records).map { letter, record in
                "\(letter)  \(record.id)  \(record.status.rawValue), \(record.epochs) epochs\n"
            }.joined())
        parts.append(section("configuration", configuration, letters))
        parts.append(section("environment", environment, letters))
        parts.append(
            section("metrics at the end", metrics, letters + (records.count == 2 ? ["B - A"] : []), isNumber: true))
        if equalMetrics > 0 {
            parts.append("\(equalMetrics) \(equalMetrics == 1 ? "metric is" : "metrics are") equal\n")
        }
        if configuration.isEmpty, scripts.isEmpty {
            parts.append("the configurations and the scripts are the same\n")
        }
        if !scripts.isEmpty { parts.append("scripts\n" + scripts.map { scriptText($0, letters) }.joined()) }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func section(_ title: String, _ entries: [Entry], _ heads: [String], isNumber: Bool = false) -> String {
        guard !entries.isEmpty else { return "" }
        var table = ColumnText([(title, false)] + heads.map { ($0, isNumber) })
        for entry in entries {
            table.add(["  " + entry.name] + entry.texts.map { TerminalText.cut($0.replacing("\n", with: " "), to: 60) })
        }
        return table.text()
    }

    private func scriptText(_ script: Script, _ letters: [String]) -> String {
        let shown = zip(letters, script.hashes).map {
            "\($0) \($1.map { String($0.prefix(12)) } ?? "does not read it")"
        }
        var text = "  \(script.name): \(shown.joined(separator: ", "))\n"
        if let difference = script.difference {
            text += difference
        } else if !script.hashes.contains(nil) {
            text += "  (the texts were not kept)\n"
        }
        return text
    }

    package static func letter(_ place: Int) -> String {
        place < 26 ? String(UnicodeScalar(UInt8(65 + place))) : "#\(place + 1)"
    }

    public var json: JSONValue {
        func list(_ entries: [Entry]) -> JSONValue {
            .object(Dictionary(entries.map { ($0.name, .array($0.texts.map { .string($0) })) }) { first, _ in first })
        }
        let values = Set(records.flatMap(\.metrics.keys)).sorted().map { name in
            (name, JSONValue.array(records.map { $0.metrics[name].map { .number($0) } ?? .null }))
        }
        return [
            "runs": .array(records.map { .string($0.id) }),
            "configuration": list(configuration), "environment": list(environment),
            "metrics": .object(Dictionary(values) { first, _ in first }),
            "scripts": .array(
                scripts.map { script in
                    [
                        "name": .string(script.name),
                        "sha256": .array(script.hashes.map { $0.map { .string($0) } ?? .null }),
                        "difference": script.difference.map { .string($0) } ?? .null,
                    ]
                }),
        ]
    }
}
