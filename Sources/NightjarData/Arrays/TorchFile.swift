import NightjarTensor

/// Arrays in the files of PyTorch's `torch.save`: a zip archive of a pickle and the bytes of tensors (1.6 and later).
///
/// NumPy's arrays and PyTorch's tensors are read, alone or in dictionaries, whose names are joined by dots. All else in a
/// file is named, and never made: see ``Pickle``. Source: torch/serialization.py, torch/_utils.py.
public enum TorchFile {
    public struct Contents {
        /// The array of a file that is nothing else.
        public var single: Tensor?
        /// In the order of the file.
        public var arrays: [(name: String, tensor: Tensor)] = []
        /// What no tensor can hold, and why.
        public var unreadable: [(name: String, reason: String)] = []
    }

    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - what: what messages call it.
    /// - Throws: ``DataError`` that says what is wrong with the file, or with its one array.
    public static func read(_ bytes: UnsafeRawBufferPointer, what: String) throws -> Contents {
        guard bytes.first != 0x80 else {
            throw DataError(
                file: what, "is a bare pickle, as PyTorch wrote before 1.6, which is not read",
                remedy: "Write it again there: torch.save(torch.load(path), path)")
        }
        let archive = try ZipArchive(bytes, what: what)
        let pickles = archive.entries.filter { $0.name.hasSuffix("/data.pkl") || $0.name == "data.pkl" }
        guard let pickle = pickles.first, pickles.count == 1 else {
            throw DataError(
                file: what, "has \(pickles.count) files 'data.pkl' inside: torch.save writes one",
                remedy: "NumPy's archives end in .npz")
        }
        var reader = TorchReader(
            archive: archive, folder: String(pickle.name.dropLast("data.pkl".count)),
            pickle: try Pickle(archive.contents(of: pickle), what: "\(what): \(pickle.name)"), what: what)
        return try reader.contents()
    }
}

private struct TorchReader {
    let archive: ZipArchive
    let folder: String
    let pickle: Pickle
    let what: String

    private var entries: [String: ZipArchive.Entry] = [:]
    private var isBigEndian = false
    /// Bytes of tensors that may still be made: those of a file can be named again and again.
    private var room: Int
    /// Entries of dictionaries that may still be looked at, for the same reason.
    private var visits = 1 << 20
    private var names: Set<String> = []
    private var result = TorchFile.Contents()
    private var first: DataError?

    /// The bytes of the storages that were asked for.
    private var storages: [String: [UInt8]] = [:]

    private static let deepest = 16

    init(archive: ZipArchive, folder: String, pickle: Pickle, what: String) {
        self.archive = archive
        self.folder = folder
        self.pickle = pickle
        self.what = what
        // At most 65,535 entries of less than 4 GiB each.
        room = max(64 << 20, 16 * archive.entries.reduce(0) { $0 + $1.size })
    }

    private func fault(_ problem: String, _ remedy: String? = nil) -> DataError {
        DataError(file: what, problem, remedy: remedy ?? "The file is damaged: fetch it again")
    }

    mutating func contents() throws -> TorchFile.Contents {
        for entry in archive.entries { entries[entry.name] = entry }
        if let order = entries[folder + "byteorder"] {
            isBigEndian = try archive.contents(of: order).elementsEqual("big".utf8)
        }
        switch pickle.root {
        case .array(let place): result.single = try tensor(place, "its array")
        case .dictionary(let place): try look(at: place, prefix: "", depth: 0)
        default: throw fault("holds \(words(pickle.root)), not arrays", "Save a dictionary of arrays or tensors")
        }
        if result.single == nil, result.arrays.isEmpty {
            throw first ?? fault("holds no arrays", "Save a dictionary of arrays or tensors")
        }
        return result
    }

    private mutating func look(at dictionary: Int, prefix: String, depth: Int) throws {
        guard depth < TorchReader.deepest else {
            throw fault("has dictionaries in each other, more than \(TorchReader.deepest) deep")
        }
        for (key, value) in pickle.dictionaries[dictionary] {
            visits -= 1
            guard visits > 0 else { throw fault("names more than \(1 << 20) things") }
            let own: String
            switch key {
            case .text(let range): own = pickle.text(range)
            case .number(let number): own = String(number)
            default: throw fault("has a key that is \(words(key))", "Save a dictionary with texts as names")
            }
            let name = prefix + own
            if case .dictionary(let inner) = value {
                try look(at: inner, prefix: name + ".", depth: depth + 1)
                continue
            }
            if let reason = ArrayName.refusal(of: name, among: &names) {
                throw fault("holds an array '\(NPYHeader.short(name))' whose name \(reason)")
            }
            do {
                guard case .array(let place) = value else {
                    throw DataError(file: "\(what): \(NPYHeader.short(name))", "is \(words(value)), not an array")
                }
                result.arrays.append((name, try tensor(place, NPYHeader.short(name))))
            } catch let error as DataError {
                if case .array = value { first = first ?? error }
                result.unreadable.append((name, "\(error)"))
            }
        }
    }

