import CLuaShim
import Foundation
import NightjarGraph
import NightjarTensor

/// What a run may use, from the moment on at which its host has been made. A script that meets one of these is over:
/// nothing of it runs any more, whatever catches errors around it (`pcall`, `xpcall`, coroutines, `<close>`).
///
/// What is not limited costs nothing. A limit on time or memory costs nothing that can be measured; one on instructions
/// makes the script's own Lua about twice as slow, which a training step hardly notices.
public struct ScriptLimits: Sendable, Codable, Equatable {
    /// Seconds of wall-clock time, more than 0; nil: no limit. Looked at by scripts, between operations and between steps:
    /// an operation that is going, or a training step's update, is finished first.
    public var seconds: Double?
    /// Seconds after the limit on time at which the process is ended where a single operation still goes on; nil: never.
    public var patience: Double?
    /// Bytes of Lua and of tensors together, at least 1 MiB; nil: no limit. Those tensors count that the host's session has
    /// made, on whichever thread, for as long as anybody holds them; what other sessions of the process hold does not.
    public var bytes: Int?
    /// Instructions of the Lua machine, in steps of about a thousand; nil: no limit. What takes longer than a microsecond an
    /// instruction, such as tensors' work or the comparison of long texts, counts as one instruction a microsecond.
    public var instructions: Int?

    public init(seconds: Double? = nil, bytes: Int? = nil, instructions: Int? = nil) {
        self.seconds = seconds
        self.bytes = bytes
        self.instructions = instructions
    }

    /// As the command line takes them: `90s`, `5m`, `1.5h` or seconds; `512MiB`, `2GiB` or bytes; a number.
    /// - Throws: ``ScriptError`` that says what a text must be.
    public init(time: String?, memory: String?, instructions: String?) throws {
        func number(_ text: Substring) -> Double? {
            guard let value = Double(text), value > 0, value.isFinite else { return nil }
            return value
        }
        if let time {
            let units: [(String, Double)] = [("s", 1), ("m", 60), ("h", 3600)]
            let unit = units.first { time.hasSuffix($0.0) }
            guard let value = number(unit == nil ? time[...] : time.dropLast()), value * (unit?.1 ?? 1) < 1e9 else {
                throw ScriptError(
                    "--limit-time takes seconds, or a number with s, m or h such as 90s or 1.5h, got '\(time)'")
            }
            seconds = value * (unit?.1 ?? 1)
        }
        if let memory {
            let units: [(String, Double)] = [("KiB", 1024), ("MiB", 0x1p20), ("GiB", 0x1p30)]
            let unit = units.first { memory.hasSuffix($0.0) }
            let value = number(unit == nil ? memory[...] : memory.dropLast(3)).map { $0 * (unit?.1 ?? 1) }
            guard let value, value >= 0x1p20, value < 0x1p50 else {
                throw ScriptError(
                    "--limit-memory takes at least 1MiB, as bytes or a number with KiB, MiB or GiB such as 512MiB, got "
                        + "'\(memory)'")
            }
            bytes = Int(value)
        }
        if let instructions {
            guard let value = number(instructions[...]), let count = Int(exactly: value), count < 1 << 53 else {
                throw ScriptError(
                    "--limit-instructions takes a whole number such as 1000000 or 1e9, got '\(instructions)'")
            }
            self.instructions = count
        }
    }

    /// Which of them.
    public enum Kind: Sendable {
        case time
        case memory
        case instructions
    }

    public var isEmpty: Bool { seconds == nil && bytes == nil && instructions == nil }

    // What a script is told that has met one, after its line.
    var timeReason: String {
        "the run took longer than \(ScriptLimits.text(seconds: seconds ?? 0)) (the limit that --limit-time sets)"
    }
    var memoryReason: String {
        "the run needs more than \(ScriptLimits.text(bytes: bytes ?? 0)) for Lua and tensors (the limit that "
            + "--limit-memory sets)"
    }
    var instructionReason: String {
        "the run used up its \(instructions ?? 0) instructions (the limit that --limit-instructions sets)"
    }

