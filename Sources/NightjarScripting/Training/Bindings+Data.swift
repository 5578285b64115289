import Foundation
import NightjarData
import NightjarGraph
import NightjarTensor

/// Data sets, as `nj.data` wraps them.
let dataBindings: [Binding] = [
    Binding(
        "data_names", .library, returns: "table", "The data sets that can be loaded."
    ) { call in
        call.answer(values: [.table(ScriptTable(array: try call.host.catalog().names.map { .string($0) }))])
    },
    Binding(
        "data_load", .library, [Parameter("name", .string)], returns: "table", "Loads a data set: its parts and facts."
    ) { call in
        let folder = call.host.options.dataFolder.map { URL(fileURLWithPath: $0) }
        let bundle = try call.host.catalog().load(call.string(0), dataDirectory: folder)
        for note in bundle.notes { call.host.say(note: "data set '\(bundle.name)': \(note)") }
        call.answer(values: [
            .table(
                ScriptTable(fields: [
                    ("classes", .integer(bundle.classes)),
                    ("class_names", .table(ScriptTable(array: bundle.classNames.map { .string($0) }))),
                    ("credit", .string(bundle.credit)),
                    ("features", .integer(bundle.featureCount)),
                    ("license", .string(bundle.license)),
                    ("name", .string(bundle.name)),
                    ("notes", .table(ScriptTable(array: bundle.notes.map { .string($0) }))),
                    ("shape", .table(ScriptTable(array: bundle.inputShape.dimensions.map { .integer($0) }))),
                    ("test", .object(DatasetObject(LabelledDataset(bundle.test), source: bundle.name))),
                    ("train", .object(DatasetObject(LabelledDataset(bundle.train), source: bundle.name))),
                ]))
        ])
    },
    Binding(
        "data_from_tensors", .library,
        [
            Parameter("name", .string), Parameter("inputs", .tensor), Parameter("labels", .tensor),
            Parameter("classes", .integer),
        ],
        returns: "data set", "A data set of a script's own."
    ) { call in
        let name = try call.string(0)
        let labels = try zeroBased(call.tensor(2), classes: call.integer(3), "labels of data set '\(name)'")
        let data = try Dataset(
            name: name, inputs: call.tensor(1), labels: labels, classes: call.integer(3), normalization: .identity)
        call.answer(values: [.object(DatasetObject(LabelledDataset(data), source: name))])
    },
    Binding(
        "count", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "integer",
        "How many samples there are."
    ) {
        call in call.answer(try call.object(0, DatasetObject.self).data.count)
    },
    Binding(
        "classes", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "integer",
        "How many classes there are."
    ) {
        call in call.answer(try call.object(0, DatasetObject.self).data.dataset.classes)
    },
    Binding(
        "class_names", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "table",
        "The names of the classes, in order."
    ) { call in
        let names = try call.object(0, DatasetObject.self).data.dataset.classNames
        call.answer(values: [.table(ScriptTable(array: names.map { .string($0) }))])
    },
    Binding(
        "labels", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "tensor",
        "The labels given for training, counted from 1."
    ) { call in try call.answer(owned: oneBased(call.object(0, DatasetObject.self).data.givenLabels)) },
    Binding(
        "true_labels", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "tensor",
        "The labels that the data came with, counted from 1."
    ) { call in try call.answer(owned: oneBased(call.object(0, DatasetObject.self).data.trueLabels)) },
    Binding(
        "noise_rate", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "number",
        "The share of samples whose given label is not the true one."
    ) { call in call.answer(try call.object(0, DatasetObject.self).data.noiseRate) },
    Binding(
        "inputs", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "tensor",
        "All inputs, normalised, float32."
    ) { call in try call.answer(owned: call.object(0, DatasetObject.self).data.dataset.normalizedInputs()) },
    Binding(
        "data_given", .library,
        [Parameter("data", .any), Parameter("labels", .tensor), Parameter("noise", .table, default: "nil")],
        returns: "data set",
        "The same samples with other labels; the true ones stay beside."
    ) { call in
        guard case .object(let object) = try call.value(0), let known = object as? DatasetObject else {
            throw call.wrong(0, expected: "a data set")
        }
        let labels = try zeroBased(
            call.tensor(1), classes: known.data.dataset.classes, "given labels")
        call.answer(values: [
            .object(
                DatasetObject(
                    try known.data.dataset.given(labels: labels), source: known.source,
                    noise: call.has(2) ? try call.value(2).json : nil))
        ])
    },
    Binding(
        "first", [], owner: NativeTypes.dataset, [Parameter("data", .any), Parameter("count", .integer)],
        returns: "data set",
        "The first samples, at most so many."
    ) { call in
        let known = try call.object(0, DatasetObject.self)
        let count = try call.integer(1)
        guard count >= 1 else { throw ArgumentError("'first' takes at least 1 sample, got \(count)") }
        let subset = try known.data.subset([Int](room: min(count, known.data.count)) { $0 })
        call.answer(values: [.object(DatasetObject(subset, source: known.source, noise: known.noise))])
    },
]

private func oneBased(_ labels: [Int32]) throws -> Tensor { try Tensor.made(labels.count) { labels[$0] + 1 } }

/// Labels as scripts hold them, from 1, as Swift counts them.
private func zeroBased(_ tensor: Tensor, classes: Int, _ what: String) throws -> [Int32] {
    guard tensor.dtype == .int32, tensor.shape.rank == 1 else {
        throw ArgumentError(
            "\(what) must be an int32 tensor with one label a sample, got \(tensor.dtype) of shape \(tensor.shape)")
    }
    // Too few classes are the data set's to refuse.
    if classes >= 2, let fault = tensor.firstFault(from: 1, classes: classes) {
        throw ArgumentError("\(what): \(fault.message)")
    }
    return try tensor.withElements(of: Int32.self) { given in try [Int32](room: given.count) { given[$0] &- 1 } }
}

extension ScriptHost {
    /// The data sets of this host: the built-in ones and those of data plugins.
    func catalog() throws -> DataCatalog {
        if let catalog = knownCatalog { return catalog }
        var catalog = DataCatalog()
        for path in plugins.dataFiles {
            var names = [((path as NSString).lastPathComponent as NSString).deletingPathExtension]
            do {
                let file = try files.script(path)
                files.note(file)
                let values = try load(file.text, chunkName: "@" + file.displayName).call([])
                guard let table = values.first?.asTable else {
                    throw ScriptError("\(file.displayName): a data plugin returns a table that describes the data")
                }
                if let name = table["name"]?.asString { names.insert(name, at: 0) }
                try catalog.add(
                    DataDeclaration(table, file: file.displayName).description(),
                    folder: URL(fileURLWithPath: file.path).deletingLastPathComponent())
            } catch {
                catalog.add(fault: (error as? ScriptError)?.message ?? "\(error)", names: names)
            }
        }
        knownCatalog = catalog
        return catalog
    }
}
