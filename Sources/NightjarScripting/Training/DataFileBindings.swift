import Foundation
import NightjarData
import NightjarTensor

/// Data sets in a user's own files, as `nj.data` wraps them; the library has checked names and types of the fields.
let dataFileBindings: [Binding] = [
    Binding(
        "data_csv", .library, [Parameter("fields", .table), Parameter("like", .any, default: "nil")],
        returns: "data set", "A data set in a file of separated values."
    ) { call in
        guard let fields = try call.value(0).asTable, let path = fields["file"]?.asString else {
            throw call.wrong(0, expected: "a table of fields")
        }
        var options = CSVOptions()
        options.separator = try character(fields, "separator", default: options.separator)
        options.quote = try character(fields, "quote", default: options.quote)
        guard options.separator != options.quote else {
            throw ArgumentError("'separator' and 'quote' of nj.data.csv are the same")
        }
        options.hasHeader = fields["header"]?.asBoolean ?? true
        options.label = fields["label"].flatMap(column) ?? options.label
        options.inputs = fields["inputs"]?.asTable?.array.compactMap(column)
        options.missing = fields["missing"]?.asString.flatMap(CSVOptions.Missing.init) ?? .refuse
        if let texts = fields["missing_texts"]?.asTable {
            options.missingTexts = Set(texts.array.compactMap(\.asString))
        }
        options.mostBytes = fields["most_bytes"]?.asInteger ?? options.mostBytes
        options.standardizes = fields["standardize"]?.asBoolean ?? false
        options.classNames = fields["class_names"]?.asTable?.array.compactMap(\.asString)
        if call.has(1) {
            let like = try call.dataset(1).data.dataset
            options.classNames = like.classNames
            options.normalization = like.normalization
        }
        let url = try call.host.files.tensors(readAt: path, askedBy: call.script)
        let name = fields["name"]?.asString ?? url.deletingPathExtension().lastPathComponent
        let contents = try CSVFile.read(url, name: name, options)
        call.answer(contents.dataset, notes: contents.notes)
    },
    Binding(
        "data_pictures", .library, [Parameter("fields", .table), Parameter("like", .any, default: "nil")],
        returns: "data set, table", "A data set as a folder of images by class, and the file of each sample."
    ) { call in
        guard let fields = try call.value(0).asTable, let path = fields["folder"]?.asString else {
            throw call.wrong(0, expected: "a table of fields")
        }
        var options = PictureOptions()
        let size = fields["size"]?.asTable?.array.compactMap(\.asInteger) ?? []
        if size.count == 2 { options.size = (size[0], size[1]) }
        options.channels = fields["channels"]?.asInteger
        options.classNames = fields["class_names"]?.asTable?.array.compactMap(\.asString)
        options.mostPixels = fields["most_pixels"]?.asInteger ?? options.mostPixels
        options.mostImages = fields["most_images"]?.asInteger ?? options.mostImages
        if call.has(1) {
            let like = try call.dataset(1).data.dataset
            options.classNames = like.classNames
            options.normalization = like.normalization
        }
        let url = try call.host.files.folder(readAt: path, askedBy: call.script)
        let contents = try PictureFolder.read(
            url, name: fields["name"]?.asString ?? url.lastPathComponent, options)
        for note in contents.notes { call.host.say(note: "data set '\(contents.dataset.name)': \(note)") }
        call.answer(values: [
            .object(
                DatasetObject(
                    LabelledDataset(contents.dataset), source: contents.dataset.name, notes: contents.notes)),
            .table(ScriptTable(array: contents.files.map { .string($0) })),
        ])
    },
    Binding(
        "data_array", .library, [Parameter("path", .string)], returns: "tensor",
        "One array of a .npy file, which stays there where it is large."
    ) { call in
        let name = try call.string(0)
        let url = try call.host.files.tensors(readAt: name, askedBy: call.script)
        let what = ScriptFiles.display(url.path)
        if let tensor = try NPYFile.mapped(url, what: what) { return call.answer(owned: tensor) }
        guard let tensor = try TensorFile(contentsOf: url, .npy).single else {
            throw ArgumentError("\(what) holds no array")
        }
        call.answer(owned: tensor)
    },
    Binding(
        "data_arrays", .library,
        [
            Parameter("name", .string), Parameter("inputs", .tensor), Parameter("labels", .tensor),
            Parameter("options", .table), Parameter("like", .any, default: "nil"),
        ],
        returns: "data set", "A data set of arrays as files have them: labels are counted from `first_label`."
    ) { call in
        let (name, inputs, labels) = (try call.string(0), try call.tensor(1), try call.tensor(2))
        let options = try call.value(3).asTable ?? ScriptTable()
        let first = options["first_label"]?.asInteger ?? 0
        let like = call.has(4) ? try call.dataset(4).data.dataset : nil
        let classes = try wholeLabels(labels, first: first, owner: name)
        let names = like?.classNames ?? options["class_names"]?.asTable?.array.compactMap(\.asString)
        let count = options["classes"]?.asInteger ?? names?.count ?? Int(classes.max() ?? 0) + 1
        let numbers =
            try inputs.dtype == .uint8 || inputs.dtype == .float32
            ? inputs : Tensor.made(inputs.shape, dtype: .float32) { inputs.value(at: $0) }
        let isImage = numbers.dtype == .uint8
        let isMeasured = options["standardize"]?.asBoolean ?? isImage
        let normalization =
            try like?.normalization
            ?? (isMeasured ? Normalization.measured(numbers, digits: isImage ? 4 : nil) : .identity)
        let data = try Dataset(
            name: name, inputs: numbers, labels: classes, classes: count, classNames: names,
            normalization: normalization)
        call.answer(data, notes: [])
    },
]

extension Call {
    fileprivate func answer(_ dataset: Dataset, notes: [String]) {
        for note in notes { host.say(note: "data set '\(dataset.name)': \(note)") }
        answer(values: [.object(DatasetObject(LabelledDataset(dataset), source: dataset.name, notes: notes))])
    }
}

/// A column by name, or by its position from 1 or from -1.
private func column(_ value: ScriptValue) -> CSVOptions.Column? {
    if let name = value.asString { return .name(name) }
    return value.asInteger.map { .position($0 > 0 ? $0 &- 1 : $0) }
}

/// A field of one character.
private func character(_ fields: ScriptTable, _ name: String, default standard: UInt8) throws -> UInt8 {
    guard let text = fields[name]?.asString else { return standard }
    guard let byte = text.utf8.first, text.utf8.count == 1, byte < 0x80, ![0x0A, 0x0D].contains(byte) else {
        throw ArgumentError("'\(name)' of nj.data.csv is one character of ASCII, got \(ScriptText.quoted(text))")
    }
    return byte
}

/// Labels of a file as classes counted from 0: of shape (count) or (count, 1).
private func wholeLabels(_ labels: Tensor, first: Int, owner: String) throws -> [Int32] {
    let shape = labels.shape
    guard shape.rank == 1 || shape.rank == 2 && shape[1] == 1 else {
        throw ArgumentError("data set '\(owner)' has labels of shape \(shape), expected one a sample: (count)")
    }
    return try [Int32](room: labels.count) { index in
        let number = labels.value(at: index)
        guard let label = Int(exactly: number), let own = Int32(exactly: label &- first), own >= 0 else {
            throw ArgumentError(
                "data set '\(owner)': label \(ScriptText.number(number)) at position \(index) (counted from 0) is not a "
                    + "class: they are whole numbers from \(first), which first_label says")
        }
        return own
    }
}
