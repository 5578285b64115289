// What a progress line says. Pure functions: numbers in, one line out.

/// Texts of progress lines.
public enum ProgressText {
    /// A length of time for people: `0.4s`, `12s`, `1m20s`, `2h05m`, `3d04h`; `?` where it is not known.
    public static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "?" }
        if seconds < 0.95 { return NumberText.fixed(seconds, decimals: 1) + "s" }
        guard seconds < 1e12 else { return "?" }
        let whole = Int(seconds.rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if whole < 60 { return "\(whole)s" }
        if whole < 3600 { return "\(whole / 60)m\(two(whole % 60))s" }
        let minutes = Int((seconds / 60).rounded())
        if minutes < 1440 { return "\(minutes / 60)h\(two(minutes % 60))m" }
        let hours = Int((seconds / 3600).rounded())
        return "\(hours / 24)d\(two(hours % 24))h"
    }

    /// Seconds left when `done` of `total` equal parts took `elapsed` seconds; nil before the first part.
    public static func secondsLeft(done: Double, total: Double, elapsed: Double) -> Double? {
        guard done > 0, total >= done, elapsed >= 0 else { return nil }
        return elapsed / done * (total - done)
    }

    /// A sweep: `runs 12/48  2 going  1 failed  1m20s left`.
    public static func sweep(_ progress: SweepProgress) -> String {
        var parts = ["runs \(progress.ended)/\(progress.total)"]
        if progress.running > 0 { parts.append("\(progress.running) going") }
        if progress.failed > 0 { parts.append("\(progress.failed) failed") }
        if progress.stopping {
            parts.append("stopping")
        } else if progress.ended < progress.total, let left = progress.secondsLeft {
            parts.append("\(duration(left)) left")
        }
        return parts.joined(separator: "  ")
    }

    /// Four significant digits without an exponent between 0.0001 and 10 million.
    public static func significant(_ value: Double) -> String {
        let size = abs(value)
        guard value.isFinite, size == 0 || (size >= 1e-4 && size < 1e7) else { return NumberText.shortest(value) }
        let limits: [(Double, Int)] = [(1e-3, 7), (1e-2, 6), (1e-1, 5), (1, 4), (10, 3), (100, 2), (1000, 1)]
        let decimals = size == 0 ? 3 : limits.first { size < $0.0 }?.1 ?? 0
        return NumberText.fixed(value, decimals: decimals)
    }
}
