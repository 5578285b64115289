import Foundation

/// The most memory that this process has held, in MiB; nil where the system does not say.
public func peakResidentMebibytes() -> Double? {
    // What getrusage says includes the peak of whoever started this program; the kernel's own line does not.
    if let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
        let kibibytes = line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Double($0) })
    {
        return kibibytes / 1024
    }
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0, usage.ru_maxrss > 0 else { return nil }
    return Double(usage.ru_maxrss) / 1024
}
