// Who writes a folder, where the file system has no locks.

import Foundation
import NightjarTensor

/// A process of a machine, as it says of itself in a file: its machine, its number, and when it began.
///
/// A number alone is given again; with the time at which its process began it is one process for ever. Of processes on
/// another machine nothing can be found out: they are believed to be there.
package struct RunLease: Equatable, Sendable {
    package let host: String
    package let process: Int32
    /// Which start of the machine, and how many ticks after that the process began: `BOOT:TICKS`.
    package let began: String

    /// This process.
    package static let own: RunLease = {
        var names = utsname()
        uname(&names)
        let host = withUnsafeBytes(of: names.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return RunLease(host: host.isEmpty ? "localhost" : host, process: getpid(), began: began(getpid()) ?? unknown)
    }()

    /// Where the system does not say when a process began.
    private static let unknown = "unknown"

    package init(host: String, process: Int32, began: String) {
        (self.host, self.process, self.began) = (host, process, began)
    }

    package var text: String { "\(host) \(process) \(began)\n" }

    /// - Returns: nil for a text that is no lease, such as one that was cut short.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3, words[2].hasSuffix("\n"), let process = Int32(words[1]), process > 0 else { return nil }
        self.init(host: String(words[0]), process: process, began: String(words[2].dropLast()))
    }

    var isHere: Bool { host == RunLease.own.host }

    /// Whether its process is no more, as far as that can be known.
    var isOver: Bool {
        guard isHere else { return false }
        if kill(process, 0) != 0, errno == ESRCH { return true }
        guard began != RunLease.unknown, let now = RunLease.began(process) else { return false }
        return now != began
    }

    /// When a process of this machine began; nil where the system does not say.
    private static func began(_ process: Int32) -> String? {
        guard let boot = head(of: "/proc/sys/kernel/random/boot_id"), let state = head(of: "/proc/\(process)/stat"),
            // The name of the program comes before, in brackets, with whatever is in it.
            let name = state.lastIndex(of: ")")
        else { return nil }
        let fields = state[state.index(after: name)...].split(separator: " ")
        // The 22nd of all: proc(5).
        guard fields.count > 19 else { return nil }
        return "\(boot.trimmingCharacters(in: .whitespacesAndNewlines)):\(fields[19])"
    }

    /// The first bytes of a file of `/proc` or of a lease.
    static func head(of path: String) -> String? {
        let file = RegularFile.open(path, O_RDONLY, follows: false)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(file, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

extension RunLease {
    /// What came of asking for a lease.
    package enum Answer: Equatable {
        case taken
        /// The process that has it.
        case held(RunLease)
        /// There is a file that says of no process.
        case unreadable
    }

    /// Makes the file of a lease, which is there whole or not at all. One whose process is no more is replaced.
    /// - Throws: `RunError` where the folder cannot be written.
    package static func take(_ path: String) throws -> Answer {
        let own = RunLease.own
        let mine = "\(path).\(own.process).\(UInt32.random(in: 0...UInt32.max)).part"
        try AtomicFile.write(own.text, to: URL(fileURLWithPath: mine))
        defer { unlink(mine) }
        for _ in 0..<100 {
            // A name is given to a file once, also on file systems of a network.
            if link(mine, path) == 0 { return .taken }
            guard errno == EEXIST else {
                throw RunError("\(path): could not make the file (\(String(cString: strerror(errno)).lowercased()))")
            }
            guard let text = head(of: path) else { continue }
            guard let known = RunLease(text) else { return .unreadable }
            guard known.isOver else { return .held(known) }
            // One at a time replaces what is over, and looks once more before it does: else the second would replace the first.
            let turn = path + ".turn"
            guard link(mine, turn) == 0 else {
                if head(of: turn).flatMap(RunLease.init)?.isOver ?? false { unlink(turn) }
                usleep(1000)
                continue
            }
            defer { unlink(turn) }
            if head(of: path) == text, rename(mine, path) == 0 { return .taken }
        }
        return .unreadable
    }

    /// Gives the file back, where it is this process's.
    static func release(_ path: String) {
        if head(of: path) == own.text { unlink(path) }
    }
}
