import ArgumentParser
import NightjarEngine
import NightjarRuns
import NightjarScripting

/// `nightjar plugins`: what was found, and what became of it.
struct PluginsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "Lists plugins: loaded, skipped or failed, why, and what each provides.")

    @Flag(help: "Prints JSON.")
    var json = false

    func run() throws {
        try Console.reporting {
            let host = try ScriptHost(session: Session(threads: 1))
            let entries = host.plugins.entries
            if json { return Console.output(JSONValue.array(entries.map(\.json)).text()) }
            for entry in entries { Console.output(entry.text) }
            if entries.isEmpty { Console.output("no plugins; looked in") }
            if entries.isEmpty { PluginRegistry.standardRoots().forEach { Console.output("  \($0)") } }
        }
    }
}

extension PluginRegistry.Entry {
    private var state: (word: String, reason: String) {
        switch status {
        case .loaded: ("loaded", "")
        case .skipped(let reason): ("skipped", reason)
        case .failed(let reason): ("failed", reason)
        }
    }

    fileprivate var text: String {
        var lines = ["\(state.word)  \(name)\(version.isEmpty ? "" : " " + version)  \(folder)"]
        if !state.reason.isEmpty { lines.append(state.reason.replacing("\n", with: "\n    ")) }
        if !description.isEmpty { lines.append(description) }
        for (kind, names) in provides.sorted(by: { $0.key < $1.key }) {
            lines.append("\(kind): \(names.keys.sorted().joined(separator: ", "))")
        }
        return lines.joined(separator: "\n    ")
    }

    fileprivate var json: JSONValue {
        var entries: [String: JSONValue] = [
            "name": .string(name), "version": .string(version), "folder": .string(folder),
            "status": .string(state.word),
            "license": .string(license), "description": .string(description),
            "provides": .object(provides.mapValues { .array($0.keys.sorted().map { .string($0) }) }),
        ]
        if !state.reason.isEmpty { entries["reason"] = .string(state.reason) }
        return .object(entries)
    }
}
