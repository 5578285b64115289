// MNIST and the sets in its form: grey images and labels in IDX files.
import Foundation
import NightjarTensor

/// How the four files of a set in MNIST's form are called, and how EMNIST's differ.
struct IDXNames: Sendable {
    /// `train`, `emnist-letters-train`.
    var train = "train"
    var test = "t10k"
    /// The label of the first class.
    var firstLabel = 0
    /// Whether images are stored column by column, as those of EMNIST are (Cohen et al. 2017).
    var isTransposed = false

    static let mnist = IDXNames()

    /// The four files, each with its other name: some copies write a dot before the format.
    var stems: [[String]] {
        [train, test].flatMap { ["\($0)-images-idx3-ubyte", "\($0)-labels-idx1-ubyte"] }
            .map { [$0, $0.replacingOccurrences(of: "-idx", with: ".idx")] }
    }

    static func emnist(_ split: String, firstLabel: Int = 0) -> IDXNames {
        IDXNames(
            train: "emnist-\(split)-train", test: "emnist-\(split)-test", firstLabel: firstLabel, isTransposed: true)
    }
}

extension PublishedSet {
    func readIDX(_ directory: URL, _ names: IDXNames) throws -> DataBundle? {
        guard let urls = try all(in: directory) else { return nil }
        return try bundle(
            train: idxPart(images: urls[0], labels: urls[1], names),
            test: idxPart(images: urls[2], labels: urls[3], names))
    }

    private func idxPart(images: URL, labels: URL, _ names: IDXNames) throws -> Part {
        let inputs = try IDXFile.images(images)
        let classes = try IDXFile.labels(labels, classes: classNames.count, first: names.firstLabel)
        guard inputs.shape[0] == classes.count else {
            throw DataError(
                file: labels.path, "has \(classes.count) labels, but \(images.path) has \(inputs.shape[0]) images",
                remedy: "The two files are not of one set: fetch both again")
        }
        return Part(inputs: names.isTransposed ? try transposed(inputs) : inputs, labels: classes)
    }

    /// `[count, height, width, 1]` with rows and columns exchanged.
    private func transposed(_ images: Tensor) throws -> Tensor {
        let (count, height, width) = (images.shape[0], images.shape[1], images.shape[2])
        let result = try Tensor(uninitialized: Shape([count, width, height, 1]), dtype: .uint8)
        images.withBytes { source in
            result.withBytes { target in
                var at = 0
                for image in 0..<count {
                    for column in 0..<width {
                        for row in 0..<height {
                            target[at] = source[(image * height + row) * width + column]
                            at += 1
                        }
                    }
                }
            }
        }
        return result
    }
}
