import NightjarTensor

/// Arrays by name in NumPy's format: a zip archive of .npy files.
public enum NPZFile {
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - what: what messages call it.
    /// - Throws: ``DataError`` that says what is wrong with which file.
    public static func read(_ bytes: UnsafeRawBufferPointer, what: String) throws -> [(name: String, tensor: Tensor)] {
        let archive = try ZipArchive(bytes, what: what)
        var names: Set<String> = []
        return try archive.entries.map { entry in
            guard entry.name.hasSuffix(".npy") else {
                throw DataError(file: what, "holds '\(NPYHeader.short(entry.name))', which is no .npy file")
            }
            let name = String(entry.name.dropLast(4))
            guard names.insert(name).inserted else { throw DataError(file: what, "holds '\(name)' twice") }
            let contents = try archive.contents(of: entry)
            return (name, try contents.withUnsafeBytes { try NPYFile.read($0, what: "\(what): \(entry.name)") })
        }
    }

    /// Writes arrays in the given order.
    /// - Parameter write: takes the bytes of the file in order.
    public static func write(
        _ arrays: [(name: String, tensor: Tensor)], compress: Bool, what: String,
        to write: @escaping ([UInt8]) throws -> Void
    ) throws {
        var archive = ZipWriter(what: what, write: write)
        for (name, tensor) in arrays {
            let elements = UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)
            try archive.add(name + ".npy", NPYFile.header(of: tensor) + elements, compress: compress)
        }
        try archive.finish()
    }
}
