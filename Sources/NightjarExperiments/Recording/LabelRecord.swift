import NightjarData
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// The labels of a training in the files of its run.
enum LabelRecord {
    /// What the labels are, for `config.json`: their kind, the places that have one, and what is left out; of labels that
    /// neither the data set nor a model of noise says, their hash, which makes runs on other labels other runs.
    static func json(_ data: LabelledDataset, isNoise: Bool) -> JSONValue {
        let form = data.form
        var entries: [String: JSONValue] = ["kind": .string(form.kind.rawValue)]
        if form.kind != .classes || !isNoise && data.noiseRate != 0 { entries["sha256"] = .string(hash(data.given)) }
        if form.places.rank > 0 { entries["places"] = .array(form.places.dimensions.map { .integer($0) }) }
        if let ignore = form.ignore { entries["ignore"] = .integer(ignore) }
        if data.given.leavesOut { entries["left_out"] = .integer(data.givenLabels.count - data.given.kept) }
        return .object(entries)
    }

    /// The same of the label sets, by name; nil where there are none.
    static func sets(_ data: LabelledDataset, noise: [String: JSONValue]) -> JSONValue? {
        guard !data.labelSets.isEmpty else { return nil }
        var entries: [String: JSONValue] = [:]
        for set in data.labelSets {
            guard let seen = try? data.seen(by: set.name), case .object(var facts) = json(seen, isNoise: false) else {
                continue
            }
            // Labels of the data as well: nothing else says what they are.
            facts["sha256"] = .string(hash(set.targets))
            facts["noise"] = noise[set.name]
            entries[set.name] = .object(facts)
        }
        return .object(entries)
    }

    private static func hash(_ targets: Targets) -> String {
        if let numbers = targets.numbers {
            return ContentHash.sha256(UnsafeRawBufferPointer(start: numbers.pointer, count: numbers.byteCount))
        }
        return targets.classes.withUnsafeBytes { ContentHash.sha256($0) }
    }
}

extension RunFolder {
    /// Writes the labels used in training. One class a sample is `labels.csv`, in which -1 stands for a label that is left
    /// out; all other kinds are `labels.safetensors`, as they were given: soft and binary ones as numbers, classes from 0.
    /// Label sets are `label_sets.safetensors`, as `color.given` and `color.true`.
    func write(_ data: LabelledDataset) throws {
        func array(_ targets: Targets) throws -> Tensor {
            try targets.numbers ?? Tensor(targets.classes, shape: targets.form.placeShape(samples: targets.count))
        }
        if !data.labelSets.isEmpty {
            let sets = try zip(data.labelSets, data.dataset.labelSets).flatMap { given, truth in
                [
                    ("\(given.name).given", try array(given.targets)),
                    ("\(given.name).true", try array(truth.targets)),
                ]
            }
            try write(sets, to: "label_sets.safetensors")
        }
        guard data.form.isPlain, data.knowsTruth else {
            return try write(
                [("given", array(data.given)), ("true", array(data.dataset.targets))], to: "labels.safetensors")
        }
        try writeLabels(true: data.trueLabels.map(Int.init), given: data.givenLabels.map(Int.init))
    }

    /// Entries point into tensors, which have to live until they are written.
    private func write(_ tensors: [(name: String, tensor: Tensor)], to file: String) throws {
        try withExtendedLifetime(tensors) {
            try SafetensorsFile.write(
                tensors.map { SafetensorsFile.Entry($0.name, $0.tensor) }, to: url.appendingPathComponent(file))
        }
    }
}
