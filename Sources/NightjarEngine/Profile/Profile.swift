import NightjarGraph

/// Where the time of a session went, as ``Profiler`` measured it.
public struct Profile: Sendable {
    /// Wall time. Launches and accounts add up to it.
    public let seconds: Double
    /// Training steps.
    public let steps: Int
    /// Launches, by place and phase, most time first.
    public let entries: [Entry]
    /// Everything else.
    public let accounts: [ProfileAccount: ProfileAccount.Total]
    /// The most memory that a plan used for values on the way.
    public let arenaBytes: Int
    /// The most memory that tensors held when a plan began: weights, data, results, and what scripts keep.
    public let tensorBytes: Int

    /// The launches that compute what one line or layer recorded.
    public struct Entry: Sendable {
        /// Nil for what carries no place.
        public let place: ProvenanceTable.Place?
        public let phase: ProfilePhase
        public var seconds: Double
        /// The part of `seconds` that comes from launches which compute other lines as well: it is this line's share
        /// by estimated work, not a measurement.
        public var sharedSeconds: Double
        /// How often a launch did work for it.
        public var launches: Int
        /// Memory of the values that were written out for it, in the plan that writes most.
        public var bytes: Int
    }

    /// Seconds in Lua: in callbacks, without the plans that ran inside them.
    public var luaSeconds: Double {
        accounts.reduce(0) { sum, account in
            if case .script = account.key { sum + account.value.seconds } else { sum }
        }
    }

    /// Seconds of all launches of a phase.
    public func seconds(_ phase: ProfilePhase) -> Double {
        entries.reduce(0) { $0 + ($1.phase == phase ? $1.seconds : 0) }
    }

    public func seconds(on account: ProfileAccount) -> Double { accounts[account]?.seconds ?? 0 }
}
