import Foundation

/// What a plugin's `health.lua` finds, for `nightjar doctor`.
public struct PluginFinding: Equatable {
    public let isWell: Bool
    public let text: String

    package init(isWell: Bool, text: String) { (self.isWell, self.text) = (isWell, text) }
}

extension ScriptHost {
    /// Runs the `health.lua` of a plugin: it returns a list of `{ ok = true, text = "..." }`, or a function that does.
    /// None: the plugin has no such file. What goes wrong in it is a finding.
    /// - Parameter milliseconds: what it may take of the processor.
    public func health(of entry: PluginRegistry.Entry, milliseconds: Int = 10_000) -> [PluginFinding] {
        let path = entry.folder + "/health.lua"
        guard files.exists(path) else { return [] }
        defer { limitInstructions(0) }
        do {
            let text = try files.text(path)
            let answer = try limited(
                instructions: ScriptHost.healthInstructions, bytes: ScriptHost.healthBytes,
                milliseconds: milliseconds
            ) {
                let value = try load(text, chunkName: "@" + ScriptFiles.display(path)).callForReferences([]).first
                guard let function = value?.asFunction else { return [ScriptValue]() }
                return try load(ScriptHost.healthScript, chunkName: "=health").call([.function(function)])
            }
            guard let list = answer.first?.asTable?.array, !list.isEmpty else {
                throw ArgumentError(
                    "health.lua returns a list of { ok = true or false, text = \"...\" }, or a function that does")
            }
            return try list.map { item in
                guard let table = item.asTable, let text = table["text"]?.asString,
                    case .boolean(let isWell)? = table["ok"]
                else { throw ArgumentError("health.lua: each finding is { ok = true or false, text = \"...\" }") }
                return PluginFinding(isWell: isWell, text: text)
            }
        } catch {
            return [PluginFinding(isWell: false, text: (error as? ScriptError)?.message ?? "\(error)")]
        }
    }

    private static let healthInstructions = 100_000_000, healthBytes = 64 << 20
    private static let healthScript =
        "local found = ... if type(found) == 'function' then found = found() end return found"
}
