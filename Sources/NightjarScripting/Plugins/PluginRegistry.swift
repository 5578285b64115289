import Foundation

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
        public let license: String
        public let description: String
        public let status: Status
        /// Kind ("losses") to names ("rll") to files.
        public let provides: [String: [String: String]]
        /// What it provides and another plugin hides.
        public internal(set) var hidden: [String] = []
    }

    /// In the order in which they were found.
    public private(set) var entries: [Entry] = []
    private var index: [String: [String: String]] = [:]

    public init() {}

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        guard entry.status == .loaded else { return }
        for (kind, names) in entry.provides.sorted(by: { $0.key < $1.key }) {
            for (name, file) in names.sorted(by: { $0.key < $1.key }) {
                if let first = index[kind]?[name] {
                    let owner = entries.first { $0.provides[kind]?[name] == first }?.name ?? ""
                    entries[entries.count - 1].hidden.append(
                        "\(kind) '\(name)' is not used: plugin '\(owner)' provides one of this name and came first")
                } else {
                    index[kind, default: [:]][name] = file
                }
            }
        }
    }

    /// The file that provides something.
    public func file(_ kind: String, _ name: String) -> String? { index[kind]?[name] }

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

    /// Where plugins are looked for: those that come with Nightjar, `NIGHTJAR_PLUGIN_PATH`, and the user's own.
    public static func standardRoots() -> [String] {
        let environment = ProcessInfo.processInfo.environment
        var roots: [String] = []
        if let own = NightjarHome.folder("plugins") { roots.append(own) }
        for folder in (environment["NIGHTJAR_PLUGIN_PATH"] ?? "").split(separator: ":") { roots.append(String(folder)) }
        let home =
            environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? (environment["HOME"] ?? "")
            + "/.local/share"
        roots.append(home + "/nightjar/plugins")
        return roots
    }
}
