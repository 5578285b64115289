import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar docs`: the files that are made from the binding table.
struct DocsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs", abstract: "Writes the reference page and the editor definitions.",
        discussion: "docs/reference.md, lua/meta/nightjar.lua and lua/meta/nightjar/test.lua, below the root.")

    @Option(help: "The root of the repository; plugins/ below it is listed.", completion: .directory)
    var root = "."

    @Flag(help: "Writes nothing; fails when a file is not what would be written.")
    var check = false

    @Option(
        help: "Writes pages for man into this folder, and nothing else.", completion: .directory)
    var manual: String?

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            if let manual { return try DocsCommand.writeManual(to: URL(fileURLWithPath: manual, isDirectory: true)) }
            let folder = URL(fileURLWithPath: root, isDirectory: true)
            let reference = try Reference(pluginFolder: folder.appendingPathComponent("plugins").path)
            guard reference.gaps.isEmpty else { throw RunError(reference.gaps.joined(separator: "\n  ")) }
            var stale: [String] = []
            for file in reference.files {
                let url = folder.appendingPathComponent(file.path)
                if let known = try? String(contentsOf: url, encoding: .utf8), known == file.text { continue }
                if check {
                    stale.append(file.path)
                    continue
                }
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try AtomicFile.write(file.text, to: url)
                Console.line("written: \(file.path)")
            }
            if !stale.isEmpty {
                Console.errors("stale: \(stale.joined(separator: ", ")); run make docs")
                throw ExitCode.failure
            }
        }
    }

    private static func writeManual(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for page in try ManualPages(Nightjar._dumpHelp()).pages {
            try AtomicFile.write(page.text, to: folder.appendingPathComponent(page.file))
        }
    }
}
