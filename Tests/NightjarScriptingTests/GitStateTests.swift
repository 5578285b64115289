import Foundation
import NightjarExperiments
import NightjarRuns
import NightjarScripting
import Testing

/// The checkout that a script lies in, as runs record it.
@Suite struct GitStateTests {
    private func git(_ folder: URL, _ words: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["git", "-C", folder.path, "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
            + words
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test func aChangeOfAFollowedFileMakesTheCheckoutDirty() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-git-\(UUID().uuidString)")
        let inner = folder.appendingPathComponent("scripts", isDirectory: true)
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(GitState.of(inner.path) == nil && GitState.isDirty(inner.path) == nil)
        // Where there is no git there is nothing to ask.
        guard try git(folder, "init", "-q") == 0 else { return }
        let file = inner.appendingPathComponent("a.lua")
        try Data("return 1\n".utf8).write(to: file)
        #expect(try git(folder, "add", "-A") == 0 && git(folder, "commit", "-q", "-m", "one") == 0)
        #expect(GitState.of(inner.path)?["branch"] == "main")
        #expect(GitState.of(inner.path)?["commit"]?.stringValue?.count == 40)
        #expect(GitState.isDirty(inner.path) == false)
        // What git does not follow is no change of the commit.
        try Data("x".utf8).write(to: inner.appendingPathComponent("new.txt"))
        #expect(GitState.isDirty(inner.path) == false)
        try Data("return 2\n".utf8).write(to: file)
        #expect(GitState.isDirty(inner.path) == true)
        #expect(try git(folder, "add", "-A") == 0)
        #expect(GitState.isDirty(inner.path) == true)
        #expect(try git(folder, "commit", "-q", "-m", "two") == 0)
        #expect(GitState.isDirty(inner.path) == false)
        try FileManager.default.removeItem(at: file)
        #expect(GitState.isDirty(inner.path) == true)
    }
}
