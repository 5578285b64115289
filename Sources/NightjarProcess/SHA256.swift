/// SHA-256 (FIPS 180-4) of bytes that come piece by piece. Cost: about 10 ns a byte; memory: one block.
public struct SHA256: Sendable {
    private var state = SHA256.initialState
    private var schedule = [UInt32](repeating: 0, count: 64)
    private var blocks = ByteBlocks(of: 64)

    public init() {}

    /// Takes the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var (state, schedule) = (self.state, self.schedule)
        blocks.add(bytes) { SHA256.take($0, &state, &schedule) }
        (self.state, self.schedule) = (state, schedule)
    }

    /// The digest of all bytes so far, eight words.
    public var digest: [UInt32] {
        var last = blocks.rest + [0x80]
        while last.count % 64 != 56 { last.append(0) }
        let bits = blocks.count &* 8
        for shift in stride(from: 56, through: 0, by: -8) {
            last.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        var (state, schedule) = (self.state, self.schedule)
        last.withUnsafeBytes { SHA256.take($0, &state, &schedule) }
        return state
    }

    /// ``digest`` as 64 lower-case hexadecimal digits.
    public var hexadecimal: String {
        digest.map { word in
            let hex = String(word, radix: 16)
            return String(repeating: "0", count: 8 - hex.count) + hex
        }.joined()
    }

    private static func take(
        _ blocks: UnsafeRawBufferPointer, _ state: inout [UInt32], _ schedule: inout [UInt32]
    ) {
        for block in stride(from: 0, to: blocks.count, by: 64) {
            expand(UnsafeRawBufferPointer(rebasing: blocks[block..<block + 64]), into: &schedule)
            compress(schedule, into: &state)
        }
    }

    private static func expand(_ block: UnsafeRawBufferPointer, into schedule: inout [UInt32]) {
        for word in 0..<16 {
            let at = 4 * word
            schedule[word] =
                UInt32(block[at]) << 24 | UInt32(block[at + 1]) << 16 | UInt32(block[at + 2]) << 8
                | UInt32(block[at + 3])
        }
        for word in 16..<64 {
            let early = schedule[word - 15]
            let late = schedule[word - 2]
            let first = rotate(early, 7) ^ rotate(early, 18) ^ (early >> 3)
            let second = rotate(late, 17) ^ rotate(late, 19) ^ (late >> 10)
            schedule[word] = schedule[word - 16] &+ first &+ schedule[word - 7] &+ second
        }
    }

    private static func compress(_ schedule: [UInt32], into state: inout [UInt32]) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for round in 0..<64 {
            let mixE = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let choice = (e & f) ^ (~e & g)
            let first = h &+ mixE &+ choice &+ roundConstants[round] &+ schedule[round]
            let mixA = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ mixA &+ majority)
        }
        for (position, word) in [a, b, c, d, e, f, g, h].enumerated() { state[position] &+= word }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    // First 32 bits of the fractions of the square roots of the first 8 primes.
    private static let initialState: [UInt32] = [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ]

    // First 32 bits of the fractions of the cube roots of the first 64 primes.
    private static let roundConstants: [UInt32] = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ]
}
