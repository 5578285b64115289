import Foundation

/// For tests: with `NIGHTJAR_POISON_MEMORY=1` tensors begin as NaN, and are NaN once they are given back. What reads memory
/// that nobody has written, or that is another's by now, shows it.
package enum MemoryPoison {
    /// A NaN as float64, whose lower half is a signalling NaN as float32 and whose upper half is a NaN.
    package static let pattern: UInt64 = 0x7FF4_0000_7FA0_0000

    static let isOn = getenv("NIGHTJAR_POISON_MEMORY").map { String(cString: $0) == "1" } ?? false

    package static func fill(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
        let words = byteCount / 8
        for word in 0..<words { start.storeBytes(of: pattern, toByteOffset: 8 * word, as: UInt64.self) }
        let rest = UnsafeMutableRawBufferPointer(start: start + 8 * words, count: byteCount - 8 * words)
        withUnsafeBytes(of: pattern) { rest.copyBytes(from: $0.prefix(rest.count)) }
    }
}
