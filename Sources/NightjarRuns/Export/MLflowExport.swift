// Runs as the folder of a tracking server of MLflow.

import Foundation

/// Writes the layout of MLflow's file store (mlflow/store/tracking/file_store.py): a folder for each experiment with a
/// folder for each run, in them `metrics`, `params` and `tags`, a file each. Numbers keep all of their digits.
package struct MLflowExport {
    /// What is written of an experiment, once.
    func writeExperiment(_ name: String, start: Double, to root: URL) throws {
        try file(
            root.appendingPathComponent("\(MLflowExport.number(name))/meta.yaml"),
            """
            artifact_location: \(yaml(root.appendingPathComponent(MLflowExport.number(name)).absoluteString))
            creation_time: \(milliseconds(start))
            experiment_id: '\(MLflowExport.number(name))'
            last_update_time: \(milliseconds(start))
            lifecycle_stage: active
            name: \(yaml(name))

            """)
    }

    func write(_ run: ExportedRun, to root: URL) throws {
        let experiment = MLflowExport.number(run.configuration.experiment)
        let identifier = String(ContentHash.sha256(run.id.utf8).prefix(32))
        let folder = root.appendingPathComponent("\(experiment)/\(identifier)", isDirectory: true)
        // entities/run_status.py: running, scheduled, finished, failed, killed.
        let status =
            switch run.status {
            case .running: 1
            case .finished: 3
            case .failed: 4
            case .interrupted: 5
            }
        let name = run.id.split(separator: "/").last.map(String.init) ?? run.id
        try file(
            folder.appendingPathComponent("meta.yaml"),
            """
            artifact_uri: \(yaml(folder.appendingPathComponent("artifacts").absoluteString))
            end_time: \(run.status == .running ? "null" : "\(milliseconds(run.end))")
            entry_point_name: ''
            experiment_id: '\(experiment)'
            lifecycle_stage: active
            run_id: \(identifier)
            run_name: \(yaml(name))
            run_uuid: \(identifier)
            source_name: ''
            source_type: 4
            source_version: ''
            start_time: \(milliseconds(run.start))
            status: \(status)
            tags: []
            user_id: ''

            """)
        try makeFolder(folder.appendingPathComponent("artifacts", isDirectory: true))
        let asked = MLflowExport.keys(run.asked.map(\.name))
        for ((_, value), key) in zip(run.asked, asked) {
            try file(folder.appendingPathComponent("params/\(key)"), value.plainText)
        }
        var tags = ["mlflow.runName": name, "nightjar.run": run.id, "nightjar.hash": run.configuration.hash]
        if let message = run.summary?.message { tags["nightjar.message"] = message }
        for (name, value) in tags { try file(folder.appendingPathComponent("tags/\(name)"), value) }
        try metrics(of: run, to: folder.appendingPathComponent("metrics", isDirectory: true))
    }

    /// A file for each metric: moment, value and epoch, a line each.
    private func metrics(of run: ExportedRun, to folder: URL) throws {
        var lines: [(name: String, text: String)] = []
        var places: [String: Int] = [:]
        func add(_ name: String, _ value: Double, _ epoch: Int) {
            let line = "\(milliseconds(run.time(of: epoch))) \(NumberText.shortest(value)) \(epoch)\n"
            if let place = places[name] {
                lines[place].text += line
            } else {
                places[name] = lines.count
                lines.append((name, line))
            }
        }
        for (epoch, values) in run.epochs { for (name, value) in values { add(name, value, epoch) } }
        let last = run.table?.rows.last?.epoch ?? 0
        for (name, value) in run.finals { add(name, value, last) }
        try makeFolder(folder)
        for (line, key) in zip(lines, MLflowExport.keys(lines.map(\.name))) {
            try file(folder.appendingPathComponent(key), line.text)
        }
    }

    /// An experiment's number: MLflow wants digits, and equal names have equal ones.
    static func number(_ experiment: String) -> String {
        let hash = ContentHash.sha256(experiment.utf8).prefix(15)
        return "\(UInt64(hash, radix: 16) ?? 0)"
    }

    /// A name as MLflow takes it: letters, digits, `_`, `-`, `.`, space and `/`. `recall[3]` is `recall.3`, and
    /// `j1@best(test_accuracy)` is `j1.best.test_accuracy`.
    package static func key(_ name: String) -> String {
        let parts = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber || "_-. ".contains($0))) }
        let key = parts.joined(separator: ".")
        return key.isEmpty || key.allSatisfy { $0 == "." } ? "_" : key
    }

    /// The keys of names; one that another name has already gets the start of its name's hash.
    private static func keys(_ names: [String]) -> [String] {
        var taken: Set<String> = []
        return names.map { name in
            let key = key(name)
            if taken.insert(key).inserted { return key }
            let other = key + "." + ContentHash.sha256(name.utf8).prefix(8)
            taken.insert(other)
            return other
        }
    }

    private func milliseconds(_ time: Double) -> Int { Int(exactly: (time * 1000).rounded()) ?? 0 }

    /// A text in single quotes, in which YAML knows no escapes but the quote itself.
    private func yaml(_ text: String) -> String {
        "'" + text.replacing("\n", with: " ").replacing("'", with: "''") + "'"
    }

    private func file(_ url: URL, _ text: String) throws {
        try makeFolder(url.deletingLastPathComponent())
        do {
            try Data(text.utf8).write(to: url)
        } catch {
            throw RunError("\(url.path): could not write the file (\(FileReason.of(error)))")
        }
    }

    private func makeFolder(_ url: URL) throws {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw RunError("\(url.path): could not make the folder (\(FileReason.of(error)))")
        }
    }
}
