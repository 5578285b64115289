import NightjarData
import NightjarEngine
import NightjarNN
import NightjarProcess
import NightjarTensor
import NightjarTraining

/// The trainer, as `nj.trainer` makes it. The Lua side has checked names and kinds of all parts.
let trainerBindings: [Binding] = [
    Binding(
        "trainer_make", .library,
        [
            Parameter("model", .any), Parameter("loss", .table), Parameter("rules", .table),
            Parameter("schedule", .table), Parameter("metrics", .table), Parameter("facts", .table),
        ], returns: "trainer", "A trainer of these parts.", rawTables: 0b01_1110
    ) { call in
        guard case .object(let object) = try call.value(0), let model = object as? ModuleObject else {
            throw call.wrong(0, expected: "a model")
        }
        let facts = TrainerFacts(try call.value(5).asTable ?? ScriptTable())
        let rules = try call.function(2)
        let optimizer = try optimizer(rules, facts, for: model.model())
        let schedule = try call.function(3)
        let loss = try ScriptLoss(
            try call.function(1), host: call.host, name: facts.text("loss"), form: facts.lossForm())
        let trainer = try Trainer(
            session: call.session, model: model.model(), loss: loss,
            optimizer: optimizer,
            schedule: ScriptSchedule(schedule, name: facts.text("schedule")),
            options: facts.options(seed: call.host.seed))
        if let augment = try rules.member("augment") {
            trainer.augmentation = ScriptAugmentation(augment, session: call.session)
        }
        let keeping = facts.table("keeping").array.map { $0.asBoolean ?? false }
        trainer.batchAugmentations = try facts.names("mixing").enumerated().compactMap { index, name in
            guard let rule = try rules.member("mix_\(index + 1)"), let object = try rules.member("mixes_\(index + 1)")
            else { return nil }
            return ScriptBatchAugmentation(
                rule, of: object, name: name, keepsLabels: keeping.indices.contains(index) && keeping[index],
                session: call.session)
        }
        let course = ScriptCourse(schedule, trainer: trainer)
        trainer.markDraws = { [weak host = call.host] in
            let draws = host?.draws
            return { if let draws { host?.draws = draws } }
        }
        let metrics = try call.function(4)
        for name in facts.names("metrics") {
            if let metric = try metrics.member(name) {
                trainer.metrics.append(
                    ScriptMetric(
                        metric, name: name, host: call.host, model: model,
                        facts: facts.table("metric_facts")[name]?.asTable))
            }
        }
        let description = TrainerDescription(
            model: model.name ?? model.module.kind, loss: facts.text("loss"), optimizer: facts.text("optimizer"),
            schedule: facts.text("schedule"), components: facts.table("components").jsonFields,
            modelRecord: model.record, keepsLedger: facts.fields["ledger"]?.asBoolean,
            best: facts.fields["best"]?.asString)
        call.answer(values: [.object(TrainerObject(trainer, description, course))])
    },
    Binding(
        "trainer_averages", .library, [Parameter("trainer", .any)], returns: "table",
        "Copies of the averages of weights by paths."
    ) { call in
        let averages = try call.object(0, TrainerObject.self).trainer.optimizer.averages
        guard !averages.isEmpty else {
            throw ArgumentError("this trainer averages no weights: give it average = nj.ema { decay = 0.999 }")
        }
        try answer(call, copiesOf: averages)
    },
    Binding(
        "trainer_tensors", .library, [Parameter("trainer", .any), Parameter("of", .string)], returns: "table",
        "Copies of the tensors of the model, the optimizer, the averages or the loss, by paths."
    ) { call in
        let trainer = try call.object(0, TrainerObject.self).trainer
        switch try call.string(1) {
        case "model": try answer(call, copiesOf: trainer.model.state.map { ($0.path, $0.tensor) })
        case "optimizer": try answer(call, copiesOf: trainer.optimizer.state)
        case "averages": try answer(call, copiesOf: trainer.optimizer.averages)
        default: try answer(call, copiesOf: trainer.loss.state.map { ($0.name, $0.tensor) })
        }
    },
    Binding(
        "trainer_kept", .library, [Parameter("trainer", .any), Parameter("name", .string)], returns: "table",
        "Copies of weights that a callback has kept, by paths."
    ) { call in
        let kept = try call.object(0, TrainerObject.self).trainer.kept
        guard let state = try kept[call.string(1)] else { throw ArgumentError("these weights are not kept") }
        try answer(call, copiesOf: state)
    },
    Binding(
        "trainer_fit", .library,
        [
            Parameter("trainer", .any), Parameter("data", .any), Parameter("test", .any), Parameter("epochs", .integer),
            Parameter("callbacks", .table), Parameter("validation", .any),
        ], returns: "table", "Trains and returns one record for each epoch, and why it ended.", rawTables: 0b1_0000
    ) { call in
        let object = try call.object(0, TrainerObject.self)
        let data = try call.object(1, DatasetObject.self)
        func optional(_ position: Int) throws -> Dataset? {
            guard case .object(let value) = try call.value(position), let known = value as? DatasetObject else {
                return nil
            }
            // By its true labels where these are what is trained on, as for classes; by those given otherwise.
            let isTrue = data.data.form.isComparable(to: known.data.dataset.targets.form)
            return try isTrue ? known.data.dataset : known.data.takenAsTrue()
        }
        let (test, validation) = (try optional(2), try optional(5))
        let callbacks = try call.function(4)
        let epochs = try call.integer(3)
        try call.host.checkMayTrain(object)
        func fit() throws -> (result: FitResult, earlier: [ScriptTable]) {
            try call.host.fit(
                object, data, test: test, validation: validation, epochs: epochs,
                callbacks: ScriptCallbacks(callbacks, trainer: object.trainer), place: call.place)
        }
        // Where somebody writes what there is, it ends by itself, after the step that is going.
        let isKept = call.host.fitListener?.keepsWhatIsDone ?? false
        let (result, earlier) = isKept ? try StopSignal.inOrder(fit) : try fit()
        let names = object.trainer.extraColumns
        call.answer(values: [
            .table(ScriptTable(array: (earlier + result.records.map { $0.table(extra: names) }).map { .table($0) })),
            .string("\(result.status)"),
        ])
    },
]