    private func words(_ value: Pickle.Value) -> String {
        switch value {
        case .none: "nothing (None)"
        case .flag(let flag): flag ? "True" : "False"
        case .number(let number): "the number \(number)"
        case .real(let number): "the number \(number)"
        case .text: "a text"
        case .bytes, .latin: "bytes"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .symbol(let place), .opaque(let place): "'\(NPYHeader.short(pickle.symbols[place]))' of Python"
        case .element: "a type of elements"
        case .array: "an array"
        case .persistent: "a storage"
        case .mark: "nothing"
        }
    }

    // MARK: - Arrays

    private mutating func tensor(_ place: Int, _ name: String) throws -> Tensor {
        let owner = "\(what): \(name)"
        func damaged(_ problem: String) -> DataError {
            DataError(file: owner, problem, remedy: "The file is damaged: fetch it again")
        }
        switch pickle.arrays[place] {
        case .unfinished: throw damaged("is an array without elements")
        case .numpy(let extents, let type, let isFortran, let source):
            guard case .element(let code) = type else { throw damaged("has no type of elements") }
            let element = try NPYHeader.element(pickle.elements[code], what: owner)
            let shape = try shape(extents, owner)
            try takeRoom(shape.count, element, owner)
            switch source {
            case .bytes(let range):
                return try pickle.bytes.withUnsafeBytes {
                    try element.tensor(
                        UnsafeRawBufferPointer(rebasing: $0[range]), shape: shape, isFortran: isFortran, what: owner)
                }
            case .latin(let range):
                let plain = try latin(range, count: shape.count * element.width, owner)
                return try plain.withUnsafeBytes {
                    try element.tensor($0, shape: shape, isFortran: isFortran, what: owner)
                }
            default: throw damaged("has elements that are \(words(source)), not bytes")
            }
        case .torch(let storage, let offset, let extents, let steps):
            guard case .persistent(let place) = storage, case .list(let list) = pickle.persistents[place],
                pickle.lists[list].count == 5, case .symbol(let kind) = pickle.lists[list][1],
                case .text(let key) = pickle.lists[list][2]
            else { throw damaged("has no storage of PyTorch") }
            guard let make = TorchReader.storageKinds[pickle.symbols[kind]], let element = make(isBigEndian) else {
                throw DataError(
                    file: owner, "is of '\(NPYHeader.short(pickle.symbols[kind]))', which no tensor can hold",
                    remedy: "Convert it before saving, for example with .float()")
            }
            let shape = try shape(extents, owner)
            let strides = try numbers(steps, owner)
            guard case .number(let start) = offset, strides.count == shape.rank else {
                throw damaged("has \(strides.count) strides for the shape \(shape)")
            }
            try takeRoom(shape.count, element, owner)
            let stored = try bytes(of: pickle.text(key), owner)
            guard
                let gathered = try StridedBytes(shape, strides, start: start, width: element.width)?.gathered(stored)
            else {
                throw damaged("reaches outside of its storage of \(stored.count) bytes")
            }
            return try gathered.withUnsafeBytes { try element.tensor($0, shape: shape, what: owner) }
        }
    }

    /// Counts what a tensor takes against what a file of this size may make.
    private mutating func takeRoom(_ count: Int, _ element: ForeignElement, _ owner: String) throws {
        // As it lies in the file, and as a tensor has it.
        let (size, overflow) = count.multipliedReportingOverflow(by: element.width + element.dtype.byteWidth)
        guard !overflow, size <= room else {
            throw DataError(
                file: owner, "claims \(count) elements: more than a file of this size has", remedy: "It is damaged")
        }
        room -= size
        try Room.check(size)
    }

    private mutating func bytes(of key: String, _ owner: String) throws -> [UInt8] {
        if let known = storages[key] { return known }
        guard let entry = entries["\(folder)data/\(key)"] else {
            throw DataError(
                file: owner, "has its elements in 'data/\(NPYHeader.short(key))', which is not in the file",
                remedy: "The file is damaged: fetch it again")
        }
        let bytes = try archive.contents(of: entry)
        storages[key] = bytes
        return bytes
    }

