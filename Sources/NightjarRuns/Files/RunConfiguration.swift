// What a run is: the resolved configuration, its hash, and the readable name made from both.

/// Everything that decides a run's results, and where it was made. Two runs whose identities are equal are the same run.
public struct RunConfiguration: Sendable, Equatable {
    /// The experiment the run belongs to; names its folder.
    public var experiment: String
    /// The cell of the experiment: its axes in order, each with its value. Empty for a plain script.
    public var cell: [CellSetting]
    /// The axes that repeat a run: statistics are taken over them and over nothing else.
    public var replicates: [String]
    /// Epochs asked for; 0 for a run without training.
    public var epochs: Int
    /// All other resolved parts by name: settings, components (data, noise, loss, model, optimizer, schedule, ...) with
    /// their parameters, seeds, the hashes of scripts, the program.
    public var parts: [String: JSONValue]
    /// Where and with what it was made, as far as that decides no result: machine, threads, the state of a checkout.
    public var environment: [String: JSONValue]

    public init(
        experiment: String, cell: [CellSetting] = [], replicates: [String] = [], epochs: Int = 0,
        parts: [String: JSONValue] = [:], environment: [String: JSONValue] = [:]
    ) {
        self.experiment = experiment
        self.cell = cell
        self.replicates = replicates
        self.epochs = epochs
        self.parts = parts
        self.environment = environment
    }

    private static let ownKeys: Set = [
        "experiment", "cell", "replicates", "epochs", "environment", SummedJSON.key,
    ]

    private var identityEntries: [String: JSONValue] {
        var entries = parts.filter { !RunConfiguration.ownKeys.contains($0.key) }
        entries["experiment"] = .string(experiment)
        entries["cell"] = .array(cell.map(\.json))
        entries["replicates"] = .array(replicates.map { .string($0) })
        entries["epochs"] = .integer(epochs)
        return entries
    }

    private var entries: [String: JSONValue] {
        var entries = identityEntries
        if !environment.isEmpty { entries["environment"] = .object(environment) }
        return entries
    }

    /// All of it as one object: what stands in `config.json`.
    public var json: JSONValue { .object(entries) }

    /// All of it as text: keys sorted, numbers in shortest form, so equal configurations have equal bytes.
    public var canonicalText: String { json.text() }

    /// The text of `config.json`: the same with a `checksum` of it.
    var fileText: String { SummedJSON.text(entries) }

    /// What decides the results, as text: `config.json` without its `environment`.
    public var identityText: String { JSONValue.object(identityEntries).text() }

    /// SHA-256 of ``identityText``, 64 hexadecimal digits.
    public var hash: String { ContentHash.sha256(identityText.utf8) }

    public static func == (left: RunConfiguration, right: RunConfiguration) -> Bool {
        left.identityText == right.identityText
    }

    /// Of ``environment``: the declarations of metrics with what the experiment wants to see as headlines.
    public static let shownKey = "shown_metrics"

    /// Of ``environment``: how numbers that the script records itself are shown.
    public static let recordedKey = "recorded_metrics"

    /// The declarations of the run's metrics: in the order of their columns, then those of what its script records.
    public var metrics: [MetricInfo] {
        let measured = measuredMetrics
        let names = Set(measured.map(\.name))
        return measured + recordedMetrics.filter { !names.contains($0.name) }
    }

    /// Those of what its script records itself, with moments of them that the experiment shows.
    public var recordedMetrics: [MetricInfo] { RunConfiguration.infos(environment[RunConfiguration.recordedKey]) }

    /// Those of them that its training measures.
    public var measuredMetrics: [MetricInfo] {
        RunConfiguration.infos(environment[RunConfiguration.shownKey] ?? parts["metrics"])
    }

    private static func infos(_ json: JSONValue?) -> [MetricInfo] {
        guard case .array(let list)? = json else { return [] }
        return list.compactMap(MetricInfo.init)
    }

