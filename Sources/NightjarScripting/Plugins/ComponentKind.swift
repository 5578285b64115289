/// A kind of thing that plugins provide, as `lua/nightjar/kinds.lua` or a plugin declares it.
public struct ComponentKind: Sendable {
    /// As `provides` in plugin.lua calls it: `losses`.
    public let name: String
    /// As messages call one: `loss`.
    public let word: String
    /// Where `nj` has them; nil for what scripts do not look up by name.
    public let registry: String?
    /// Whether `nightjar check` can check one.
    public let isChecked: Bool
    /// Whether `nightjar explain` can show one.
    public let isExplained: Bool
    /// Whether a file of one that changes is taken into a training that goes on.
    public let isWatched: Bool
    /// The folder of scaffolds from which `nightjar new` makes one; nil: it makes none.
    public let scaffold: String?
    /// What a plugin's own kind gives in its place.
    public let scaffoldText: String?

    init?(_ table: ScriptTable) {
        guard let name = table["provides"]?.asString, let word = table["word"]?.asString else { return nil }
        func flag(_ key: String) -> Bool { if case .boolean(true)? = table[key] { true } else { false } }
        (self.name, self.word, registry) = (name, word, table["registry"]?.asString)
        (isChecked, isExplained, isWatched) = (flag("checked"), flag("explained"), flag("watched"))
        scaffold = table["scaffold"]?.asString
        scaffoldText = table["scaffold_text"]?.asString
    }
}

extension ScriptHost {
    /// The kinds that the library declares, and those of plugins that were needed so far, or all of them.
    /// - Throws: ``ScriptError`` where a plugin's declaration of a kind fails.
    public func kinds(withPlugins: Bool = false) throws -> [ComponentKind] {
        let answer = try library?.call([.string("kinds"), .boolean(withPlugins)]).first?.asTable
        return (answer?.array ?? []).compactMap { $0.asTable.flatMap(ComponentKind.init) }
    }
}
