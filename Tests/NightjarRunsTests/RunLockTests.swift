import Foundation
import NightjarRuns
import Testing

@Suite struct RunLockTests {
    @Test func onlyOneHoldsALockAndItsFileGoesWithIt() throws {
        let folder = try TemporaryFolder()
        let place = folder.file("run")
        let lock = try RunLock(place)
        let told = message { _ = try RunLock(place) }
        #expect(
            told == "\(place.path): another process (pid \(getpid())) is writing this run\n"
                + "  wait until it has ended, stop it, or give this one another folder with --runs-dir")
        #expect(RunLock.holder(of: place) == "another process (pid \(getpid()))")
        lock.release()
        #expect(RunLock.holder(of: place) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == [])
        try RunLock(place).release()
    }

    /// What a killed process leaves is a file that nobody has locked.
    @Test func aFileThatIsLeftBehindLocksNothing() throws {
        let folder = try TemporaryFolder()
        try Data("12345\n".utf8).write(to: folder.file(".lock"))
        let lock = try RunLock(folder.url)
        #expect(try folder.text(".lock") == "\(getpid())\n")
        lock.release()
    }
}

/// A file system that knows no locks, as `flock` answers there.
private func noLocks(_: Int32, _: Int32) -> Int32 {
    errno = ENOLCK
    return -1
}

/// Where the file system has no locks, a file says who writes.
@Suite struct RunLeaseTests {
    private func write(_ text: String, _ folder: TemporaryFolder) throws {
        try Data(text.utf8).write(to: folder.file(".lease"))
    }

    private func names(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    @Test func onlyOneHoldsALeaseAndItsFileGoesWithIt() throws {
        let folder = try TemporaryFolder()
        let lock = try RunLock(folder.url, locking: noLocks)
        #expect(try names(folder) == [".lease"])
        #expect(try folder.text(".lease") == RunLease.own.text)
        #expect(RunLock.holder(of: folder.url) == "another process (pid \(getpid()))")
        #expect(
            message { _ = try RunLock(folder.url, locking: noLocks) }
                == "\(folder.url.path): another process (pid \(getpid())) is writing this run\n"
                + "  wait until it has ended, stop it, or give this one another folder with --runs-dir")
        lock.release()
        #expect(RunLock.holder(of: folder.url) == nil)
        #expect(try names(folder) == [])
    }

    /// The number of a process is given again: with another beginning it is another process.
    @Test(arguments: ["boot:1", "\(RunLease.own.began)0"]) func aLeaseOfAProcessThatIsNoMoreIsTakenOver(
        began: String
    ) throws {
        let folder = try TemporaryFolder()
        let own = RunLease.own
        try write(RunLease(host: own.host, process: own.process, began: began).text, folder)
        #expect(RunLock.holder(of: folder.url) == nil)
        let lock = try RunLock(folder.url, locking: noLocks)
        #expect(try folder.text(".lease") == own.text)
        #expect(try names(folder) == [".lease"])
        lock.release()
    }

    @Test func aProcessOfAnotherMachineIsBelieved() throws {
        let folder = try TemporaryFolder()
        try write("elsewhere 17 boot:1\n", folder)
        #expect(
            message { _ = try RunLock(folder.url, locking: noLocks) }
                == "\(folder.url.path): a process of elsewhere (pid 17) is writing this run\n"
                + "  wait until it has ended, stop it, or give this one another folder with --runs-dir; where it is no more, "
                + "remove \(folder.file(".lease").path)")
        #expect(try folder.text(".lease") == "elsewhere 17 boot:1\n")
    }

    @Test(arguments: ["", "elsewhere 17", "elsewhere 17 boot:1", "elsewhere -3 boot:1\n", "a b c d\n"])
    func aFileThatSaysOfNoProcessIsNotTakenForNone(text: String) throws {
        let folder = try TemporaryFolder()
        try write(text, folder)
        #expect(
            message { _ = try RunLock(folder.url, locking: noLocks) }
                == "\(folder.file(".lease").path): this file should say which process writes the run, and cannot be read\n"
                + "  remove it where none does")
        #expect(try folder.text(".lease") == text)
    }

    /// What is not this process's is not given back by it.
    @Test func aLeaseThatAnotherTookMeanwhileStays() throws {
        let folder = try TemporaryFolder()
        let lock = try RunLock(folder.url, locking: noLocks)
        try write("elsewhere 17 boot:1\n", folder)
        lock.release()
        #expect(try folder.text(".lease") == "elsewhere 17 boot:1\n")
    }

    /// Of many that ask at once for what a dead process left, one gets it.
    @Test func ofManyOneTakesOver() async throws {
        for _ in 0..<50 {
            let folder = try TemporaryFolder()
            try write(RunLease(host: RunLease.own.host, process: 1, began: "boot:1").text, folder)
            let path = folder.file(".lease").path
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { try RunLease.take(path) == .taken } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(taken == 1)
            #expect(try names(folder) == [".lease"])
        }
    }
}
