import Foundation
import NightjarData
import NightjarGraph
import NightjarNative
import NightjarTensor

/// Whose labels are asked about.
private let whichSet = Parameter("set", .string, default: "nil", "the name of a label set; nil: the labels themselves")

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
                    (
                        "test",
                        .object(DatasetObject(LabelledDataset(bundle.test), source: bundle.name, notes: bundle.notes))
                    ),
                    (
                        "train",
                        .object(DatasetObject(LabelledDataset(bundle.train), source: bundle.name, notes: bundle.notes))
                    ),
                ]))
        ])
    },
    Binding(
        "data_from_tensors", .library,
        [
            Parameter("name", .string), Parameter("inputs", .tensor), Parameter("labels", .tensor),
            Parameter("classes", .integer, default: "nil"), Parameter("options", .table, default: "nil"),
            Parameter("sets", .any, default: "nil"),
        ],
        returns: "data set", "A data set of a script's own. The label sets are a list of data sets of the same samples."
    ) { call in
        let name = try call.string(0)
        let options = try call.has(4) ? call.value(4).asTable : nil
        let targets = try LabelReading("labels of data set '\(name)'", options: options ?? ScriptTable())
            .read(call.tensor(2), classes: call.has(3) ? call.integer(3) : nil)
        let sets = try call.has(5) ? call.value(5).asTable : nil
        let labelSets = sets?.fields.compactMap { name, value -> LabelSet? in
            guard case .object(let object) = value, let set = object as? DatasetObject else { return nil }
            return LabelSet(name, set.data.given)
        }
        let names = options?["class_names"]?.asTable?.array.compactMap(\.asString)
        let data = try Dataset(
            name: name, inputs: call.tensor(1), targets: targets, classNames: names, normalization: .identity,
            labelSets: labelSets ?? [])
        call.answer(values: [.object(DatasetObject(LabelledDataset(data), source: name))])
    },
    Binding(
        "count", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "integer",
        "How many samples there are."
    ) {
        call in call.answer(try call.object(0, DatasetObject.self).data.count)
    },
    Binding(
        "classes", [], owner: NativeTypes.dataset, [Parameter("data", .any), whichSet], returns: "integer",
        "How many classes there are; of labels 0 and 1 how many a sample has."
    ) {
        call in call.answer(try call.object(0, DatasetObject.self).data.form.classes)
    },
    Binding(
        "summary", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "string",
        "What print shows of it: name, samples, their shape and labels, and how many of these are wrong or left out."
    ) { call in call.answer(try call.object(0, DatasetObject.self).summary) },
    Binding(
        "label_kind", [], owner: NativeTypes.dataset, [Parameter("data", .any), whichSet], returns: "string",
        "What the labels given for training are: \"classes\", \"soft\" (rows of probabilities) or \"binary\" (0 to 1)."
    ) { call in
        call.answer(values: [.string(try call.object(0, DatasetObject.self).data.form.kind.rawValue)])
    },
    Binding(
        "keep", [], owner: NativeTypes.dataset, [Parameter("data", .any), whichSet], returns: "tensor",
        "A mask of the labels that are not left out."
    ) { call in
        let given = try call.object(0, DatasetObject.self).data.given
        let shape = try given.form.placeShape(samples: given.count)
        try call.answer(owned: given.keep() ?? Tensor.full(shape, 1, dtype: .bool))
    },
    Binding(
        "true_keep", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "tensor",
        "The same of the labels that the data came with, or nil where none is left out."
    ) { call in
        guard let keep = try call.object(0, DatasetObject.self).data.dataset.targets.keep() else { return }
        call.answer(owned: keep)
    },
    Binding(
        "true_ignore", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "integer",
        "What stands for no label among those that the data came with, or nil."
    ) { call in
        let ignore = try call.object(0, DatasetObject.self).data.dataset.targets.form.ignore
        call.answer(values: [ignore.map { .integer($0) } ?? .nil])
    },
    Binding(
        "true_kind", .library, [Parameter("data", .any)], returns: "string, integer",
        "What the labels are that the data came with, in words for messages where they are no classes; and their rank."
    ) { call in
        guard case .object(let object) = try call.value(0), let known = object as? DatasetObject else {
            throw call.wrong(0, expected: "a data set")
        }
        let form = known.data.dataset.targets.form
        call.answer(values: [form.kind == .classes ? .nil : .string(form.words), .integer(form.places.rank + 1)])
    },
    Binding(
        "class_names", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "table",
        "The names of the classes, in order."
    ) { call in
        let names = try call.object(0, DatasetObject.self).data.dataset.classNames
        call.answer(values: [.table(ScriptTable(array: names.map { .string($0) }))])
    },
    Binding(
        "labels", [], owner: NativeTypes.dataset, [Parameter("data", .any), whichSet], returns: "tensor",
        "The labels given for training, counted from 1; soft and binary ones as they were given."
    ) { call in try call.answer(owned: call.object(0, DatasetObject.self).data.given.forScripts()) },
    Binding(
        "true_labels", [], owner: NativeTypes.dataset, [Parameter("data", .any), whichSet], returns: "tensor",
        "The labels that the data came with, counted from 1; soft and binary ones as they were."
    ) { call in try call.answer(owned: call.object(0, DatasetObject.self).data.dataset.targets.forScripts()) },
    Binding(
        "noise_rate", [], owner: NativeTypes.dataset, [Parameter("data", .any), whichSet], returns: "number",
        "The share of labels that are not the true ones, of those that are not left out."
    ) { call in
        let data = try call.object(0, DatasetObject.self).data
        guard let rate = data.noiseRate else {
            throw ArgumentError(
                data.knowsTruth
                    ? "there is no noise rate: all labels are left out"
                    : "there is no noise rate: the labels given are \(data.form.words), the true ones "
                        + data.dataset.targets.form.words)
        }
        call.answer(rate)
    },
    Binding(
        "inputs", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "tensor",
        "All inputs, normalised, float32."
    ) { call in try call.answer(owned: call.object(0, DatasetObject.self).data.dataset.normalizedInputs()) },
    Binding(
        "data_given", .library,
        [
            Parameter("data", .any), Parameter("labels", .tensor), Parameter("noise", .table, default: "nil"),
            Parameter("options", .table, default: "nil"),
        ],
        returns: "data set",
        "The same samples with other labels; the true ones stay beside."
    ) { call in
        guard case .object(let object) = try call.value(0), let known = object as? DatasetObject else {
            throw call.wrong(0, expected: "a data set")
        }
        let options = try call.has(3) ? call.value(3).asTable : nil
        let set = known.data.dataset
        let given = try LabelReading("given labels", options: options ?? ScriptTable())
            .read(call.tensor(1), classes: set.targets.form.kind == .binary ? nil : set.classes)
        call.answer(values: [
            .object(
                DatasetObject(
                    try LabelledDataset(set, given: given, labelSets: known.data.labelSets), source: known.source,
                    notes: known.notes, noise: call.has(2) ? try call.value(2).json : nil, setNoise: known.setNoise))
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
        call.answer(values: [
            .object(
                DatasetObject(
                    subset, source: known.source, notes: known.notes, noise: known.noise, setNoise: known.setNoise))
        ])
    },
    Binding(
        "label_sets", [], owner: NativeTypes.dataset, [Parameter("data", .any)], returns: "table",
        "The names of its label sets, in order."
    ) { call in
        let names = try call.object(0, DatasetObject.self).data.labelSets.map(\.name)
        call.answer(values: [.table(ScriptTable(array: names.map { .string($0) }))])
    },
    Binding(
        "label_set", [], owner: NativeTypes.dataset, [Parameter("data", .any), Parameter("name", .string)],
        returns: "data set", "The samples with the labels of a set in the place of their own; nil where there is none."
    ) { call in
        let known = try call.object(0, DatasetObject.self)
        let name = try call.string(1)
        guard let seen = try known.data.seen(by: name) else { return call.answer(values: [.nil]) }
        call.answer(values: [
            .object(DatasetObject(seen, source: known.source, notes: known.notes, noise: known.setNoise[name]))
        ])
    },
    Binding(
        "data_with_set", .library, [Parameter("data", .any), Parameter("name", .string), Parameter("seen", .any)],
        returns: "data set", "The same samples with the labels of another data set given in a label set."
    ) { call in
        guard case .object(let one) = try call.value(0), let known = one as? DatasetObject,
            case .object(let other) = try call.value(2), let seen = other as? DatasetObject
        else { throw call.wrong(0, expected: "a data set") }
        let name = try call.string(1)
        var noise = known.setNoise
        noise[name] = seen.noise
        call.answer(values: [
            .object(
                DatasetObject(
                    try known.data.giving(seen.data.given, in: name), source: known.source, notes: known.notes,
                    noise: known.noise, setNoise: noise))
        ])
    },
]

extension ScriptHost {
    /// The reader of a name in the native library of the plugin that a file belongs to.
    private func nativeReader(
        _ name: String, declaredIn file: ScriptFiles.File
    ) throws -> (reader: NativeReader, title: String) {
        guard let plugin = plugins.owner(of: file.path) else {
            throw ScriptError(
                "\(file.displayName): format \"native\" is for data sets of a plugin with a native library")
        }
        let library = try nativeLibrary(plugin.name).library
        guard let reader = library.reader(name) else {
            let names = library.readers.map(\.name)
            let hint = nearest(name, names).map { ": did you mean '\($0)'?" } ?? ""
            throw ScriptError(
                "\(file.displayName): the native library of plugin '\(plugin.name)' has no reader '\(name)'\(hint)")
        }
        return (reader, "\(plugin.name).\(name)")
    }

    /// The data sets of this host: the built-in ones and those of data plugins.
    package func catalog() throws -> DataCatalog {
        if let catalog = knownCatalog { return catalog }
        var catalog = DataCatalog()
        for path in plugins.dataFiles {
            var names = [((path as NSString).lastPathComponent as NSString).deletingPathExtension]
            do {
                let file = try files.script(path)
                files.note(file)
                let values = try load(file).call([])
                guard let table = values.first?.asTable else {
                    throw ScriptError("\(file.displayName): a data plugin returns a table that describes the data")
                }
                if let name = table["name"]?.asString { names.insert(name, at: 0) }
                for name in names where dataFiles[name] == nil { dataFiles[name] = file.path }
                try DataDeclaration(table, file: file.displayName).add(
                    to: &catalog, folder: URL(fileURLWithPath: file.path).deletingLastPathComponent()
                ) { try nativeReader($0, declaredIn: file) }
            } catch {
                catalog.add(fault: (error as? ScriptError)?.message ?? "\(error)", names: names)
            }
        }
        knownCatalog = catalog
        return catalog
    }
}
