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