/// The rules of all groups, which Lua holds under their numbers, and what is measured of all gradients.
private func optimizer(_ rules: ScriptFunction, _ facts: TrainerFacts, for model: Model) throws -> Optimizer {
    var frozen: Set<String> = []
    let groups = try facts.table("groups").array.enumerated().map { index, value -> ParameterGroup in
        let group = TrainerFacts(value.asTable ?? ScriptTable())
        let paths = Set(group.names("paths"))
        if group.flag("frozen") { frozen.formUnion(paths) }
        guard let rule = try rules.member("\(index + 1)") else {
            throw ArgumentError("group \(index + 1) has no rule")
        }
        let script = try ScriptOptimizer(
            rule, name: group.text("name"), state: group.slots(), looksAhead: group.flag("looks_ahead"))
        return ParameterGroup(script, rateFactor: group.fields["scale"]?.asNumber ?? 1) { paths.contains($0) }
    }
    let measure = try rules.member("measure").map { ScriptMeasure($0, name: facts.text("clip")) }
    let statistics = AverageStatistics(rawValue: facts.text("average_statistics")) ?? .recomputed
    return try Optimizer(
        groups, for: model, frozen: frozen, measure: measure, averageStatistics: statistics)
}

/// The plain settings that the Lua side hands over.
package struct TrainerFacts {
    let fields: ScriptTable

    package init(_ fields: ScriptTable) { self.fields = fields }

    func text(_ name: String) -> String { fields[name]?.asString ?? "" }
    func flag(_ name: String) -> Bool { fields[name]?.asBoolean ?? false }
    func table(_ name: String) -> ScriptTable { fields[name]?.asTable ?? ScriptTable() }
    func names(_ name: String) -> [String] { table(name).array.compactMap(\.asString) }

    package func lossForm() -> ScriptLoss.Form {
        let form = TrainerFacts(table("form"))
        let needs = TrainerFacts(form.table("needs"))
        return ScriptLoss.Form(
            reduction: form.flag("is_batch") ? .batch : .sample, remembers: form.flag("remembers"),
            needs: LossNeeds(
                draws: needs.fields["draws"]?.asInteger ?? 0, views: needs.fields["views"]?.asInteger ?? 0,
                model: needs.flag("model"), whole: needs.flag("whole")),
            labels: LossLabels(
                LossLabels.Kind(rawValue: form.text("labels")) ?? .classes, ignore: form.fields["ignore"]?.asInteger),
            takesBatch: form.flag("takes_batch"), canWeighNothing: form.flag("can_weigh_nothing"))
    }

    /// What the optimizer remembers, in the order in which its rule takes and returns it.
    package func slots() throws -> [OptimizerSlot] { try TrainerFacts.slots(table("state"), text("name")) }

    package static func slots(_ state: ScriptTable, _ optimizer: String) throws -> [OptimizerSlot] {
        try state.array.map { slot in
            let pair = slot.asTable?.array ?? []
            guard pair.count == 2, let name = pair[0].asString else {
                throw ArgumentError(
                    "optimizer '\(optimizer)' names its state by strings, as in state = { m = \"zeros\" }")
            }
            let start = pair[1]
            switch start {
            case .string("zeros"): return OptimizerSlot(name)
            case .string("ones"): return OptimizerSlot(name, initialValue: 1)
            case .string("weights"): return OptimizerSlot(name, start: .weights)
            case .string("computed"): return OptimizerSlot(name, start: .computed)
            default:
                guard let number = start.asNumber else {
                    throw ArgumentError(
                        "state '\(name)' of optimizer '\(optimizer)' starts as \"zeros\", \"ones\", \"weights\", a number "
                            + "or a function, got \(start.phrase)")
                }
                return OptimizerSlot(name, initialValue: number)
            }
        }
    }

    /// - Parameter seed: what is not seeded by the script starts from.
    func options(seed runSeed: UInt64) throws -> TrainerOptions {
        var options = TrainerOptions()
        if let size = fields["batch_size"]?.asInteger { options.batchSize = size }
        if let count = fields["accumulate"]?.asInteger { options.accumulation = count }
        if let augment = fields["augment"]?.asTable {
            options.augmentation = try Augmentation(
                crop: augment["crop"]?.asInteger ?? 0, flips: augment["flip"]?.asBoolean ?? false)
        }
        if let size = fields["evaluation_batch_size"]?.asInteger { options.evaluationBatchSize = size }
        if let interval = fields["evaluation_interval"]?.asInteger { options.evaluationInterval = interval }
        if let output = fields["logits"]?.asInteger { options.logitsOutput = output >= 1 ? output - 1 : -1 }
        options.gradients.isRecorded = flag("gradient_norm")
        options.gradients.action = GradientWatch.Action(rawValue: text("bad_gradients"))
        func seed(_ name: String) -> UInt64? { fields[name]?.asInteger.map { UInt64(bitPattern: Int64($0)) } }
        options.seeds = Seeds(
            all: seed("seed") ?? runSeed, initialization: seed("init_seed"), shuffle: seed("shuffle_seed"),
            train: seed("train_seed"))
        return options
    }
}

