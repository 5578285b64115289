import CLuaShim
import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining

/// What a model says about many inputs, batch by batch.
let predictBindings: [Binding] = [
    Binding(
        "predict", [], owner: NativeTypes.module,
        [Parameter("layer", .any), Parameter("inputs", .any, "a tensor whose rows are samples, or a data set")],
        options: [
            Parameter("batch_size", .integer, default: "512", "rows that are computed together"),
            Parameter(
                "as", .string, default: "\"logits\"",
                "\"logits\": what the model gives; \"probabilities\": their softmax; \"classes\": the position of the "
                    + "largest, from 1; \"sigmoid\": the probability of 1 for labels 0 and 1; \"binary\": 1 where that is "
                    + "above one half, else 0"),
            Parameter("output", .integer, default: "1", "which output of a model that has several"),
            Parameter("layer", .string, default: "the model", "the path of a layer inside, whose output is wanted"),
        ], returns: "nightjar.Tensor",
        "What a model gives for many inputs: in evaluation mode, without gradients, in batches, so that memory is bounded by "
            + "inputs, results and one batch.",
        example: """
            local model = nj.nn.sequential { nj.nn.linear(2, 3), nj.nn.relu() }
            model:initialize(1)
            local x = nj.ones(5, 2)
            model:predict(x, { batch_size = 2, as = "classes" }):shape() --> {5}
            model:predict(x, { layer = "layers.1" }):shape() --> {5, 3}
            """, rawTables: 0b10
    ) { call in try Prediction(call).run() },
    Binding(
        "layer_paths", [], owner: NativeTypes.module, [Parameter("layer", .any)], returns: "string[]",
        "The paths of all layers inside, in order, for layer:predict(inputs, { layer = path }).",
        example: """
            nj.nn.sequential({ nj.nn.flatten(), nj.nn.relu() }):layer_paths() --> {"layers.1", "layers.2"}
            """
    ) { call in
        let paths = try call.object(0, ModuleObject.self).module.descendants.map { ScriptValue.string($0.path) }
        call.answer(values: [.table(ScriptTable(array: paths))])
    },
]

/// One call of `layer:predict`.
private struct Prediction {
    private enum Form: String, CaseIterable { case logits, probabilities, classes, sigmoid, binary }

    private let call: Call
    private let model: Model
    private let batchSize: Int
    private let form: Form
    private let output: Int
    private let layer: String?

    init(_ call: Call) throws {
        self.call = call
        guard case .object(let object) = try call.value(0), let module = object as? ModuleObject else {
            throw ArgumentError("predict is called with a colon: model:predict(inputs, { batch_size = 512 })")
        }
        guard call.host.recordedForwards.isEmpty else {
            throw ArgumentError("predict is not possible inside a layer's forward: call the layer itself")
        }
        model = try module.model()
        batchSize = try call.option(integer: "batch_size") ?? 512
        guard batchSize >= 1 else {
            throw ArgumentError("'batch_size' of predict must be at least 1, got \(batchSize)")
        }
        let name = try call.option(string: "as") ?? Form.logits.rawValue
        guard let form = Form(rawValue: name) else {
            let known = Form.allCases.map(\.rawValue)
            let hint = nearestName(to: name, in: known).map { ": did you mean '\($0)'?" } ?? ""
            throw ArgumentError(
                "'as' of predict is \"logits\", \"probabilities\", \"classes\", \"sigmoid\" or \"binary\", got "
                    + "\"\(name)\"\(hint)")
        }
        self.form = form
        output = try call.option(integer: "output") ?? 1
        layer = try call.option(string: "layer")
        if let layer {
            let paths = module.module.descendants.map(\.path)
            guard paths.contains(layer) else {
                let hint = nearestName(to: layer, in: paths).map { ": did you mean '\($0)'?" } ?? ""
                throw ArgumentError(
                    "the model has no layer '\(layer)'\(hint)\n  layers are \(paths.joined(separator: ", "))")
            }
        }
    }

    func run() throws {
        guard let data = try dataset() else { return try overRows(of: call.value(1)) }
        let loader = try BatchLoader(data.data, batchSize: batchSize, shuffleSeed: nil, dtype: model.dtype)
        let order = loader.order(epoch: 1)
        var result = Rows(count: data.data.count)
        for number in 0..<loader.batchesPerEpoch { try result.append(batch(loader.batch(number, of: order).inputs)) }
        try answer(result)
    }

    /// A data set comes as the library's table around it.
    private func dataset() throws -> DatasetObject? {
        guard case .function(let table) = try call.value(1) else { return nil }
        let found = try call.host.library?.callForReferences([.string("native_data"), .function(table)]).first
        guard case .object(let object)? = found, let data = object as? DatasetObject else {
            throw ArgumentError(
                "predict expects a tensor whose rows are samples, or a data set, got a table or "
                    + "function")
        }
        return data
    }

