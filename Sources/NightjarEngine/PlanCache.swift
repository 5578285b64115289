/// Plans by structure, a bounded number of them; the least recently used one goes first.
public final class PlanCache {
    /// How many plans are kept.
    public let capacity: Int
    /// How often a plan was found, and how often one had to be made.
    public private(set) var hits = 0
    public private(set) var misses = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }
}
