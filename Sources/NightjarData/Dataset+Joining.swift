// Data sets put together, and kept to some of their classes.
import NightjarTensor

extension LabelledDataset {
    /// The samples of all of them, one after another, with both kinds of labels.
    /// - Throws: ``DataError`` that names what differs between two of them.
    public static func joined(_ parts: [LabelledDataset], name: String) throws -> LabelledDataset {
        guard let first = parts.first else { throw DataError("no data sets were given to join") }
        let one = first.dataset
        for part in parts.dropFirst() {
            let other = part.dataset
            func same<Fact: Equatable>(_ word: String, _ a: Fact, _ b: Fact) throws {
                guard a != b else { return }
                throw DataError(
                    "data sets '\(one.name)' and '\(other.name)' cannot be joined: their \(word) differ, \(a) and \(b)")
            }
            try same("classes", one.classNames, other.classNames)
            try same("shapes of a sample", one.inputShape, other.inputShape)
            try same("types of inputs", one.inputs.dtype, other.inputs.dtype)
            try same("labels", first.form.words, part.form.words)
            try same("true labels", one.targets.form.words, other.targets.form.words)
            try same("label sets", first.labelSets.map(\.name), part.labelSets.map(\.name))
            guard one.normalization == other.normalization else {
                throw DataError(
                    "data sets '\(one.name)' and '\(other.name)' cannot be joined: their numbers are normalised differently"
                )
            }
        }
        let count = parts.reduce(0) { $0 + $1.count }
        let inputs = try Tensor(
            uninitialized: Shape([count] + one.inputShape.dimensions), dtype: one.inputs.dtype)
        var offset = 0
        for part in parts {
            let own = part.dataset.inputs
            (inputs.pointer + offset).copyMemory(from: own.pointer, byteCount: own.byteCount)
            offset += own.byteCount
        }
        func sets(_ of: (LabelledDataset) -> [LabelSet]) throws -> [LabelSet] {
            try of(first).indices.map { place in
                LabelSet(of(first)[place].name, try Targets.joined(parts.map { of($0)[place].targets }))
            }
        }
        let dataset = try Dataset(
            name: name, inputs: inputs, targets: Targets.joined(parts.map(\.dataset.targets)),
            classNames: one.classNames, normalization: one.normalization, labelSets: sets(\.dataset.labelSets))
        return try LabelledDataset(
            dataset, given: Targets.joined(parts.map(\.given)), labelSets: sets(\.labelSets))
    }

    /// Which labels are asked about.
    public enum Labels: String, Sendable, CaseIterable {
        case given
        case truth = "true"
    }

    /// The samples of some classes, in the order of the samples.
    /// - Parameters:
    ///   - classes: 0-based, each once.
    ///   - labels: by which a sample is of a class.
    ///   - renumbers: whether the classes become 0, 1, ... in their order; samples whose other label is none of them are then
    ///     left out as well.
    /// - Throws: ``DataError`` where there are no such samples, or labels are no classes.
    public func only(_ classes: [Int32], by labels: Labels, renumbers: Bool) throws -> LabelledDataset {
        guard form.isPlain, dataset.targets.form.isPlain else {
            throw DataError("data set '\(dataset.name)' has \(form.words): only one class a sample can be chosen by")
        }
        guard !renumbers || classes.count > 1 else {
            throw DataError("2 classes at least are needed to number them anew, got \(classes.count)")
        }
        var numbers = try [Int32](room: dataset.classes, repeating: Targets.leftOut)
        for (number, label) in classes.enumerated() {
            guard dataset.targets.classRange.contains(label), numbers[Int(label)] == Targets.leftOut else {
                throw DataError(
                    "class \(label) (counted from 0) is named twice, or is none of data set '\(dataset.name)'")
            }
            numbers[Int(label)] = Int32(clamping: number)
        }
        func isKept(_ label: Int32) -> Bool { label >= 0 && numbers[Int(label)] != Targets.leftOut }
        let chosen = labels == .given ? givenLabels : trueLabels
        let indices = (0..<count).filter {
            isKept(chosen[$0]) && (!renumbers || isKept(givenLabels[$0]) && isKept(trueLabels[$0]))
        }
        guard !indices.isEmpty else {
            throw DataError("data set '\(dataset.name)' has no samples of the \(classes.count) classes named")
        }
        let subset = try self.subset(indices)
        guard renumbers else { return subset }
        func renumbered(_ targets: Targets) throws -> Targets {
            try Targets(
                .classes(classes.count), count: targets.count, classes: targets.classes.map { numbers[Int($0)] })
        }
        let own = subset.dataset
        let changed = try Dataset(
            name: own.name, inputs: own.inputs, targets: renumbered(own.targets),
            classNames: classes.map { own.classNames[Int($0)] }, normalization: own.normalization,
            labelSets: own.labelSets)
        return try LabelledDataset(changed, given: renumbered(subset.given), labelSets: subset.labelSets)
    }

    /// The same samples with the true labels given.
    public func withTruth() -> LabelledDataset { LabelledDataset(dataset) }
}

extension Targets {
    /// The labels of some data sets, one after another; all are of one form.
    static func joined(_ parts: [Targets]) throws -> Targets {
        guard let form = parts.first?.form else { throw DataError("no labels were given to join") }
        let count = parts.reduce(0) { $0 + $1.count }
        let classes = parts.flatMap(\.classes)
        let given = parts.compactMap(\.numbers)
        guard let dtype = given.first?.dtype else { return try Targets(form, count: count, classes: classes) }
        // Row after row, in whatever type each part has them.
        var (part, start) = (0, 0)
        let numbers = try Tensor.made(form.shape(samples: count), dtype: dtype) { index in
            while index - start >= given[part].count, part + 1 < given.count {
                start += given[part].count
                part += 1
            }
            return given[part].value(at: index - start)
        }
        return try Targets(form, count: count, classes: classes, numbers: numbers)
    }
}
