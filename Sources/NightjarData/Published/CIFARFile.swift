import Foundation
import NightjarTensor

/// Reader for the binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky 2009; cs.toronto.edu/~kriz/cifar.html).
///
/// A file is a row of records: one label for CIFAR-10, the coarse and the fine one for CIFAR-100, then 32x32 values of
/// red, of green and of blue. Files may be gzipped. What comes out is `[count, 32, 32, 3]`, in memory of its own, since
/// records have another order; large files are mapped while they are read, so that images are in memory once.
public struct CIFARFile: Sendable {
    /// As messages call it: "CIFAR-10".
    let name: String
    /// Of each label of a record: what it is called, and how many classes it has.
    let labels: [(name: String, classes: Int)]
    /// What to do about files of another form.
    let remedy: String

    /// Height and width of an image.
    public static let side = 32
    private static let pixels = 3 * side * side
    /// Far more than the 50,000 records of a published file.
    private static let mostRecords = 1_000_000

    public static let cifar10 = CIFARFile(
        name: "CIFAR-10", labels: [("label", 10)],
        remedy: "CIFAR-100 files have two labels a record: they are of the data set 'cifar100'")
    public static let cifar100 = CIFARFile(
        name: "CIFAR-100", labels: [("coarse label", 20), ("fine label", 100)],
        remedy: "CIFAR-10 files have one label a record: they are of the data set 'cifar10'")

    private var recordSize: Int { labels.count + CIFARFile.pixels }

    /// Reads files in order, as one set.
    /// - Parameter leastMapped: files of that many bytes and more that are not packed are mapped: see ``FileMapping``.
    /// - Returns: images, and for each label of a record those of all images.
    /// - Throws: ``DataError`` that names the file and what is wrong with it.
    public func read(
        _ urls: [URL], leastMapped: Int = FileMapping.leastBytes
    ) throws -> (images: Tensor, labels: [[Int32]]) {
        var files = try urls.map { url in
            let reader = try ByteReader(url)
            let file = try FileBytes(
                reader, limit: min(reader.mostBytes, CIFARFile.mostRecords * recordSize), leastMapped: leastMapped)
            try file.withBytes { try check($0, reader.path) }
            return file
        }
        let count = files.reduce(0) { $0 + $1.count / recordSize }
        guard count > 0 else { throw DataError("no \(name) files were given") }
        let images = try Tensor(
            uninitialized: Shape([count, CIFARFile.side, CIFARFile.side, 3]), dtype: .uint8)
        var found = [[Int32]](repeating: [], count: labels.count)
        for label in found.indices { try found[label].makeRoom(count) }
        try images.withBytes { target in
            var position = 0
            // A file's bytes go when its images are written: both are never there as a whole.
            while !files.isEmpty {
                try files.removeFirst().withBytes { bytes in
                    for start in stride(from: 0, to: bytes.count, by: recordSize) {
                        for label in labels.indices { found[label].append(Int32(bytes[start + label])) }
                        target.interleave(bytes, from: start + labels.count, plane: 1024, at: position)
                        position += CIFARFile.pixels
                    }
                }
            }
        }
        return (images, found)
    }

    private func check(_ bytes: UnsafeRawBufferPointer, _ path: String) throws {
        guard !bytes.isEmpty else { throw DataError(file: path, "is empty", remedy: "Fetch the file again") }
        guard bytes.count % recordSize == 0 else {
            throw DataError(
                file: path,
                "is not a \(name) file or is cut off: \(bytes.count) bytes are no multiple of \(recordSize)",
                remedy: "Take the binary version of \(name), not the one for Python or Matlab")
        }
        for start in stride(from: 0, to: bytes.count, by: recordSize) {
            for (place, label) in labels.enumerated() where Int(bytes[start + place]) >= label.classes {
                throw DataError(
                    file: path,
                    "\(label.name) \(bytes[start + place]) at record \(start / recordSize) (counted from 0) is not a "
                        + "class: labels are 0 to \(label.classes - 1)", remedy: remedy)
            }
        }
    }
}

extension Tensor {
    /// All bytes of a tensor that is being made.
    func withBytes<Result>(_ body: (UnsafeMutableBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        try body(
            UnsafeMutableBufferPointer(start: pointer.assumingMemoryBound(to: UInt8.self), count: byteCount))
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Three planes of so many pixels become three values a pixel.
    func interleave(_ bytes: UnsafeRawBufferPointer, from start: Int, plane: Int, at position: Int) {
        for pixel in 0..<plane {
            for channel in 0..<3 { self[position + pixel * 3 + channel] = bytes[start + channel * plane + pixel] }
        }
    }
}
