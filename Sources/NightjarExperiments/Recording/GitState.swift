import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// The state of the checkout that a script lies in: commit and branch from the files of git, and from git itself whether
/// there are changes.
package enum GitState {
    /// Commit and branch; nil outside of a checkout.
    package static func of(_ folder: String) -> JSONValue? {
        var url = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
        for _ in 0..<64 {
            let git = url.appendingPathComponent(".git")
            if let state = state(git, above: url) { return state }
            let above = url.deletingLastPathComponent()
            if above.path == url.path { return nil }
            url = above
        }
        return nil
    }

    /// A folder, or, in a worktree or a submodule, a file that says where the folder is.
    private static func state(_ git: URL, above: URL) -> JSONValue? {
        if let head = text(git.appendingPathComponent("HEAD")) { return state(git, common: git, head) }
        guard let line = text(git), line.hasPrefix("gitdir: ") else { return nil }
        let folder = URL(fileURLWithPath: String(line.dropFirst("gitdir: ".count)), relativeTo: above)
        guard let head = text(folder.appendingPathComponent("HEAD")) else { return nil }
        let common = text(folder.appendingPathComponent("commondir")).map {
            URL(fileURLWithPath: $0, relativeTo: URL(fileURLWithPath: folder.path, isDirectory: true))
        }
        return state(folder, common: common ?? folder, head)
    }

    private static func state(_ git: URL, common: URL, _ head: String) -> JSONValue {
        guard head.hasPrefix("ref: ") else { return ["commit": .string(head)] }
        let reference = String(head.dropFirst(5))
        var entries: [String: JSONValue] = ["branch": .string(reference.replacing("refs/heads/", with: ""))]
        guard !reference.split(separator: "/").contains("..") else { return .object(entries) }
        for folder in [git, common] {
            if let commit = text(folder.appendingPathComponent(reference)) {
                entries["commit"] = .string(commit)
                return .object(entries)
            }
        }
        for line in (text(common.appendingPathComponent("packed-refs")) ?? "").split(separator: "\n")
        where line.hasSuffix(" " + reference) {
            entries["commit"] = .string(String(line.prefix { $0 != " " }))
        }
        return .object(entries)
    }

    private static func text(_ url: URL) -> String? {
        guard let text = try? WholeFile.text(url.path) else { return nil }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Whether files that git follows differ from the commit. Git is asked, for at most so long; it writes nothing and
    /// starts no monitor of the file system.
    /// - Returns: nil where there is no git, or no answer.
    package static func isDirty(_ folder: String, within limit: Duration = .seconds(3)) -> Bool? {
        guard of(folder) != nil, let program = ProgramAnswer.path(of: "git") else { return nil }
        guard let pipe = try? ChildPipe() else { return nil }
        defer { close(pipe.reading) }
        let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
        let words = [
            "-c", "core.fsmonitor=false", "-C", folder, "status", "--porcelain", "--untracked-files=no",
        ]
        let child = try? ChildProcess(
            program, words, environment: ["GIT_OPTIONAL_LOCKS": "0"], output: pipe.writing, errors: nothing)
        close(pipe.writing)
        if nothing >= 0 { close(nothing) }
        guard let child else { return nil }
        let start = ContinuousClock.now
        var answer = pollfd(fd: pipe.reading, events: Int16(POLLIN), revents: 0)
        while start.duration(to: .now) < limit {
            guard poll(&answer, 1, 50) > 0 else { continue }
            var byte: UInt8 = 0
            let count = read(pipe.reading, &byte, 1)
            if count < 0, errno == EINTR { continue }
            // One line is enough; the rest need not be found.
            if count > 0 {
                leave(child)
                return true
            }
            return child.wait() == .exited(0) ? false : nil
        }
        leave(child)
        return nil
    }

    /// Stops it, and waits a moment for its end: one that hangs in the file system is not waited for.
    private static func leave(_ child: ChildProcess) {
        child.stop()
        for _ in 0..<20 where child.poll() == nil { usleep(5000) }
    }
}
