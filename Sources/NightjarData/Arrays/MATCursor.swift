import NightjarTensor

/// Goes through the elements of a MATLAB file, each a tag (type and size) and a body.
struct MATCursor {
    static let matrix = 14
    static let compressed = 15

    private let bytes: UnsafeRawBufferPointer
    private let end: Int
    private let isBigEndian: Bool
    private let what: String
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, from start: Int, isBigEndian: Bool, what: String) {
        self.init(bytes, in: start..<bytes.count, isBigEndian: isBigEndian, what: what)
    }

    /// - Parameter range: lies in the bytes.
    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>, isBigEndian: Bool, what: String) {
        self.bytes = bytes
        self.isBigEndian = isBigEndian
        self.what = what
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position >= end }

    /// The four bytes at a place, which are there, as a whole number.
    func word(_ place: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * (isBigEndian ? 3 - $1 : $1)) }
    }

    /// The next element: its type, and where its body lies.
    /// - Parameter isPadded: whether bodies are filled up to a multiple of eight bytes, as they are inside of a matrix.
    mutating func element(isPadded: Bool) throws -> (type: Int, body: Range<Int>) {
        guard end - position >= 8 else {
            throw fault("ends inside of a tag: \(end - position) of 8 bytes are there")
        }
        let first = word(position)
        if first >> 16 != 0 {
            // A body of at most four bytes lies in the tag.
            let size = first >> 16
            guard size <= 4 else { throw fault("has a short element of \(size) bytes, expected at most 4") }
            let start = position + 4
            position += 8
            return (first & 0xFFFF, start..<start + size)
        }
        let (size, start) = (word(position + 4), position + 8)
        guard size <= end - start else {
            throw fault("claims an element of \(size) bytes, but \(end - start) follow")
        }
        position = min(isPadded ? start + (size + 7) / 8 * 8 : start + size, end)
        return (first, start..<start + size)
    }

    /// What a matrix holds: flags, extents, name and numbers; nil where these are no real numbers.
    /// - Parameter limit: the most bytes of its numbers.
    mutating func array(limit: Int) throws -> MATFile.Array? {
        let flags = try element(isPadded: true)
        guard flags.type == 6, flags.body.count == 8 else { throw fault("has no flags at the start of an array") }
        let word = self.word(flags.body.lowerBound)
        // 6 to 15: double, single, and whole numbers. 0x0800: complex.
        guard (6...15).contains(word & 0xFF), word & 0x0800 == 0 else { return nil }
        let shape = try element(isPadded: true)
        guard shape.type == 5, shape.body.count % 4 == 0, (8...128).contains(shape.body.count) else {
            throw fault("has an array without extents, or with more than 32")
        }
        let extents = stride(from: shape.body.lowerBound, to: shape.body.upperBound, by: 4).map(self.word)
        let label = try element(isPadded: true)
        guard label.type == 1, let name = String(validating: bytes[label.body], as: UTF8.self) else {
            throw fault("has an array whose name is no text")
        }
        let numbers = try element(isPadded: true)
        guard let element = MATCursor.elements[numbers.type]?(isBigEndian) else {
            throw fault("has numbers of type \(numbers.type) in array '\(name.prefix(60))', which is none")
        }
        var size = element.width
        for extent in extents {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            guard !overflow, extent <= Int(Int32.max), product <= limit else {
                throw fault("has array '\(name.prefix(60))' of \(extents), more than the limit of \(limit) bytes")
            }
            size = product
        }
        guard size == numbers.body.count else {
            throw fault(
                "has \(numbers.body.count) bytes for array '\(name.prefix(60))' of \(extents), which takes \(size)")
        }
        try Room.check(size)
        return MATFile.Array(
            name: name, extents: extents, element: element, isFloating: word & 0xFF <= 7,
            bytes: Swift.Array(bytes[numbers.body]))
    }

    /// How numbers of each type lie in the file.
    private static let elements: [Int: @Sendable (Bool) -> ForeignElement?] = [
        1: { ForeignElement(.signed, width: 1, isBigEndian: $0) },
        2: { ForeignElement(.unsigned, width: 1, isBigEndian: $0) },
        3: { ForeignElement(.signed, width: 2, isBigEndian: $0) },
        4: { ForeignElement(.unsigned, width: 2, isBigEndian: $0) },
        5: { ForeignElement(.signed, width: 4, isBigEndian: $0) },
        6: { ForeignElement(.unsigned, width: 4, isBigEndian: $0) },
        7: { ForeignElement(.float, width: 4, isBigEndian: $0) },
        9: { ForeignElement(.float, width: 8, isBigEndian: $0) },
        12: { ForeignElement(.signed, width: 8, isBigEndian: $0) },
        13: { ForeignElement(.unsigned, width: 8, isBigEndian: $0) },
    ]

    private func fault(_ problem: String) -> DataError {
        DataError(file: "\(what), byte \(position)", problem, remedy: "The file is damaged: fetch it again")
    }
}
