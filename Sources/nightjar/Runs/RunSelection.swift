import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// Which runs a command is about: the options that all commands on runs have.
struct RunSelection: ParsableArguments {
    @Option(help: "Where runs lie.", completion: .directory)
    var runsDir = "runs"

    @Option(
        name: .customLong("where"), parsing: .singleValue,
        help: ArgumentHelp(
            "Only runs that a condition holds for, as in \"loss = 'rll' and rate > 0.2\". Names are axes, settings, "
                + "components and their parameters (loss.alpha), metrics, and run, experiment, status, epochs, seconds, "
                + "started, ended, hash, message. May be repeated: all must hold.",
            valueName: "condition"))
    var conditions: [String] = []

    /// The texts that the runs were made of.
    var texts: TextStore { TextStore(runsDirectory: directory) }

    var directory: URL { URL(fileURLWithPath: runsDir, isDirectory: true) }

    /// The index of the folder, up to date.
    func store() throws -> RunStore { try RunStore(reading: directory) }

    /// The runs that names and conditions select, in the order of their folders.
    func records(_ store: RunStore, _ names: [String] = []) throws -> [RunRecord] {
        let filters = try conditions.map { try RunFilter($0) }
        let filter = filters.dropFirst().reduce(filters.first) { left, right in left.map { .and($0, right) } }
        guard !names.isEmpty else { return try store.runs(RunQuery(filter: filter)) }
        let all = try finder(try store.runs(), store).all(names)
        guard let filter else { return all }
        let wanted = Set(try store.runs(RunQuery(filter: filter)).map(\.id))
        return all.filter { wanted.contains($0.id) }
    }

    /// Finds runs among records by name, and says of others why they cannot be read.
    func finder(_ records: [RunRecord], _ store: RunStore) throws -> RunFinder {
        RunFinder(records, in: directory, unreadable: try store.unreadable())
    }

    /// The same, and an error where nothing is left. Says which folders could not be read of those that are asked for.
    func someRecords(_ store: RunStore, _ names: [String]) throws -> [RunRecord] {
        let records = try records(store, names)
        try noteUnreadable(store, names)
        guard records.isEmpty else { return records }
        if conditions.isEmpty, names.isEmpty {
            throw RunError("there are no runs in \(runsDir): nightjar run SCRIPT makes them")
        }
        throw RunError(
            "no run fulfils \(conditions.map { "\"\($0)\"" }.joined(separator: " and ")): nightjar runs list shows all runs, "
                + "and --columns their values")
    }

    /// Says what could not be read of what is asked for, once a command.
    func noteUnreadable(_ store: RunStore, _ names: [String]) throws {
        let unreadable = try finder([], store).missing(names)
        guard let first = unreadable.first else { return }
        Console.errors(
            unreadable.count == 1
                ? "note: a run folder could not be read: \(first.reason)"
                : "note: \(unreadable.count) run folders could not be read, the first: \(first.reason)")
    }

    /// The text of a script by its hash, where it was kept.
    func keptText(_ hash: String) -> String? {
        guard hash.count == 64, hash.allSatisfy(\.isHexDigit) else { return nil }
        let path = directory.appendingPathComponent(".objects/\(hash.prefix(2))/\(hash.dropFirst(2))").path
        return try? WholeFile.text(path)
    }
}

/// `--json` and `--csv`.
struct OutputChoice: ParsableArguments {
    @Flag(help: "Prints JSON.")
    var json = false

    @Flag(help: "Prints comma-separated values in full precision.")
    var csv = false

    func validate() throws {
        if json && csv { throw ValidationError("--json and --csv say different things: give one of them") }
    }
}

extension Console {
    /// Prints a text that ends in a newline.
    static func print(_ text: String) {
        // From the end: without a count, dropLast walks over all characters.
        output(text.hasSuffix("\n") ? String(text.dropLast(1)) : text)
    }
}
