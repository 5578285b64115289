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

    /// Loads the data set from the first of `directories` that has any of its files, or from where the system keeps it,
    /// with a note where other folders were named.
    /// - Throws: ``DataError`` that says where it looked and how to get the files, or names the file at fault.
    func load(from own: [URL], system: URL) throws -> DataBundle {
        let directories = own + [system]
        for directory in directories {
            let found = try format == .idx ? loadIDX(directory) : loadCIFAR10(directory)
            guard let found else { continue }
            guard directory == system, let first = own.first else { return found }
            let note = "read from \(system.path), as \(first.path) does not have it"
            return try DataBundle(
                name: name, train: found.train, test: found.test, credit: credit, license: license,
                notes: found.notes + [note])
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
        let found = try ImageFolder.idxFiles.map { stem in
            try existing([stem, stem.replacingOccurrences(of: "-idx", with: ".idx")], in: directory)
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
        let found = try parts.map { try existing([$0], in: directory) }
        let test = try existing(["test_batch.bin"], in: directory)
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
        for part in [train, test] where part.classCounts.count(where: { $0 > 0 }) < 2 && part.count > 9 {
            throw DataError(
                "data set '\(name)': all \(part.count) samples of \(part.name) have label \(part.labels[0])",
                remedy: "The file of labels is damaged, or is not that of this set")
        }
        return try DataBundle(
            name: name, train: train, test: test, credit: credit, license: license,
            notes: notes + train.emptyClassNotes)
    }

    /// The first file of these names, plain or gzipped. Some archives (Kaggle's copy of MNIST) unpack each file into a
    /// folder of its name, so it is looked for there as well.
    /// - Throws: ``DataError`` where there are folders of these names and no file.
    private func existing(_ stems: [String], in directory: URL) throws -> URL? {
        let places = stems.flatMap { [$0, $0 + ".gz"] }.map { directory.appendingPathComponent($0) }
        if let file = places.first(where: { FileKind.of($0) == .file }) { return file }
        for folder in places where FileKind.of(folder) == .folder {
            let inner = stems.flatMap { [$0, $0 + ".gz"] }.map { folder.appendingPathComponent($0) }
            guard let file = inner.first(where: { FileKind.of($0) == .file }) else {
                throw DataError(
                    file: folder.path, "is a folder, not a file, and holds no file of that name", remedy: remedy)
            }
            return file
        }
        return nil
    }
}

/// What lies at a path, links followed.
enum FileKind {
    case file, folder, other

    static func of(_ url: URL) -> FileKind? {
        var facts = stat()
        guard stat(url.path, &facts) == 0 else { return nil }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
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
