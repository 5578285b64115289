import CWall
import Foundation

/// What the kernel holds this process to, before it reads what a stranger wrote: the files that are named and no others, no
/// network, no other program. It stands whatever happens inside, and for good.
///
/// Files are held by Landlock and system calls by seccomp, where the kernel has them; ``raise()`` says what stands. To be
/// raised before the process has a second thread.
public struct Wall: Sendable {
    /// Files and folders that may be read, with all that is below them. Those that are not there are passed over.
    public var readable: [String]
    /// Those that may be written as well.
    public var writable: [String]
    /// Whether this program may start itself once more, inside of this wall: for a sweep's workers.
    public var startsWorkers: Bool
    /// Whether libraries among what is readable may be loaded: for native code that somebody trusts.
    public var loadsCode = false

    public init(readable: [String], writable: [String] = [], startsWorkers: Bool = false) {
        self.readable = readable
        self.writable = writable
        self.startsWorkers = startsWorkers
    }

    /// What stands.
    public struct Report: Sendable, Equatable {
        /// The version of Landlock that holds files; 0: none does.
        public var landlock: Int
        /// Whether system calls are filtered.
        public var filtersCalls: Bool

        public init(landlock: Int, filtersCalls: Bool) {
            self.landlock = landlock
            self.filtersCalls = filtersCalls
        }

        public var isWhole: Bool { landlock > 0 && filtersCalls }

        /// In words: what holds what.
        public var text: String {
            switch (landlock > 0, filtersCalls) {
            case (true, true):
                "files are held by Landlock (version \(landlock)), network, programs and other calls by seccomp"
            case (true, false):
                "files are held by Landlock (version \(landlock)); this system lets no seccomp filter network and programs"
            case (false, true):
                "network, programs and other calls are held by seccomp; this system lets no Landlock hold files"
            case (false, false): "this system has neither Landlock nor seccomp, or does not let them be used"
            }
        }
    }

    /// Raises it around this process, for good.
    public func raise() -> Report {
        var readable = readable + Wall.system
        // Workers look at themselves, under numbers that are not known yet; each has only its own within its own wall.
        if startsWorkers { readable += Wall.mapped() + ["/proc"] }
        let paths = readable.map { strdup($0) }, others = (writable + ["/dev/null"]).map { strdup($0) }
        let programs = (startsWorkers ? Wall.programs() : []).map { strdup($0) }
        defer { (paths + others + programs).forEach { free($0) } }
        var report = nj_wall_report()
        let lists = [paths, others, programs].map { list in list.map { UnsafePointer($0) } }
        lists[0].withUnsafeBufferPointer { readable in
            lists[1].withUnsafeBufferPointer { writable in
                lists[2].withUnsafeBufferPointer { programs in
                    var wall = nj_wall(
                        readable: readable.baseAddress, readable_count: readable.count,
                        writable: writable.baseAddress, writable_count: writable.count,
                        programs: programs.baseAddress, program_count: programs.count, loads_code: loadsCode)
                    nj_wall_raise(&wall, &report)
                }
            }
        }
        return Report(landlock: Int(report.landlock), filtersCalls: report.filters)
    }

    /// What programs need of the system: libraries and their settings, the names of users, the time zone, the processor,
    /// and what the kernel tells of the process itself.
    private static let system = [
        "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf",
        "/etc/localtime",
        "/etc/timezone", "/etc/alternatives", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
        "/proc/sys/vm/overcommit_memory",
        "/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/kernel/mm/transparent_hugepage", "/dev/urandom",
        "/dev/random", "/dev/zero",
    ]

    /// This program, and what the kernel starts to load it.
    private static func programs() -> [String] {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        return [program] + mapped().filter { ($0 as NSString).lastPathComponent.hasPrefix("ld-") }
    }

    /// The files that this program has mapped: its libraries, wherever they lie, and what loads them.
    private static func mapped() -> [String] {
        // Of a file without a length, such as those that the kernel makes up, other ways read the first part only.
        let data = FileHandle(forReadingAtPath: "/proc/self/maps").flatMap { try? $0.readToEnd() } ?? Data()
        let maps = String(decoding: data, as: UTF8.self)
        let files = maps.split(separator: "\n").compactMap { line in
            line.firstIndex(of: "/").map { String(line[$0...]) }
        }
        return Set(files).sorted()
    }

    // MARK: For tests

    /// What somebody would try who had this process in his hands.
    public struct Trial: Sendable {
        /// `opens a local socket`.
        public let name: String
        /// What the system said; nil: it worked.
        public let refusal: String?
        /// Whether the program needs it.
        public let mustWork: Bool
    }

    /// Tries everything, with folders that hold a file named `file` each.
    public static func trials(inside: String, outside: String) -> [Trial] {
        var trials: [Trial] = []
        for number in 0..<Int32(NJ_TRIALS) {
            var name: UnsafePointer<CChar>?
            var mustWork = false
            let reason = nj_wall_try(number, inside, outside, &name, &mustWork)
            guard let name else { break }
            trials.append(
                Trial(
                    name: String(cString: name),
                    refusal: reason == 0 ? nil : String(cString: strerror(reason)).lowercased(), mustWork: mustWork))
        }
        return trials
    }
}
