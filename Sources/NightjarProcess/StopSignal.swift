import CProcess
import Glibc

/// Ctrl-C (SIGINT), SIGTERM and SIGHUP as something that work can ask about.
///
/// The first signal asks for a stop. A training step that is going is finished; everything else ends at the next look:
/// scripts in a hook that is set only then, plans between launches, planning, readers and evaluation at ``check()``.
/// What does not look is ended after half a second, unless it is ``inOrder(_:)``. A second signal, a moment or more after
/// the first, ends the program at once.
public enum StopSignal {
    /// Starts to listen; to be called on the thread that runs scripts.
    ///
    /// - Parameter atOnce: the first signal ends the program, for commands that leave nothing half done.
    public static func install(atOnce: Bool = false) { nj_stop_install(atOnce) }

    /// The same for a program that someone talks to: Ctrl-C stops what runs, as often as it comes, and never the program.
    /// ``takeBack()`` when it has stopped.
    public static func installInteractive() { nj_stop_install_interactive() }

    /// Whether it was Ctrl-C that asked, and not a signal that ends programs.
    public static var isFromKeyboard: Bool { nj_stop_signal() == SIGINT }

    /// Forgets that a stop was asked for.
    public static func takeBack() { nj_stop_forget() }

    /// Whether a stop was asked for.
    @inlinable public static var isRaised: Bool { nj_stop_asked() }

    /// Whether a stop was asked for and no training step has to be finished first.
    @inlinable public static var isDue: Bool { nj_stop_due() }

    /// A stop that a signal asked for in another process of the same work counts here as well.
    /// - Parameter signal: its number; that of SIGTERM where it is not known.
    public static func take(_ signal: Int32) {
        nj_stop_ask([SIGINT, SIGTERM, SIGHUP].contains(signal) ? signal : SIGTERM)
    }

    /// The signal that asked for a stop; 0 where none did.
    public static var number: Int32 { nj_stop_signal() }

    /// The exit status that names the signal: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP.
    public static var exitStatus: Int32 { 128 + nj_stop_signal() }

    /// Whether an exit status is one of those.
    public static func isExitStatus(_ status: Int32) -> Bool { [129, 130, 143].contains(status) }

    /// Throws ``StopError`` where a stop is due. One load of a word.
    @inlinable public static func check() throws {
        if nj_stop_due() { throw StopError() }
    }

    /// One training step, or a write of what training has: it is finished although a stop was asked for.
    public static func step<Result>(_ body: () throws -> Result) rethrows -> Result {
        nj_step_begin()
        defer { nj_step_end() }
        return try body()
    }

    /// What ends by itself when a stop is asked for, and then writes what there is.
    public static func inOrder<Result>(_ body: () throws -> Result) rethrows -> Result {
        nj_order_begin()
        defer { nj_order_end() }
        return try body()
    }
}

/// A stop was asked for.
public struct StopError: Error, CustomStringConvertible {
    public init() {}
    public var description: String { "interrupted" }
}

/// How long work that has changed nothing yet, such as recording and planning, may go on inside of what a stop waits for.
///
/// A training step is finished although a stop was asked for, and so is the writing of what there is; both may have to plan
/// first. Most plans are made in a moment. One of many thousand operations takes seconds, for which nobody waits.
///
/// Every loop over the rows of a tape, the layers of a model or the launches of a plan asks at each turn: ``check()`` is the
/// load of a word while nobody has asked for a stop.
public enum StopPatience {
    /// Such work, on the calling thread. Inside of another one it is part of that.
    public static func during<Result>(_ body: () throws -> Result) rethrows -> Result {
        let before = nj_patience_begin()
        defer { nj_patience_end(before) }
        return try body()
    }

    /// - Throws: ``StopError`` where a stop is due, or was asked for and such work has gone on for a moment since.
    @inlinable public static func check() throws {
        if nj_stop_asked(), nj_patience_is_over() { throw StopError() }
    }
}
