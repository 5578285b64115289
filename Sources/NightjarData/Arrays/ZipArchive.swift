import NightjarTensor

/// The files inside a zip archive, read with every number checked: stored or deflated, without encryption and Zip64.
///
/// Source: PKWARE APPNOTE 6.3.3.
public struct ZipArchive {
    /// One file inside.
    public struct Entry {
        public let name: String
        /// Bytes once unpacked.
        public let size: Int
        let isDeflated: Bool
        let checksum: UInt32
        /// Where its bytes lie in the archive.
        let range: Range<Int>
    }

    public let entries: [Entry]
    private let bytes: UnsafeRawBufferPointer
    private let what: String

    /// - Parameters:
    ///   - bytes: the whole archive; it must outlive this value.
    ///   - what: what messages call it.
    /// - Throws: ``DataError``.
    public init(_ bytes: UnsafeRawBufferPointer, what: String) throws {
        self.bytes = bytes
        self.what = what
        entries = try ZipDirectory(bytes, what: what).entries()
        var reached = 0
        for entry in entries.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            guard entry.range.lowerBound >= reached else {
                throw DataError(file: what, "has files inside that overlap, '\(entry.name)' among them")
            }
            reached = entry.range.upperBound
        }
    }

    /// Unpacks a file and verifies its checksum.
    public func contents(of entry: Entry) throws -> [UInt8] {
        let packed = UnsafeRawBufferPointer(rebasing: bytes[entry.range])
        try Room.check(entry.size + 1)
        let unpacked = entry.isDeflated ? Deflate.unpack(packed, size: entry.size) : Array(packed)
        guard let unpacked, unpacked.count == entry.size else {
            throw DataError(
                file: what,
                "is damaged: '\(entry.name)' does not unpack to the \(entry.size) bytes that it should have",
                remedy: "Fetch the file again")
        }
        guard unpacked.withUnsafeBytes(Deflate.checksum) == entry.checksum else {
            throw DataError(
                file: what, "is damaged: the checksum of '\(entry.name)' is wrong", remedy: "Fetch the file again")
        }
        return unpacked
    }
}

/// The list of files at the end of an archive.
private struct ZipDirectory {
    private let bytes: UnsafeRawBufferPointer
    private let what: String

    init(_ bytes: UnsafeRawBufferPointer, what: String) {
        self.bytes = bytes
        self.what = what
    }

    private func fault(_ problem: String) -> DataError {
        DataError(file: what, problem, remedy: "The file is cut short or damaged")
    }

    /// A little-endian number; nil past the end.
    private func number(_ offset: Int, _ width: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - width else { return nil }
        var value = 0
        for place in (0..<width).reversed() { value = value << 8 | Int(bytes[offset + place]) }
        return value
    }

    func entries() throws -> [ZipArchive.Entry] {
        guard let end = endRecord(), let count = number(end + 10, 2), let size = number(end + 12, 4),
            let start = number(end + 16, 4)
        else { throw fault("is no zip archive: the list of files at its end is missing") }
        guard count != 0xFFFF, size != 0xFFFF_FFFF, start != 0xFFFF_FFFF else { throw tooLarge() }
        guard start <= end, size <= end - start, number(end + 8, 2) == count else {
            throw fault("has a list of files that lies outside of it")
        }
        var entries: [ZipArchive.Entry] = []
        var position = start
        for _ in 0..<count { entries.append(try entry(&position, before: start)) }
        guard position == start + size else {
            throw fault("has a list of \(size) bytes of which \(count) files take \(position - start)")
        }
        return entries
    }

    /// Where the record at the end starts: it may be followed by a comment.
    private func endRecord() -> Int? {
        var position = bytes.count - 22
        let lowest = max(0, position - 0xFFFF)
        while position >= lowest {
            if number(position, 4) == 0x0605_4B50, let comment = number(position + 20, 2),
                position + 22 + comment == bytes.count
            {
                return position
            }
            position -= 1
        }
        return nil
    }

    private func entry(_ position: inout Int, before limit: Int) throws -> ZipArchive.Entry {
        guard number(position, 4) == 0x0201_4B50, let flags = number(position + 8, 2),
            let method = number(position + 10, 2), let checksum = number(position + 16, 4),
            let packed = number(position + 20, 4), let size = number(position + 24, 4),
            let nameLength = number(position + 28, 2), let extra = number(position + 30, 2),
            let comment = number(position + 32, 2), let local = number(position + 42, 4),
            position + 46 + nameLength + extra + comment <= bytes.count
        else { throw fault("has a damaged list of files") }
        let given = bytes[position + 46..<position + 46 + nameLength]
        guard let name = String(validating: given, as: UTF8.self) else {
            throw DataError(file: what, "holds a file whose name is not UTF-8 text")
        }
        position += 46 + nameLength + extra + comment
        guard packed != 0xFFFF_FFFF, size != 0xFFFF_FFFF, local != 0xFFFF_FFFF else { throw tooLarge() }
        guard flags & 1 == 0 else { throw DataError(file: what, "is encrypted") }
        guard method == 0 || method == 8 else {
            throw DataError(file: what, "packs '\(name)' by method \(method), known are 0 (stored) and 8 (deflated)")
        }
        // The lengths in front of the file's bytes may differ from those in the list; only its name and extra count.
        guard number(local, 4) == 0x0403_4B50, let localName = number(local + 26, 2),
            let localExtra = number(local + 28, 2)
        else { throw fault("has no file where '\(name)' should be") }
        let start = local + 30 + localName + localExtra
        // Readers that go from front to back take the name and the method that stand before the file.
        guard start <= limit, bytes[local + 30..<local + 30 + localName].elementsEqual(given) else {
            throw fault("gives the file '\(name)' another name where its bytes are")
        }
        guard number(local + 8, 2) == method else {
            throw fault("packs '\(name)' by two methods: one in the list of files, one where its bytes are")
        }
        // With bit 3 the sizes follow the file; NumPy writes them as Zip64.
        if flags & 8 == 0, let front = number(local + 14, 4), let one = number(local + 18, 4),
            let other = number(local + 22, 4)
        {
            guard front == checksum, [packed, 0xFFFF_FFFF].contains(one), [size, 0xFFFF_FFFF].contains(other) else {
                throw fault("gives the file '\(name)' another size or checksum where its bytes are")
            }
        }
        guard start <= limit, packed <= limit - start else { throw fault("ends before the end of '\(name)'") }
        // Deflate never does better than 1032 to 1.
        guard method == 0 ? size == packed : size / 1032 <= packed else {
            throw fault("claims that the \(packed) bytes of '\(name)' unpack to \(size)")
        }
        return ZipArchive.Entry(
            name: name, size: size, isDeflated: method == 8, checksum: UInt32(truncatingIfNeeded: checksum),
            range: start..<start + packed)
    }

    private func tooLarge() -> DataError {
        DataError(
            file: what, "is a Zip64 archive (4 GiB and more), which is not read",
            remedy: "Save it as .safetensors, or each array as .npy")
    }
}
