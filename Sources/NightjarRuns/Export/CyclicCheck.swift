// Cyclic redundancy checks of 32 bits.

/// A check by a reflected polynomial, as PNG files (`crc32`) and the records of TensorBoard (`crc32c`) have it.
package struct CyclicCheck: Sendable {
    /// IEEE 802.3, as in PNG, zip and gzip.
    package static let crc32 = CyclicCheck(polynomial: 0xEDB8_8320)
    /// Castagnoli, as in iSCSI (RFC 3720, appendix B.4) and TFRecord.
    package static let crc32c = CyclicCheck(polynomial: 0x82F6_3B78)

    private let table: [UInt32]

    private init(polynomial: UInt32) {
        table = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
        }
    }

    /// The check of bytes. Cost: a look into a table a byte.
    package func of(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { value, byte in table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8 }
    }
}
