// An NPY file that grows by a row an epoch.

import Foundation

/// Appends rows of equal shape to a .npy file: `epochs x shape`, little-endian, in the order of C, as `numpy.load` reads it
/// (also with `mmap_mode`).
///
/// The row is written before the header counts it: a process that is killed leaves whole rows and at most some bytes behind
/// them, which readers pass over and the next writer cuts off. Rows of epochs without an evaluation are NaN.
public final class ArrayLog {
    /// The element type of the file.
    public enum Element: String, Sendable {
        case float32 = "<f4"
        case float64 = "<f8"

        public var size: Int { self == .float32 ? 4 : 8 }
    }

    public let url: URL
    public let shape: [Int]
    public let element: Element
    public private(set) var rows: Int
    private let handle: FileHandle
    /// Of all rows.
    private var sum = Checksum()

    /// Room for any number of rows, and a multiple of 64 as NumPy wants it.
    private static let headerSize = 192

    private var rowBytes: Int { shape.reduce(element.size, *) }

    /// - Parameters:
    ///   - shape: of one row.
    ///   - keepingRows: how many rows of a file that is there stay; 0 begins anew.
    /// - Throws: `RunError` for a file that cannot be written, or that holds rows of another kind.
    public init(_ url: URL, shape: [Int], element: Element, keepingRows: Int = 0) throws {
        self.url = url
        self.shape = shape
        self.element = element
        let known = keepingRows > 0 && FileManager.default.fileExists(atPath: url.path) ? try ArrayLogFile(url) : nil
        if let known, known.shape != shape || known.element != element {
            throw RunError(
                "\(url.path): it holds rows of shape \(known.shape), and this run has rows of shape \(shape): run it anew "
                    + "with --again")
        }
        let kept = min(known?.rows ?? 0, keepingRows)
        rows = kept
        known?.add(kept, to: &sum)
        handle = try OwnFile.handle(url, known == nil ? O_RDWR | O_CREAT | O_TRUNC : O_RDWR)
        do {
            try handle.truncate(
                atOffset: UInt64(known == nil ? 0 : ArrayLog.headerSize + kept * shape.reduce(element.size, *)))
        } catch {
            throw RunError("\(url.path): could not open the file for writing (\(FileReason.of(error)))")
        }
        try writeHeader()
    }

    deinit { try? handle.close() }

    /// What stands in the file, for a checkpoint: the number of rows, and their sum.
    public var checksum: String { "\(rows):\(sum.text)" }

    /// Waits until all rows are on the disk.
    /// - Throws: `RunError`, also where the file is no longer there.
    public func flush() throws {
        try OwnFile.check(url, is: handle.fileDescriptor)
        do {
            try AtomicFile.flush(handle.fileDescriptor)
        } catch {
            throw RunError("\(url.path): \(FileReason.of(error))")
        }
    }

    /// Writes the row of an epoch, and rows of NaN for those before it that have none.
    /// - Parameters:
    ///   - row: its place, from 0; at least ``rows``.
    ///   - bytes: as many as a row has.
    public func append(_ bytes: UnsafeRawBufferPointer, at row: Int) throws {
        guard bytes.count == rowBytes, row >= rows else {
            throw RunError(
                "\(url.path): row \(row + 1) has \(bytes.count) bytes instead of \(rowBytes), or was written")
        }
        do {
            while rows < row { try write(Data(ArrayLog.missing(element, count: rowBytes / element.size))) }
            try write(Data(bytes))
        } catch let error as RunError {
            throw error
        } catch {
            throw RunError("\(url.path): could not write row \(row + 1) (\(FileReason.of(error)))")
        }
    }

    private func write(_ data: Data) throws {
        try handle.seek(toOffset: UInt64(ArrayLog.headerSize + rows * rowBytes))
        try handle.write(contentsOf: data)
        rows += 1
        sum.add(data)
        try writeHeader()
    }

    private static func missing(_ element: Element, count: Int) -> [UInt8] {
        element == .float32
            ? [Float](repeating: .nan, count: count).withUnsafeBytes { Array($0) }
            : [Double](repeating: .nan, count: count).withUnsafeBytes { Array($0) }
    }

