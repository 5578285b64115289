import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor

/// A layer that a script defines: its parts live here, its forward function in Lua.
final class ScriptLayer: Module {
    let kind: String
    let children: [(name: String, module: any Module)]
    let ownParameters: [(name: String, parameter: NightjarNN.Parameter)]
    let ownBuffers: [(name: String, buffer: Buffer)]
    /// The Lua object, which is called with what goes in and with the facts of the call.
    private let object: ScriptFunction
    private weak var host: ScriptHost?

    init(_ object: ScriptFunction, host: ScriptHost, _ parts: LayerDeclaration) throws {
        self.object = object
        self.host = host
        kind = parts.name
        children = try parts.children()
        ownParameters = try parts.parameters()
        ownBuffers = try parts.buffers()
    }

    func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        let results = try record(context, [.tensor(Value(context.tape, input))])
        guard results.count == 1, let value = results[0].asTensor else {
            throw context.error("expected one tensor from forward, got \(results.count) values")
        }
        return try living().session.node(value)
    }

    func outputs(_ context: ForwardContext, _ input: NodeID) throws -> [NodeID] {
        let session = try living().session
        return try record(context, [.tensor(Value(context.tape, input))]).enumerated().map { index, value in
            guard let tensor = value.asTensor else {
                throw context.error("expected tensors from forward, result \(index + 1) is \(value.phrase)")
            }
            return try session.node(tensor)
        }
    }

    private func living() throws -> ScriptHost {
        guard let host else { throw ScriptError("the script that layer '\(kind)' belongs to is gone") }
        return host
    }

    /// Calls forward with any number of inputs. The layer has been entered.
    /// - Throws: ``ScriptError`` that ends with the layer's path.
    func record(_ context: ForwardContext, _ inputs: [ScriptValue]) throws -> [ScriptValue] {
        let facts = ScriptTable(fields: [
            ("path", .string(context.path)), ("step", .integer(context.step)),
            ("training", .boolean(context.mode == .training)),
        ])
        let host = try living()
        host.recordedForwards.append(context)
        defer { host.recordedForwards.removeLast() }
        do {
            return try object.call(inputs + [.table(facts)])
        } catch let error as ScriptError {
            throw error.inLayer(context.layer)
        }
    }

    /// What stands for a parameter or a buffer on the tape.
    func value(_ name: String, _ context: ForwardContext) throws -> NodeID? {
        if let known = ownParameters.first(where: { $0.name == name }) { return try context.node(known.parameter) }
        if let known = ownBuffers.first(where: { $0.name == name }) { return try context.node(known.buffer) }
        return nil
    }
}

extension ScriptError {
    /// The same error with the layer in which it came about, unless it names one already.
    fileprivate func inLayer(_ layer: String) -> ScriptError {
        let mark = "\n  in layer "
        if message.contains(mark) || message.contains(layer) { return self }
        return ScriptError(message + mark + layer, traceback: traceback, hasPlace: true)
    }
}

/// What the Lua side says of a layer: its name and its parts.
struct LayerDeclaration {
    let name: String
    private let facts: ScriptTable

    init(_ facts: ScriptTable) {
        name = facts["name"]?.asString ?? "layer"
        self.facts = facts
    }

    private func entries(_ part: String) -> [(key: String, value: ScriptValue)] { facts[part]?.asTable?.fields ?? [] }
    private func owner(_ what: String, _ part: String) -> String { "\(what) '\(part)' of layer '\(name)'" }

    func parameters() throws -> [(name: String, parameter: NightjarNN.Parameter)] {
        try entries("parameters").map { name, value in
            let owner = owner("parameter", name)
            let table = try table(value, owner, ["shape", "init", "dtype", "trainable"])
            let initializer = try table["init"].map { try InitializerDeclaration($0, owner: owner).initializer() }
            let parameter = try NightjarNN.Parameter(
                shape(table, owner), dtype: dtype(table, owner), initializer: initializer ?? .standard,
                isTrainable: table["trainable"]?.asBoolean ?? true)
            return (name, parameter)
        }
    }

    func buffers() throws -> [(name: String, buffer: Buffer)] {
        try entries("buffers").map { name, value in
            let owner = owner("buffer", name)
            let table = try table(value, owner, ["shape", "init", "dtype"])
            let start: Double
            switch table["init"] {
            case nil, .string("zeros"): start = 0
            case .string("ones"): start = 1
            case .some(let value):
                guard let number = value.asNumber else {
                    throw ArgumentError("'init' of \(owner) is \"zeros\", \"ones\" or a number")
                }
                start = number
            }
            return (name, Buffer(try .full(shape(table, owner), start, dtype: dtype(table, owner))))
        }
    }

    /// Layers by name, and lists of layers, whose entries are called `layers.1`, `layers.2`, ...
    func children() throws -> [(name: String, module: any Module)] {
        try entries("children").flatMap { name, value -> [(name: String, module: any Module)] in
            if let module = module(value) { return [(name, module)] }
            guard let list = value.asTable, list.fields.isEmpty, !list.array.isEmpty else {
                throw ArgumentError("\(owner("child", name)) must be a layer or a list of layers, got \(value.phrase)")
            }
            return try list.array.enumerated().map { index, entry in
                guard let module = module(entry) else {
                    throw ArgumentError(
                        "entry \(index + 1) of \(owner("child", name)) is \(entry.phrase), expected a layer")
                }
                return ("\(name).\(index + 1)", module)
            }
        }
    }

    private func module(_ value: ScriptValue) -> (any Module)? {
        guard case .object(let object) = value, let known = object as? ModuleObject else { return nil }
        return known.module
    }

    private func table(_ value: ScriptValue, _ owner: String, _ fields: [String]) throws -> ScriptTable {
        guard let table = value.asTable else {
            throw ArgumentError("\(owner) is a table such as { shape = { 3 }, init = \"zeros\" }, got \(value.phrase)")
        }
        for (field, _) in table.fields where !fields.contains(field) {
            let hint = nearestName(to: field, in: fields).map { ": did you mean '\($0)'?" } ?? ""
            throw ArgumentError(
                "\(owner) has an unknown field '\(field)'\(hint)\n  fields are \(fields.joined(separator: ", "))")
        }
        return table
    }

    private func shape(_ table: ScriptTable, _ owner: String) throws -> Shape {
        let extents = table["shape"]?.asTable?.array.map(\.asInteger)
        guard let extents, extents.allSatisfy({ $0 != nil }) else {
            let given = table["shape"]?.asTable?.array.first { $0.asInteger == nil }?.phrase
            throw ArgumentError(
                "\(owner) needs a shape, as in shape = { 3, 4 }; {} is a single number"
                    + (given.map { "; this one holds \($0)" } ?? ""))
        }
        return try Shape(extents.compactMap { $0 })
    }

    private func dtype(_ table: ScriptTable, _ owner: String) throws -> DType {
        guard let given = table["dtype"] ?? facts["dtype"] else { return .float32 }
        guard let dtype = given.asString.flatMap({ DType(name: $0) }) else {
            throw ArgumentError("'dtype' of \(owner) is a name such as \"float32\"")
        }
        return dtype
    }
}
