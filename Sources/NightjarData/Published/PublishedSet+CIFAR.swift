// CIFAR-10 and CIFAR-100 in their binary versions.
import Foundation
import NightjarTensor

extension PublishedSet {
    static let cifar10Batches = (1...5).map { "data_batch_\($0).bin" }

    func readCIFAR10(_ directory: URL) throws -> DataBundle? {
        let parts = PublishedSet.cifar10Batches
        let found = try parts.map { try existing([$0], in: directory) }
        let test = try existing(["test_batch.bin"], in: directory)
        let urls = found.compactMap { $0 }
        if urls.isEmpty, test == nil { return nil }
        guard let test, !urls.isEmpty else {
            throw incomplete(directory, test == nil ? "test_batch.bin" : "data_batch_1.bin to data_batch_5.bin")
        }
        let missing = zip(parts, found).filter { $0.1 == nil }.map(\.0)
        let train = try CIFARFile.cifar10.read(urls)
        let held = try CIFARFile.cifar10.read([test])
        let note =
            "trained on \(train.labels[0].count) images: \(missing.joined(separator: ", ")) not in \(directory.path)"
        return try bundle(
            train: Part(inputs: train.images, labels: train.labels[0]),
            test: Part(inputs: held.images, labels: held.labels[0]), notes: missing.isEmpty ? [] : [note])
    }

    /// The labels that are not asked for are a label set, `coarse` or `fine`.
    func readCIFAR100(_ directory: URL, isCoarse: Bool) throws -> DataBundle? {
        guard let urls = try all(in: directory) else { return nil }
        let parts = try urls.map { url in
            let (images, labels) = try CIFARFile.cifar100.read([url])
            let other =
                isCoarse
                ? LabelSet("fine", Targets(plain: labels[1], classes: 100))
                : LabelSet("coarse", Targets(plain: labels[0], classes: 20))
            return Part(inputs: images, labels: labels[isCoarse ? 0 : 1], labelSets: [other])
        }
        return try bundle(train: parts[0], test: parts[1])
    }
}