    private func overRows(of value: ScriptValue) throws {
        guard let given = value.asTensor else {
            throw ArgumentError("predict expects a tensor whose rows are samples, or a data set, got \(value.phrase)")
        }
        guard given.shape.rank >= 1, given.shape[0] >= 1 else {
            throw ArgumentError("predict expects a tensor whose rows are samples, got shape \(given.shape)")
        }
        guard !given.dependsOnVariable else {
            throw ArgumentError(
                "predict gives numbers without gradients, and its inputs are what a gradient is taken of: call the model "
                    + "itself, as in model(inputs)")
        }
        let inputs = try call.session.evaluate([given])[0]
        let (count, rowBytes) = (inputs.shape[0], inputs.byteCount / inputs.shape[0])
        var result = Rows(count: count)
        for first in stride(from: 0, to: count, by: batchSize) {
            let size = min(batchSize, count - first)
            let part = try Tensor.zeros(
                Shape([size] + inputs.shape.dimensions.dropFirst()), dtype: inputs.dtype)
            part.pointer.copyMemory(
                from: UnsafeRawPointer(inputs.pointer) + first * rowBytes, byteCount: size * rowBytes)
            try result.append(batch(part))
        }
        try answer(result)
    }

    private func answer(_ rows: Rows) throws {
        guard let tensor = rows.tensor else { throw ArgumentError("predict needs at least one row") }
        let tape = call.tape
        call.answer(values: [.tensor(Value(tape, tape.leaf(tensor)))])
    }

    /// What is wanted of a batch of inputs.
    private func batch(_ inputs: Tensor) throws -> Tensor {
        let session = call.session
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        let context = ForwardContext(tape: tape, mode: .evaluation, provenance: session.provenance)
        context.watched = layer
        let outputs = try context.outputs(model, tape.leaf(inputs))
        let found = layer == nil ? outputs : context.seen
        guard output >= 1, output <= found.count else {
            throw ArgumentError(
                found.isEmpty
                    ? "layer '\(layer ?? "")' does not run when the model does"
                    : "'output' of predict is \(output), and there \(found.count == 1 ? "is 1" : "are \(found.count)")")
        }
        var node = found[output - 1]
        let rank = tape.shape(node).rank
        guard rank >= 1, tape.shape(node)[0] == inputs.shape[0] else {
            throw ArgumentError(
                "predict needs one row of results a sample, got shape \(tape.shape(node)) for \(inputs.shape[0]) samples"
            )
        }
        if form == .probabilities || form == .classes, rank < 2 {
            throw ArgumentError("\"\(form)\" needs one column a class, got shape \(tape.shape(node)) from the model")
        }
        switch form {
        case .logits: break
        case .sigmoid: node = try tape.unary(.sigmoid, node)
        case .binary:
            let isOne = try tape.binary(.greater, node, tape.constant(0, dtype: tape.dtype(node)))
            node = tape.cast(isOne, .int32)
        case .probabilities: node = try tape.softmax(node, axes: 1 << (rank - 1))
        case .classes:
            let first = try tape.argument(.argmax, node, axis: rank - 1, keep: false)
            node = try tape.binary(.add, first, tape.constant(1, dtype: .int32))
        }
        return try session.commit(outputs: [node], effects: [])[0]
    }
}

/// Results of batches, one below the other.
private struct Rows {
    let count: Int
    private(set) var tensor: Tensor?
    private var filled = 0

    init(count: Int) { self.count = count }

    mutating func append(_ part: Tensor) throws {
        let whole =
            try tensor ?? Tensor.zeros(Shape([count] + part.shape.dimensions.dropFirst()), dtype: part.dtype)
        tensor = whole
        guard part.shape.dimensions.dropFirst() == whole.shape.dimensions.dropFirst(), part.dtype == whole.dtype,
            filled + part.byteCount <= whole.byteCount
        else {
            throw ArgumentError("the model gives rows of another shape in each batch: \(whole.shape), \(part.shape)")
        }
        (whole.pointer + filled).copyMemory(from: part.pointer, byteCount: part.byteCount)
        filled += part.byteCount
    }
}

extension Module {
    /// All modules inside with their paths, in order.
    fileprivate var descendants: [(path: String, module: any Module)] {
        children.flatMap { name, child in
            [(name, child)] + child.descendants.map { ("\(name).\($0.path)", $0.module) }
        }
    }
}

extension Value {
    /// Whether it is computed from what a gradient is being taken of.
    fileprivate var dependsOnVariable: Bool {
        var (open, seen) = ([id], Set([id]))
        while let node = open.popLast() {
            if tape[node].op == .variable { return true }
            open += tape[node].operands.filter { seen.insert($0).inserted }
        }
        return false
    }
}
