import Foundation
import NightjarTensor

/// The plugins that were found, and what became of each: nothing is ever silently missing.
public struct PluginRegistry {
    /// One folder that was looked at.
    public struct Entry {
        public enum Status: Equatable {
            case loaded
            /// Another plugin of that name came first, or it is switched off.
            case skipped(String)
            case failed(String)
        }
        public let name: String
        public let version: String
        public let folder: String
        public var license = ""
        public var description = ""
        public var homepage = ""
        public internal(set) var status: Status
        /// Kind ("losses") to names ("rll") to files. Of a plugin that failed: what can be told of it.
        public var provides: [String: [String: String]] = [:]
        public var depends: [(plugin: String, range: String)] = []
        public var packages: [String] = []
        /// The shared library with its native code, which is loaded when it is needed.
        public var native: String?
        /// The file with rules in Lua for the gradients of what the library has.
        public var gradients: String?
        public var deprecations: [Deprecation] = []
        /// What it provides and other plugins provide as well.
        public internal(set) var clashes: [String] = []
        /// Whether it lies where Nightjar's own plugins do.
        public var isShipped = false
        /// Whether its manifest was not taken: what it would provide is not known for certain.
        var isRefused = false
    }

    /// A name that another one replaces.
    public struct Deprecation: Sendable, Equatable {
        public let kind: String
        public let name: String
        public let replacement: String
    }

    /// What a name stands for.
    enum Finding {
        /// A file, the plugin that it is of, and the name that replaces this one, where it is deprecated.
        case one(file: String, owner: Entry, replacement: String?)
        /// Several plugins provide it, and nobody said which is meant.
        case several([(owner: String, file: String)])
        /// Nobody does. `reasons`: plugins that would have, and what they lack; what replaces the name.
        case none(reasons: [String])
    }

    /// In the order in which they were found.
    public private(set) var entries: [Entry] = []
    /// What was asked for and is not there: a path of `NIGHTJAR_PLUGIN_PATH`, for example.
    public internal(set) var notes: [String] = []
    /// Kind and name to the positions of the entries that provide it.
    private var index: [String: [String: [Int]]] = [:]
    /// What the user's configuration prefers: kind/name to the plugin's name.
    private var preferred: [String: String] = [:]

    public init() {}

