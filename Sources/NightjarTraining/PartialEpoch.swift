/// What the steps of an epoch that is not over yet add up to: with weights and all other state it says where in an epoch
/// training goes on.
public struct PartialEpoch: Hashable, Sendable {
    var samples = 0
    var lossSum = 0.0
    var hits = 0
    var learningRate = 0.0
    /// Labels, which are as many as samples where each has one.
    var labels = 0
    /// Labels of the steps that were not left out.
    var learned = 0
    /// Steps of the epoch that are done.
    public internal(set) var steps = 0
    var normSum = 0.0
    var largestNorm = 0.0
    var leftOut = 0

    init() {}

    private static var counts: [WritableKeyPath<PartialEpoch, Int>] {
        [\.samples, \.hits, \.labels, \.learned, \.steps, \.leftOut]
    }
    private static var sums: [WritableKeyPath<PartialEpoch, Double>] {
        [\.lossSum, \.learningRate, \.normSum, \.largestNorm]
    }

    /// One line from which ``init(_:)`` makes the same bits.
    public var text: String {
        let words =
            PartialEpoch.counts.map { String(self[keyPath: $0]) }
            + PartialEpoch.sums.map { String(self[keyPath: $0].bitPattern, radix: 16) }
        return words.joined(separator: " ")
    }

    /// Reads what ``text`` gave; nil for anything else.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        let (counts, sums) = (PartialEpoch.counts, PartialEpoch.sums)
        guard words.count == counts.count + sums.count else { return nil }
        for (path, word) in zip(counts, words) {
            guard let count = Int(word), (0...(1 << 53)).contains(count) else { return nil }
            self[keyPath: path] = count
        }
        for (path, word) in zip(sums, words.dropFirst(counts.count)) {
            guard let bits = UInt64(word, radix: 16) else { return nil }
            self[keyPath: path] = Double(bitPattern: bits)
        }
    }
}