    /// `90s`, `5m`, `1.5h`: as the command line takes them.
    static func text(seconds: Double) -> String {
        for (size, unit) in [(3600.0, "h"), (60.0, "m")]
        where seconds >= size && (seconds / size * 100).rounded() / 100 * size == seconds {
            return ScriptText.number(seconds / size) + unit
        }
        return ScriptText.number(seconds) + "s"
    }

    /// `512MiB`, `2GiB`.
    static func text(bytes: Int) -> String {
        if bytes >= 1 << 30, bytes % (1 << 30) == 0 { return "\(bytes >> 30)GiB" }
        return ScriptText.number(Double(bytes) / Double(1 << 20)) + "MiB"
    }
}

/// The limits of one host while they are in force.
final class LimitKeeper {
    private let state: OpaquePointer
    private let limits: ScriptLimits
    private let memory: MemoryAccount?

    /// - Throws: ``ScriptError`` where the system has no timer left.
    init(_ limits: ScriptLimits, _ state: OpaquePointer, _ account: MemoryAccount?) throws {
        self.state = state
        self.limits = limits
        if let count = limits.instructions {
            njl_limit_run_instructions(state, Int64(max(1, count)), limits.instructionReason)
        }
        memory = account
        if let bytes = limits.bytes {
            njl_limit_run_memory(state, max(1, bytes), limits.memoryReason)
            nonisolated(unsafe) let state = state
            account?.setBound(bytes) { njl_lua_bytes(state) }
        }
        if let seconds = limits.seconds {
            func milliseconds(_ seconds: Double) -> Int64 { Int64(min(max(seconds * 1000, 1), 1e15).rounded(.up)) }
            if let patience = limits.patience { njl_end_process_after(state, milliseconds(patience)) }
            guard njl_limit_run_time(state, milliseconds(seconds), limits.timeReason) else {
                throw ScriptError(
                    "there is no timer left for a limit on time: another of this process's hosts must go first")
            }
        }
    }

    deinit { memory?.liftBound() }

    /// From now on nothing is limited. What was met stays so.
    func lift() {
        njl_limit_run_instructions(state, 0, nil)
        njl_limit_run_memory(state, 0, nil)
        _ = njl_limit_run_time(state, 0, nil)
        memory?.liftBound()
    }

    /// Notes that memory for a tensor was refused.
    func noteMemory() {
        if let memory, memory.isMet { njl_end_run(state, NJL_OUT_OF_MEMORY) }
    }
}

extension ScriptHost {
    /// The limit that the run has met; nil while it may go on.
    public var metLimit: ScriptLimits.Kind? {
        switch njl_run_ending(state) {
        case NJL_OUT_OF_INSTRUCTIONS: .instructions
        case NJL_OUT_OF_MEMORY: .memory
        case NJL_OUT_OF_TIME: .time
        default: nil
        }
    }

    /// Takes the limits of the run back, for work of the host's own.
    package func liftLimits() {
        guard let keeper = limitKeeper else { return }
        keeper.lift()
        limitKeeper = nil
        session.mayGoOn = nil
    }

    /// Puts the limits of the options in force.
    func beginLimits() throws {
        guard !options.limits.isEmpty else { return }
        limitKeeper = try LimitKeeper(options.limits, state, session.account)
        session.mayGoOn = { [unowned self] in
            guard metLimit != nil, let reason = njl_run_reason(state) else { return }
            throw ArgumentError(String(cString: reason))
        }
    }

    /// What people are told instead of an error that came of a limit of the run: the limit. Where memory for a tensor was
    /// refused for good, the run is over.
    func limited(_ error: any Error, place: Int32) -> any Error {
        guard let limitKeeper else { return error }
        if "\(error)".contains("out of memory") { limitKeeper.noteMemory() }
        guard metLimit != nil, let text = njl_run_reason(state) else { return error }
        let reason = String(cString: text)
        guard !"\(error)".contains(reason) else { return error }
        let line = session.provenance.place(place).flatMap { $0.line > 0 ? "\($0.source):\($0.line): " : nil } ?? ""
        return ScriptError(line + reason, traceback: [], hasPlace: !line.isEmpty)
    }
}
