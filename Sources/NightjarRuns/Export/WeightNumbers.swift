// The numbers of a weights file.

extension SafetensorsFile {
    /// The arrays of floating-point numbers, in the order of their names.
    func numbers() throws -> [(name: String, values: [Double])] {
        let known = arrays.filter { [.float32, .float64].contains($0.dtype) }.sorted { $0.name < $1.name }
        return try known.map { array in
            try withBytes(of: array.name) { bytes in
                let size = array.dtype.byteCount
                let values = (0..<bytes.count / size).map { place in
                    size == 4
                        ? Double(bytes.loadUnaligned(fromByteOffset: 4 * place, as: Float.self))
                        : bytes.loadUnaligned(fromByteOffset: 8 * place, as: Double.self)
                }
                return (array.name, values)
            }
        }
    }
}