    /// The run's name, for example `rll-rate0.4-seed1-1f09ab77`: the values of its cell, and the start of ``hash``.
    /// Numbers are written in full, never rounded. A run without a cell is named by its data, model and loss.
    public var identifier: String {
        var names = cell.map { setting -> String in
            let value = RunConfiguration.pathPart(setting.value.plainText)
            if case .string = setting.value { return value }
            return setting.value["name"] == nil ? RunConfiguration.pathPart(setting.name) + value : value
        }
        if cell.isEmpty {
            names = ["data", "model", "loss"].compactMap { parts[$0]?["name"]?.stringValue }
                .map(RunConfiguration.pathPart)
        }
        var text = ""
        for name in names where !name.isEmpty && text.utf8.count + name.utf8.count < 120 { text += name + "-" }
        return text + hash.prefix(8)
    }

    /// The experiment's name as a folder name. A name with other letters than those of ASCII has the start of its hash
    /// behind it, which keeps experiments apart that differ in these.
    public var experimentFolderName: String {
        let name = RunConfiguration.pathPart(experiment)
        guard experiment.utf8.allSatisfy({ $0 < 0x80 }) else {
            return (name.isEmpty ? "experiment" : name) + "-" + ContentHash.sha256(experiment.utf8).prefix(8)
        }
        return name.isEmpty ? "experiment" : name
    }

    /// Reads the text of a `config.json`.
    /// - Throws: `RunError` naming `source` and the missing or mistyped key.
    public init(parsing json: JSONValue, source: String) throws {
        guard case .object(let entries) = json else {
            throw RunError("\(source): expected an object, got \(RunConfiguration.kind(json))")
        }
        guard let experiment = json["experiment"]?.stringValue else {
            throw RunError(
                "\(source): \"experiment\" must be a string, got \(RunConfiguration.kind(json["experiment"]))")
        }
        guard case .array(let cell)? = json["cell"] else {
            throw RunError(
                "\(source): \"cell\" must be a list of axes and values, got \(RunConfiguration.kind(json["cell"]))"
                    + (json["loss"]?.stringValue == nil ? "" : ": this run was written by Nightjar before 2.0"))
        }
        guard let epochs = json["epochs"]?.intValue, RunFolder.possibleEpochs.contains(epochs) else {
            throw RunError(
                "\(source): \"epochs\" must be a whole number, got \(RunConfiguration.kind(json["epochs"]))")
        }
        var replicates: [String] = []
        if case .array(let names)? = json["replicates"] { replicates = names.compactMap(\.stringValue) }
        var environment: [String: JSONValue] = [:]
        if case .object(let known)? = json["environment"] { environment = known }
        self.init(
            experiment: experiment, cell: try cell.map { try CellSetting(parsing: $0, source: source) },
            replicates: replicates, epochs: epochs,
            parts: entries.filter { !RunConfiguration.ownKeys.contains($0.key) }, environment: environment)
    }

    /// A name as part of a path: the last component without its extension, other characters than letters, digits,
    /// `.`, `_`, `+` replaced by `-`, at most 40 characters. The hash keeps names apart that this makes equal.
    static func pathPart(_ name: String) -> String {
        var base = name
        if base.hasSuffix(".lua") { base.removeLast(4) }
        if let slash = base.lastIndex(of: "/") { base = String(base[base.index(after: slash)...]) }
        let allowed = base.map { character -> Character in
            let plain = character.isASCII && (character.isLetter || character.isNumber || "._+".contains(character))
            return plain ? character : "-"
        }
        let parts = String(allowed).split(separator: "-", omittingEmptySubsequences: true).joined(separator: "-")
        let trimmed = parts.drop { $0 == "." }
        return String(trimmed.prefix(40))
    }

    private static func kind(_ value: JSONValue?) -> String {
        switch value {
        case nil: return "nothing"
        case .null?: return "null"
        case let value?: return value.text(pretty: false)
        }
    }
}
