import CLuaShim
import Foundation
import NightjarData
import NightjarGraph
import NightjarNative
import NightjarTensor

private let plugin = Parameter("plugin", .string)

/// What `natives.lua` makes `nj.native` of.
let nativeBindings: [Binding] = [
    Binding(
        "native_library", .library, [plugin], returns: "table",
        "Loads the native library of a plugin, and says what it has."
    ) { call in
        let (entry, library) = try call.host.nativeLibrary(call.string(0))
        var fields: [(key: String, value: ScriptValue)] = [
            (
                "operations",
                .table(ScriptTable(fields: library.operations.map { ($0.name, .table(ScriptTable(operation: $0))) }))
            ),
            ("metrics", .table(ScriptTable(array: library.metrics.map { .string($0.name) }))),
            ("readers", .table(ScriptTable(array: library.readers.map { .string($0.name) }))),
        ]
        if let gradients = entry.gradients { fields.append(("gradients", .string(gradients))) }
        call.answer(values: [.table(ScriptTable(fields: fields))])
    },
    Binding(
        "native_call", .library, [Parameter("operation", .integer), Parameter("argument", .any)], variadic: true,
        "An operation of a native library on what a script gave: tensors, then numbers by name. nil where that does not fit."
    ) { call in
        guard let number = UInt16(exactly: try call.integer(0)), let operation = NativeOperation.numbered(number) else {
            throw call.wrong(0)
        }
        guard let (operands, numbers) = try call.arguments(of: operation) else { return call.answer(values: [.nil]) }
        try call.answer(call.tape.native(operation, operands, attributes: numbers))
    },
    Binding(
        "native_metric", .library,
        [
            plugin, Parameter("metric", .string), Parameter("logits", .tensor), Parameter("labels", .tensor),
            Parameter("predictions", .tensor),
        ], returns: "number", "A metric of a native library."
    ) { call in
        let (plugin, name) = try (call.string(0), call.string(1))
        guard let metric = try call.host.nativeLibrary(plugin).library.metric(name) else { throw call.wrong(1) }
        do {
            call.answer(try metric.compute(logits: call.tensor(2), labels: call.tensor(3), predictions: call.tensor(4)))
        } catch let error as NativeError {
            throw ArgumentError("metric '\(plugin).\(name)': \(error)")
        }
    },
    Binding(
        "native_read", .library, [plugin, Parameter("reader", .string), Parameter("path", .string)],
        returns: "tensor, tensor, integer", "What a reader of a native library finds in a file."
    ) { call in
        let (plugin, name, path) = try (call.string(0), call.string(1), call.string(2))
        guard let reader = try call.host.nativeLibrary(plugin).library.reader(name) else { throw call.wrong(1) }
        let url = try call.host.files.tensors(readAt: path, askedBy: call.script)
        let samples = try NativeDataDescription.samples(of: url, reader, title: "\(plugin).\(name)")
        call.host.note(samples.inputs.byteCount)
        let labels = try Tensor.made(samples.labels.count) { samples.labels[$0] &+ 1 }
        call.answer(count: 3) { writer in
            writer.write(samples.inputs, place: call.place)
            writer.write(labels, place: call.place)
            writer.write(.integer(samples.classes), place: call.place)
        }
    },
]

extension Call {
    /// Tensors and numbers of a call, which come after the number of the operation; nil where they are not what it takes.
    fileprivate func arguments(of operation: NativeOperation) throws -> (operands: [NodeID], numbers: [Double])? {
        let inputs = operation.inputs.count
        guard count == 1 + inputs || count == 2 + inputs else { return nil }
        var operands: [NodeID] = []
        for position in 1...inputs {
            guard let handle = TensorHandle(argument(position)) else { return nil }
            operands.append(try host.node(handle, on: tape))
        }
        var numbers = operation.standards
        switch argument(1 + inputs).operand {
        case .nil: return (operands, numbers)
        case .table(let tokens):
            guard tokens.listCount == 0 else { return nil }
            var position = 1
            for _ in 0..<tokens.fieldCount {
                guard let index = operation.attributes.firstIndex(where: { TokenReader.is(tokens[position], $0.name) }),
                    let number = plainNumber(tokens[position + 1])
                else { return nil }
                numbers[index] = number
                position += 2
            }
            return (operands, numbers)
        default: return nil
        }
    }
}

extension ScriptTable {
    /// An operation, as `natives.lua` knows it.
    fileprivate init(operation: NativeOperation) {
        func list(_ values: [ScriptValue]) -> ScriptValue { .table(ScriptTable(array: values)) }
        self.init(fields: [
            ("number", .integer(Int(operation.number))), ("title", .string(operation.title)),
            ("doc", .string(operation.documentation)), ("inputs", list(operation.inputs.map { .string($0.name) })),
            ("attributes", list(operation.attributes.map { .string($0.name) })),
            ("standards", list(operation.attributes.map { .number($0.standard) })),
        ])
    }
}

extension ScriptHost {
    /// Why the native library of a plugin may not be loaded; nil where it may.
    public func nativeRefusal(of entry: PluginRegistry.Entry) -> String? {
        guard let path = entry.native, !options.isTrusted, !trusts(entry.folder) else { return nil }
        return
            "plugin '\(entry.name)' has a native library, \(path), which no sandbox holds: --trust allows it, or trust = "
            + "{ \"\(entry.folder)\" } in \(UserConfiguration.path)"
    }

    /// The native library of a plugin, which is loaded when somebody asks for it first.
    /// - Throws: ``ArgumentError`` for a plugin that is not there or has none, where native code is not allowed, and for a
    ///   library that does not load.
    package func nativeLibrary(_ plugin: String) throws -> (entry: PluginRegistry.Entry, library: NativeLibrary) {
        let known = plugins.entries.filter { $0.name == plugin }
        guard let entry = known.first(where: { $0.status == .loaded }) else {
            guard let other = known.first else {
                let names = plugins.entries.filter { $0.native != nil }.map(\.name)
                let hint = nearest(plugin, names).map { ": did you mean '\($0)'?" } ?? ""
                throw ArgumentError(
                    "there is no plugin '\(plugin)'\(hint)"
                        + (names.isEmpty
                            ? "\n  no plugin has a native library"
                            : "\n  native libraries are those of " + names.sorted().joined(separator: ", ")))
            }
            let reason = if case .failed(let reason) = other.status { reason } else { "it is skipped" }
            throw ArgumentError("plugin '\(plugin)' in \(other.folder) did not load: \(reason)")
        }
        if let library = nativeLibraries[plugin] { return (entry, library) }
        guard let path = entry.native else {
            throw ArgumentError("plugin '\(plugin)' has no native library: 'native' in its plugin.lua names one")
        }
        if let refusal = nativeRefusal(of: entry) { throw ArgumentError(refusal) }
        do {
            let library = try NativeLibrary(path: path, owner: plugin)
            try files.note(library: path)
            nativeLibraries[plugin] = library
            return (entry, library)
        } catch {
            throw ArgumentError("the native library of plugin '\(plugin)', \(path), is not used: \(error)")
        }
    }
}
