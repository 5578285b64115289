import NightjarEngine
import NightjarScripting

/// Everything that scripts can call, from the binding table and from what the Lua side declares; and the files that are
/// made of it.
public struct Reference {
    /// One generated file.
    public struct File: Sendable {
        /// Below the root of the repository.
        public let path: String
        public let text: String
    }

    let calls: [ReferenceCall]
    let declarations: LuaDeclarations
    /// What is missing, in words: functions without a line about them, declared twice, or that scripts reach and nothing
    /// declares. Empty where all is well.
    public private(set) var gaps: [String] = []

    /// - Parameter pluginFolder: where the plugins lie whose definitions are listed, for example `plugins`.
    public init(pluginFolder: String) throws {
        try self.init(ScriptHost(session: Session(threads: 1), options: ScriptOptions(pluginRoots: [pluginFolder])))
    }

    init(_ host: ScriptHost) throws {
        declarations = try LuaDeclarations(host)
        let elementwise = "Elementwise functions"
        var calls = Operator.all.filter { $0.group != elementwise }.map { ReferenceCall($0) }
        for section in host.table.sections {
            if section.title == elementwise {
                calls += Operator.all.filter { $0.group == elementwise }.map { ReferenceCall($0) }
            }
            calls += section.bindings.compactMap { ReferenceCall($0, group: section.title) }
        }
        self.calls = calls + declarations.calls
        gaps = undocumented(host.table) + undeclared(names: host.moduleNames())
    }

    private func undocumented(_ table: BindingTable) -> [String] {
        let named =
            table.bindings.map { ($0.name, $0.doc) } + Operator.all.map { ($0.name, $0.doc) }
            + calls.map { ($0.path, $0.doc) } + declarations.classes.map { ($0.name, $0.doc) }
            + declarations.registries.flatMap { registry in
                [("nj.\(registry.name)", registry.doc)]
                    + registry.definitions.map { ("nj.\(registry.name).\($0.name)", $0.doc) }
            }
        return named.filter(\.1.isEmpty).map { "\($0.0) has no line about it" }
    }

    private func undeclared(names: [String]) -> [String] {
        let paths = calls.map(\.path) + calls.compactMap(\.alias)
        let known = Set(
            paths + declarations.registries.map { "nj.\($0.name)" } + ["nj.nn", "nj.data", "nj.native", "nj.host"])
        let twice = Dictionary(grouping: paths) { $0 }.filter { $1.count > 1 }.keys.sorted()
        return names.map { "nj.\($0)" }.filter { !known.contains($0) }.map { "\($0) is declared nowhere" }
            + twice.map { "\($0) is declared twice" }
    }

    /// Headings, in the order of the page.
    var groups: [String] {
        let first = ["Creation", "Reading", "Arithmetic", "Comparisons and masks"]
        let last = ["Globals", "The library itself"]
        var groups = first
        let all = calls.map(\.group) + declarations.registries.map(\.group) + declarations.classes.map(\.group)
        for group in all where !groups.contains(group) && !last.contains(group) { groups.append(group) }
        return groups + last
    }

    /// The files, in the order of their paths.
    public var files: [File] {
        [
            File(path: "docs/reference.md", text: ReferencePage(reference: self).text),
            File(path: "lua/meta/nightjar.lua", text: EditorDefinitions(reference: self).library),
            File(path: "lua/meta/nightjar/test.lua", text: EditorDefinitions(reference: self).tests),
        ]
    }
}
