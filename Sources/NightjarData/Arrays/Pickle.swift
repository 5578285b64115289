import NightjarTensor

/// What a pickle of Python would build, as far as it is made of plain values and arrays.
///
/// Nothing is ever called or imported: a name such as `os.system` is a name here, and what it would be called with makes
/// an ``Value/opaque(_:)`` value, whatever it is. Values lie in lists and refer to each other by position, so that no
/// nesting, sharing or cycle costs more than the bytes that wrote it. Opcodes of protocols 2 to 5 (Python, Lib/pickle.py).
struct Pickle {
    enum Value {
        case none
        case flag(Bool)
        case number(Int)
        case real(Double)
        /// UTF-8, or bytes, at a place of the pickle.
        case text(Range<Int>)
        case bytes(Range<Int>)
        /// Bytes that are written as a text of the characters U+0000 to U+00FF.
        case latin(Range<Int>)
        /// Positions in the tables of the pickle.
        case symbol(Int)
        case list(Int)
        case dictionary(Int)
        case element(Int)
        case array(Int)
        case persistent(Int)
        /// An object of a class that is not known, by its symbol.
        case opaque(Int)
        case mark
    }

    /// An array, with what its bytes are not looked at yet.
    enum Source {
        case unfinished
        /// NumPy's: extents, element, whether the first dimension is fastest, bytes.
        case numpy(shape: Value, element: Value, isFortran: Bool, bytes: Value)
        /// PyTorch's: a storage by its persistent identity, and how the elements lie in it.
        case torch(storage: Value, offset: Value, shape: Value, strides: Value)
    }

    let bytes: [UInt8]
    private(set) var symbols: [String] = []
    private(set) var lists: [[Value]] = []
    private(set) var dictionaries: [[(key: Value, value: Value)]] = []
    /// Types of elements as NumPy writes them: `<i8`.
    private(set) var elements: [String] = []
    private(set) var arrays: [Source] = []
    /// What stands for storages that lie elsewhere.
    private(set) var persistents: [Value] = []
    private(set) var root = Value.none

    /// Values take memory of many times the byte that writes them.
    private static let mostSteps = 1 << 21

    private let what: String
    private var position = 0
    private var stack: [Value] = []
    private var memo: [Int: Value] = [:]

    /// - Parameter what: what messages call it.
    /// - Throws: ``DataError`` where it is damaged, or written in another way than Python writes.
    init(_ bytes: [UInt8], what: String) throws {
        self.bytes = bytes
        self.what = what
        var steps = 0
        while try step() {
            steps += 1
            guard steps < Pickle.mostSteps else {
                throw fault("has more than \(Pickle.mostSteps) opcodes: no arrays are written so")
            }
        }
        root = try pop()
    }

    // MARK: - Bytes

    private func fault(_ problem: String) -> DataError {
        DataError(file: "\(what), byte \(position)", problem, remedy: "The file is damaged, or was not made by Python")
    }

    private mutating func take(_ count: Int) throws -> Range<Int> {
        guard count >= 0, count <= bytes.count - position else {
            throw fault("claims \(count) bytes, but \(bytes.count - position) follow")
        }
        defer { position += count }
        return position..<position + count
    }

    private mutating func number(_ width: Int) throws -> Int {
        var bits: UInt64 = 0
        for (place, index) in try take(width).enumerated() { bits |= UInt64(bytes[index]) << UInt64(8 * place) }
        guard let number = Int(exactly: bits) else { throw fault("holds a length of \(bits)") }
        return number
    }

    /// A whole number in two's complement; larger ones are no number of anything here.
    private mutating func whole(_ width: Int) throws -> Value {
        let range = try take(width)
        guard width <= 8 else { return .none }
        var bits: UInt64 = 0
        for (place, index) in range.enumerated() { bits |= UInt64(bytes[index]) << UInt64(8 * place) }
        let unused = UInt64(64 - 8 * width)
        return .number(width == 0 ? 0 : Int(Int64(bitPattern: bits << unused) >> Int64(unused)))
    }

