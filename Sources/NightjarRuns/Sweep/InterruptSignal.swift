// Ctrl-C as a flag that loops can ask about.

import Foundation
import Synchronization

/// The first Ctrl-C (SIGINT) or SIGTERM asks the program to stop at the next good moment; the second one kills it.
public enum InterruptSignal {
    private static let count = Atomic<Int>(0)

    /// Starts to listen. A handler is set, not "ignore": programs started later would inherit the latter.
    public static func install() {
        _ = count.load(ordering: .relaxed)
        for number in [SIGINT, SIGTERM] { signal(number, handler) }
    }

    /// Whether a signal has come since `install`.
    public static var isRaised: Bool { count.load(ordering: .acquiring) > 0 }

    /// The exit status that says so: 128 + SIGINT.
    public static let exitStatus: Int32 = 130

    // Runs inside the signal: only an atomic and two calls that are allowed there.
    private static let handler: @convention(c) (Int32) -> Void = { number in
        if count.add(1, ordering: .acquiringAndReleasing).oldValue > 0 {
            signal(number, SIG_DFL)
            raise(number)
        }
    }
}