    private func writeHeader() throws {
        let extents = ([rows] + shape).map { "\($0)" }.joined(separator: ", ") + (shape.isEmpty ? "," : "")
        var text = "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': (\(extents)), }"
        let room = ArrayLog.headerSize - 10
        guard text.utf8.count < room else { throw RunError("\(url.path): rows have too many dimensions") }
        text += String(repeating: " ", count: room - 1 - text.utf8.count) + "\n"
        let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(room & 0xFF), UInt8(room >> 8)]
        do {
            try handle.seek(toOffset: 0)
            try handle.write(contentsOf: Data(magic) + Data(text.utf8))
        } catch {
            throw RunError("\(url.path): could not write the header (\(FileReason.of(error)))")
        }
    }
}

/// The file of an ``ArrayLog``, read whole.
public struct ArrayLogFile: Sendable {
    /// Of one row.
    public let shape: [Int]
    public let element: ArrayLog.Element
    public let rows: Int
    private let data: Data
    private let start: Int

    /// - Throws: `RunError` for a file that is damaged or that no ``ArrayLog`` wrote.
    public init(_ url: URL) throws {
        func fault(_ what: String) -> RunError { RunError("\(url.path): \(what)") }
        data = try FileReason.read(url) { head, _ in head.starts(with: [0x93, 78, 85, 77, 80, 89, 1, 0]) }
        guard data.count >= 10, data.prefix(8).elementsEqual([0x93, 78, 85, 77, 80, 89, 1, 0]) else {
            throw fault("this is no .npy file of version 1")
        }
        start = 10 + Int(data[data.startIndex + 8]) + Int(data[data.startIndex + 9]) << 8
        guard data.count >= start,
            let text = String(data: data[data.startIndex + 10..<data.startIndex + start], encoding: .ascii),
            text.contains("'fortran_order': False"),
            let element = [ArrayLog.Element.float32, .float64].first(where: {
                text.contains("'descr': '\($0.rawValue)'")
            }),
            let opening = text.range(of: "'shape': ("), let closing = text[opening.upperBound...].firstIndex(of: ")")
        else { throw fault("its header is not that of a run's array") }
        let extents = text[opening.upperBound..<closing].split(separator: ",").map {
            Int($0.trimmingCharacters(in: .whitespaces))
        }
        var bytes = element.size
        for extent in extents.dropFirst() {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent ?? -1)
            guard !overflow, product >= 0 else { throw fault("its shape is none that an array has") }
            bytes = product
        }
        guard let rows = extents.first ?? nil, rows >= 0 else { throw fault("its shape is none that an array has") }
        let (total, overflow) = bytes.multipliedReportingOverflow(by: rows)
        guard !overflow, data.count - start >= total else { throw fault("it is shorter than its header says") }
        self.element = element
        self.rows = rows
        shape = extents.dropFirst().compactMap { $0 }
    }

    /// Adds the bytes of the first rows, which must be there.
    fileprivate func add(_ rows: Int, to sum: inout Checksum) {
        let bytes = rows * shape.reduce(element.size, *)
        data.withUnsafeBytes { sum.add(UnsafeRawBufferPointer(rebasing: $0[start..<start + bytes])) }
    }

    /// The sum of the first rows, as ``ArrayLog/checksum`` had it when there were no more; nil where there are fewer.
    func checksum(rows: Int) -> String? {
        guard (0...self.rows).contains(rows) else { return nil }
        var sum = Checksum()
        add(rows, to: &sum)
        return sum.text
    }

    /// The numbers of one row, from 0, in the order of C.
    public func row(_ index: Int) throws -> [Double] {
        guard (0..<rows).contains(index) else { throw RunError("there is no row \(index + 1): the array has \(rows)") }
        let count = shape.reduce(1, *)
        return data.withUnsafeBytes { raw in
            let base = start + index * count * element.size
            return (0..<count).map { place in
                element == .float32
                    ? Double(raw.loadUnaligned(fromByteOffset: base + 4 * place, as: Float.self))
                    : raw.loadUnaligned(fromByteOffset: base + 8 * place, as: Double.self)
            }
        }
    }
}
