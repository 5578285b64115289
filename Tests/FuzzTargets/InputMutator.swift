import TestLibraries

/// Changes first inputs without any knowledge of what they reach; the same seed gives the same changes.
public struct InputMutator {
    private var dice: Dice
    private let first: [[UInt8]]

    /// Whole numbers at their ends, as texts and as bytes of both orders.
    private static let words: [[UInt8]] =
        [
            "-1", "0", "1e999", "9223372036854775807", "9223372036854775808", "4294967296", "nan", "\"", "[", "{", ",",
            "\n",
        ]
        .map { Array($0.utf8) } + [
            [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0x7F, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0],
            [0, 0, 0, 0x80],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80], [1, 0, 0, 0, 0, 0, 0, 0],
        ]

    /// - Parameter first: inputs that are right, of which there is one at least.
    public init(_ first: [[UInt8]], seed: UInt64) {
        self.first = first
        dice = Dice(seed)
    }

    public mutating func next() -> [UInt8] {
        var bytes = dice.pick(first)
        for _ in 0...dice.below(5) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes = dice.pick(InputMutator.words) }
        let place = dice.below(bytes.count)
        let end = min(bytes.count, place + 1 + dice.below(16))
        switch dice.below(9) {
        case 0: bytes[place] = UInt8(dice.below(256))
        case 1: bytes[place] ^= 1 << UInt8(dice.below(8))
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: dice.pick(InputMutator.words), at: place)
        case 4: bytes.removeSubrange(place...)
        case 5:
            let word = dice.pick(InputMutator.words)
            bytes.replaceSubrange(place..<min(bytes.count, place + word.count), with: word)
        case 6: bytes.insert(contentsOf: [UInt8](repeating: bytes[place], count: dice.below(64)), at: place)
        case 7: bytes.insert(contentsOf: bytes[place..<end], at: dice.below(bytes.count))
        default:
            // The end of another input.
            let other = dice.pick(first)
            bytes.replaceSubrange(place..., with: other.suffix(dice.below(other.count + 1)))
        }
    }
}