    package mutating func prefer(_ choices: [String: String]) { preferred.merge(choices) { _, new in new } }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        guard entry.status == .loaded else { return }
        let position = entries.count - 1
        for (kind, names) in entry.provides.sorted(by: { $0.key < $1.key }) {
            for name in names.keys.sorted() {
                let others = index[kind]?[name] ?? []
                index[kind, default: [:]][name, default: []].append(position)
                for other in others {
                    entries[position].clashes.append(
                        "\(kind) '\(name)' is provided by plugin '\(entries[other].name)' as well")
                    entries[other].clashes.append("\(kind) '\(name)' is provided by plugin '\(entry.name)' as well")
                }
            }
        }
    }

    /// What `rll`, or `losses/rll` with the plugin's name in front, stands for.
    func find(_ kind: String, _ name: String) -> Finding {
        var (owner, plain) = (preferred["\(kind)/\(name)"], name)
        if let slash = name.firstIndex(of: "/") {
            (owner, plain) = (String(name[..<slash]), String(name[name.index(after: slash)...]))
        }
        let all = index[kind]?[plain] ?? []
        let asked = owner.map { owner in all.filter { entries[$0].name == owner } } ?? all
        if asked.count == 1, let file = entries[asked[0]].provides[kind]?[plain] {
            let entry = entries[asked[0]]
            let replacement = entry.deprecations.first { $0.kind == kind && $0.name == plain }?.replacement
            return .one(file: file, owner: entry, replacement: replacement)
        }
        if asked.count > 1 {
            return .several(asked.map { (entries[$0].name, entries[$0].provides[kind]?[plain] ?? "") })
        }
        return .none(reasons: reasons(kind, plain, of: owner))
    }

    /// Why nobody provides something, as far as plugins that did not load, and deprecations, can tell.
    private func reasons(_ kind: String, _ name: String, of owner: String?) -> [String] {
        var reasons: [String] = []
        for entry in entries where owner == nil || entry.name == owner {
            if let new = entry.deprecations.first(where: { $0.kind == kind && $0.name == name }) {
                reasons.append("plugin '\(entry.name)' \(entry.version) has '\(new.replacement)' in its place")
            }
            guard entry.provides[kind]?[name] != nil else { continue }
            switch entry.status {
            case .loaded: continue
            case .failed(let reason):
                reasons.append(
                    "plugin '\(entry.name)' in \(entry.folder) would provide it, but did not load: \(reason)")
            case .skipped(let reason):
                reasons.append("plugin '\(entry.name)' in \(entry.folder) would provide it, but is skipped: \(reason)")
            }
        }
        if let owner, !entries.contains(where: { $0.name == owner }) {
            let isPreferred = preferred["\(kind)/\(name)"] == owner
            let nearest = nearestName(to: owner, in: Set(entries.map(\.name)).sorted())
            reasons.append(
                "there is no plugin '\(owner)'"
                    + (isPreferred ? ", which \(UserConfiguration.path) prefers for it" : "")
                    + (nearest.map { ": did you mean '\($0)'?" } ?? ""))
        }
        return reasons
    }

    /// Plugins whose manifests were refused or not read, and that are not known to provide something: what they would provide
    /// may be it.
    func strangers(_ kind: String, _ name: String) -> [String] {
        let plain = name.split(separator: "/").last.map(String.init) ?? name
        return entries.compactMap { entry in
            guard entry.isRefused, entry.provides[kind]?[plain] == nil else { return nil }
            let plugin = "plugin '\(entry.name)' in \(entry.folder)"
            return switch entry.status {
            case .loaded: nil
            case .failed(let reason): "\(plugin) did not load: \(reason)"
            case .skipped(let reason): "\(plugin) is skipped: \(reason)"
            }
        }
    }

    /// Whether there is a plugin of this name, whatever became of it.
    func knows(_ name: String) -> Bool { entries.contains { $0.name == name } }

    /// The plugin in whose folder a file lies; nil for a file of none.
    public func owner(of file: String) -> Entry? {
        entries.first { $0.status == .loaded && file.hasPrefix($0.folder + "/") }
    }

    /// The files of data plugins, of all plugins that were loaded: they are known by the names inside, so two plugins may
    /// both have a `set.lua`.
    var dataFiles: [String] {
        entries.filter { $0.status == .loaded }.flatMap { ($0.provides["data"] ?? [:]).values.sorted() }
    }

    /// The names that plugins provide of a kind, in alphabetical order.
    public func names(_ kind: String) -> [String] { (index[kind] ?? [:]).keys.sorted() }

    /// The names among which one that nobody provides may have been meant: those of the plugin that stands in front of it,
    /// with the plugin in front, or all.
    func names(_ kind: String, like name: String) -> [String] {
        let owner = name.firstIndex(of: "/").map { String(name[..<$0]) }
        guard let entry = entries.first(where: { $0.name == owner && $0.status == .loaded }) else { return names(kind) }
        return (entry.provides[kind] ?? [:]).keys.sorted().map { "\(entry.name)/\($0)" }
    }

    /// Plugins that failed, other than those that come with Nightjar, as one line each.
    public var failures: [String] {
        entries.compactMap { entry in
            guard case .failed(let reason) = entry.status else { return nil }
            return "plugin '\(entry.name)' in \(entry.folder): \(reason)"
        }
    }
}

extension PluginRegistry.Finding {
    /// As the library is told: see `provided` in `definitions.lua`.
    /// - Parameter strangers: ``PluginRegistry/strangers(_:_:)``, shown where nothing is found.
    func facts(names: [String], strangers: [String]) -> ScriptTable {
        var fields: [(key: String, value: ScriptValue)] = [
            ("names", .table(ScriptTable(array: names.map { .string($0) })))
        ]
        switch self {
        case .one(let file, let owner, let replacement):
            fields += [("path", .string(file)), ("owner", .string(owner.name))]
            if let replacement { fields.append(("replacement", .string(replacement))) }
        case .several(let places):
            let text = places.map { "plugin '\($0.owner)' in \($0.file)" }
            fields += [
                ("several", .string(text.dropLast().joined(separator: ", ") + " and " + (text.last ?? ""))),
                ("owner", .string(places.last?.owner ?? "")), ("configuration", .string(UserConfiguration.path)),
            ]
        case .none(let reasons):
            if !reasons.isEmpty { fields.append(("reasons", .string(reasons.map { "\n  " + $0 }.joined()))) }
            if !strangers.isEmpty {
                let shown = strangers.prefix(3).map { "\n  " + $0.replacing("\n", with: "\n  ") }.joined()
                let rest = strangers.count > 3 ? "\n  and \(strangers.count - 3) more: see 'nightjar plugins'" : ""
                fields.append(("strangers", .string(shown + rest)))
            }
        }
        return ScriptTable(fields: fields)
    }
}
