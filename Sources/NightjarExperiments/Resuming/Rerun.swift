import Foundation
import NightjarRuns
import NightjarScripting

/// A run that is made again from the texts it was made of, wherever its scripts are now.
public struct Rerun: Sendable {
    /// The run as it was.
    public let original: RunFolder
    /// Its scripts, in the place of files.
    public let texts: ScriptTexts
    /// Where the original lies, and its texts.
    public let runsDirectory: URL
    /// Axes that have another value than the run had, for a fork of it.
    var changed: Set<String> = []
    private let asked: RunRequest

    /// - Parameter folder: that of the run.
    /// - Throws: what is missing: a run of an earlier version keeps no texts, and texts can have been removed.
    public init(_ folder: URL) throws {
        original = try RunFolder.open(folder)
        let name = ScriptFiles.display(original.url.path)
        guard let request = original.configuration.environment["request"],
            let working = original.configuration.environment["folder"]?.stringValue,
            case .array(let sources)? = original.configuration.environment["sources"]
        else {
            throw ScriptError(
                "\(name) does not say what it was made of: it was written by an earlier version of Nightjar")
        }
        guard try !ScriptVersions(reading: original).areSeveral else {
            throw ScriptError(
                "\(name): its scripts changed while it ran (--watch), so it cannot be made again in one piece: "
                    + "versions/ holds them")
        }
        asked = try RunRequest(request)
        runsDirectory = original.url.standardizedFileURL.resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent()
        let store = TextStore(runsDirectory: runsDirectory)
        var known: [String: String] = [:]
        for source in sources {
            guard let path = source["path"]?.stringValue, let hash = source["sha256"]?.stringValue else {
                throw ScriptError("\(name): config.json names a text without its path or hash")
            }
            known[path] = try store.text(hash)
        }
        texts = ScriptTexts(
            known, workingFolder: working,
            places: [FileManager.default.currentDirectoryPath, runsDirectory.deletingLastPathComponent().path]
                .map(ScriptFiles.resolved))
    }

    /// What is to be run.
    /// - Parameter runsDirectory: where it goes, which is not where the original lies.
    public func request(into runsDirectory: URL) -> RunRequest {
        // What decides results is taken over, and nothing else: what a folder says lifts no sandbox, starts no program and
        // reads no file, for whoever wrote it would be the one who asked for it.
        var request = RunRequest(script: asked.script)
        request.runsDirectory = runsDirectory
        (request.settings, request.seed) = (asked.settings, asked.seed)
        (request.isEager, request.checksNumerics) = (asked.isEager, asked.checksNumerics)
        request.isConvolutionExact = asked.isConvolutionExact
        (request.threads, request.dataFolder) = (asked.threads, asked.dataFolder)
        request.isUntrusted = asked.isUntrusted
        return request
    }

    /// The folders that scripts of a request may read: those that somebody typed, and of those that the run's settings name
    /// the ones that its texts may open.
    func readable(_ request: RunRequest) -> [String] {
        var (typed, told) = (request, RunRequest(script: request.script))
        typed.settings = request.settings.filter { changed.contains(String($0.name.prefix { $0 != "." })) }
        told.settings = request.settings.filter { !typed.settings.contains($0) }
        return typed.namedFolders + told.namedFolders.filter(texts.open)
    }

    /// Whether the run was made without the sandbox.
    public var wasTrusted: Bool { asked.isTrusted }

    /// The cell of the run.
    func cell(of experiment: ScriptExperiment) throws -> SweepCell {
        func kept(_ settings: [CellSetting]) -> [CellSetting] { settings.filter { !changed.contains($0.name) } }
        let wanted = kept(original.configuration.cell)
        let cells = experiment.cells.filter { kept($0.settings) == wanted }
        guard cells.count < 2 else {
            throw ScriptError("a fork is one run, and \(cells.count) were asked for: give each setting one value")
        }
        guard let cell = cells.first else {
            throw ScriptError(
                "experiment '\(experiment.name)' has no cell \(original.configuration.cell.title): the script makes other "
                    + "cells today than it did then")
        }
        return cell
    }

    /// What came of it.
    public struct Comparison: Sendable, Equatable {
        public let folder: RunFolder
        /// Files of results that both have, with the same bytes.
        public let same: [String]
        /// Files of results that differ, or that one of both lacks.
        public let different: [String]
        /// Why they may: another program, or another instruction set.
        public let note: String?
    }

    /// Compares with what was run.
    /// - Returns: nil where no run of that kind came out.
    public func compare(_ runsDirectory: URL) throws -> Comparison? {
        let folder = ExperimentFolder(original.configuration.experiment, in: runsDirectory)
        let wanted = original.configuration
        let made = try folder.runs().runs.first { run in
            run.configuration == wanted
                || run.configuration.cell == wanted.cell && run.configuration.parts["fit"] == wanted.parts["fit"]
                    && run.configuration.parts["seeds"] == wanted.parts["seeds"]
        }
        guard let made else { return nil }
        let names = Set(try [original, made].flatMap { try Rerun.results(in: $0) }).sorted()
        let same = names.filter { name in
            FileManager.default.contentsEqual(
                atPath: original.url.appendingPathComponent(name).path,
                andPath: made.url.appendingPathComponent(name).path)
        }
        let (then, now) = (wanted.parts["program"], made.configuration.parts["program"])
        return Comparison(
            folder: made, same: same, different: names.filter { !same.contains($0) },
            note: then == now
                ? nil : "made by \(then?.text(pretty: false) ?? "?"), now by \(now?.text(pretty: false) ?? "?")")
    }

    /// Files that hold results and no clock values.
    private static func results(in folder: RunFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { name in
            !name.hasPrefix(".") && !name.hasPrefix("checkpoint.")
                && [".csv", ".safetensors", ".npy"].contains { name.hasSuffix($0) }
        }
    }
}
