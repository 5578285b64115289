import ArgumentParser
import NightjarEngine
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// `nightjar plugins`: what was found, and what became of it.
struct PluginsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "Lists plugins: loaded, skipped or failed, why, and what each provides.")

    @Flag(help: "Prints JSON.")
    var json = false

    func run() throws {
        StopSignal.install(atOnce: true)
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
        let (name, version) = (ShownText.line(self.name), ShownText.line(self.version, most: 40))
        let title =
            "\(state.word)  \(name)\(version.isEmpty ? "" : " " + version)  \(ShownText.line(folder, most: 4096))"
        var lines = [title]
        if !state.reason.isEmpty { lines.append(state.reason.replacing("\n", with: "\n    ")) }
        if !description.isEmpty { lines.append(ShownText.line(description, most: 1000)) }
        for (kind, names) in provides.sorted(by: { $0.key < $1.key }) {
            lines.append("\(kind): \(names.keys.sorted().map { ShownText.line($0) }.joined(separator: ", "))")
        }
        lines += hidden.map { "note: " + ShownText.line($0, most: 600) }
        return lines.joined(separator: "\n    ")
    }

    fileprivate var json: JSONValue {
        var entries: [String: JSONValue] = [
            "name": .string(name), "version": .string(version), "folder": .string(folder),
            "status": .string(state.word),
            "license": .string(license), "description": .string(description),
            "provides": .object(provides.mapValues { .array($0.keys.sorted().map { .string($0) }) }),
        ]
        if !hidden.isEmpty { entries["hidden"] = .array(hidden.map { .string($0) }) }
        if !state.reason.isEmpty { entries["reason"] = .string(state.reason) }
        return .object(entries)
    }
}
