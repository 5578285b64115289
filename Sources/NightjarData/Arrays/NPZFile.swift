import NightjarTensor

/// Arrays by name in NumPy's format: a zip archive of .npy files.
public enum NPZFile {
    /// What an archive holds.
    public struct Contents {
        /// In the order of the archive.
        public var arrays: [(name: String, tensor: Tensor)] = []
        /// Members that no tensor can hold or that are damaged, and why: they hide none of the others.
        public var unreadable: [(name: String, reason: String)] = []
    }

    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - what: what messages call it.
    /// - Throws: ``DataError`` that says what is wrong with the archive, or with its one array.
    public static func read(_ bytes: UnsafeRawBufferPointer, what: String) throws -> Contents {
        let archive = try ZipArchive(bytes, what: what)
        var names: Set<String> = []
        var result = Contents()
        var first: DataError?
        for entry in archive.entries {
            let isArray = entry.name.hasSuffix(".npy")
            let name = isArray ? String(entry.name.dropLast(4)) : entry.name
            if let reason = ArrayName.refusal(of: name, among: &names) {
                throw DataError(file: what, "holds an array '\(NPYHeader.short(name))' whose name \(reason)")
            }
            do {
                guard isArray else {
                    throw DataError(file: what, "holds '\(NPYHeader.short(entry.name))', which is no .npy file")
                }
                let contents = try archive.contents(of: entry)
                let tensor = try contents.withUnsafeBytes { try NPYFile.read($0, what: "\(what): \(entry.name)") }
                result.arrays.append((name, tensor))
            } catch let error as DataError {
                first = first ?? error
                result.unreadable.append((name, "\(error)"))
            }
        }
        if result.arrays.isEmpty, let first { throw first }
        return result
    }

    /// Writes arrays in the given order.
    /// - Parameter write: takes the bytes of the file in order.
    public static func write(
        _ arrays: [(name: String, tensor: Tensor)], compress: Bool, what: String,
        to write: @escaping ([UInt8]) throws -> Void
    ) throws {
        var archive = ZipWriter(what: what, write: write)
        var names: Set<String> = []
        for (name, _) in arrays {
            if let reason = ArrayName.refusal(ofMember: name, among: &names) {
                throw DataError(file: what, "array \"\(NPYHeader.short(name))\": the name \(reason)")
            }
        }
        // NumPy's reader takes "w" and "w.npy" for the same member.
        if let name = names.sorted().first(where: { names.contains($0 + ".npy") }) {
            throw DataError(file: what, "array \"\(name).npy\": the name is taken for that of \"\(name)\"")
        }
        for (name, tensor) in arrays {
            try Room.check(2 * (tensor.byteCount + 128))
            let elements = UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)
            try archive.add(name + ".npy", NPYFile.header(of: tensor) + elements, compress: compress)
        }
        try archive.finish()
    }
}
