import Foundation
import NightjarNative
import NightjarTensor

/// What a data plugin declares about a data set that a reader of a native library reads.
public struct NativeDataDescription: Sendable {
    /// The name under which it is loaded.
    public var name: String
    /// The file, relative to the plugin's folder; plain or gzipped.
    public var file: String
    public var reader: NativeReader
    /// As messages call the reader: `fused.records`.
    public var readerTitle: String
    /// Checked where given: how many classes the file has.
    public var classes: Int?
    /// One name a class, or nil for "0", "1", ...
    public var classNames: [String]?
    /// Checked where given: the shape of one sample.
    public var shape: [Int]?
    /// Checked where given: the number of samples.
    public var rows: Int?
    /// How values become numbers for a model.
    public var normalization: Normalization
    /// How the samples are cut in two.
    public var split: TestSplit
    /// What it is, in a sentence.
    public var documentation: String
    /// Who made it.
    public var credit: String
    /// The licence, an SPDX identifier where there is one.
    public var license: String

    public init(
        name: String, file: String, reader: NativeReader, readerTitle: String, classes: Int? = nil,
        classNames: [String]? = nil, shape: [Int]? = nil, rows: Int? = nil, normalization: Normalization,
        split: TestSplit, documentation: String = "", credit: String = "", license: String = ""
    ) {
        (self.name, self.file, self.reader, self.readerTitle) = (name, file, reader, readerTitle)
        (self.classes, self.classNames, self.shape, self.rows) = (classes, classNames, shape, rows)
        (self.normalization, self.split) = (normalization, split)
        (self.documentation, self.credit, self.license) = (documentation, credit, license)
    }

    /// The most bytes that a file may have.
    private static let mostBytes = 1 << 32

    /// What a reader finds in a file, plain or gzipped.
    /// - Throws: ``DataError`` that names the file.
    public static func samples(of url: URL, _ reader: NativeReader, title: String) throws -> NativeReader.Samples {
        let bytes = try ByteReader(url).readAll(limit: mostBytes)
        do {
            return try bytes.withUnsafeBytes { try reader.read($0) }
        } catch let error as NativeError {
            throw DataError(file: url.path, "reader '\(title)' refuses it: \(error)")
        }
    }

    /// Loads it; its file is in `folder`.
    /// - Throws: ``DataError`` that names the file.
    public func load(folder: URL) throws -> DataBundle {
        let url = try ContainedPath.resolve(file, in: folder)
        let samples = try NativeDataDescription.samples(of: url, reader, title: readerTitle)
        func check<Value: Equatable>(_ what: String, _ wanted: Value?, _ found: Value) throws {
            guard let wanted, wanted != found else { return }
            throw DataError(file: url.path, "has \(what) \(found), data set '\(name)' declares \(wanted)")
        }
        try check("a number of classes of", classes, samples.classes)
        try check("samples of shape", shape, Array(samples.inputs.shape.dimensions.dropFirst()))
        try check("a number of samples of", rows, samples.labels.count)
        let whole = try Dataset(
            name: name, inputs: samples.inputs, labels: samples.labels, classes: samples.classes,
            classNames: classNames,
            normalization: normalization)
        let parts = try split.indices(labels: whole.labels)
        return try DataBundle(
            name: name, train: whole.subset(parts.train, name: "\(name)/train"),
            test: whole.subset(parts.test, name: "\(name)/test"), credit: credit, license: license,
            notes: whole.emptyClassNotes)
    }
}
