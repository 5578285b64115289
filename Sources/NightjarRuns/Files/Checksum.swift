// A quick fingerprint of bytes: finds damage, not forgery.

import Foundation
import NightjarProcess

/// XXH64 of bytes that come piece by piece (Y. Collet, "xxHash fast digest algorithm", version 0.1.1, seed 0).
///
/// It stands where much is hashed often: checkpoints, arrays, rows of metrics, data. Each change within eight aligned bytes
/// changes a lane for certain; any other change is found but for one in 2^64. What names a text is ``ContentHash``.
public struct Checksum: Sendable {
    private var lanes = SIMD4<UInt64>(
        Checksum.first &+ Checksum.second, Checksum.second, 0, 0 &- Checksum.first)
    private var blocks = ByteBlocks(of: 32)

    public init() {}

    private static let first: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let second: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let third: UInt64 = 0x1656_67B1_9E37_79F9
    private static let fourth: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let fifth: UInt64 = 0x27D4_EB2F_1656_67C5

    /// As ``text`` of bytes that are there at once.
    public static func text(of bytes: UnsafeRawBufferPointer) -> String {
        var sum = Checksum()
        sum.add(bytes)
        return sum.text
    }

    public mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    public mutating func add(_ data: Data) { data.withUnsafeBytes { add($0) } }

    /// Takes the next bytes. Cost: about 0.2 ns a byte.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var lanes = self.lanes
        blocks.add(bytes) { whole in
            for place in stride(from: 0, to: whole.count, by: 32) { lanes = Checksum.stirred(lanes, whole, place) }
        }
        self.lanes = lanes
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    private static func stirred(
        _ lanes: SIMD4<UInt64>, _ bytes: UnsafeRawBufferPointer, _ place: Int
    ) -> SIMD4<UInt64> {
        SIMD4(
            round(lanes[0], word(bytes, place)), round(lanes[1], word(bytes, place + 8)),
            round(lanes[2], word(bytes, place + 16)), round(lanes[3], word(bytes, place + 24)))
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* second, 31) &* first
    }

    private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word &<< count | word &>> (64 - count) }

    /// The sum of all bytes so far, 16 lower-case hexadecimal digits.
    public var text: String {
        let hex = String(value, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }

    private var value: UInt64 {
        var sum = Checksum.fifth
        let total = blocks.count
        if total >= 32 {
            sum =
                Checksum.rotated(lanes[0], 1) &+ Checksum.rotated(lanes[1], 7) &+ Checksum.rotated(lanes[2], 12)
                &+ Checksum.rotated(lanes[3], 18)
            for lane in 0..<4 {
                sum = (sum ^ Checksum.round(0, lanes[lane])) &* Checksum.first &+ Checksum.fourth
            }
        }
        sum = blocks.rest.withUnsafeBytes { Checksum.ended(sum &+ total, $0) }
        sum = (sum ^ (sum &>> 33)) &* Checksum.second
        sum = (sum ^ (sum &>> 29)) &* Checksum.third
        return sum ^ (sum &>> 32)
    }

    private static func ended(_ sum: UInt64, _ tail: UnsafeRawBufferPointer) -> UInt64 {
        var (sum, place) = (sum, 0)
        while tail.count - place >= 8 {
            sum = rotated(sum ^ round(0, word(tail, place)), 27) &* first &+ fourth
            place += 8
        }
        if tail.count - place >= 4 {
            let half = UInt64(UInt32(littleEndian: tail.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
            sum = rotated(sum ^ half &* first, 23) &* second &+ third
            place += 4
        }
        for byte in tail[place...] { sum = rotated(sum ^ UInt64(byte) &* fifth, 11) &* first }
        return sum
    }
}
