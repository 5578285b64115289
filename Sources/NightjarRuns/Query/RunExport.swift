// Runs handed to somebody else: folders with all that explains them.

import Foundation

/// Copies runs into one folder that another person can read: the runs themselves, the texts of their scripts, a table, a
/// report and a page that says what is what. The commands of Nightjar read it as a runs directory.
public struct RunExport {
    /// One file of the export.
    public struct File {
        /// The path in the export.
        public let path: String
        public let contents: () throws -> Data
    }

    /// What is left out.
    public struct Choice: Sendable {
        public var withWeights = true
        public var withCheckpoints = false

        public init(withWeights: Bool = true, withCheckpoints: Bool = false) {
            self.withWeights = withWeights
            self.withCheckpoints = withCheckpoints
        }
    }

    private let records: [RunRecord]
    private let store: RunStore
    private let choice: Choice

    public init(_ records: [RunRecord], in store: RunStore, _ choice: Choice = Choice()) {
        self.records = records
        self.store = store
        self.choice = choice
    }

    /// A row a run: its folder, its cell, how it ended, all its metrics, and the settings in which runs of one cell differ.
    public func csv() throws -> String {
        let set = try RunSet(records, in: store, keepingAll: true)
        var text = CSV.line(
            SummaryFile.columns(axes: ["run"] + set.axes.map(\.name), metrics: set.metrics.map(\.name)))
        for (row, folder) in zip(set.rows, set.folders) {
            let name = folder.map { $0.pathComponents.suffix(2).joined(separator: "/") } ?? ""
            text += CSV.line(
                [name] + set.axes.map { row.cell.field($0.name) }
                    + [row.state.rawValue, "\(row.epochs)"]
                    + set.metrics.map { row.metrics[$0.name].map(NumberText.shortest) ?? "" })
        }
        return text
    }

    /// All files, in a fixed order.
    public func files() throws -> [File] {
        var files: [File] = []
        let csv = try csv()
        files.append(File(path: "README.txt") { Data(readme.utf8) })
        files.append(File(path: "summary.csv") { Data(csv.utf8) })
        files.append(File(path: "report.html") { Data(try report().utf8) })
        var hashes: Set<String> = []
        var names: Set<String> = []
        for record in records {
            let folder = try RunFolder.open(store.folder(of: record.id))
            for name in try RunExport.contents(of: folder.url) where isWanted(name) {
                files.append(
                    File(path: record.id + "/" + name) { try FileReason.read(folder.url.appendingPathComponent(name)) })
            }
            let scripts = folder.configuration.scripts
            // What the run read besides, for nightjar rerun; the same texts under the names of their paths.
            let others = folder.configuration.textHashes.subtracting(scripts.map(\.hash)).sorted()
            for hash in others where hashes.insert(hash).inserted {
                let path = ".objects/\(hash.prefix(2))/\(hash.dropFirst(2))"
                let source = store.runsDirectory.appendingPathComponent(path)
                guard FileManager.default.fileExists(atPath: source.path) else { continue }
                files.append(File(path: path) { try FileReason.read(source) })
            }
            for script in scripts where hashes.insert(script.hash).inserted {
                let path = ".objects/\(script.hash.prefix(2))/\(script.hash.dropFirst(2))"
                let source = store.runsDirectory.appendingPathComponent(path)
                guard FileManager.default.fileExists(atPath: source.path) else { continue }
                files.append(File(path: path) { try FileReason.read(source) })
                // The same text under its name, for people.
                var name = "scripts/" + RunExport.plain(script.name)
                if !names.insert(name).inserted {
                    name = "scripts/\(script.hash.prefix(8))-" + RunExport.plain(script.name)
                }
                files.append(File(path: name) { try FileReason.read(source) })
            }
        }
        return files
    }

    /// Writes all files below a folder that is not there yet.
    /// - Throws: `RunError` where something is there, or cannot be written.
    /// - Returns: how many files there are, and their bytes.
    @discardableResult
    public func write(to folder: URL) throws -> (files: Int, bytes: Int) {
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw RunError("\(folder.path) is there already: give a new name, or remove it first")
        }
        var bytes = 0
        let files = try files()
        for file in files {
            let url = folder.appendingPathComponent(file.path)
            let contents = try file.contents()
            do {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try contents.write(to: url)
            } catch {
                throw RunError("\(url.path): could not write the file (\(FileReason.of(error)))")
            }
            bytes += contents.count
        }
        return (files.count, bytes)
    }

    private func isWanted(_ name: String) -> Bool {
        if name.hasPrefix("checkpoint") { return choice.withCheckpoints }
        return choice.withWeights || !name.hasSuffix(".safetensors")
    }

    private func report() throws -> String {
        try Report(title: title, set: try RunSet(records, in: store)).html()
    }

    private var title: String {
        let names = Set(records.map(\.experiment)).sorted()
        return names.count <= 3 ? names.joined(separator: ", ") : "\(records.count) runs of \(names.count) experiments"
    }

    /// The regular files below a folder, by their paths, without hidden ones.
    private static func contents(of folder: URL) throws -> [String] {
        var names: [String] = []
        func walk(_ path: String) throws {
            let full = folder.appendingPathComponent(path).path
            for name in try FileManager.default.contentsOfDirectory(atPath: full).sorted() where !name.hasPrefix(".") {
                let inner = path.isEmpty ? name : path + "/" + name
                let kind =
                    try FileManager.default.attributesOfItem(
                        atPath: folder.appendingPathComponent(inner).path)[.type] as? FileAttributeType
                if kind == .typeDirectory { try walk(inner) }
                if kind == .typeRegular { names.append(inner) }
            }
        }
        do {
            try walk("")
        } catch {
            throw RunError("\(folder.path): could not list the folder (\(FileReason.of(error)))")
        }
        return names
    }

    /// A name from a configuration as a path that leads nowhere else.
    private static func plain(_ name: String) -> String {
        name.split(separator: "/").map { part in part.allSatisfy { $0 == "." } ? "-" : String(part) }.joined(
            separator: "/")
    }

    private var readme: String {
        """
        \(records.count) runs of \(Set(records.map(\.experiment)).sorted().joined(separator: ", ")), exported by Nightjar.

        summary.csv          a row a run: cell, status, epochs, metrics at the end
        report.html          tables and curves, to open in a browser
        scripts/             the scripts and plugin files that the runs read, by name
        EXPERIMENT/RUN/      one run:
          config.json          everything that was asked for, with seeds and hashes
          metrics.csv          a row an epoch
          summary.json         how it ended, metrics at the end
          labels.csv           index, true label, label given; from 0
          weights.safetensors  the final weights
          log.txt              what was printed
        .objects/            the texts of scripts by their SHA-256, for nightjar rerun

        nightjar runs list --runs-dir FOLDER and the other commands read this folder like one of their own.

        """
    }
}
