// What a run is: the resolved configuration, its hash, and the readable name made from both.

/// Everything that decides a run's results. Two runs with equal configurations are the same run.
public struct RunConfiguration: Sendable, Equatable {
    /// The experiment the run belongs to; names its folder.
    public var experiment: String
    /// The data set's name.
    public var data: String
    /// The model's name.
    public var model: String
    /// The loss's name.
    public var loss: String
    /// The noise rate, 0...1.
    public var rate: Double
    /// The seed that sets all seeds not given in `settings`.
    public var seed: Int
    /// Epochs asked for.
    public var epochs: Int
    /// All other resolved settings (layer sizes, optimizer, the five seeds, versions of scripts, ...).
    public var settings: [String: JSONValue]

    public init(
        experiment: String, data: String, model: String, loss: String, rate: Double, seed: Int, epochs: Int,
        settings: [String: JSONValue] = [:]
    ) {
        self.experiment = experiment
        self.data = data
        self.model = model
        self.loss = loss
        self.rate = rate
        self.seed = seed
        self.epochs = epochs
        self.settings = settings
    }

    /// The text of `config.json`: keys sorted, numbers in shortest form, so equal configurations have equal bytes.
    public var canonicalText: String {
        let value: JSONValue = [
            "experiment": .string(experiment), "data": .string(data), "model": .string(model),
            "loss": .string(loss), "rate": .number(rate), "seed": .integer(seed), "epochs": .integer(epochs),
            "settings": .object(settings),
        ]
        return value.text()
    }

    /// SHA-256 of `canonicalText`, 64 hexadecimal digits: what `sha256sum config.json` prints.
    public var hash: String { ContentHash.sha256(canonicalText.utf8) }

    /// The run's name, for example `digits-mlp-rll-rate0.4-seed1-1f09ab77`. The rate is written in full, never
    /// rounded; the last part is the start of `hash`.
    public var identifier: String {
        let names = [data, model, loss].map { RunConfiguration.pathPart($0) }.filter { !$0.isEmpty }
        let parts = names + ["rate\(NumberText.shortest(rate))", "seed\(seed)", String(hash.prefix(8))]
        return parts.joined(separator: "-")
    }

    /// The experiment's name as a folder name.
    public var experimentFolderName: String {
        let name = RunConfiguration.pathPart(experiment)
        return name.isEmpty ? "experiment" : name
    }

    /// Reads the text of a `config.json`.
    /// - Throws: `RunError` naming `source` and the missing or mistyped key.
    public init(parsing json: JSONValue, source: String) throws {
        func text(_ key: String) throws -> String {
            guard let value = json[key]?.stringValue else {
                throw RunError("\(source): \"\(key)\" must be a string, got \(RunConfiguration.kind(json[key]))")
            }
            return value
        }
        func whole(_ key: String) throws -> Int {
            guard let value = json[key]?.intValue else {
                throw RunError("\(source): \"\(key)\" must be a whole number, got \(RunConfiguration.kind(json[key]))")
            }
            return value
        }
        guard let rate = json["rate"]?.doubleValue else {
            throw RunError("\(source): \"rate\" must be a number, got \(RunConfiguration.kind(json["rate"]))")
        }
        guard case .object(let settings)? = json["settings"] else {
            throw RunError("\(source): \"settings\" must be an object, got \(RunConfiguration.kind(json["settings"]))")
        }
        self.init(
            experiment: try text("experiment"), data: try text("data"), model: try text("model"),
            loss: try text("loss"), rate: rate, seed: try whole("seed"), epochs: try whole("epochs"),
            settings: settings)
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
