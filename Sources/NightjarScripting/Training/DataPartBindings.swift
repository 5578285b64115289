import NightjarData
import NightjarRuns
import NightjarTensor

/// Parts of data sets and data sets put together, as `nj.data` wraps them.
let dataPartBindings: [Binding] = [
    Binding(
        "data_subset", .library, [Parameter("data", .any), Parameter("positions", .tensor)], returns: "data set",
        "The samples at positions counted from 1, in that order; repeats are allowed."
    ) { call in
        let known = try call.dataset(0)
        let positions = try call.tensor(1)
        guard positions.shape.rank == 1, positions.dtype == .int32 else {
            throw ArgumentError(
                "'subset' takes positions as a list or as an int32 tensor of one dimension, got shape \(positions.shape) "
                    + "\(positions.dtype)")
        }
        let indices = try [Int](room: positions.count) { index in
            let position = positions.value(at: index)
            guard let whole = Int(exactly: position), (1...known.data.count).contains(whole) else {
                throw ArgumentError(
                    "position \(ScriptText.number(position)), entry \(index + 1) of 'subset', is not in the data set: it has 1 "
                        + "to \(known.data.count)")
            }
            return whole - 1
        }
        call.answer(values: [.object(known.with(try known.data.subset(indices)))])
    },
    Binding(
        "data_only", .library,
        [
            Parameter("data", .any), Parameter("classes", .table), Parameter("by", .string),
            Parameter("renumber", .boolean),
        ],
        returns: "data set", "The samples of some classes, which are counted from 1."
    ) { call in
        let known = try call.dataset(0)
        let classes = try call.value(1).asTable?.array.compactMap(\.asInteger) ?? []
        guard let labels = LabelledDataset.Labels(rawValue: try call.string(2)) else {
            throw call.wrong(2, expected: "\"given\" or \"true\"")
        }
        let kept = try known.data.only(
            classes.map { Int32(clamping: $0 &- 1) }, by: labels, renumbers: call.value(3).asBoolean ?? false)
        call.answer(values: [.object(known.with(kept))])
    },
    Binding(
        "data_split", .library,
        [
            Parameter("data", .any), Parameter("count", .integer), Parameter("stratified", .boolean),
            Parameter("by", .string), Parameter("labels", .string), Parameter("seed", .integer),
        ],
        returns: "data set, data set",
        "The samples in two parts, the second of so many, with the given or the true labels in the second."
    ) { call in
        let known = try call.dataset(0)
        guard let by = LabelledDataset.Labels(rawValue: try call.string(3)),
            let held = LabelledDataset.Labels(rawValue: try call.string(4))
        else { throw call.wrong(3, expected: "\"given\" or \"true\"") }
        let isStratified = try call.value(2).asBoolean ?? true
        let labels = by == .given ? known.data.given : known.data.dataset.targets
        guard !isStratified || labels.form.isPlain else {
            throw ArgumentError(
                "a stratified split needs one class a sample, this data set has \(labels.form.words): write "
                    + "stratified = false")
        }
        // What is left out is a class of its own for the split.
        let classes =
            try isStratified ? labels.classes.map { $0 + 1 } : [Int32](room: known.data.count, repeating: 0)
        let split = try TestSplit(
            testCount: call.integer(1), of: known.data.count, isStratified: isStratified,
            seed: UInt64(bitPattern: Int64(call.integer(5))))
        let parts = try split.indices(labels: classes)
        let second = try known.data.subset(parts.test)
        call.answer(values: [
            .object(known.with(try known.data.subset(parts.train))),
            .object(held == .truth ? known.with(second.withTruth(), noise: nil) : known.with(second)),
        ])
    },
    Binding(
        "data_joined", .library, [Parameter("parts", .table), Parameter("name", .string)], returns: "data set",
        "The samples of some data sets, one after another."
    ) { call in
        let parts = try call.value(0).asTable?.array.map { value in
            guard case .object(let object) = value, let known = object as? DatasetObject else {
                throw call.wrong(0, expected: "a list of data sets")
            }
            return known
        }
        guard let parts, let first = parts.first else { throw call.wrong(0, expected: "a list of data sets") }
        let name = try call.string(1)
        let joined = try LabelledDataset.joined(parts.map(\.data), name: name)
        var notes: [String] = []
        for note in parts.flatMap(\.notes) where !notes.contains(note) { notes.append(note) }
        let isSame = parts.allSatisfy { $0.noise == first.noise && $0.setNoise == first.setNoise }
        call.answer(values: [
            .object(
                DatasetObject(
                    joined, source: name, notes: notes, noise: isSame ? first.noise : nil,
                    setNoise: isSame ? first.setNoise : [:]))
        ])
    },
]

extension Call {
    /// A data set as the library hands it over.
    func dataset(_ position: Int) throws -> DatasetObject {
        guard case .object(let object) = try value(position), let known = object as? DatasetObject else {
            throw wrong(position, expected: "a data set")
        }
        return known
    }
}

extension DatasetObject {
    /// Other samples of the same origin.
    func with(_ data: LabelledDataset) -> DatasetObject { with(data, noise: noise) }

    fileprivate func with(_ data: LabelledDataset, noise: JSONValue?) -> DatasetObject {
        DatasetObject(data, source: source, notes: notes, noise: noise, setNoise: setNoise)
    }
}
