// Messages of Protocol Buffers, as far as files of other tools need them.

/// Writes the fields of one message, in the order of the calls.
package struct ProtocolBuffer {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// A whole number, `int64`, `int32`, `bool` or `enum`.
    package mutating func add(_ field: Int, _ value: Int) {
        tag(field, 0)
        varint(UInt64(bitPattern: Int64(value)))
    }

    package mutating func add(_ field: Int, _ value: Double) {
        tag(field, 1)
        append(value.bitPattern)
    }

    package mutating func add(_ field: Int, _ value: Float) {
        tag(field, 5)
        append(value.bitPattern)
    }

    package mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

    package mutating func add(_ field: Int, _ bytes: [UInt8]) {
        tag(field, 2)
        varint(UInt64(bytes.count))
        self.bytes += bytes
    }

    /// `repeated double`, packed.
    package mutating func add(_ field: Int, _ values: [Double]) {
        tag(field, 2)
        varint(UInt64(values.count * 8))
        for value in values { append(value.bitPattern) }
    }

    package mutating func add(_ field: Int, _ build: (inout ProtocolBuffer) -> Void) {
        var inner = ProtocolBuffer()
        build(&inner)
        add(field, inner.bytes)
    }

    private mutating func tag(_ field: Int, _ kind: Int) { varint(UInt64(field << 3 | kind)) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
}
