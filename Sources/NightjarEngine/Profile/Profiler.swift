import NightjarGraph
import NightjarTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the time of a session goes, while one is set as ``Session/profiler``.
///
/// There is one clock and one account at a time: what passes is charged to the account that is open, so that all
/// accounts and all launches together are the time between ``init()`` and ``profile()``, and nothing counts twice.
/// Launches are timed one by one and shared among the lines and layers they compute when the profile is made.
/// Cost: about 50 nanoseconds a change of accounts or a launch; without a profiler, one branch.
public final class Profiler {
    /// Accounts by name, in the order in which they were first opened.
    private var accounts: [ProfileAccount: ProfileAccount.Total] = [:]
    private var account = ProfileAccount.trainer
    private var evaluations = 0
    private var tallies: [LaunchTally.Key: LaunchTally] = [:]
    private var entries = ProfileEntries()
    private var phases: [Int32: ProfilePhase] = [:]
    private var mark: UInt64
    private let start: UInt64
    private let provenance: ProvenanceTable
    private var arenaBytes = 0
    private var tensorBytes = 0
    private var steps = 0

    /// Tallies hold their plans; with more than this many, those that there are become sums.
    private static let mostTallies = 512

    init(provenance: ProvenanceTable) {
        self.provenance = provenance
        start = Profiler.now()
        mark = start
    }

    /// Nanoseconds of a clock that never goes back.
    @inline(__always)
    private static func now() -> UInt64 { clock_gettime_nsec() }

    // MARK: Accounts

    /// Charges what has passed to the open account and opens another.
    /// - Returns: the account that was open, for ``leave(_:)``.
    public func enter(_ next: ProfileAccount) -> ProfileAccount {
        let outer = account
        charge()
        account = next
        accounts[next, default: .init()].calls += 1
        if next == .evaluation { evaluations += 1 }
        return outer
    }

    /// Charges what has passed to the open account and opens the one that was open before.
    public func leave(_ outer: ProfileAccount) {
        if account == .evaluation { evaluations -= 1 }
        charge()
        account = outer
    }

    private func charge() {
        let now = Profiler.now()
        accounts[account, default: .init()].nanoseconds += now &- mark
        mark = now
    }

    /// Says what the rows recorded in a range are for. Lines and layers are told apart by their places.
    public func note(_ tape: Tape, rows: Range<Int>, as phase: ProfilePhase) {
        for position in rows { phases[tape.place(of: NodeID(position))] = phase }
    }

    /// Counts a training step.
    public func noteStep() { steps += 1 }

    // MARK: Launches

    /// What has passed is charged; the launches that follow go to the tally that is returned.
    func open(_ plan: Plan, _ request: Request) -> LaunchTally {
        arenaBytes = max(arenaBytes, plan.arenaBytes)
        tensorBytes = max(tensorBytes, Storage.liveByteCount)
        let key = LaunchTally.Key(plan: plan, places: request.places, isEvaluation: evaluations > 0)
        let tally: LaunchTally
        if let known = tallies[key] {
            tally = known
        } else {
            if tallies.count >= Profiler.mostTallies { settle() }
            tally = LaunchTally(key)
            tallies[key] = tally
        }
        tally.runs += 1
        charge()
        return tally
    }

    /// A launch is over.
    func lap(_ tally: LaunchTally, _ launch: Int) {
        let now = Profiler.now()
        tally.nanoseconds[launch] += now &- mark
        mark = now
    }

    /// Turns tallies into sums by line, and lets go of their plans.
    private func settle() {
        for tally in tallies.values { entries.add(tally, phases) }
        tallies = [:]
    }

    // MARK: Result

    /// What was measured so far.
    public func profile() -> Profile {
        charge()
        settle()
        return Profile(
            seconds: Double(mark &- start) * 1e-9, steps: steps, entries: entries.list(provenance),
            accounts: accounts, arenaBytes: arenaBytes, tensorBytes: tensorBytes)
    }
}

private func clock_gettime_nsec() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

extension Session {
    /// Starts measuring; the profiler is returned and in force until ``endProfile()``.
    @discardableResult
    public func beginProfile() -> Profiler {
        let profiler = Profiler(provenance: provenance)
        self.profiler = profiler
        return profiler
    }

    /// Stops measuring.
    public func endProfile() { profiler = nil }
}