extension ScriptHost {
    /// - Throws: ``ArgumentError`` where training would begin inside of what it is made of.
    fileprivate func checkMayTrain(_ object: TrainerObject) throws {
        guard !object.isTraining else {
            throw ArgumentError(
                "this trainer is training already: fit cannot be called from its own callbacks, schedule or metrics")
        }
        guard !session.isInStep, differentiationDepth == 0, recordedForwards.isEmpty else {
            throw ArgumentError(
                "a trainer cannot train inside of a loss, a layer, a metric, an optimizer or a gradient: train before, and "
                    + "use the model there")
        }
    }

    /// Trains, and lets whoever runs the script hear of it.
    fileprivate func fit(
        _ object: TrainerObject, _ data: DatasetObject, test: Dataset?, validation: Dataset?, epochs: Int,
        callbacks: ScriptCallbacks, place: Int32
    ) throws -> (result: FitResult, earlier: [ScriptTable]) {
        let trainer = object.trainer
        let observers = trainer.observers
        object.isTraining = true
        defer {
            trainer.observers = observers
            object.isTraining = false
        }
        let fit = ScriptFit(
            trainer: trainer, train: data.data, test: test, validation: validation, epochs: epochs,
            description: object.description, dataName: data.source, dataNotes: data.notes, noise: data.noise,
            setNoise: data.setNoise, callbacks: callbacks, course: object.course)
        do {
            trainer.kept.removeAll()
            // First of all: what it remembers of an epoch is in the epoch's checkpoint.
            trainer.observers.append(object.course)
            // What a callback records of an epoch is in the epoch's row.
            trainer.observers.append(callbacks)
            try fitListener?.fitBegins(fit)
            let left = epochs - fit.epochsDone
            let isOver = fit.isDone || left <= 0 && fit.epochsDone > 0
            let result =
                isOver
                ? FitResult(status: left > 0 ? .stopped : .completed, records: [], progress: trainer.progress)
                : try trainer.fit(data.data, test: test, validation: validation, epochs: left)
            // What was done is written first, also when a stop was asked for: a script that was stopped in the middle
            // takes nothing more, and what its loss remembers is in the checkpoint.
            try StopSignal.inOrder { try StopSignal.step { try fitListener?.fitEnded(fit, result) } }
            do {
                try StopSignal.step { try (trainer.loss as? ScriptLoss)?.publish() }
            } catch  where StopSignal.isRaised {}
            return (result, fit.earlier)
        } catch {
            let error = limited(error, place: place)
            let second = object.course.failed(error)
            let told = fitListener?.fitFailed(fit, error) ?? error
            guard let second else { throw told }
            throw ScriptError(
                "\(message(for: told, place: place))\n\(ScriptMessage.text(second))", traceback: [], hasPlace: true)
        }
    }
}
