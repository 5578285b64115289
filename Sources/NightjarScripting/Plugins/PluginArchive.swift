import Foundation
import NightjarData
import NightjarProcess
import NightjarTensor

/// An archive of a plugin, taken apart in a folder that is thrown away afterwards.
///
/// Nothing in it is believed: what it holds is counted while it comes, a file that comes twice is an error and not the
/// one or the other, and what is neither a file nor a folder is refused before anything of it is read.
struct PluginArchive {
    typealias Refusal = PluginStore.Refusal

    private let path: String

    /// - Parameter path: absolute.
    init(_ path: String) { self.path = path }

    private static let packed = [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2"]

    /// - Throws: ``PluginStore/Refusal`` for what is no archive that is known, is damaged, or holds more than a plugin has.
    func unpack(into folder: URL) throws {
        let name = path.lowercased()
        let isZip = name.hasSuffix(".zip")
        guard isZip || PluginArchive.packed.contains(where: name.hasSuffix) else {
            throw Refusal("\(path) is no folder and no archive that is known (.tar, .tar.gz, .tgz, .tar.xz, .zip)")
        }
        let file = RegularFile.open(path, O_RDONLY)
        guard file >= 0 else { throw Refusal("\(path) cannot be read: \(RegularFile.reason(errno))") }
        close(file)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        if isZip { try unzip(into: folder) } else { try untar(into: folder) }
        // Folders may be closed to their owner as well, and files may run as somebody else.
        PluginArchive.open(folder.path)
    }

    // MARK: Zip

    private func unzip(into folder: URL) throws {
        let data: Data
        do {
            data = try WholeFile.bytes(path, most: PluginStore.mostBytes)
        } catch {
            throw Refusal("\(path) cannot be read: \(error)")
        }
        try data.withUnsafeBytes { bytes in
            let archive = try ZipArchive(bytes, what: path)
            try check(archive.entries)
            for entry in archive.entries where !entry.name.hasSuffix("/") {
                try StopSignal.check()
                let target = folder.appendingPathComponent(entry.name)
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(archive.contents(of: entry)).write(to: target, options: .withoutOverwriting)
            }
        }
    }

    /// The list stands at the end of the archive: what is wrong with it is known before a byte is unpacked.
    private func check(_ entries: [ZipArchive.Entry]) throws {
        var names: Set<String> = []
        var bytes = 0
        for entry in entries {
            let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
            let isPlain =
                !entry.name.contains("\\") && ShownText.line(entry.name, most: .max) == entry.name
                && parts.enumerated().allSatisfy { place, part in
                    part.isEmpty ? place > 0 && place == parts.count - 1 : part != ".." && part != "."
                }
            guard isPlain else {
                throw Refusal("\(path) holds '\(ShownText.line(entry.name))', which is no path inside of a folder")
            }
            guard parts.count <= PluginStore.mostLevels + 1 else { throw PluginStore.tooDeep(path) }
            guard names.insert(entry.name).inserted else {
                throw Refusal("\(path) holds '\(ShownText.line(entry.name))' twice")
            }
            bytes = bytes.addingReportingOverflow(entry.size).partialValue
            guard names.count <= PluginStore.mostFiles, (0...PluginStore.mostBytes).contains(bytes) else {
                throw PluginStore.tooMuch(path)
            }
        }
    }

    // MARK: Tar

    private static let program = "/bin/tar"
    /// How often what has come so far is looked at.
    private static let interval: UInt32 = 50_000
    /// Bytes of what the program says that are kept.
    private static let mostWords = 4096

    /// The system's program takes it apart: it refuses paths that lead out of the folder.
    private func untar(into folder: URL) throws {
        guard access(PluginArchive.program, X_OK) == 0 else {
            throw Refusal("\(PluginArchive.program) is needed to unpack \(path), and is not there")
        }
        let pipe = try ChildPipe()
        defer { close(pipe.reading) }
        _ = fcntl(pipe.reading, F_SETFL, O_NONBLOCK)
        let child: ChildProcess
        do {
            defer { close(pipe.writing) }
            child = try ChildProcess(
                PluginArchive.program,
                [
                    "--extract", "--force-local", "--keep-old-files", "--no-same-owner", "--no-same-permissions",
                    "--file",
                    path, "--directory", folder.path,
                ], environment: ["LC_ALL": "C"], output: pipe.writing, errors: pipe.writing)
        }
        var words: [UInt8] = []
        // An archive of a megabyte may hold a terabyte: what has come so far is looked at while it goes on.
        var end = child.poll()
        while end == nil {
            usleep(PluginArchive.interval)
            PluginArchive.read(pipe.reading, &words)
            do {
                try StopSignal.check()
                try PluginStore.checkSize(folder, path)
            } catch {
                child.stop()
                _ = child.wait()
                throw error
            }
            end = child.poll()
        }
        PluginArchive.read(pipe.reading, &words)
        guard end == .exited(0) else {
            throw Refusal("\(path) could not be unpacked\(PluginArchive.reason(words))")
        }
        try PluginStore.checkSize(folder, path)
    }

    /// Takes away what was said; the beginning is kept.
    private static func read(_ pipe: Int32, _ words: inout [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(pipe, &buffer, buffer.count)
            guard count > 0 else { return }
            words += buffer.prefix(min(count, mostWords - words.count))
        }
    }

    /// The first lines of what the program said.
    private static func reason(_ words: [UInt8]) -> String {
        let lines = String(decoding: words, as: UTF8.self).split(separator: "\n").prefix(3).map { line in
            let own = program + ": "
            return ShownText.line(line.hasPrefix(own) ? String(line.dropFirst(own.count)) : String(line))
        }
        return lines.isEmpty ? "" : ": \(program) says\n  " + lines.joined(separator: "\n  ")
    }

    // MARK: Rights

    /// Makes everything below a folder readable to its owner, and nothing in it somebody else's program.
    static func open(_ path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: chmod(path, facts.st_mode & 0o111 == 0 ? 0o644 : 0o755)
        case S_IFDIR:
            chmod(path, 0o755)
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] { open(path + "/" + name) }
        default: break
        }
    }

    /// Removes a folder with all that was unpacked there.
    static func remove(_ folder: URL) {
        let manager = FileManager.default
        guard manager.fileExists(atPath: folder.path), (try? manager.removeItem(at: folder)) == nil else { return }
        open(folder.path)
        try? manager.removeItem(at: folder)
    }
}
