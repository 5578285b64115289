/// What time is charged to when no launch is running.
public enum ProfileAccount: Hashable, Sendable {
    /// The loop around the steps: observers, files, records.
    case trainer
    /// Making batches.
    case data
    /// Recording layers and updates, reading results, everything in a step that is none of the others.
    case step
    /// An evaluation pass, apart from its launches, its batches and its Lua.
    case evaluation
    /// From a finished recording to the first launch: the request, finding its plan, memory, waking threads.
    case engine
    /// Making a plan that was not in the cache.
    case planning
    /// Lua, by what was called: `loss 'rll'`, `on_epoch`. Recording that the script asks for is part of it.
    case script(String)

    public struct Total: Hashable, Sendable {
        public var nanoseconds: UInt64 = 0
        /// How often the account was opened.
        public var calls = 0

        public var seconds: Double { Double(nanoseconds) * 1e-9 }
    }
}

/// What a launch's work is for.
public enum ProfilePhase: String, Hashable, Sendable, CaseIterable {
    case forward, loss, backward, update, evaluation
    /// Whatever scripts compute outside of steps.
    case other
}
