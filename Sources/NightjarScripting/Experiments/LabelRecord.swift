import NightjarData
import NightjarRuns
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
    func write(_ data: LabelledDataset) throws {
        guard data.form.isPlain, data.knowsTruth else {
            func array(_ targets: Targets) throws -> Tensor {
                try targets.numbers ?? Tensor(targets.classes, shape: targets.form.placeShape(samples: targets.count))
            }
            return try SafetensorsFile.write(
                [
                    SafetensorsFile.Entry("given", array(data.given)),
                    SafetensorsFile.Entry("true", array(data.dataset.targets)),
                ], to: url.appendingPathComponent("labels.safetensors"))
        }
        try writeLabels(true: data.trueLabels.map(Int.init), given: data.givenLabels.map(Int.init))
    }
}
