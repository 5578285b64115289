import ArgumentParser
import Foundation
import NightjarExperiments
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// `nightjar verify`: whether runs, and the table over them, are what they say.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Looks whether a run, or an experiment with its table, is what it says.",
        discussion: """
            Files, checkpoints and report.html are compared with the checksums that they were left with, each number of \
            summary.csv with its run, and some \
            finished runs are made again from the texts that they were made of: the bits must be the same. Of a run that \
            has kept checkpoints, only the epochs from one of them, drawn at random, to the next are made again. Exit \
            status 0: all is as it says.
            """)

    @Argument(
        help: ArgumentHelp("The folder of a run or of an experiment, or its report.html.", valueName: "report|run"),
        completion: .file())
    var path: String

    @Option(help: "How many runs, drawn at random, are made again.")
    var cells = 3

    @Flag(help: "Makes whole runs again, also where checkpoints are kept.")
    var whole = false

    @Option(help: "Where data sets lie, if not where they were.", completion: .directory)
    var dataDir: String?

    @Option(help: "Threads; results do not depend on them.")
    var threads: Int?

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, got \(threads)") }
        if cells < 0 { throw ValidationError("--cells must be at least 0, got \(cells)") }
    }

    func run() throws {
        StopSignal.install()
        var faults = 0
        try Console.reporting {
            func say(_ fault: String) {
                faults += 1
                Console.errors("fault: \(ShownText.message(fault))")
            }
            let (runs, table, report) = try found(say)
            var good: [RunFolder] = []
            for run in runs {
                do {
                    try run.checkFiles()
                    try run.checkCheckpoints()
                    if try run.readSummary()?.status == .finished { good.append(run) }
                } catch {
                    say(FileReason.message(error))
                }
            }
            if let report { do { try ReportSum.check(report) } catch { say(FileReason.message(error)) } }
            if let table { for fault in try TableCheck.faults(in: table, of: runs) { say(fault) } }
            let chosen = good.shuffled().prefix(cells)
            for run in chosen { if let fault = try again(run) { say(fault) } }
            Console.output(
                "verified: \(good.count) of \(runs.count) runs finished and as they were written, \(chosen.count) made again, "
                    + (faults == 0 ? "no fault" : "\(faults) \(faults == 1 ? "fault" : "faults")"))
        }
        if faults > 0 { throw ExitCode.failure }
    }

    /// The runs that are asked about, and the table and the report over them where there are such.
    private func found(_ say: (String) -> Void) throws -> (runs: [RunFolder], table: URL?, report: URL?) {
        var isFolder: ObjCBool = false
        var url = URL(fileURLWithPath: path)
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw RunError("there is no run, experiment or report \(path)")
        }
        if !isFolder.boolValue { url.deleteLastPathComponent() }
        if FileManager.default.fileExists(atPath: url.appendingPathComponent("config.json").path) {
            return ([try RunFolder.open(url)], nil, nil)
        }
        let folder = ExperimentFolder(url)
        let (runs, unreadable) = try folder.runs()
        for one in unreadable { say(one.reason) }
        guard !runs.isEmpty || !unreadable.isEmpty else { throw RunError("there are no runs in \(path)") }
        // A report that was given may have another name.
        let report = isFolder.boolValue || !path.hasSuffix(".html") ? folder.reportURL : URL(fileURLWithPath: path)
        func there(_ file: URL) -> URL? { FileManager.default.fileExists(atPath: file.path) ? file : nil }
        return (runs, there(folder.summaryURL), there(report))
    }

    /// Makes a run again, beside all others, or the epochs behind one of the checkpoints that it keeps.
    /// - Returns: what came out otherwise; nil where the bits are the same.
    private func again(_ run: RunFolder) throws -> String? {
        let name = run.url.relativePath
        func how(_ request: inout RunRequest) {
            if let dataDir { request.dataFolder = dataDir }
            if let threads { request.threads = threads }
        }
        do {
            if !whole, let stretch = try RunStretch.all(of: run).randomElement() {
                let epochs =
                    stretch.end - stretch.start == 1
                    ? "epoch \(stretch.end)" : "epochs \(stretch.start + 1) to \(stretch.end)"
                let from = "made again from the checkpoint of epoch \(stretch.start)"
                do {
                    let (different, note) = try stretch.again(how: how)
                    try StopSignal.check()
                    guard different.isEmpty else {
                        return "\(name): \(epochs), \(from), came out with other bits in "
                            + different.joined(separator: ", ") + (note.map { " (\($0))" } ?? "")
                    }
                } catch  where !StopSignal.isRaised {
                    return "\(name): \(epochs), \(from): \(FileReason.message(error))"
                }
                Console.line("the same bits: \(name) (\(epochs), from the checkpoint of epoch \(stretch.start))")
                return nil
            }
            let place = FileManager.default.temporaryDirectory.appendingPathComponent(
                "nightjar-verify-\(UUID().uuidString)", isDirectory: true)
            defer { try? FileManager.default.removeItem(at: place) }
            let rerun = try Rerun(run.url)
            var request = rerun.request(into: place)
            how(&request)
            request.isQuiet = true
            let runner = ScriptRunner(request, rerun: rerun, output: { _ in }, errors: { _ in })
            let outcome = try runner.run()
            try StopSignal.check()
            guard outcome == .finished, let comparison = try rerun.compare(place) else {
                return "\(name): made again, it does not come to its end"
            }
            guard !comparison.different.isEmpty else {
                Console.line("the same bits: \(name) (\(comparison.same.joined(separator: ", ")))")
                return nil
            }
            return "\(name): made again, it has other bits in \(comparison.different.joined(separator: ", "))"
                + (comparison.note.map { " (\($0))" } ?? "")
        } catch  where !StopSignal.isRaised {
            return "\(name): it could not be made again: \(FileReason.message(error))"
        }
    }
}