    private mutating func line() throws -> String {
        guard let end = bytes[position...].firstIndex(of: 0x0A) else { throw fault("ends inside of a name") }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    // MARK: - The stack

    private mutating func pop() throws -> Value {
        guard let value = stack.popLast() else { throw fault("takes a value that is not there") }
        if case .mark = value { throw fault("takes a value that is not there") }
        return value
    }

    private mutating func popToMark() throws -> [Value] {
        guard let place = stack.lastIndex(where: { if case .mark = $0 { true } else { false } }) else {
            throw fault("takes values that are not there")
        }
        defer { stack.removeSubrange(place...) }
        return Array(stack[(place + 1)...])
    }

    private mutating func push(list values: [Value]) {
        lists.append(values)
        stack.append(.list(lists.count - 1))
    }

    private mutating func pushDictionary(_ values: [Value]) throws {
        dictionaries.append([])
        stack.append(.dictionary(dictionaries.count - 1))
        try set(values)
    }

    private mutating func push(symbol: String) {
        symbols.append(symbol)
        stack.append(.symbol(symbols.count - 1))
    }

    private mutating func append(_ values: [Value]) throws {
        switch stack.last {
        case .list(let place)?: lists[place] += values
        case .opaque?: break
        default: throw fault("appends to what is no list")
        }
    }

    private mutating func set(_ values: [Value]) throws {
        guard values.count.isMultiple(of: 2) else { throw fault("has a key without a value") }
        switch stack.last {
        case .dictionary(let place)?:
            for index in stride(from: 0, to: values.count, by: 2) {
                dictionaries[place].append((values[index], values[index + 1]))
            }
        case .opaque?: break
        default: throw fault("sets entries of what is no dictionary")
        }
    }

    private mutating func recall(_ place: Int) throws {
        guard let value = memo[place] else { throw fault("recalls value \(place), which was not kept") }
        stack.append(value)
    }

    private mutating func keep(_ place: Int) throws {
        guard let value = stack.last else { throw fault("keeps a value that is not there") }
        memo[place] = value
    }

    // MARK: - Opcodes

    /// The next opcode.
    /// - Returns: false at the end.
    private mutating func step() throws -> Bool {
        let code = bytes[try take(1).lowerBound]
        switch code {
        case 0x80:
            let version = try number(1)
            guard (2...5).contains(version) else { throw fault("is of protocol \(version), known are 2 to 5") }
        case 0x95: _ = try take(8)
        case UInt8(ascii: "."): return false
        case UInt8(ascii: "("): stack.append(.mark)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88, 0x89: stack.append(.flag(code == 0x88))
        case UInt8(ascii: "K"): stack.append(.number(try number(1)))
        case UInt8(ascii: "M"): stack.append(.number(try number(2)))
        case UInt8(ascii: "J"): stack.append(try whole(4))
        case 0x8A: stack.append(try whole(number(1)))
        case 0x8B: stack.append(try whole(number(4)))
        case UInt8(ascii: "G"):
            let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
            stack.append(.real(Double(bitPattern: bits)))
        case 0x8C: stack.append(.text(try take(number(1))))
        case UInt8(ascii: "X"): stack.append(.text(try take(number(4))))
        case 0x8D: stack.append(.text(try take(number(8))))
        case UInt8(ascii: "C"), UInt8(ascii: "U"): stack.append(.bytes(try take(number(1))))
        case UInt8(ascii: "B"), UInt8(ascii: "T"): stack.append(.bytes(try take(number(4))))
        case 0x8E, 0x96: stack.append(.bytes(try take(number(8))))
        case UInt8(ascii: "]"), UInt8(ascii: ")"): push(list: [])
        case UInt8(ascii: "t"), UInt8(ascii: "l"): push(list: try popToMark())
        case 0x85...0x87:
            let values = try (0...code - 0x85).map { _ in try pop() }
            push(list: values.reversed())
        case UInt8(ascii: "a"): try append([pop()])
        case UInt8(ascii: "e"): try append(popToMark())
        case UInt8(ascii: "}"): try pushDictionary([])
        case UInt8(ascii: "d"): try pushDictionary(popToMark())
        case UInt8(ascii: "s"):
            let value = try pop()
            try set([pop(), value])
        case UInt8(ascii: "u"): try set(popToMark())
        case UInt8(ascii: "c"):
            let module = try line()
            push(symbol: try "\(module).\(line())")
        case 0x93:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw fault("names a thing by what is no text")
            }
            push(symbol: "\(text(module)).\(text(name))")
        case UInt8(ascii: "R"), 0x81:
            guard case .list(let place) = try pop() else { throw fault("calls with what are no arguments") }
            let callee = try pop()
            stack.append(try made(callee, lists[place]))
        case UInt8(ascii: "b"):
            let state = try pop()
            try build(state)
        case UInt8(ascii: "Q"):
            persistents.append(try pop())
            stack.append(.persistent(persistents.count - 1))
        case UInt8(ascii: "h"): try recall(number(1))
        case UInt8(ascii: "j"): try recall(number(4))
        case UInt8(ascii: "q"): try keep(number(1))
        case UInt8(ascii: "r"): try keep(number(4))
        case 0x94: try keep(memo.count)
        default: throw fault("has the opcode 0x\(hexadecimal(code)), which arrays are not written with")
        }
        return true
    }

