import Foundation
import NightjarTensor

/// Reader for the binary version of CIFAR-10 (Krizhevsky 2009; cs.toronto.edu/~kriz/cifar.html).
///
/// A file is a row of records of 3,073 bytes: the label, then 32x32 values of red, of green and of blue. Files may be
/// gzipped. What comes out is `[count, 32, 32, 3]`.
public enum CIFAR10File {
    /// Height and width of an image.
    public static let side = 32
    static let classNames = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]
    private static let recordSize = 1 + 3 * side * side
    /// Far more than the 10,000 records of a published file.
    private static let mostRecords = 1_000_000

    /// Reads files in order, as one set.
    /// - Throws: ``DataError`` that names the file and what is wrong with it.
    public static func read(_ urls: [URL]) throws -> (images: Tensor, labels: [Int32]) {
        let files = try urls.map { url in
            let reader = try ByteReader(url)
            let bytes = try reader.readAll(limit: min(reader.mostBytes, mostRecords * recordSize))
            try check(bytes, reader.path)
            return bytes
        }
        let count = files.reduce(0) { $0 + $1.count / recordSize }
        guard count > 0 else { throw DataError("no CIFAR-10 files were given") }
        let images = try Tensor(uninitialized: Shape([count, side, side, 3]), dtype: .uint8)
        var labels: [Int32] = []
        try labels.makeRoom(count)
        try images.withElements(of: UInt8.self) { target in
            var position = 0
            for bytes in files {
                for start in stride(from: 0, to: bytes.count, by: recordSize) {
                    labels.append(Int32(bytes[start]))
                    interleave(bytes, from: start + 1, into: target, at: position)
                    position += recordSize - 1
                }
            }
        }
        return (images, labels)
    }

    private static func check(_ bytes: [UInt8], _ path: String) throws {
        guard !bytes.isEmpty else { throw DataError(file: path, "is empty", remedy: "Fetch the file again") }
        guard bytes.count % recordSize == 0 else {
            throw DataError(
                file: path,
                "is not a CIFAR-10 file or is cut off: \(bytes.count) bytes are no multiple of \(recordSize)",
                remedy: "Take the binary version of CIFAR-10, not the one for Python or Matlab")
        }
        for start in stride(from: 0, to: bytes.count, by: recordSize) where bytes[start] > 9 {
            throw DataError(
                file: path,
                "label \(bytes[start]) at record \(start / recordSize) (counted from 0) is not a class: "
                    + "labels are 0 to 9",
                remedy: "CIFAR-100 files have two labels a record and are not read here")
        }
    }

    /// Three planes become three values a pixel.
    private static func interleave(
        _ bytes: [UInt8], from start: Int, into target: UnsafeMutableBufferPointer<UInt8>, at position: Int
    ) {
        let plane = side * side
        for pixel in 0..<plane {
            for channel in 0..<3 {
                target[position + pixel * 3 + channel] = bytes[start + channel * plane + pixel]
            }
        }
    }
}
