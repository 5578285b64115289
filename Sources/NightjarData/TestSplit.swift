import NightjarTensor

/// How a data set without a published split is cut into a part to train on and a part to test on.
///
/// The same description of the same labels gives the same split on every platform.
public struct TestSplit: Hashable, Sendable {
    /// The share of samples that goes to the test part: so many of ``total``.
    private let part: Int
    private let total: Int
    /// Whether each class gives its share, as nearly as whole numbers allow.
    public let isStratified: Bool
    /// Which samples they are.
    public let seed: UInt64

    /// - Throws: ``DataError`` when `testPerMille` is not 1 to 999.
    public init(testPerMille: Int, isStratified: Bool = true, seed: UInt64 = 0) throws {
        guard (1...999).contains(testPerMille) else {
            throw DataError("the test share must be 1 to 999 per mille, got \(testPerMille)")
        }
        self.init(part: testPerMille, total: 1000, isStratified, seed)
    }

    /// A test part of so many of all samples.
    /// - Throws: ``DataError`` when a part would be empty.
    public init(testCount: Int, of count: Int, isStratified: Bool = true, seed: UInt64 = 0) throws {
        guard testCount >= 1, testCount < count else {
            throw DataError(
                "\(count) samples cannot be split with \(testCount) of them in the second part: a part is empty")
        }
        self.init(part: testCount, total: count, isStratified, seed)
    }

    private init(part: Int, total: Int, _ isStratified: Bool, _ seed: UInt64) {
        self.part = part
        self.total = total
        self.isStratified = isStratified
        self.seed = seed
    }

    /// Positions (0-based, ascending) of the samples to train on and to test on.
    ///
    /// The test part has its share of all samples, rounded up. Where stratified, each class gives that share
    /// of its own rounded down, and the classes with the largest remainders give one more each (the lower class first)
    /// until the sum is right. Which samples of a class: the first in a random order of them.
    /// - Throws: ``DataError`` when a part would be empty or a label is negative.
    public func indices(labels: [Int32]) throws -> (train: [Int], test: [Int]) {
        if let label = labels.first(where: { $0 < 0 }) { throw DataError("label \(label) is not a class") }
        // Groups, orders and parts: a few words a sample each.
        try Room.check(labels.count, of: 64)
        let stream = RandomStream(seed: seed, purpose: "split")
        let testCount = share(of: labels.count).rounded
        guard testCount < labels.count else {
            throw DataError(
                "\(labels.count) samples cannot be split with \(part) of \(total) to test on: a part is empty")
        }
        var isTest = [Bool](repeating: false, count: labels.count)
        if isStratified {
            let groups = Dictionary(grouping: labels.indices) { labels[$0] }.sorted { $0.key < $1.key }
            for ((label, members), quota) in zip(groups, quotas(groups.map(\.value.count), sum: testCount)) {
                let order = stream.derive(UInt64(label)).permutation(members.count)
                for position in order.prefix(quota) { isTest[members[Int(position)]] = true }
            }
        } else {
            for position in stream.permutation(labels.count).prefix(testCount) { isTest[Int(position)] = true }
        }
        return (labels.indices.filter { !isTest[$0] }, labels.indices.filter { isTest[$0] })
    }

    private func share(of count: Int) -> (whole: Int, remainder: Int, rounded: Int) {
        // Both are counts of arrays in memory, below 2^31: their product is far from overflow.
        let product = count &* part
        return (product / total, product % total, (product + total - 1) / total)
    }

    private func quotas(_ counts: [Int], sum: Int) -> [Int] {
        let shares = counts.map(share)
        var quotas = shares.map(\.whole)
        let byRemainder = shares.indices.sorted {
            (-shares[$0].remainder, $0) < (-shares[$1].remainder, $1)
        }
        for index in byRemainder.prefix(sum - quotas.reduce(0, +)) { quotas[index] += 1 }
        return quotas
    }
}
