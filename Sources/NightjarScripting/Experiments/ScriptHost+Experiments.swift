import NightjarRuns

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
        let result = try load(file.text, chunkName: "@" + file.displayName).callForReferences([]).first ?? .nil
        guard case .function(let object) = result else {
            try checkSettingsAreRead()
            return .done
        }
        let answers = try library?.call([.string("experiment"), result]) ?? []
        if let description = answers.first?.asTable {
            return .experiment(ScriptExperiment(description, object: object))
        }
        if let kind = answers.last?.asString {
            throw ScriptError(
                "\(file.displayName) defines a \(kind) and trains nothing: use it in an experiment"
                    + (kind == "loss" ? ", for example with --set loss=\(file.displayName)" : ""))
        }
        try checkSettingsAreRead()
        return .done
    }

    /// Runs one cell. The script's own draws start from the cell's seed, whatever ran before.
    func run(_ experiment: ScriptExperiment, cell: SweepCell) throws {
        if let seed = experiment.resolved(cell)["seed"]?.intValue {
            draws.restart(UInt64(bitPattern: Int64(seed)))
        }
        let fields = cell.settings.compactMap { setting in
            ScriptValue(json: setting.value).map { (key: setting.name, value: $0) }
        }
        _ = try library?.call([
            .string("run_cell"), .function(experiment.object), .table(ScriptTable(fields: fields)),
        ])
    }

    /// The settings that a plain script has asked for with `nj.config`; nil where it has not.
    func scriptSettings() throws -> [String: JSONValue]? {
        try library?.call([.string("settings")]).first?.asTable?.jsonFields
    }

    /// Refuses `--set` for a script that has no settings.
    func checkSettingsAreRead() throws {
        guard let first = options.settings.first, try scriptSettings() == nil else { return }
        throw ScriptError(
            "--set \(first.name)=\(first.value): this script has no settings (it calls neither nj.config nor "
                + "nj.experiment)")
    }
}
