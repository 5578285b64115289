/// Plans by structure, a bounded number of them; the least recently used one goes first.
public final class PlanCache {
    /// How many plans are kept.
    public let capacity: Int
    /// How often a plan was found.
    public private(set) var hits = 0
    /// How often a plan had to be made.
    public private(set) var misses = 0

    private final class Entry {
        let plan: Plan
        var lastUse: UInt64
        init(_ plan: Plan, _ lastUse: UInt64) {
            self.plan = plan
            self.lastUse = lastUse
        }
    }

    private var entries: [PlanKey: Entry] = [:]
    private var clock: UInt64 = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// The number of plans held now.
    public var count: Int { entries.count }

    /// The plan for a key, made by `make` when it is not there.
    func plan(for key: PlanKey, make: () throws -> Plan) rethrows -> Plan {
        clock &+= 1
        if let entry = entries[key] {
            entry.lastUse = clock
            hits += 1
            return entry.plan
        }
        misses += 1
        let plan = try make()
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
        entries[key] = Entry(plan, clock)
        return plan
    }
}
