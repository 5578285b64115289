import ArgumentParser
import Foundation
import NightjarEngine
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar plugins`: what was found, what became of it, and the user's own plugins.
struct PluginsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "Lists, adds, removes, tests and checks plugins.",
        discussion: """
            Plugins are looked for in the folder that comes with Nightjar, in a folder 'plugins' beside the script that is \
            run, in what NIGHTJAR_PLUGIN_PATH and --plugin name, and among the user's own, which 'add' puts there. Nothing \
            is downloaded.
            """,
        subcommands: [
            PluginsListCommand.self, PluginsInfoCommand.self, PluginsTestCommand.self, PluginsCheckCommand.self,
            PluginsAddCommand.self, PluginsRemoveCommand.self, PluginsEnableCommand.self, PluginsDisableCommand.self,
            PluginsNativeCommand.self,
        ], defaultSubcommand: PluginsListCommand.self)

    /// A state in which the plugins of the working folder were looked for as well.
    static func host(isTrusted: Bool = false) throws -> ScriptHost {
        let host = try ScriptHost(session: Session(threads: 1), options: ScriptOptions(isTrusted: isTrusted))
        host.findPlugins(in: FileManager.default.currentDirectoryPath)
        return host
    }

    /// The folder that is meant by a plugin's name on the command line; nil where it is a name. Hosts that are made from now on
    /// find its plugin, before those of other places.
    static func folder(_ name: String) -> String? {
        guard name.contains("/") || FileManager.default.fileExists(atPath: name + "/plugin.lua") else { return nil }
        let folder = ScriptPath.resolved(name)
        let others = EnvironmentVariable.value(PluginPlaces.pathVariable) ?? ""
        setenv(PluginPlaces.pathVariable, others.isEmpty ? folder : folder + ":" + others, 1)
        return folder
    }

    /// The plugin of a name, or of the folder that the name means.
    /// - Throws: ``ScriptError`` where there is none.
    static func entry(_ name: String, folder: String? = nil, _ host: ScriptHost) throws -> PluginRegistry.Entry {
        if let folder {
            if let found = host.plugins.entries.first(where: { $0.folder == folder }) { return found }
            throw ScriptError("\(name) holds no plugin.lua: a plugin is a folder with one")
        }
        let all = host.plugins.entries.filter { $0.name == name }
        if let entry = all.first(where: { $0.status == .loaded }) ?? all.first { return entry }
        let names = Set(host.plugins.entries.map(\.name)).sorted()
        let hint = host.nearest(name, names).map { ": did you mean '\($0)'?" } ?? ""
        throw ScriptError("there is no plugin '\(name)'\(hint)\n  known are \(names.joined(separator: ", "))")
    }
}

/// Where plugins come from besides the usual places; for every command that runs scripts.
struct PluginOptions: ParsableArguments {
    @Option(help: "A plugin, or a folder of plugins, to be found as well. May be repeated.", completion: .directory)
    var plugin: [String] = []

    @Flag(help: "Finds the plugins that come with Nightjar, and no others.")
    var safe = false

    /// Written into the environment, so that the processes that a command starts find the same.
    func validate() throws {
        for folder in plugin where !FileManager.default.fileExists(atPath: folder) {
            throw ValidationError("--plugin \(folder): there is no such folder")
        }
        let here = FileManager.default.currentDirectoryPath
        let named = plugin.map { $0.hasPrefix("/") ? $0 : here + "/" + $0 }
        if !named.isEmpty {
            let before = ProcessInfo.processInfo.environment[PluginPlaces.pathVariable].map { [$0] } ?? []
            setenv(PluginPlaces.pathVariable, (named + before).joined(separator: ":"), 1)
        }
        if safe { setenv(PluginPlaces.safeVariable, "1", 1) }
    }
}

struct PluginsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists plugins: loaded, skipped or failed, why, and what each provides.")

    @Flag(help: "Prints JSON.")
    var json = false
    @OptionGroup var places: PluginOptions

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let host = try PluginsCommand.host()
            let entries = host.plugins.entries
            if json { return Console.output(JSONValue.array(entries.map(\.json)).text()) }
            for entry in entries { Console.output(entry.text) }
            if entries.isEmpty { Console.output("no plugins; looked in") }
            if entries.isEmpty { host.places.roots.forEach { Console.output("  \($0)") } }
        }
    }
}

struct PluginsInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Says everything about one plugin.")

    @Argument(help: "The plugin's name, or its folder.")
    var name: String
    @Flag(help: "Prints JSON.")
    var json = false
    @OptionGroup var places: PluginOptions

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let folder = PluginsCommand.folder(name)
            let entry = try PluginsCommand.entry(name, folder: folder, PluginsCommand.host())
            Console.output(json ? entry.json.text() : entry.text + entry.details)
        }
    }
}

struct PluginsTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Runs the tests that a plugin brings along.")

    @Argument(help: "The plugin's name, or its folder; all of the user's plugins where there is none.")
    var name: String?
    @Flag(help: "Lifts the sandbox, and lets native libraries be loaded.")
    var trust = false
    @OptionGroup var places: PluginOptions

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let folder = name.flatMap(PluginsCommand.folder)
            let host = try PluginsCommand.host()
            let entries =
                try name.map { [try PluginsCommand.entry($0, folder: folder, host)] }
                ?? host.plugins.entries.filter { !$0.isShipped }
            if entries.isEmpty {
                Console.output("there are no plugins but those that come with Nightjar: name one of them")
            }
            var failed = false
            for entry in entries {
                if case .failed(let reason) = entry.status {
                    throw ScriptError("plugin '\(entry.name)' does not load: \(reason)")
                }
                let files = try ScriptTests.files(in: [entry.folder])
                let options = ScriptOptions(isTrusted: trust)
                let results = try ScriptTests.run(files: files, options: options) { result in
                    if let reason = result.skipped { Console.line("skipped \(result.file): \(reason)") }
                    guard let failure = result.failure else { return }
                    let title = ShownText.line("\(result.file): \(result.name)", most: .max)
                    Console.output("FAILED \(title)\n  " + failure.replacing("\n", with: "\n  "))
                }
                Console.output("\(entry.name): \(files.isEmpty ? "it has no tests" : ScriptTests.summary(results))")
                failed = failed || results.contains { $0.failure != nil }
            }
            if failed { throw ExitCode.failure }
        }
    }
}

struct PluginsCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks a plugin: its manifest, and with 'nightjar check' all it provides.",
        discussion: """
            Each file runs in a process of its own, with limits. A native library is tried in one as well, without network, \
            other programs and files that it has no business with: every kernel on memory that ends at pages which nothing \
            may touch, by one thread and by several, in float32 and float64, and gradients against differences. It has to \
            be trusted for that.
            """)

    @Argument(help: "The plugin's name, or its folder.")
    var name: String
    @Option(help: "A check to leave out, for example time. May be repeated.")
    var skip: [String] = []
    @Flag(help: "Lifts the sandbox, and lets a native library be loaded.")
    var trust = false
    @OptionGroup var places: PluginOptions

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let folder = PluginsCommand.folder(name)
            // Before the manifest is read. Checks of its files are processes of this program.
            var wall = Wall.forScripts([folder ?? ScriptPath.resolved("plugins")])
            wall.startsWorkers = true
            let report = wall.raise()
            if !report.isWhole { Console.errors("note: \(report.text)") }
            let host = try PluginsCommand.host(isTrusted: trust)
            let entry = try PluginsCommand.entry(name, folder: folder, host)
            switch entry.status {
            case .failed(let reason): throw ScriptError("plugin '\(entry.name)' does not load: \(reason)")
            case .skipped(let reason): throw ScriptError("plugin '\(entry.name)' is skipped: \(reason)")
            case .loaded: break
            }
            Console.output("plugin '\(entry.name)' \(entry.version): the manifest is right")
            for clash in entry.clashes { Console.output("note: \(clash)") }
            if entry.license.isEmpty { Console.output("note: it names no license") }
            let checked = Set(try host.kinds(withPlugins: true).filter(\.isChecked).map(\.name))
            var failed: [String] = []
            if let library = entry.native, try !isTried(library, of: entry, host) {
                failed.append((library as NSString).lastPathComponent)
            }
            for (kind, names) in entry.provides.sorted(by: { $0.key < $1.key }) {
                for (name, file) in names.sorted(by: { $0.key < $1.key }) {
                    let isFine =
                        try checked.contains(kind) ? checkedByCommand(file) : loads(file, kind, name, host)
                    if !isFine { failed.append("\(kind)/\(name)") }
                }
            }
            if !failed.isEmpty {
                throw ScriptError("plugin '\(entry.name)': \(failed.joined(separator: ", ")) failed")
            }
            Console.output("plugin '\(entry.name)': all is well")
        }
    }

    private func checkedByCommand(_ file: String) throws -> Bool {
        try child(["check", file] + (trust ? ["--trust"] : []) + skip.flatMap { ["--skip", $0] }).wait() == .exited(0)
    }

    private func child(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path, arguments)
    }

    /// Tries a native library in a process of its own.
    private func isTried(_ library: String, of entry: PluginRegistry.Entry, _ host: ScriptHost) throws -> Bool {
        if let refusal = host.nativeRefusal(of: entry) {
            Console.output("native library: \(refusal)")
            return false
        }
        switch try child(["plugins", "native", entry.name]).wait() {
        case .exited(let status): return status == 0
        case .killed(let signal):
            Console.output(
                "native library: \(library) ended the process that tried it, by signal \(signal)"
                    + (signal == SIGXCPU || signal == SIGKILL ? ": is there a loop without an end?" : ""))
            return false
        }
    }

    /// What has no checks of its own has at least to load.
    private func loads(_ file: String, _ kind: String, _ name: String, _ host: ScriptHost) -> Bool {
        do {
            _ = try host.runFile(file)
            Console.output("\(kind) '\(name)' loads")
            return true
        } catch {
            Console.output("\(kind) '\(name)' fails: \(error)")
            return false
        }
    }
}

/// What `nightjar plugins check` starts to try a native library.
struct PluginsNativeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "native", abstract: "Tries a native library in this process.", shouldDisplay: false)

    @Argument(help: "The plugin's name.")
    var name: String

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            ProcessLimits(seconds: 300, mebibytes: 16384).apply()
            var wall = Wall.forScripts([])
            wall.loadsCode = true
            _ = wall.raise()
            let host = try PluginsCommand.host(isTrusted: true)
            let isFine = try NativeCheck(host, plugin: name).run { finding in
                let mark =
                    switch finding.verdict {
                    case .fine: ""
                    case .note: "note: "
                    case .failed: "FAIL "
                    }
                Console.output("native library: \(mark)\(finding.text)")
            }
            if !isFine { throw ExitCode.failure }
        }
    }
}

struct PluginsAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds a plugin from a folder or an archive to the user's own.",
        discussion: "The manifest is read first; what does not load is not added.")

    @Argument(
        help: "A folder with a plugin.lua, or a .tar, .tar.gz, .tgz, .tar.xz or .zip of one.", completion: .file())
    var source: String
    @Flag(help: "Makes a link to the folder, so that changes there count at once.")
    var link = false
    @Flag(help: "Takes the place of a plugin of the same name.")
    var replace = false

    func run() throws {
        // Not at once: what was unpacked so far goes.
        StopSignal.install()
        try Console.reporting {
            let entry = try PluginStore().add(source, isLinked: link, replacing: replace) { folder in
                var options = ScriptOptions()
                // Beside the others, since it may depend on them.
                options.pluginRoots = [folder] + PluginPlaces.standard().roots
                let host = try ScriptHost(session: Session(threads: 1), options: options)
                return host.plugins.entries.first { $0.folder == ScriptPath.resolved(folder) }
            }
            Console.output(
                "added plugin '\(entry.name)' \(entry.version), which provides "
                    + (entry.provides.isEmpty
                        ? "nothing"
                        : entry.provides.sorted { $0.key < $1.key }.map { kind, names in
                            "\(kind) \(names.keys.sorted().joined(separator: ", "))"
                        }.joined(separator: "; ")))
        }
    }
}

struct PluginsRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes one of the user's own plugins.")

    @Argument(help: "The plugin's name.")
    var name: String

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            try PluginStore().remove(name, PluginsCommand.host().plugins.entries)
            Console.output("removed plugin '\(name)'")
        }
    }
}

/// The plugin that a command switches on or off.
struct PluginSwitch: ParsableArguments {
    @Argument(help: "The plugin's name.")
    var name: String

    func set(enabled: Bool) throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let changed = try PluginStore().set(name, enabled: enabled, PluginsCommand.host().plugins.entries)
            let state = enabled ? (changed ? "on again" : "on already") : (changed ? "off" : "off already")
            Console.output("plugin '\(name)' is \(state)")
        }
    }
}

struct PluginsEnableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Switches a plugin on that was switched off or set aside.")

    @OptionGroup var plugin: PluginSwitch

    func run() throws { try plugin.set(enabled: true) }
}

struct PluginsDisableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Switches a plugin off for all that starts from now on.")

    @OptionGroup var plugin: PluginSwitch

    func run() throws { try plugin.set(enabled: false) }
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
        lines += clashes.map { "note: " + ShownText.line($0, most: 600) }
        lines += (provides["commands"] ?? [:]).keys.sorted().filter(PluginCommand.isOwn).map {
            "note: '\($0)' is a command of Nightjar's own, so that of the plugin is never run: choose another word"
        }
        return lines.joined(separator: "\n    ")
    }

    fileprivate var details: String {
        var lines: [String] = []
        if !license.isEmpty { lines.append("license: \(ShownText.line(license))") }
        if !homepage.isEmpty { lines.append("homepage: \(ShownText.line(homepage, most: 600))") }
        if !depends.isEmpty {
            lines.append("depends on: " + depends.map { "\($0.plugin) \($0.range)" }.joined(separator: "; "))
        }
        if let native { lines.append("native library: \(ShownText.line(native, most: 4096))") }
        if !packages.isEmpty { lines.append("Lua packages: " + packages.joined(separator: ", ")) }
        for deprecation in deprecations {
            lines.append("\(deprecation.kind) '\(deprecation.name)' is deprecated: use '\(deprecation.replacement)'")
        }
        return lines.map { "\n    " + $0 }.joined()
    }

    fileprivate var json: JSONValue {
        var entries: [String: JSONValue] = [
            "name": .string(name), "version": .string(version), "folder": .string(folder),
            "status": .string(state.word), "shipped": .bool(isShipped),
            "license": .string(license), "description": .string(description), "homepage": .string(homepage),
            "provides": .object(provides.mapValues { .array($0.keys.sorted().map { .string($0) }) }),
            "depends": .object(
                Dictionary(depends.map { ($0.plugin, JSONValue.string($0.range)) }, uniquingKeysWith: { $1 })),
            "packages": .array(packages.map { .string($0) }),
            "deprecations": .array(
                deprecations.map {
                    .object([
                        "kind": .string($0.kind), "name": .string($0.name), "replacement": .string($0.replacement),
                    ])
                }),
        ]
        if let native { entries["native"] = .string(native) }
        if !clashes.isEmpty { entries["clashes"] = .array(clashes.map { .string($0) }) }
        if !state.reason.isEmpty { entries["reason"] = .string(state.reason) }
        return .object(entries)
    }
}
