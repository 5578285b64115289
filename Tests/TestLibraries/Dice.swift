/// A small generator with a seed, so that a failing case can be named by its number.
public struct Dice: Sendable {
    private var state: UInt64
    /// What ``below(_:)`` takes first.
    private var choices: ArraySlice<UInt8> = []

    /// Numbers that bytes choose, as long as there are any: similar bytes choose similarly.
    public init(choices: [UInt8]) {
        self.init(UInt64(choices.count))
        self.choices = choices[...]
    }

    public init(_ seed: UInt64) {
        state = seed
        // Seeds that are neighbours must not give one stream, shifted.
        state = bits()
    }

    /// The next 64 bits.
    public mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A whole number from 0 to `bound - 1`.
    public mutating func below(_ bound: Int) -> Int {
        // What the bytes choose is part of what is drawn later.
        if let choice = choices.popFirst() {
            state ^= UInt64(choice)
            if bound <= 256 { return Int(choice) % max(bound, 1) }
        }
        return Int(bits() % UInt64(max(bound, 1)))
    }

    /// A number from 0 to 1, without 1.
    public mutating func unit() -> Double { Double(bits() >> 11) * 0x1p-53 }

    /// One of some, of which there is one at least.
    public mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }

    /// So many numbers between two.
    public mutating func values(_ count: Int, from low: Double = -2, to high: Double = 2) -> [Double] {
        (0..<count).map { _ in low + (high - low) * unit() }
    }
}
