import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// What a script handed over, told by the tag of the token that the shim made of it.
///
/// This file alone looks behind the tag: a number is never taken for a pointer, nor one kind of pointer for another.
enum Operand {
    case `nil`
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    /// UTF-8, valid while the call lasts.
    case string(UnsafeRawBufferPointer)
    case tensor(TensorHandle)
    case object(ObjectHandle)
    case table(TableTokens)
    /// A table that was left unread, in a stack slot.
    case unread(slot: Int32)
    /// In a stack slot.
    case function(slot: Int32)
    /// A thread, a foreign userdata.
    case other
}

extension njl_value {
    /// The token by its tag.
    @inline(__always)
    var operand: Operand {
        switch njl_kind(UInt32(bitPattern: kind)) {
        case NJL_NIL: .nil
        case NJL_BOOLEAN: .boolean(integer != 0)
        case NJL_INTEGER: .integer(Int(integer))
        case NJL_NUMBER: .number(number)
        case NJL_STRING: .string(UnsafeRawBufferPointer(start: text, count: text == nil ? 0 : length))
        case NJL_TENSOR: TensorHandle(self).map(Operand.tensor) ?? .other
        case NJL_OBJECT: ObjectHandle(self).map(Operand.object) ?? .other
        case NJL_TABLE, NJL_BEGIN: TableTokens(self).map(Operand.table) ?? .other
        case NJL_RAW_TABLE: .unread(slot: index)
        case NJL_FUNCTION: .function(slot: index)
        default: .other
        }
    }

    @inline(__always)
    private var text: UnsafePointer<CChar>? { withUnsafePointer(to: self) { njl_value_text($0) } }

    /// A table inside of another, as a value of its own.
    init(_ tokens: TableTokens) {
        self.init()
        kind = Int32(NJL_TABLE.rawValue)
        __pointer = UnsafeRawPointer(tokens.start)
        length = tokens.count
    }

    @inline(__always)
    func isKind(_ other: njl_kind) -> Bool { kind == Int32(bitPattern: other.rawValue) }

    @inline(__always)
    var isTensor: Bool { isKind(NJL_TENSOR) }
}

/// A script's tensor: a row of a tape, or a tensor of its own. Valid while the call lasts.
struct TensorHandle {
    private let box: UnsafeMutablePointer<njl_box>

    @inline(__always)
    init?(_ value: njl_value) {
        guard let box = withUnsafePointer(to: value, { njl_value_box($0) }) else { return nil }
        self.box = UnsafeMutablePointer(mutating: box)
    }

    /// The same, of a value that lies somewhere.
    @inline(__always)
    init?(at value: UnsafePointer<njl_value>) {
        guard let box = njl_value_box(value) else { return nil }
        self.box = UnsafeMutablePointer(mutating: box)
    }

    /// The line that made it, or that released it.
    var place: Int32 { box.pointee.place }
    var isReleased: Bool { box.pointee.flags & UInt32(NJL_BOX_RELEASED) != 0 }

    /// Where it is known to be on `tape`.
    @inline(__always)
    func row(on tape: Tape) -> NodeID? {
        if box.pointee.__tensor != nil {
            return box.pointee.serial == tape.serial ? NodeID(box.pointee.node) : nil
        }
        let own = njl_box_tape(box)
        return own == UnsafeRawPointer(Unmanaged.passUnretained(tape).toOpaque()) ? NodeID(box.pointee.node) : nil
    }

    /// The tensor that it holds.
    var held: Tensor? { box.pointee.__tensor.map { Unmanaged<Tensor>.fromOpaque($0).takeUnretainedValue() } }

    /// The row that it is, on a tape that is alive.
    var lazy: Value? {
        guard let owner = njl_box_tape(box) else { return nil }
        return Value(Unmanaged<Tape>.fromOpaque(owner).takeUnretainedValue(), NodeID(box.pointee.node))
    }

