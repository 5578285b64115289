import NightjarRuns
import NightjarScripting
import NightjarTraining

/// Everything that decides the results of a training, as `config.json` has it.
struct RunDescription {
    let host: ScriptHost
    /// The metrics that tables show; nil: those that are declared so.
    let shownMetrics: [String]?
    /// Works out the fingerprint of data.
    let sums: DataSum

    /// The parts that a training adds to what every run of the process says.
    func parts(of fit: ScriptFit) -> [String: JSONValue] {
        let options = fit.trainer.options
        let seeds = options.seeds
        let components = fit.description.components
        var model = object(fit.description.modelRecord ?? ["name": .string(fit.modelName)])
        model["size"] = .integer(fit.trainer.model.parameterCount)
        var parts: [String: JSONValue] = [
            "data": data(of: fit), "labels": LabelRecord.json(fit.train, isNoise: fit.noise != nil),
            "noise": noise(of: fit), "model": .object(model),
            "loss": component(components["loss"], named: fit.lossName),
            "optimizer": component(components["optimizer"], named: fit.optimizerName),
            "schedule": component(components["schedule"], named: fit.description.schedule),
            "batch_size": .integer(options.batchSize),
            "evaluation_batch_size": .integer(options.evaluationBatchSize),
            "evaluation_interval": .integer(options.evaluationInterval),
            "metrics": .array(metrics(of: fit).map(\.json)),
            "seeds": [
                "init": RunDescription.seed(seeds.initialization), "shuffle": RunDescription.seed(seeds.shuffle),
                "train": RunDescription.seed(seeds.train), "noise": fit.noise?["seed"] ?? .null,
                "script": RunDescription.seed(host.draws.seed ?? host.options.seed),
            ],
        ]
        for name in ["metrics", "callbacks"] {
            guard case .array(let list)? = components[name], !list.isEmpty else { continue }
            // What metrics declare is beside what they are.
            parts[name == "metrics" ? "own_metrics" : name] = resolved(.array(list))
        }
        if let update = components["update"], update != .array([]), update != .object([:]) {
            parts["update"] = resolved(update)
        }
        var changes =
            options.augmentation.map {
                [JSONValue.object(["crop": .integer($0.crop), "flip": .bool($0.flips)])]
            } ?? []
        if case .array(let list)? = components["augment"] {
            changes += list.map(resolved)
        } else if let change = components["augment"] {
            changes.append(resolved(change))
        }
        if !changes.isEmpty { parts["augment"] = changes.count == 1 ? changes[0] : .array(changes) }
        parts["label_sets"] = LabelRecord.sets(fit.train, noise: fit.setNoise.mapValues(resolved))
        let ledger = RunArrays.columns(of: fit)
        if !ledger.isEmpty { parts["ledger"] = .array(ledger.map { .string($0) }) }
        let arrays = RunArrays.metrics(of: fit).filter { $0.kind == .matrix || $0.kind == .bySample && ledger.isEmpty }
        if !arrays.isEmpty { parts["arrays"] = .array(arrays.map(\.info.json)) }
        if RunArrays.metrics(of: fit).contains(where: { $0.kind == .byClass || $0.kind == .matrix }) {
            parts["class_names"] = .array(fit.train.dataset.classNames.map { .string($0) })
        }
        if let best = RunDescription.best(of: fit) { parts["best"] = .string(best) }
        if let validation = fit.validation { parts["validation"] = .integer(validation.count) }
        if options.accumulation > 1 { parts["accumulate"] = .integer(options.accumulation) }
        return parts
    }

    // MARK: Components

    private func component(_ record: JSONValue?, named name: String) -> JSONValue {
        resolved(record ?? ["name": .string(name)])
    }

    private func object(_ json: JSONValue) -> [String: JSONValue] {
        guard case .object(let entries) = resolved(json) else { return [:] }
        return entries
    }

    /// A component, and those inside it, with plugin, version and hash in the place of the path of its file: paths decide
    /// nothing. Empty parameters are left out.
    func resolved(_ json: JSONValue) -> JSONValue {
        switch json {
        case .array(let items): return .array(items.map(resolved))
        case .object(var entries):
            for (key, value) in entries { entries[key] = resolved(value) }
            guard entries["kind"]?.stringValue != nil else { return .object(entries) }
            if entries["parameters"] == .object([:]) || entries["parameters"] == .array([]) {
                entries["parameters"] = nil
            }
            guard let path = entries.removeValue(forKey: "file")?.stringValue else { return .object(entries) }
            guard let source = host.files.source(path) else { return .object(entries) }
            entries["file"] = .string(source.name)
            entries["sha256"] = .string(source.hash)
            if let plugin = host.plugins.owner(of: source.path) {
                entries["plugin"] = .string(plugin.name)
                entries["version"] = .string(plugin.version)
            }
            return .object(entries)
        default: return json
        }
    }

    private func data(of fit: ScriptFit) -> JSONValue {
        var entries: [String: JSONValue] = [
            "kind": "data set", "name": .string(fit.dataName), "train": .integer(fit.train.count),
            "test": .integer(fit.test?.count ?? 0), "classes": .integer(fit.train.form.classes),
            "checksum": .string(sums.text([fit.train.dataset, fit.test, fit.validation])),
        ]
        if let file = host.dataFiles[fit.dataName] { entries["file"] = .string(file) }
        return resolved(.object(entries))
    }

    /// The model of noise that made the given labels, and what share of them came out wrong.
    private func noise(of fit: ScriptFit) -> JSONValue {
        var entries: [String: JSONValue] = ["realised_rate": fit.train.noiseRate.map { .number($0) } ?? .null]
        if case .object(let known)? = fit.noise.map(resolved) { entries.merge(known) { first, _ in first } }
        entries["name"] = entries["name"] ?? .string(fit.train.noiseRate == 0 ? "none" : "given labels")
        return .object(entries)
    }

    // MARK: Metrics

    /// What a training measures: the trainer's own, then the script's.
    func metrics(of fit: ScriptFit) -> [MetricInfo] {
        let names = fit.train.dataset.classNames
        return StandardMetrics.all + (fit.validation == nil ? [] : [StandardMetrics.validation])
            + fit.trainer.metrics.flatMap {
                ($0 as? ScriptMetric)?.infos(classNames: names) ?? [MetricInfo($0.name)]
            }
    }

    /// The metric that says which epoch is best; nil where there is none that may.
    static func best(of fit: ScriptFit) -> String? {
        if let asked = fit.description.best { return asked }
        return fit.validation != nil ? StandardMetrics.validation.name : fit.test != nil ? "test_accuracy" : nil
    }

    /// What the experiment wants to see is a headline, and nothing else; nil where it says nothing. It decides no result,
    /// and is no part of what a run is.
    func shown(of fit: ScriptFit) -> JSONValue? {
        guard let shownMetrics else { return nil }
        let matrices = RunArrays.metrics(of: fit).filter { $0.kind == .matrix }.map(\.info)
        return .array(
            MetricNames.declared(
                metrics(of: fit), matrices: matrices, classNames: fit.train.dataset.classNames, showing: shownMetrics
            ).map(\.json))
    }

    private static func seed(_ value: UInt64) -> JSONValue { .integer(Int(truncatingIfNeeded: value)) }
}
