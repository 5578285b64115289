// All runs of an experiment on disk.

import Foundation

/// The folder `runs/<experiment>/`: a folder a run, `summary.csv`, `report.html`.
public struct ExperimentFolder: Sendable {
    public let url: URL

    public var summaryURL: URL { url.appendingPathComponent("summary.csv") }
    public var reportURL: URL { url.appendingPathComponent("report.html") }

    public init(_ url: URL) {
        self.url = url
    }

    /// A run folder that could not be read, and why.
    public struct Unreadable: Sendable, Equatable {
        public let url: URL
        public let reason: String
    }

    /// All runs in the folder, by name, whatever their status; and those that cannot be read.
    public func runs() throws -> (runs: [RunFolder], unreadable: [Unreadable]) {
        var runs: [RunFolder] = []
        var unreadable: [Unreadable] = []
        for folder in try ExperimentFolder.folders(in: url) {
            let configuration = folder.appendingPathComponent("config.json")
            guard FileManager.default.fileExists(atPath: configuration.path) else { continue }
            do {
                runs.append(try RunFolder.open(folder))
            } catch {
                unreadable.append(Unreadable(url: folder, reason: "\(error)"))
            }
        }
        return (runs, unreadable)
    }

    /// The rows of those runs that have finished, in the order given. Runs without an end, interrupted and failed
    /// ones have no row: a table must not mix them with the others.
    public static func summaryRows(of runs: [RunFolder], order: GridOrder) throws -> [SummaryRow] {
        let rows = try runs.compactMap { run -> SummaryRow? in
            guard let summary = try run.readSummary(), summary.status == .finished else { return nil }
            return SummaryRow(configuration: run.configuration, summary: summary)
        }
        return order.sorted(rows)
    }

    /// The J1 and J2 curves of those runs that have finished (columns `j1` and `j2` of `metrics.csv`).
    public static func curves(of runs: [RunFolder]) throws -> [RunCurve] {
        try runs.compactMap { run in
            guard try run.readSummary()?.status == .finished else { return nil }
            return RunCurve(configuration: run.configuration, metrics: try run.readMetrics())
        }
    }

    /// Folders inside a folder, sorted by name, without hidden ones.
    static func folders(in url: URL) throws -> [URL] {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
            return names.filter { !$0.hasPrefix(".") }.sorted().map {
                url.appendingPathComponent($0, isDirectory: true)
            }.filter {
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder) && isFolder.boolValue
            }
        } catch {
            throw RunError("\(url.path): could not list the folder (\(FileReason.of(error)))")
        }
    }
}
