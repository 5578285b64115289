import Foundation
import NightjarTensor

/// A published image data set that is a folder of files: what the files are called, and what the numbers mean.
struct PublishedSet: Sendable {
    enum Format: Sendable {
        /// Four files of MNIST's form, whose names begin so; see ``IDXNames``.
        case idx(IDXNames)
        case cifar10
        /// With fine labels, or with coarse ones.
        case cifar100(isCoarse: Bool)
        case usps, svhn
    }

    let name: String
    let format: Format
    /// Names of the folder below a data directory; the empty name is the data directory itself.
    let folders: [String]
    let classNames: [String]
    /// nil: measured over the images to train on.
    let normalization: Normalization?
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
            guard let found = try read(directory) else { continue }
            guard directory == system, let first = own.first else { return found }
            let note = "read from \(system.path), as \(first.path) does not have it"
            return try DataBundle(
                name: name, train: found.train, test: found.test, credit: credit, license: license,
                notes: found.notes + [note])
        }
        let places =
            directories.isEmpty
            ? "nowhere, as no data directory is set" : directories.map(\.path).joined(separator: ", ")
        let fetched = files.isEmpty ? "" : ". Or fetch it: nightjar data fetch \(name) --data-dir DIR"
        throw DataError("data set '\(name)' was not found: looked in \(places)", remedy: remedy + fetched)
    }

    /// The first of the folders that has any of the files.
    func place(in directories: [URL]) -> URL? {
        directories.first { directory in stems.contains { (try? existing($0, in: directory)) != nil } }
    }

    /// What the files are called, each with its other names.
    var stems: [[String]] {
        switch format {
        case .idx(let names): names.stems
        case .cifar10: PublishedSet.cifar10Batches.map { [$0] } + [["test_batch.bin"]]
        case .cifar100: [["train.bin"], ["test.bin"]]
        case .usps: [["zip.train", "usps"], ["zip.test", "usps.t"]]
        case .svhn: [["train_32x32.mat"], ["test_32x32.mat"]]
        }
    }

    /// Reads what lies in a folder; nil where there is none of its files.
    private func read(_ directory: URL) throws -> DataBundle? {
        switch format {
        case .idx(let names): try readIDX(directory, names)
        case .cifar10: try readCIFAR10(directory)
        case .cifar100(let isCoarse): try readCIFAR100(directory, isCoarse: isCoarse)
        case .usps: try readUSPS(directory)
        case .svhn: try readSVHN(directory)
        }
    }

    /// Samples as a reader found them.
    struct Part {
        let inputs: Tensor
        let labels: [Int32]
        var labelSets: [LabelSet] = []
    }

    func bundle(train: Part, test: Part, notes: [String] = []) throws -> DataBundle {
        let normalization = try self.normalization ?? Normalization.measured(train.inputs)
        let parts = try [("train", train), ("test", test)].map { part, found in
            try Dataset(
                name: "\(name)/\(part)", inputs: found.inputs,
                targets: Targets(plain: found.labels, classes: classNames.count), classNames: classNames,
                normalization: normalization, labelSets: found.labelSets)
        }
        for part in parts where part.classCounts.count(where: { $0 > 0 }) < 2 && part.count > 9 {
            throw DataError(
                "data set '\(name)': all \(part.count) samples of \(part.name) have label \(part.labels[0])",
                remedy: "The file of labels is damaged, or is not that of this set")
        }
        return try DataBundle(
            name: name, train: parts[0], test: parts[1], credit: credit, license: license,
            notes: notes + parts[0].emptyClassNotes)
    }

    /// All files, in the order of ``stems``, plain or gzipped; nil where none of them is there.
    /// - Throws: ``DataError`` that names those that are missing, where some are.
    func all(in directory: URL) throws -> [URL]? {
        let names = stems
        let found = try names.map { try existing($0, in: directory) }
        let urls = found.compactMap { $0 }
        if urls.isEmpty { return nil }
        guard urls.count == found.count else {
            throw incomplete(
                directory, zip(names, found).filter { $0.1 == nil }.map { $0.0[0] }.joined(separator: ", "))
        }
        return urls
    }

    func incomplete(_ directory: URL, _ missing: String) -> DataError {
        DataError(
            "data set '\(name)' in \(directory.path) is not complete: missing \(missing) (plain or ending in .gz)",
            remedy: remedy)
    }

    /// The first file of these names, plain or gzipped. Some archives (Kaggle's copy of MNIST) unpack each file into a
    /// folder of its name, so it is looked for there as well.
    /// - Throws: ``DataError`` where there are folders of these names and no file.
    func existing(_ stems: [String], in directory: URL) throws -> URL? {
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
