import ArgumentParser
import Foundation
import NightjarData
import NightjarProcess
import NightjarRuns
import NightjarScripting
import Synchronization

/// `nightjar data fetch`: gets published data sets, with their sizes and digests checked.
struct DataFetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Fetches published data sets into a folder, and checks that they are right.",
        discussion: """
            A file gets its name when all of it has come and its SHA-256 is the published one; until then it is NAME.part, \
            from which the same command goes on. What is there already is checked and left alone.
            """)

    @Argument(help: "Names of data sets.")
    var names: [String]

    @Option(
        help: "Where data sets lie; by default NIGHTJAR_DATA. Each gets a folder of its own there.",
        completion: .directory)
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            "The address of a folder that has the same files, in the place of their home.", valueName: "address"))
    var from: String?

    @Option(help: "Seconds without a byte after which a connection is given up.")
    var patience = 30

    @Option(help: "How often in a row nothing new may come before a file is given up.")
    var attempts = 5

    @OptionGroup var places: PluginOptions

    func validate() throws {
        guard !names.isEmpty else { throw ValidationError("name a data set: nightjar data list shows them") }
        guard (1...3600).contains(patience) else { throw ValidationError("--patience is 1 to 3600 seconds") }
        guard (1...100).contains(attempts) else { throw ValidationError("--attempts is 1 to 100") }
    }

    func run() throws {
        StopSignal.install()
        try Console.reporting {
            let host = try DataCommand.host(nil)
            let base = try directory(host)
            // All names are known before anything is fetched.
            for set in try names.map({ (name: $0, files: try host.dataFiles($0)) }) {
                let folder = base.appendingPathComponent(set.files.folder)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                for file in set.files.files { try fetch(file, into: folder, of: set.name) }
                Console.line("\(set.name) is in \(folder.path)")
            }
        }
    }

    private func directory(_ host: ScriptHost) throws -> URL {
        if let dataDir { return URL(fileURLWithPath: dataDir, isDirectory: true) }
        if let folder = try host.dataEnvironmentFolder() { return folder }
        throw ScriptError("where to? Name the folder of the data sets with --data-dir or NIGHTJAR_DATA")
    }

    private func fetch(_ published: PublishedFile, into folder: URL, of name: String) throws {
        let file = from.map(published.mirrored) ?? published
        let line = Mutex(ProgressLine())
        var fetcher = Fetcher()
        fetcher.patience = patience
        fetcher.attempts = attempts
        fetcher.goesOn = { !StopSignal.isRaised }
        fetcher.progress = { file, count, all in
            let text = "\(name): \(file), \(Self.megabytes(count)) of \(Self.megabytes(all)) MB"
            line.withLock { $0.show(text) }
        }
        defer { line.withLock { $0.clear() } }
        let outcome = try fetcher.fetch(file, into: folder)
        line.withLock { $0.clear() }
        Console.output(
            "\(outcome == .present ? "there   " : "fetched ") \(file.results.map(\.name).joined(separator: ", "))")
    }

    private static func megabytes(_ count: Int) -> String { String(format: "%.1f", Double(count) / 1e6) }
}
