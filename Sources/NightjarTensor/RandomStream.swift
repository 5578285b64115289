import CKernels

/// Random numbers that depend on a key and a position alone: not on the order of drawing, the thread, or the platform.
///
/// A stream is a 64-bit key. Element `i` of a stream is computed from the key and `i` by Philox4x32-10 (Salmon et al.
/// 2011, "Parallel random numbers: as easy as 1, 2, 3"), so any element costs the same, about 20 ns, in any order.
/// Drawing changes nothing: the same element is the same number every time.
///
/// ```swift
/// let stream = RandomStream(seed: seeds.shuffle, purpose: "shuffle").derive(UInt64(epoch))
/// let order = stream.permutation(data.count)
/// ```
///
/// How keys come about, with all arithmetic modulo 2^64:
///
/// - `mix(z)` is the finaliser of SplitMix64 (Steele et al. 2014): `z = (z ^ z>>30) * 0xBF58476D1CE4E5B9`,
///   `z = (z ^ z>>27) * 0x94D049BB133111EB`, `z ^ z>>31`.
/// - `absorb(key, word) = mix(mix(key + G) ^ word)` with `G = 0x9E3779B97F4A7C15`.
/// - A purpose is absorbed as the 64-bit FNV-1a hash of its UTF-8 bytes, an index `n` as `mix(n + G)`.
/// - A new stream starts from its seed, then absorbs its purpose, then its index.
public struct RandomStream: Hashable, Sendable {
    /// What every number of this stream depends on, together with its position.
    public let key: UInt64

    /// The stream of a seed for one purpose ("shuffle", "dropout/layers.2") and, where there are many alike, an index.
    public init(seed: UInt64, purpose: String, index: UInt64 = 0) {
        self = RandomStream(key: seed).derive(purpose).derive(index)
    }

    /// The stream with exactly this key, for example one that was stored.
    public init(key: UInt64) {
        self.key = key
    }

    /// A stream of its own for a part of what this stream is for.
    public func derive(_ purpose: String) -> RandomStream {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in purpose.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return RandomStream(key: RandomStream.absorb(key, hash))
    }

    /// A stream of its own for one of many alike: an epoch, a sample, a class.
    public func derive(_ index: UInt64) -> RandomStream {
        RandomStream(key: RandomStream.absorb(key, RandomStream.mix(index &+ RandomStream.golden)))
    }

    /// 64 random bits.
    public func bits(_ element: UInt64) -> UInt64 {
        let block = nj_philox(key, element)
        return UInt64(block.word.1) << 32 | UInt64(block.word.0)
    }

    /// A number in [0, 1), a multiple of 2^-53.
    public func uniform(_ element: UInt64) -> Double {
        nj_uniform_double(key, element)
    }

    /// A whole number in 0 ..< `bound`, 0 where `bound` is less than 1.
    ///
    /// The high half of 64 bits times `bound`: no value is likelier than another by more than `bound` / 2^64.
    public func below(_ bound: Int, _ element: UInt64) -> Int {
        guard bound > 1 else { return 0 }
        return Int(bits(element).multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// The numbers 0 ..< `count` in random order (Fisher and Yates); empty where `count` is less than 1.
    ///
    /// Elements 1 ..< `count` of the stream are used, one a swap. `count` is at most `Int32.max`, as of any tensor
    /// dimension; numbers past that are not permuted.
    public func permutation(_ count: Int) -> [Int32] {
        let count = Int32(clamping: count)
        guard count > 0 else { return [] }
        var order = [Int32](0..<count)
        var last = Int(count) - 1
        while last > 0 {
            order.swapAt(last, below(last + 1, UInt64(last)))
            last -= 1
        }
        return order
    }

    private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    private static func mix(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    private static func absorb(_ key: UInt64, _ word: UInt64) -> UInt64 {
        mix(mix(key &+ golden) ^ word)
    }
}
