import NightjarTensor

/// All bytes of a file that is read once: left in it where it is large and not packed.
package enum FileBytes {
    case mapped(FileMapping)
    case read([UInt8])

    /// - Parameters:
    ///   - reader: from which nothing was read yet.
    ///   - limit: the most bytes that can be right, once unpacked.
    ///   - leastMapped: that many bytes and more are mapped.
    /// - Throws: ``DataError`` where the file cannot be read or holds more.
    package init(_ reader: ByteReader, limit: Int, leastMapped: Int) throws {
        if !reader.isGzipped, reader.fileSize >= max(1, leastMapped), reader.fileSize <= limit,
            let mapping = FileMapping(reader.path, byteCount: reader.fileSize)
        {
            self = .mapped(mapping)
        } else {
            self = .read(try reader.readAll(limit: limit))
        }
    }

    package var count: Int {
        switch self {
        case .mapped(let mapping): mapping.byteCount
        case .read(let bytes): bytes.count
        }
    }

    /// Runs `body` over the bytes.
    /// - Throws: ``DataError`` also where a mapped file was cut short by then: what `body` saw of it is not its own.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        switch self {
        case .read(let bytes): return try bytes.withUnsafeBytes(body)
        case .mapped(let mapping):
            let bytes = UnsafeRawBufferPointer(start: mapping.pointer, count: mapping.byteCount)
            let outcome = Swift.Result { try body(bytes) }
            // First: what is wrong with zeros that stand for what is not there is no news.
            try mapping.checkWhole()
            return try outcome.get()
        }
    }
}

extension FileMapping {
    /// - Throws: ``DataError`` where the file has been cut short: what was read there is not its own.
    func checkWhole() throws {
        guard isCut else { return }
        throw DataError(
            file: path, "was cut short while it was read: it had \(byteCount) bytes",
            remedy: "Fetch or write it again; other programs may replace it by another file, but not change it")
    }
}
