import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns

/// `nightjar runs rm`.
struct RunsRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes runs: their folders, for good.",
        discussion: """
            It lists what would go and asks first; --yes does not ask. A run that another process is writing is not \
            removed. Texts in .objects that no run names any more go as well. Summary and report of the experiment are \
            made anew when it runs the next time.

              nightjar runs rm --where "status = failed"
              nightjar runs rm memorization --yes
            """)

    @Argument(help: "Experiments or runs.")
    var names: [String] = []

    @OptionGroup var selection: RunSelection

    @Flag(help: "Does not ask.")
    var yes = false

    func validate() throws {
        if names.isEmpty && selection.conditions.isEmpty {
            throw ValidationError("rm takes experiments, runs or --where: it never removes all runs unasked")
        }
    }

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let store = try selection.store()
            let records = try selection.someRecords(store, names)
            try refuseWritten(records, store)
            let count = "\(records.count) \(records.count == 1 ? "run" : "runs")"
            if !yes { try ask(records, count) }
            for record in records { try store.delete(record) }
            Console.output("removed: \(count)" + RunsPruneCommand.words(try selection.texts.prune(), besides: true))
        }
    }

    /// All or nothing: who removes what is being written has mostly named too much.
    private func refuseWritten(_ records: [RunRecord], _ store: RunStore) throws {
        let written = records.compactMap { record in
            RunLock.holder(of: store.folder(of: record.id)).map { (record.id, $0) }
        }
        guard let (id, holder) = written.first else { return }
        let others = written.count > 1 ? ", and \(written.count - 1) more are being written" : ""
        throw RunError(
            "nothing was removed: \(holder) is writing \(id)\(others)\n"
                + "  wait until it has ended, stop it, or leave such runs out with --where \"status != running\"")
    }

    private func ask(_ records: [RunRecord], _ count: String) throws {
        for record in records.prefix(20) { Console.output("  \(record.id)  \(record.status.rawValue)") }
        if records.count > 20 { Console.output("  and \(records.count - 20) more") }
        guard isatty(STDIN_FILENO) == 1 else {
            throw RunError("nothing was removed: there is nobody to ask, --yes removes the \(count) without asking")
        }
        FileHandle.standardOutput.write(Data("remove \(count) and all their files? [y/N] ".utf8))
        let answer = (readLine() ?? "").trimmingCharacters(in: .whitespaces).lowercased()
        guard answer == "y" || answer == "yes" else { throw RunError("nothing was removed") }
    }
}
