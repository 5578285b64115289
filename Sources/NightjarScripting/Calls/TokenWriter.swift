import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// Turns Swift values into the flat tokens that the shim pushes, and owns the bytes that they point to.
final class TokenWriter {
    private(set) var tokens: [njl_value] = []
    private var strings: [UnsafeMutableBufferPointer<CChar>] = []
    private var numberTables: [UnsafeMutablePointer<njl_numbers>] = []
    private var numberValues: [UnsafeMutableBufferPointer<Double>] = []
    /// What the shim asks for, by position, when the object that is to hold it exists.
    private var claims: [AnyObject?] = []

    private var streams: [UnsafeMutableBufferPointer<njl_value>] = []

    deinit { freeBytes() }

    private func freeBytes() {
        for stream in streams { stream.deallocate() }
        for string in strings { string.deallocate() }
        for table in numberTables { table.deallocate() }
        for values in numberValues { values.deallocate() }
    }

    /// Hands over, retained, what the token that was given this number stands for; nil when there is none.
    func claim(_ index: Int) -> UnsafeMutableRawPointer? {
        guard claims.indices.contains(index), let object = claims[index] else { return nil }
        claims[index] = nil
        return Unmanaged.passRetained(object).toOpaque()
    }

    /// Forgets everything, to be used again.
    func reset() {
        if !(streams.isEmpty && strings.isEmpty && numberTables.isEmpty && numberValues.isEmpty) {
            freeBytes()
            streams.removeAll(keepingCapacity: true)
            strings.removeAll(keepingCapacity: true)
            numberTables.removeAll(keepingCapacity: true)
            numberValues.removeAll(keepingCapacity: true)
        }
        tokens.removeAll(keepingCapacity: true)
        claims.removeAll(keepingCapacity: true)
    }

    /// Copies the tokens into `inline` where they fit and answers nil; otherwise answers where they are for as long as
    /// the writer lives and is not reset.
    func place(in inline: UnsafeMutableBufferPointer<njl_value>) -> UnsafePointer<njl_value>? {
        if tokens.count <= inline.count {
            _ = inline.update(fromContentsOf: tokens)
            return nil
        }
        let copy = UnsafeMutableBufferPointer<njl_value>.allocate(capacity: tokens.count)
        _ = copy.initialize(from: tokens)
        streams.append(copy)
        return UnsafePointer(copy.baseAddress)
    }

    func write(_ value: ScriptValue, place: Int32) {
        switch value {
        case .nil, .other: plain(NJL_NIL)
        case .boolean(let flag): plain(NJL_BOOLEAN, integer: flag ? 1 : 0)
        case .integer(let number): plain(NJL_INTEGER, integer: Int64(number))
        case .number(let number): write(number)
        case .string(let text): write(text)
        case .tensor(let value): write(value, place: place)
        case .table(let table):
            begin(array: table.array.count, fields: table.fields.count)
            for element in table.array { write(element, place: place) }
            for (key, element) in table.fields {
                write(key)
                write(element, place: place)
            }
        case .function(let function):
            // Held until it is pushed: a reference that nobody holds is given back.
            claims.append(function)
            plain(NJL_REFERENCE, integer: Int64(function.reference))
        case .object(let object):
            if let native = object as? NativeObject {
                write(native)
            } else {
                plain(NJL_NIL)
            }
        }
    }

    func write(_ number: Double) {
        var token = njl_value()
        token.kind = Int32(NJL_NUMBER.rawValue)
        token.number = number
        tokens.append(token)
    }

    func write(_ text: String) {
        let bytes = Array(text.utf8)
        let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(1, bytes.count))
        for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        strings.append(copy)
        var token = njl_value()
        token.kind = Int32(NJL_STRING.rawValue)
        token.__pointer = UnsafeRawPointer(copy.baseAddress)
        token.length = bytes.count
        tokens.append(token)
    }

    /// A name that is part of the program.
    func write(name: StaticString) {
        var token = njl_value()
        token.kind = Int32(NJL_STRING.rawValue)
        token.__pointer = UnsafeRawPointer(name.utf8Start)
        token.length = name.utf8CodeUnitCount
        tokens.append(token)
    }

    func write(_ flag: Bool) { plain(NJL_BOOLEAN, integer: flag ? 1 : 0) }

    func write(_ number: Int) { plain(NJL_INTEGER, integer: Int64(number)) }

    /// A row of a tape; the caller keeps the tape alive until the value is pushed.
    func write(_ value: Value, place: Int32) {
        claims.append(value.tape)
        var token = njl_value()
        token.setRow(value.id, of: value.tape, place: place)
        tokens.append(token)
    }

    /// A tensor of its own.
    func write(_ tensor: Tensor, place: Int32) {
        var token = njl_value()
        token.kind = Int32(NJL_OWNED.rawValue)
        token.index = Int32(truncatingIfNeeded: claims.count)
        token.length = Int(place)
        claims.append(tensor)
        tokens.append(token)
    }

    func write(_ object: NativeObject) {
        var token = njl_value()
        token.kind = Int32(NJL_NATIVE.rawValue)
        token.index = Int32(truncatingIfNeeded: claims.count)
        token.length = Int(object.nativeType.index)
        claims.append(object)
        tokens.append(token)
    }

    /// A nested table of numbers. `style` 0: floats, 1: integers, 2: booleans.
    func write(numbers values: [Double], shape: Shape, style: Int32) {
        let copy = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(1, values.count))
        _ = copy.initialize(from: values)
        numberValues.append(copy)
        let table = UnsafeMutablePointer<njl_numbers>.allocate(capacity: 1)
        var numbers = njl_numbers()
        numbers.values = UnsafePointer(copy.baseAddress)
        numbers.style = style
        numbers.rank = Int32(shape.rank)
        withUnsafeMutableBytes(of: &numbers.extents) { bytes in
            for axis in 0..<shape.rank {
                bytes.storeBytes(of: Int64(shape[axis]), toByteOffset: axis * 8, as: Int64.self)
            }
        }
        table.initialize(to: numbers)
        numberTables.append(table)
        var token = njl_value()
        token.kind = Int32(NJL_NUMBERS.rawValue)
        token.__pointer = UnsafeRawPointer(table)
        tokens.append(token)
    }

    /// The argument in a stack slot, once more.
    func write(argument slot: Int32) {
        var token = njl_value()
        token.kind = Int32(NJL_ARGUMENT.rawValue)
        token.index = slot
        tokens.append(token)
    }

    func begin(array: Int, fields: Int) {
        var token = njl_value()
        token.kind = Int32(NJL_BEGIN.rawValue)
        token.length = array
        token.index = Int32(truncatingIfNeeded: fields)
        tokens.append(token)
    }

    private func plain(_ kind: njl_kind, integer: Int64 = 0) {
        var token = njl_value()
        token.kind = Int32(kind.rawValue)
        token.integer = integer
        tokens.append(token)
    }
}

extension njl_value {
    /// Makes the token stand for a row of a tape, which the caller keeps alive until the token is pushed.
    @inline(__always)
    mutating func setRow(_ id: NodeID, of tape: Tape, place: Int32) {
        kind = Int32(NJL_NODE.rawValue)
        __pointer = UnsafeRawPointer(Unmanaged.passUnretained(tape).toOpaque())
        index = id.index
        length = Int(place)
    }
}

/// A Swift object that scripts may hold. Its methods are bindings whose owner is its type.
public protocol NativeObject: AnyObject {
    var nativeType: NativeType { get }
}
