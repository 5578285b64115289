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

    /// Files that a run, its store and the system's own libraries may have open at a time.
    private static let leastDescriptors: rlim_t = 16

    /// What is wrong with the limit of open files; nil where nothing is. With fewer than a run takes, what fails first may be
    /// a library that ends the process in place of saying so. A limit that this process may raise is raised.
    static var descriptorsRefusal: String? {
        let number = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(number, &limit) == 0, limit.rlim_cur < leastDescriptors else { return nil }
        let allowed = limit.rlim_cur
        limit.rlim_cur = min(leastDescriptors, limit.rlim_max)
        guard limit.rlim_cur < leastDescriptors || setrlimit(number, &limit) != 0 else { return nil }
        return
            "this process may have \(allowed) files open at a time, and needs \(leastDescriptors): raise the limit, as by "
            + "ulimit -n 1024"
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