    private func numbers(_ value: Pickle.Value, _ owner: String) throws -> [Int] {
        guard case .list(let place) = value else { throw DataError(file: owner, "has no shape") }
        return try pickle.lists[place].map { extent in
            guard case .number(let number) = extent, number >= 0 else {
                throw DataError(file: owner, "has a shape or strides that are \(words(extent))")
            }
            return number
        }
    }

    private func shape(_ value: Pickle.Value, _ owner: String) throws -> Shape {
        let extents = try numbers(value, owner)
        do {
            return try Shape(extents)
        } catch {
            throw DataError(file: owner, "has a shape that no tensor has: \(error)")
        }
    }

    /// The characters of a text as bytes.
    private func latin(_ range: Range<Int>, count: Int, _ owner: String) throws -> [UInt8] {
        var plain = try [UInt8](room: count, repeating: 0)
        var place = 0
        for scalar in String(decoding: pickle.bytes[range], as: UTF8.self).unicodeScalars {
            guard place < count, let byte = UInt8(exactly: scalar.value) else {
                throw DataError(file: owner, "has elements that are not the \(count) bytes of its shape and type")
            }
            plain[place] = byte
            place += 1
        }
        guard place == count else {
            throw DataError(file: owner, "should hold \(count) bytes of elements, it holds \(place)")
        }
        return plain
    }

    private static let storageKinds: [String: @Sendable (Bool) -> ForeignElement?] = [
        "torch.FloatStorage": { ForeignElement(.float, width: 4, isBigEndian: $0) },
        "torch.DoubleStorage": { ForeignElement(.float, width: 8, isBigEndian: $0) },
        "torch.HalfStorage": { ForeignElement(.float, width: 2, isBigEndian: $0) },
        "torch.BFloat16Storage": { ForeignElement(.brainFloat, width: 2, isBigEndian: $0) },
        "torch.LongStorage": { ForeignElement(.signed, width: 8, isBigEndian: $0) },
        "torch.IntStorage": { ForeignElement(.signed, width: 4, isBigEndian: $0) },
        "torch.ShortStorage": { ForeignElement(.signed, width: 2, isBigEndian: $0) },
        "torch.CharStorage": { ForeignElement(.signed, width: 1, isBigEndian: $0) },
        "torch.ByteStorage": { ForeignElement(.unsigned, width: 1, isBigEndian: $0) },
        "torch.BoolStorage": { ForeignElement(.bool, width: 1, isBigEndian: $0) },
    ]
}

/// Elements that lie in a storage at strides of their own.
private struct StridedBytes {
    private let shape: Shape
    private let strides: [Int]
    private let start: Int
    private let width: Int
    /// Elements that the storage needs, at least.
    private let reach: Int

    /// Nil where positions are none that numbers have.
    init?(_ shape: Shape, _ strides: [Int], start: Int, width: Int) {
        guard start >= 0 else { return nil }
        var last = start
        for (extent, stride) in zip(shape.dimensions, strides) where extent > 1 {
            let (step, overflow) = stride.multipliedReportingOverflow(by: extent - 1)
            let (sum, carry) = last.addingReportingOverflow(step)
            guard !overflow, !carry else { return nil }
            last = sum
        }
        guard shape.count == 0 || last < Int.max / width else { return nil }
        self.shape = shape
        self.strides = strides
        self.start = start
        self.width = width
        reach = shape.count == 0 ? 0 : last + 1
    }

    /// The elements in row-major order; nil where the storage has not all of them.
    func gathered(_ stored: [UInt8]) throws -> [UInt8]? {
        guard reach <= stored.count / width else { return nil }
        let count = shape.count
        if count > 0, strides == shape.strides {
            return Array(stored[start * width..<(start + count) * width])
        }
        let extents = shape.dimensions
        var place = [Int](repeating: 0, count: extents.count)
        var offset = start
        return try [UInt8](room: count * width) { index in
            let byte = index % width
            defer {
                if byte == width - 1 { advance(&place, &offset, extents) }
            }
            return stored[offset * width + byte]
        }
    }

    /// Goes on to the next element, the last dimension first.
    private func advance(_ place: inout [Int], _ offset: inout Int, _ extents: [Int]) {
        for axis in extents.indices.reversed() {
            place[axis] += 1
            offset += strides[axis]
            if place[axis] < extents[axis] { return }
            offset -= strides[axis] * extents[axis]
            place[axis] = 0
        }
    }
}