    private mutating func array(_ source: Source) -> Value {
        arrays.append(source)
        return .array(arrays.count - 1)
    }

    /// What calling something makes: arrays and what belongs to them. All else stays what it is called.
    private mutating func made(_ callee: Value, _ arguments: [Value]) throws -> Value {
        guard case .symbol(let place) = callee else { throw fault("calls what has no name") }
        switch (symbols[place], arguments.count) {
        case ("collections.OrderedDict", 0):
            dictionaries.append([])
            return .dictionary(dictionaries.count - 1)
        // How protocol 2 writes bytes of which there are none.
        case ("__builtin__.bytes", 0), ("builtins.bytes", 0): return .bytes(0..<0)
        case ("numpy.core.multiarray._reconstruct", _), ("numpy._core.multiarray._reconstruct", _):
            return array(.unfinished)
        case ("numpy.core.numeric._frombuffer", 4), ("numpy._core.numeric._frombuffer", 4):
            guard case .text(let order) = arguments[3] else { break }
            return array(
                .numpy(shape: arguments[2], element: arguments[1], isFortran: text(order) == "F", bytes: arguments[0]))
        case ("numpy.dtype", 1...):
            guard case .text(let code) = arguments[0] else { break }
            elements.append(text(code))
            return .element(elements.count - 1)
        case ("_codecs.encode", 2):
            guard case .text(let range) = arguments[0], case .text(let encoding) = arguments[1],
                ["latin1", "latin-1"].contains(text(encoding))
            else { break }
            return .latin(range)
        case ("torch._utils._rebuild_tensor_v2", 4...), ("torch._utils._rebuild_tensor", 4):
            return array(
                .torch(storage: arguments[0], offset: arguments[1], shape: arguments[2], strides: arguments[3]))
        case ("torch._utils._rebuild_parameter", 1...):
            guard case .array = arguments[0] else { break }
            return arguments[0]
        default: break
        }
        return .opaque(place)
    }

    /// Gives the value on top its state.
    private mutating func build(_ state: Value) throws {
        guard let top = stack.last else { throw fault("builds what is not there") }
        switch top {
        case .array(let place):
            // (version, shape, element, whether Fortran's order, bytes)
            guard case .unfinished = arrays[place], case .list(let list) = state, lists[list].count == 5,
                case .flag(let isFortran) = lists[list][3]
            else { return }
            arrays[place] = .numpy(
                shape: lists[list][1], element: lists[list][2], isFortran: isFortran, bytes: lists[list][4])
        case .element(let place):
            // (version, byte order, ...)
            guard case .list(let list) = state, lists[list].count > 1, case .text(let order) = lists[list][1],
                ["<", ">", "|", "="].contains(text(order))
            else { return }
            if elements[place].first.map({ "<>|=".contains($0) }) != true {
                elements[place] = text(order) + elements[place]
            }
        default: break
        }
    }
}
