import NightjarGraph

/// The time of each launch of a plan, as often as it ran for the same lines.
final class LaunchTally {
    struct Key: Hashable {
        let plan: Plan
        let places: [Int32]
        let isEvaluation: Bool

        static func == (left: Key, right: Key) -> Bool {
            left.plan === right.plan && left.isEvaluation == right.isEvaluation && left.places == right.places
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(ObjectIdentifier(plan))
            hasher.combine(isEvaluation)
        }
    }

    let key: Key
    var nanoseconds: [UInt64]
    var runs = 0

    init(_ key: Key) {
        self.key = key
        nanoseconds = [UInt64](repeating: 0, count: key.plan.launches.count)
    }
}

/// Sums of tallies by place and phase.
struct ProfileEntries {
    private struct Key: Hashable {
        let place: Int32
        let phase: ProfilePhase
    }

    private var sums: [Key: Sum] = [:]

    private struct Sum {
        var seconds = 0.0
        var sharedSeconds = 0.0
        var launches = 0
        var bytes = 0
    }

    /// - Parameter phases: what the rows of a place are for.
    mutating func add(_ tally: LaunchTally, _ phases: [Int32: ProfilePhase]) {
        let (plan, places) = (tally.key.plan, tally.key.places)
        func key(_ row: Int) -> Key {
            let origin = plan.graph.origins[row]
            let place = places.indices.contains(origin.requestRow) ? places[origin.requestRow] : 0
            if tally.key.isEvaluation { return Key(place: place, phase: .evaluation) }
            return Key(place: place, phase: origin.isBackward ? .backward : phases[place] ?? .other)
        }
        for (launch, nanoseconds) in zip(plan.launches, tally.nanoseconds) {
            let work = plan.work(of: launch)
            let total = work.reduce(0, +)
            var parts: [Key: Double] = [:]
            for (member, part) in zip(launch.members, work) { parts[key(member), default: 0] += part / total }
            for (key, part) in parts {
                let seconds = part * Double(nanoseconds) * 1e-9
                sums[key, default: Sum()].seconds += seconds
                if parts.count > 1 { sums[key, default: Sum()].sharedSeconds += seconds }
                sums[key, default: Sum()].launches += tally.runs
            }
        }
        var bytes: [Key: Int] = [:]
        for row in plan.storedRows { bytes[key(row), default: 0] += plan.graph.byteCount(row) }
        for (key, count) in bytes { sums[key, default: Sum()].bytes = max(sums[key]?.bytes ?? 0, count) }
    }

    /// Most time first; of equals, in alphabetical order.
    func list(_ provenance: ProvenanceTable) -> [Profile.Entry] {
        sums.map { key, sum in
            Profile.Entry(
                place: provenance.place(key.place), phase: key.phase, seconds: sum.seconds,
                sharedSeconds: sum.sharedSeconds, launches: sum.launches, bytes: sum.bytes)
        }.sorted { ($1.seconds, $0.place?.description ?? "") < ($0.seconds, $1.place?.description ?? "") }
    }
}

extension Plan {
    /// Estimated work of each member of a launch, for sharing its time; at least a little for each.
    ///
    /// Elementwise members are estimated by their elements; heavier ones get what the launch's own estimate leaves.
    func work(of launch: Launch) -> [Double] {
        let parts = launch.members.map { graph.isElementwise($0) ? graph.elementwiseWork($0) : 0 }
        let heavy = parts.count { $0 == 0 }
        guard heavy > 0 else { return parts }
        let known = parts.reduce(0, +)
        let rest = max(launch.cost - known, known / 10, 1)
        return parts.map { $0 == 0 ? rest / Double(heavy) : $0 }
    }
}

extension PlanGraph {
    /// Bytes of a row's values.
    func byteCount(_ index: Int) -> Int { shape(index).count * rows[index].dtype.byteWidth }

    fileprivate func isElementwise(_ index: Int) -> Bool {
        switch rows[index].op.family {
        case .source, .unary, .binary, .ternary, .reduction, .pick, .movement: true
        case .product, .routine, .gradient, .rule: false
        }
    }

    /// Nanoseconds on one core, about: what counts is how members of one launch compare.
    fileprivate func elementwiseWork(_ index: Int) -> Double {
        let row = rows[index]
        let elements = row.operands.reduce(row.shape.count) { max($0, shape($1.position).count) }
        let each: Double =
            switch row.op {
            case .exp, .expm1, .log, .log1p, .sigmoid, .sin, .cos: 0.6
            case .tanh: 1
            case .erf: 2
            case .pow: 5
            case .mod: 10
            case .uniform: 1.5
            case .normal: 25
            case .div, .sqrt, .rsqrt, .recip: 0.25
            default: 0.1
            }
        return max(Double(elements) * each, 1)
    }
}
