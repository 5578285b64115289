// Which runs lie below a folder, and whether they have changed, without reading any.

import Foundation

/// The run folders below a runs directory with the sizes and times of their files.
struct RunFolderScan {
    /// A folder that has a `config.json`.
    struct Found: Sendable, Equatable {
        /// `<experiment folder>/<run folder>`.
        let id: String
        /// Changes when the run does.
        let stamp: Int64
    }

    let found: [Found]
    /// Another number where a run has changed, or a sweep has told of itself.
    let sum: Int

    /// - Throws: `RunError` where the runs directory cannot be listed.
    init(_ runsDirectory: URL) throws {
        var found: [Found] = []
        var hasher = Hasher()
        guard let experiments = RunFolderScan.names(in: runsDirectory.path) else {
            throw RunError(
                "\(runsDirectory.path): could not list the folder (\(String(cString: strerror(errno)).lowercased()))")
        }
        for experiment in experiments {
            let parent = open(runsDirectory.path + "/" + experiment, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard parent >= 0 else { continue }
            defer { close(parent) }
            hasher.combine(RunFolderScan.facts(parent, SweepRecord.name))
            let names = RunFolderScan.names(in: runsDirectory.path + "/" + experiment) ?? []
            // A folder with a summary and no configuration is unreadable, and said to be.
            let prefix = experiment + "/"
            found += Concurrent.map(names) { name in
                RunFolderScan.stamp(parent, name).map { Found(id: prefix + name, stamp: $0) }
            }.compactMap { $0 }
        }
        for one in found {
            hasher.combine(one.id)
            hasher.combine(one.stamp)
        }
        (self.found, sum) = (found, hasher.finalize())
    }

    /// Size and time of what a record is made from, as one number; nil for a folder that holds no run. A run without an
    /// end is looked at by its configuration and its metrics, which grow.
    static func stamp(_ folder: String) -> Int64? { stamp(AT_FDCWD, folder) }

    private static func stamp(_ parent: Int32, _ folder: String) -> Int64? {
        var folder = folder
        return folder.withUTF8 { name in
            // The path of each file in one piece of memory: there may be many thousand folders.
            let longest = 16
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: name.count + longest) { path in
                let end = path.update(fromContentsOf: name)
                func facts(_ file: StaticString) -> Int64? {
                    let bytes = UnsafeBufferPointer(start: file.utf8Start, count: file.utf8CodeUnitCount + 1)
                    _ = path[end...].update(fromContentsOf: bytes)
                    return path.withMemoryRebound(to: CChar.self) { path in
                        path.baseAddress.flatMap { RunFolderScan.facts(parent, $0) }
                    }
                }
                let configuration = facts("/config.json")
                if let summary = facts("/summary.json") { return summary &* 31 &+ (configuration ?? 0) }
                return configuration.map { ~($0 &* 31 &+ (facts("/metrics.csv") ?? 0)) }
            }
        }
    }

    /// Size and time of a file, mixed; nil where there is none. One that may not be looked at is there: whoever reads it is told
    /// why not.
    private static func facts(_ parent: Int32, _ path: UnsafePointer<CChar>) -> Int64? {
        var facts = stat()
        guard fstatat(parent, path, &facts, 0) == 0 else { return errno == EACCES ? Int64(EACCES) : nil }
        guard facts.st_mode & S_IFMT == S_IFREG else { return nil }
        var mixed = Int64(truncatingIfNeeded: facts.st_ino)
        for part in [Int64(facts.st_mtim.tv_sec), Int64(facts.st_mtim.tv_nsec), Int64(facts.st_size)] {
            mixed = (mixed ^ part) &* 0x100_0000_01B3
        }
        return mixed
    }

    /// Folders (and links) in a folder, sorted, without hidden ones; nil where it cannot be listed.
    static func names(in path: String) -> [String]? {
        guard let stream = opendir(path) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let kind = Int32(entry.pointee.d_type)
            guard kind == Int32(DT_DIR) || kind == Int32(DT_LNK) || kind == Int32(DT_UNKNOWN) else { continue }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
