import NightjarRuns
import NightjarScripting

/// Running a script that may return an experiment.
extension ScriptHost {
    /// What a script file gave back.
    enum ScriptOutcome {
        /// It ran and is done.
        case done
        case experiment(ScriptExperiment)
    }

    /// Runs a script file. Settings from the command line that nothing in it reads are an error.
    /// - Throws: ``ScriptError``, also for a file that defines something and trains nothing.
    func runScript(_ file: ScriptFiles.File) throws -> ScriptOutcome {
        let result = try load(file).callForReferences([]).first ?? .nil
        guard case .function(let object) = result else {
            try checkSettingsAreRead()
            return .done
        }
        let answers = try library?.call([.string("experiment"), result]) ?? []
        if let description = answers.first?.asTable {
            return .experiment(try ScriptExperiment(description, object: object))
        }
        if let kind = answers.last?.asString {
            throw ScriptError(
                "\(file.displayName) defines a \(kind) and trains nothing: use it in an experiment"
                    + (kind == "loss" ? ", for example with --set loss=\(file.displayName)" : ""))
        }
        try checkSettingsAreRead()
        return .done
    }

    /// Runs one cell and hands on what its function returns. The script's own draws start from the cell's replicates,
    /// whatever ran before: they are the same for all settings that are compared.
    func run(_ experiment: ScriptExperiment, cell: SweepCell) throws -> [ScriptValue] {
        let replicates = cell.settings.filter { experiment.replicates.contains($0.name) }
        if !replicates.isEmpty { draws.restart(ScriptHost.seed(of: replicates)) }
        return try library?.call([
            .string("run_cell"), .function(experiment.object), .integer(cell.index + 1),
        ]) ?? []
    }

    /// One whole number is the seed itself; anything else is hashed.
    private static func seed(of replicates: [CellSetting]) -> UInt64 {
        if replicates.count == 1, let seed = replicates[0].value.intValue { return UInt64(bitPattern: Int64(seed)) }
        return UInt64(ContentHash.sha256(replicates.title.utf8).prefix(16), radix: 16) ?? 0
    }

    /// The settings that a plain script has asked for with `nj.config`; nil where it has not.
    func scriptSettings() throws -> [String: JSONValue]? {
        try library?.call([.string("settings")]).first?.asTable?.jsonFields
    }

    /// Refuses `--set` for a script that has no settings.
    func checkSettingsAreRead() throws {
        // A seed is of the script's own draws where it has no setting of that name.
        let asked = options.settings.filter { $0.name != "seed" || $0.value != "\(options.seed)" }
        guard let first = asked.first, try scriptSettings() == nil else { return }
        throw ScriptError(
            "--set \(first.name)=\(first.value): this script has no settings (it calls neither nj.config nor "
                + "nj.experiment)")
    }
}
