extension ScriptHost {
    /// Runs a command that a plugin provides, with the words behind its name.
    /// - Returns: what it gave to be printed, and whether it said that it failed.
    /// - Throws: ``ScriptError`` for parameters that do not fit, and what the command throws.
    public func runCommand(_ name: String, _ words: [String]) throws -> (text: String?, failed: Bool) {
        let list = ScriptValue.table(ScriptTable(array: words.map { .string($0) }))
        let answer: [ScriptValue]
        do {
            answer = try library?.call([.string("run_command"), .string(name), list]) ?? []
        } catch let error as ScriptError {
            throw shipped(name) ? error.toWhoTyped() : error
        }
        let failed = if case .boolean(true)? = answer.last { true } else { false }
        return (answer.first?.asString, failed)
    }

    /// Whether a command comes with Nightjar: who types it has not written it.
    private func shipped(_ name: String) -> Bool {
        if case .one(_, let owner, _) = plugins.find("commands", name) { owner.isShipped } else { false }
    }

    /// The file of an experiment that a plugin provides; nil for what is a path, or provided by none.
    /// - Throws: ``ScriptError`` where several provide it.
    package func experiment(named name: String) throws -> String? {
        let owner = name.split(separator: "/").first.map(String.init) ?? ""
        guard !name.hasSuffix(".lua"), !files.exists(name),
            plugins.names("experiments").contains(name) || name.contains("/") && plugins.knows(owner)
        else { return nil }
        return try ScriptTarget(name, kind: "experiments", among: ["experiments"]).path(self)
    }
}

extension ScriptError {
    /// What is said of a command to people who have not written it: where in its script they were refused tells them
    /// nothing. A fault of the script itself keeps its place, and the calls that led there.
    fileprivate func toWhoTyped() -> ScriptError {
        guard let place = message.prefixMatch(of: #/[^\n]+?\.lua:\d+: /#) else { return self }
        let rest = message[place.range.upperBound...]
        return rest.hasPrefix("attempt to ") ? self : ScriptError(String(rest))
    }
}
