import Foundation

/// Limits that a process puts on itself before it runs what it does not trust.
struct ProcessLimits {
    /// Of processor time, all threads together.
    let seconds: Int
    /// Of address space.
    let mebibytes: Int

    func apply() {
        lower(RLIMIT_CPU, rlim_t(clamping: seconds))
        lower(RLIMIT_AS, rlim_t(clamping: mebibytes) << 20)
        lower(RLIMIT_CORE, 0)
    }

    /// A limit that is lower already stays.
    private func lower(_ resource: __rlimit_resource, _ value: rlim_t) {
        let number = __rlimit_resource_t(resource.rawValue)
        var limit = rlimit()
        guard getrlimit(number, &limit) == 0 else { return }
        limit.rlim_cur = min(value, limit.rlim_cur)
        limit.rlim_max = min(resource == RLIMIT_CPU ? value + 2 : value, limit.rlim_max)
        setrlimit(number, &limit)
    }
}
