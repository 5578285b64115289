import Foundation
import NightjarTensor

/// A published image data set that is a folder of files: what the files are called, and what the numbers mean.
struct ImageFolder: Sendable {
    enum Format: Sendable { case idx, cifar10 }

    let name: String
    let format: Format
    /// Names of the folder below a data directory; the empty name is the data directory itself.
    let folders: [String]
    let classNames: [String]
    let normalization: Normalization
    let credit: String
    let license: String
    /// How to get the files, in a sentence.
    let remedy: String

    /// Loads the data set from the first of `directories` that has any of its files.
    /// - Throws: ``DataError`` that says where it looked and how to get the files, or names the file at fault.
    func load(from directories: [URL]) throws -> DataBundle {
        for directory in directories {
            switch format {
            case .idx: if let bundle = try loadIDX(directory) { return bundle }
            case .cifar10: if let bundle = try loadCIFAR10(directory) { return bundle }
            }
        }
        let places =
            directories.isEmpty
            ? "nowhere, as no data directory is set" : directories.map(\.path).joined(separator: ", ")
        throw DataError("data set '\(name)' was not found: looked in \(places)", remedy: remedy)
    }

    private static let idxFiles = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ]

    private func loadIDX(_ directory: URL) throws -> DataBundle? {
        // Some copies write a dot before the format.
        let found = ImageFolder.idxFiles.map { stem in
            existing(stem, in: directory)
                ?? existing(stem.replacingOccurrences(of: "-idx", with: ".idx"), in: directory)
        }
        let urls = found.compactMap { $0 }
        if urls.isEmpty { return nil }
        guard urls.count == found.count else {
            let missing = zip(ImageFolder.idxFiles, found).filter { $0.1 == nil }.map(\.0)
            throw DataError(
                "data set '\(name)' in \(directory.path) is not complete: missing "
                    + missing.joined(separator: ", ") + " (plain or ending in .gz)", remedy: remedy)
        }
        return try bundle(
            train: idxPart("train", images: urls[0], labels: urls[1]),
            test: idxPart("test", images: urls[2], labels: urls[3]))
    }

    private func idxPart(_ part: String, images: URL, labels: URL) throws -> Dataset {
        let inputs = try IDXFile.images(images)
        let classes = try IDXFile.labels(labels, classes: classNames.count)
        guard inputs.shape[0] == classes.count else {
            throw DataError(
                file: labels.path, "has \(classes.count) labels, but \(images.path) has \(inputs.shape[0]) images",
                remedy: "The two files are not of one set: fetch both again")
        }
        return try dataset(part, inputs, classes)
    }

    private func loadCIFAR10(_ directory: URL) throws -> DataBundle? {
        let parts = (1...5).map { "data_batch_\($0).bin" }
        let found = parts.map { existing($0, in: directory) }
        let test = existing("test_batch.bin", in: directory)
        let urls = found.compactMap { $0 }
        if urls.isEmpty, test == nil { return nil }
        guard let test, !urls.isEmpty else {
            throw DataError(
                "data set '\(name)' in \(directory.path) is not complete: missing "
                    + (test == nil ? "test_batch.bin" : "data_batch_1.bin to data_batch_5.bin")
                    + " (plain or ending in .gz)", remedy: remedy)
        }
        let missing = zip(parts, found).filter { $0.1 == nil }.map(\.0)
        let train = try CIFAR10File.read(urls)
        let held = try CIFAR10File.read([test])
        let note =
            "trained on \(train.labels.count) images: \(missing.joined(separator: ", ")) not in \(directory.path)"
        return try bundle(
            train: dataset("train", train.images, train.labels), test: dataset("test", held.images, held.labels),
            notes: missing.isEmpty ? [] : [note])
    }

    private func dataset(_ part: String, _ inputs: Tensor, _ labels: [Int32]) throws -> Dataset {
        try Dataset(
            name: "\(name)/\(part)", inputs: inputs, labels: labels, classes: classNames.count, classNames: classNames,
            normalization: normalization)
    }

    private func bundle(train: Dataset, test: Dataset, notes: [String] = []) throws -> DataBundle {
        try DataBundle(name: name, train: train, test: test, credit: credit, license: license, notes: notes)
    }

    /// The file of that name, plain or gzipped.
    private func existing(_ stem: String, in directory: URL) -> URL? {
        [stem, stem + ".gz"].map { directory.appendingPathComponent($0) }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }
}

extension ImageFolder {
    private static let digits = (0...9).map(String.init)
    private static let grey =
        "Put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
        + "t10k-labels-idx1-ubyte (plain or ending in .gz)"

    /// LeCun et al. 1998. Mean and deviation are those of the 60,000 training images.
    static let mnist = ImageFolder(
        name: "mnist", format: .idx, folders: ["mnist", ""], classNames: digits,
        normalization: Normalization(uncheckedScale: 255, mean: [0.1307], deviation: [0.3081]),
        credit: "MNIST: LeCun, Cortes and Burges", license: "CC-BY-SA-3.0",
        remedy: "\(grey) into DIR/mnist and give DIR by --data-dir or NIGHTJAR_DATA")

    /// Xiao et al. 2017. Mean and deviation are those of the 60,000 training images.
    static let fashion = ImageFolder(
        name: "fashion-mnist", format: .idx, folders: ["fashion-mnist"],
        classNames: [
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
        ],
        normalization: Normalization(uncheckedScale: 255, mean: [0.2860], deviation: [0.3530]),
        credit: "Fashion-MNIST: Xiao, Rasul and Vollgraf 2017, Zalando SE", license: "MIT",
        remedy: "Install it with: apt-get install dataset-fashion-mnist. Or: \(grey.lowercasedFirst) into "
            + "DIR/fashion-mnist and give DIR by --data-dir or NIGHTJAR_DATA")

    /// Krizhevsky 2009. Means and deviations are those of the 50,000 training images.
    static let cifar10 = ImageFolder(
        name: "cifar10", format: .cifar10, folders: ["cifar10", "cifar-10-batches-bin", ""],
        classNames: CIFAR10File.classNames,
        normalization: Normalization(
            uncheckedScale: 255, mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616]),
        credit: "CIFAR-10: Krizhevsky 2009", license: "not stated",
        remedy: "Put data_batch_1.bin to data_batch_5.bin and test_batch.bin (plain or ending in .gz) of the binary "
            + "version into DIR/cifar10 and give DIR by --data-dir or NIGHTJAR_DATA")

    static let all = [mnist, fashion, cifar10]
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
