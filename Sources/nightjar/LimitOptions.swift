import ArgumentParser
import NightjarScripting

/// `--limit-time`, `--limit-memory` and `--limit-instructions`, for every command that runs scripts.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .customLong("limit-time"),
        help: ArgumentHelp(
            "Ends a script after so much time: 90, 90s, 5m or 1.5h. It counts for each cell of an experiment alone.",
            valueName: "time"))
    var time: String?

    @Option(
        name: .customLong("limit-memory"),
        help: ArgumentHelp(
            "Ends a script that needs more for Lua and its tensors together: 512MiB or 2GiB.", valueName: "size"))
    var memory: String?

    @Option(
        name: .customLong("limit-instructions"),
        help: ArgumentHelp("Ends a script after so many instructions of the Lua machine.", valueName: "count"))
    var instructions: String?

    @Option(name: .customLong("limit-patience"), help: .hidden)
    var patience = 30.0

    func validate() throws { _ = try limits() }

    /// nil where none is given.
    func limits() throws -> ScriptLimits? {
        do {
            var limits = try ScriptLimits(time: time, memory: memory, instructions: instructions)
            limits.patience = patience
            return limits.isEmpty ? nil : limits
        } catch let error as ScriptError {
            throw ValidationError(error.message)
        }
    }
}
