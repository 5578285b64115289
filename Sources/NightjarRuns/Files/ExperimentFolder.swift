// All runs of an experiment on disk.

import Foundation

/// The folder `runs/<experiment>/`: a folder a run, `summary.csv`, `report.html`.
public struct ExperimentFolder: Sendable {
    public let url: URL

    /// The folder of an experiment below the runs directory.
    public init(_ experiment: String, in runsDirectory: URL) {
        let name = RunConfiguration(experiment: experiment).experimentFolderName
        url = runsDirectory.appendingPathComponent(name, isDirectory: true)
    }

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
    /// - Parameter names: of folders that are passed over.
    public func runs(except names: Set<String> = []) throws -> (runs: [RunFolder], unreadable: [Unreadable]) {
        var runs: [RunFolder] = []
        var unreadable: [Unreadable] = []
        for folder in try ExperimentFolder.folders(in: url) where !names.contains(folder.lastPathComponent) {
            let configuration = folder.appendingPathComponent("config.json")
            // One that may not be looked at is there, and cannot be read.
            guard access(configuration.path, F_OK) == 0 || errno == EACCES else { continue }
            do {
                let run = try RunFolder.open(folder)
                _ = try run.readSummary()
                runs.append(run)
            } catch {
                unreadable.append(Unreadable(url: folder, reason: "\(error)"))
            }
        }
        return (runs, unreadable)
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
