import NightjarGraph

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Rows and what is asked of them. Compared in full on every look-up.
struct PlanKey {
    let rows: [Node]
    let extra: [Int32]
    let known: [Int32]
    let outputs: [Int32]
    let effects: [(slot: Int32, row: Int32)]
    let aliased: [Int32]
    let fuses: Bool
    let digest: UInt64

    init(
        rows: [Node], extra: [Int32], known: [Int32], outputs: [Int32], effects: [(slot: Int32, row: Int32)],
        aliased: [Int32], fuses: Bool
    ) {
        self.known = known
        self.rows = rows
        self.extra = extra
        self.outputs = outputs
        self.effects = effects
        self.aliased = aliased
        self.fuses = fuses
        var digest = PlanDigest(seed: fuses ? 1 : 2)
        rows.withUnsafeBytes { digest.mix($0.bindMemory(to: UInt64.self)) }
        for value in extra { digest.mix(UInt64(UInt32(bitPattern: value))) }
        for slot in aliased { digest.mix(UInt64(UInt32(bitPattern: slot)) | 1 << 42) }
        for row in known { digest.mix(UInt64(UInt32(bitPattern: row)) | 1 << 41) }
        for output in outputs { digest.mix(UInt64(UInt32(bitPattern: output)) | 1 << 40) }
        for effect in effects {
            digest.mix(UInt64(UInt32(bitPattern: effect.slot)) << 32 | UInt64(UInt32(bitPattern: effect.row)))
        }
        self.digest = digest.value
    }
}

extension PlanKey: Hashable {
    static func == (left: PlanKey, right: PlanKey) -> Bool {
        guard left.digest == right.digest, left.fuses == right.fuses, left.rows.count == right.rows.count,
            left.extra == right.extra, left.known == right.known, left.outputs == right.outputs,
            left.effects.count == right.effects.count, left.aliased == right.aliased
        else { return false }
        for (one, other) in zip(left.effects, right.effects) where one.slot != other.slot || one.row != other.row {
            return false
        }
        return left.rows.withUnsafeBytes { mine in
            right.rows.withUnsafeBytes { theirs in
                guard let first = mine.baseAddress, let second = theirs.baseAddress else { return true }
                return memcmp(first, second, mine.count) == 0
            }
        }
    }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

/// A 64-bit digest by multiply and fold. Two lanes take words in turn, so that one multiplication need not wait for
/// the one before. Equal digests prove nothing: keys are compared in full.
private struct PlanDigest {
    private var even: UInt64
    private var odd: UInt64 = 0xD1B5_4A32_D192_ED03

    init(seed: UInt64) { even = seed &* 0x9E37_79B9_7F4A_7C15 }

    @inline(__always)
    private static func folded(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
        return product.high ^ product.low &+ 0x632B_E59B_D9B4_E019
    }

    mutating func mix(_ word: UInt64) { even = PlanDigest.folded(even, word) }

    mutating func mix(_ words: UnsafeBufferPointer<UInt64>) {
        var index = 0
        while index + 1 < words.count {
            even = PlanDigest.folded(even, words[index])
            odd = PlanDigest.folded(odd, words[index + 1])
            index += 2
        }
        if index < words.count { even = PlanDigest.folded(even, words[index]) }
    }

    var value: UInt64 { PlanDigest.folded(even, odd) }
}