    /// The shape; nil where it was released or collected.
    var shape: Shape? {
        if let held = box.pointee.__tensor {
            return Unmanaged<Tensor>.fromOpaque(held)._withUnsafeGuaranteedRef { $0.shape }
        }
        guard let owner = njl_box_tape(box) else { return nil }
        return Unmanaged<Tape>.fromOpaque(owner)._withUnsafeGuaranteedRef { $0.shape(NodeID(box.pointee.node)) }
    }

    /// The tensor that was worked out for a row is held from now on; the shim lets go of the tape.
    func hold(_ tensor: Tensor, serial: UInt64) {
        box.pointee.__tensor = Unmanaged.passRetained(tensor).toOpaque()
        box.pointee.serial = serial
        box.pointee.flags |= UInt32(NJL_BOX_FILLED)
    }

    /// The row of a tape that stands for the tensor which is held.
    func remember(_ id: NodeID, on tape: Tape) {
        box.pointee.serial = tape.serial
        box.pointee.node = id.index
    }

    /// Lets go of everything; `lastUse` sees the tensor that is held and the serial and row where it was used last.
    func release(at place: Int32, _ lastUse: (Tensor, UInt64, NodeID) -> Void) {
        if isReleased { return }
        let held = box.pointee.__tensor
        if let held {
            lastUse(
                Unmanaged<Tensor>.fromOpaque(held).takeUnretainedValue(), box.pointee.serial,
                NodeID(box.pointee.node))
        }
        box.pointee.__tensor = nil
        box.pointee.__anchor = nil
        box.pointee.serial = 0
        box.pointee.place = place
        box.pointee.flags = UInt32(NJL_BOX_RELEASED)
        if let held { Unmanaged<Tensor>.fromOpaque(held).release() }
    }
}

/// A native object as a script holds it. Valid while the call lasts.
struct ObjectHandle {
    private let box: UnsafePointer<njl_object>

    init?(_ value: njl_value) {
        guard let box = withUnsafePointer(to: value, { njl_value_object($0) }) else { return nil }
        self.box = box
    }

    /// The object.
    /// - Throws: ``ArgumentError`` when it was collected: a weak table can still know it then.
    func object() throws -> AnyObject {
        guard let object = box.pointee.__object else {
            throw ArgumentError(
                "this object was collected: only a weak table still knew it, it cannot be used any more")
        }
        return Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue()
    }
}

/// A table that was read: its list, then its fields as pairs of key and value. Valid while the call lasts.
struct TableTokens {
    /// The token that begins the table; what lies behind the last one reads as nil.
    fileprivate let start: UnsafePointer<njl_value>
    fileprivate let count: Int

    fileprivate init?(_ value: njl_value) {
        guard let start = withUnsafePointer(to: value, { njl_value_tokens($0) }), value.length > 0 else { return nil }
        self.start = start
        count = value.length
    }

    private init(start: UnsafePointer<njl_value>, count: Int) {
        self.start = start
        self.count = count
    }

    subscript(position: Int) -> njl_value {
        position >= 0 && position < count ? start[position] : njl_value()
    }

    /// Entries of the list.
    var listCount: Int { count > 0 ? start[0].length : 0 }
    var fieldCount: Int { count > 0 ? Int(start[0].index) : 0 }

    /// The table that begins at a position.
    func table(at position: Int) -> TableTokens? {
        guard self[position].isKind(NJL_BEGIN) else { return nil }
        return TableTokens(start: start + position, count: count - position)
    }

    /// The value at a position; a table becomes a value of its own.
    func value(at position: Int) -> njl_value { table(at: position).map(njl_value.init) ?? self[position] }

    /// The position after the value at a position.
    func position(after position: Int) -> Int {
        guard let inner = table(at: position) else { return position + 1 }
        var next = position + 1
        for _ in 0..<(inner.listCount + 2 * inner.fieldCount) { next = self.position(after: next) }
        return next
    }

    /// The position of the first key.
    var firstField: Int {
        var position = 1
        for _ in 0..<listCount { position = self.position(after: position) }
        return position
    }
}
