import NightjarTensor

/// A position on a tape.
public struct NodeID: Hashable, Sendable, Comparable {
    public var index: Int32
    @inlinable public init(_ index: Int32) { self.index = index }
    @inlinable public init(_ index: Int) { self.index = Int32(truncatingIfNeeded: index) }
    @inlinable public var position: Int { Int(index) }
    /// Stands for "no operand".
    public static let none = NodeID(Int32(-1))
    @inlinable public static func < (left: NodeID, right: NodeID) -> Bool { left.index < right.index }
}

/// One recorded operation: a row of fixed size in the tape's table.
public struct Node: Sendable, Hashable {
    public var op: Op
    public var dtype: DType
    var rankByte: UInt8
    var spare: UInt8 = 0
    /// Operands; `NodeID.none` where there are fewer.
    public var a: NodeID
    public var b: NodeID
    public var c: NodeID
    /// Of operations of native libraries alone; see ``NativeCall``.
    public internal(set) var d: NodeID = .none
    public internal(set) var e: NodeID = .none
    /// What else the operation needs; see ``Op``.
    public var attribute: UInt64
    public var extents: SIMD8<Int32>

    @inline(__always)
    public init(
        _ op: Op, _ dtype: DType, _ shape: Shape, _ a: NodeID = .none, _ b: NodeID = .none, _ c: NodeID = .none,
        attribute: UInt64 = 0
    ) {
        self.op = op
        self.dtype = dtype
        self.rankByte = UInt8(truncatingIfNeeded: shape.rank)
        self.a = a
        self.b = b
        self.c = c
        self.attribute = attribute
        self.extents = shape.extents
    }

    public var rank: Int { Int(rankByte) }
    public var shape: Shape { Shape(uncheckedExtents: extents, rank: rank) }
    public var slot: Int { Int(truncatingIfNeeded: attribute) }

    /// The same operation on other operands: what `counterpart` gives for each that is there.
    @inline(__always)
    public func mappingOperands(_ counterpart: (NodeID) -> NodeID) -> Node {
        var node = self
        if a != .none { node.a = counterpart(a) }
        if b != .none { node.b = counterpart(b) }
        if c != .none { node.c = counterpart(c) }
        if d != .none { node.d = counterpart(d) }
        if e != .none { node.e = counterpart(e) }
        return node
    }

    /// The same operation with another shape.
    public func withShape(_ shape: Shape) -> Node {
        var node = self
        node.extents = shape.extents
        node.rankByte = UInt8(truncatingIfNeeded: shape.rank)
        return node
    }

    /// The operands that are there, in order.
    public var operands: [NodeID] {
        if a == .none { return [] }
        if b == .none { return [a] }
        if c == .none { return [a, b] }
        if d == .none { return [a, b, c] }
        return e == .none ? [a, b, c, d] : [a, b, c, d, e]
    }
}

extension Node {
    /// The operands that the value depends on; those of a rule that only gradients use are left out.
    public var valueOperands: [NodeID] { op.family == .rule ? [a] : operands }
}

/// The attribute of a reduction: which dimensions go, and whether they stay as ones.
public struct Reduction: Sendable, Equatable {
    /// Bit i is dimension i.
    public var axes: UInt8
    public var keepsDimensions: Bool

    public init(axes: UInt8, keepsDimensions: Bool) {
        self.axes = axes
        self.keepsDimensions = keepsDimensions
    }

    public init(attribute: UInt64) {
        axes = UInt8(truncatingIfNeeded: attribute)
        keepsDimensions = attribute & 0x100 != 0
    }

    public var attribute: UInt64 { UInt64(axes) | (keepsDimensions ? 0x100 : 0) }

    public func reduces(_ axis: Int) -> Bool { axes & (1 << UInt8(truncatingIfNeeded: axis)) != 0 }

    /// All dimensions of a tensor of this rank.
    public static func all(rank: Int) -> UInt8 { rank >= 8 ? 0xFF : (1 << UInt8(truncatingIfNeeded: rank)) - 1 }

    /// The shape that is left.
    public func result(_ shape: Shape) -> Shape {
        var extents = SIMD8<Int32>(repeating: 0)
        var rank = 0
        for axis in 0..<shape.rank {
            if reduces(axis) {
                if keepsDimensions {
                    extents[rank] = 1
                    rank += 1
                }
            } else {
                extents[rank] = shape.extents[axis]
                rank += 1
            }
        }
        return Shape(uncheckedExtents: extents, rank: rank)
    }

    /// How many elements become one.
    public func width(_ shape: Shape) -> Int {
        var product = 1
        for axis in 0..<shape.rank where reduces(axis) { product *= shape[axis] }
        return product
    }
}
