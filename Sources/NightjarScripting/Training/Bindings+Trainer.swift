import NightjarData
import NightjarEngine
import NightjarNN
import NightjarTensor
import NightjarTraining

/// The trainer, as `nj.trainer` makes it. The Lua side has checked names and kinds of all parts.
let trainerBindings: [Binding] = [
    Binding(
        "trainer_make", .library,
        [
            Parameter("model", .any), Parameter("loss", .table), Parameter("optimizer", .table),
            Parameter("schedule", .table), Parameter("metrics", .table), Parameter("facts", .table),
        ], returns: "trainer", "A trainer of these parts.", rawTables: 0b01_1110
    ) { call in
        guard case .object(let object) = try call.value(0), let model = object as? ModuleObject else {
            throw call.wrong(0, expected: "a model")
        }
        let facts = TrainerFacts(try call.value(5).asTable ?? ScriptTable())
        let rule = try call.function(2)
        guard let step = try rule.member("step") else { throw call.wrong(2, expected: "an optimizer") }
        let schedule = try call.function(3)
        let optimizer = ScriptOptimizer(rule, step: step, name: facts.text("optimizer"), state: try facts.slots())
        let loss = ScriptLoss(
            try call.function(1), session: call.session, name: facts.text("loss"), isBatch: facts.flag("is_batch"),
            remembers: facts.flag("remembers"))
        let trainer = try Trainer(
            session: call.session, model: model.model(), loss: loss,
            optimizer: Optimizer(optimizer, for: model.model()),
            schedule: ScriptSchedule(schedule, name: facts.text("schedule")), options: facts.options())
        let metrics = try call.function(4)
        for name in facts.names("metrics") {
            if let metric = try metrics.member(name) {
                trainer.metrics.append(ScriptMetric(metric, name: name, session: call.session))
            }
        }
        let description = TrainerDescription(
            model: model.name ?? model.module.kind, loss: facts.text("loss"), optimizer: facts.text("optimizer"),
            schedule: facts.text("schedule"), parameters: facts.table("parameters"))
        call.answer(values: [.object(TrainerObject(trainer, description))])
    },
    Binding(
        "trainer_fit", .library,
        [
            Parameter("trainer", .any), Parameter("data", .any), Parameter("test", .any), Parameter("epochs", .integer),
            Parameter("callbacks", .table),
        ], returns: "table", "Trains and returns one record for each epoch, and why it ended.", rawTables: 0b1_0000
    ) { call in
        let object = try call.object(0, TrainerObject.self)
        let data = try call.object(1, DatasetObject.self)
        var test: Dataset?
        if case .object(let value) = try call.value(2), let known = value as? DatasetObject {
            test = known.data.dataset
        }
        let callbacks = try call.function(4)
        let result = try call.host.fit(
            object, data, test: test, epochs: call.integer(3),
            callbacks: ScriptCallbacks(
                onEpoch: callbacks.member("on_epoch"), onStep: callbacks.member("on_step"), trainer: object.trainer))
        let names = object.trainer.metrics.map(\.name)
        call.answer(values: [
            .table(ScriptTable(array: result.records.map { .table($0.table(extra: names)) })),
            .string("\(result.status)"),
        ])
    },
]

/// The plain settings that the Lua side hands over.
struct TrainerFacts {
    let fields: ScriptTable

    init(_ fields: ScriptTable) { self.fields = fields }

    func text(_ name: String) -> String { fields[name]?.asString ?? "" }
    func flag(_ name: String) -> Bool { fields[name]?.asBoolean ?? false }
    func table(_ name: String) -> ScriptTable { fields[name]?.asTable ?? ScriptTable() }
    func names(_ name: String) -> [String] { table(name).array.compactMap(\.asString) }

    /// What the optimizer remembers, in alphabetical order.
    func slots() throws -> [OptimizerSlot] { try TrainerFacts.slots(table("state"), text("optimizer")) }

    static func slots(_ state: ScriptTable, _ optimizer: String) throws -> [OptimizerSlot] {
        try state.fields.map { name, start in
            switch start {
            case .string("zeros"): return OptimizerSlot(name)
            case .string("ones"): return OptimizerSlot(name, initialValue: 1)
            default:
                guard let number = start.asNumber else {
                    throw ArgumentError(
                        "state '\(name)' of optimizer '\(optimizer)' starts as \"zeros\", \"ones\" or a number, "
                            + "got \(start.phrase)")
                }
                return OptimizerSlot(name, initialValue: number)
            }
        }
    }

    func options() throws -> TrainerOptions {
        var options = TrainerOptions()
        if let size = fields["batch_size"]?.asInteger { options.batchSize = size }
        if let size = fields["evaluation_batch_size"]?.asInteger { options.evaluationBatchSize = size }
        if let interval = fields["evaluation_interval"]?.asInteger { options.evaluationInterval = interval }
        func seed(_ name: String) -> UInt64? { fields[name]?.asInteger.map { UInt64(bitPattern: Int64($0)) } }
        options.seeds = Seeds(
            all: seed("seed") ?? 1, initialization: seed("init_seed"), shuffle: seed("shuffle_seed"),
            train: seed("train_seed"))
        return options
    }
}

extension ScriptHost {
    /// Trains, and lets whoever runs the script hear of it.
    fileprivate func fit(
        _ object: TrainerObject, _ data: DatasetObject, test: Dataset?, epochs: Int, callbacks: ScriptCallbacks
    ) throws -> FitResult {
        let trainer = object.trainer
        let observers = trainer.observers
        defer { trainer.observers = observers }
        let fit = ScriptFit(
            trainer: trainer, train: data.data, test: test, epochs: epochs, description: object.description,
            dataName: data.source)
        do {
            try fitListener?.fitBegins(fit)
            trainer.observers.append(callbacks)
            let result = try trainer.fit(data.data, test: test, epochs: epochs)
            try (trainer.loss as? ScriptLoss)?.publish()
            try fitListener?.fitEnded(fit, result)
            return result
        } catch {
            throw fitListener?.fitFailed(fit, error) ?? error
        }
    }
}
