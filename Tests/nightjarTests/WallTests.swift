import Foundation
import NightjarProcess
import Testing

/// The wall that the kernel holds around strangers' scripts. What it refuses is tried from inside, by C: whoever had the
/// process in his hands would do the same.
@Suite(.serialized) struct WallTests {
    /// What stands on this machine; in many containers less than all of it.
    private func standing(_ place: Workplace) throws -> (landlock: Int, seccomp: Bool) {
        let said = try place.run(["wall-trial"]).output.split(separator: "\n").map { $0.split(separator: " ") }
        try #require(said.count == 2 && said[0][0] == "landlock" && said[1][0] == "seccomp")
        return (Int(said[0][1]) ?? 0, said[1][1] == "1")
    }

    private static let needed = [
        "reads a file inside", "writes a file inside", "reads the system's files", "starts a thread", "waits",
        "takes memory",
    ]
    private static let calls = [
        "opens an internet socket", "opens a local socket", "opens a packet socket", "makes a pair of sockets",
        "connects",
        "listens", "starts another program", "starts another process", "makes a user namespace", "traces",
        "reads another process", "signals another process", "changes another process's priority",
        "moves another process to one core", "has a pipe signal another process", "has a pipe send SIGKILL", "mounts",
        "changes the root", "reads the kernel's keys",
        "loads a kernel program", "opens a hardware counter", "makes an io_uring", "handles page faults",
        "opens a file by its handle", "makes a nameless file", "makes executable memory", "makes memory executable",
        "becomes another user",
    ]
    private static let files = [
        "reads a file outside", "writes a file outside", "makes a file outside", "lists a folder outside",
        "makes a folder outside", "removes a file outside", "cuts a file outside",
    ]

    @Test func refusesEverythingThatWasNotNamed() throws {
        let place = try Workplace()
        let stands = try standing(place)
        let inside = try place.write("x", to: "inside/file").deletingLastPathComponent().path
        let outside = try place.write("secret", to: "outside/file").deletingLastPathComponent().path
        let ending = try place.run(["wall-trial", "--inside", inside, "--outside", outside])
        #expect(ending.status == 0)
        let said = Set(ending.output.split(separator: "\n").map(String.init))
        for name in WallTests.needed { #expect(said.contains("\(name): works"), "\(name)") }
        if stands.seccomp {
            for name in WallTests.calls { #expect(said.contains("\(name): operation not permitted"), "\(name)") }
            #expect(said.contains("opens a file outside to all: operation not permitted"))
            #expect(said.contains("makes a named pipe: operation not permitted"))
        }
        if stands.landlock >= 3 {
            for name in WallTests.files { #expect(said.contains("\(name): permission denied"), "\(name)") }
            #expect(try place.read("outside/file") == "secret")
            #expect(try place.names("outside") == ["file"])
        }
        if stands.landlock >= 3, stands.seccomp { #expect(!ending.output.contains("BREACH"), "\(ending.output)") }
    }

    @Test func doctorSaysWhatStands() throws {
        let place = try Workplace()
        let stands = try standing(place)
        let line = try #require(
            try place.run(["doctor"]).output.split(separator: "\n").first { $0.contains("second wall") })
        let report = Wall.Report(landlock: stands.landlock, filtersCalls: stands.seccomp)
        #expect(
            line
                == "\(report.isWhole ? "OK     " : "absent ") second wall: around check and run --untrusted: \(report.text)"
        )
    }

    @Test(arguments: [
        (
            7, true, "files are held by Landlock (version 7), network, programs and other calls by seccomp"
        ),
        (
            1, false,
            "files are held by Landlock (version 1); this system lets no seccomp filter network and programs"
        ),
        (
            0, true,
            "network, programs and other calls are held by seccomp; this system lets no Landlock hold files"
        ),
        (0, false, "this system has neither Landlock nor seccomp, or does not let them be used"),
    ]) func saysWhatHoldsWhat(_ landlock: Int, _ filters: Bool, _ text: String) {
        #expect(Wall.Report(landlock: landlock, filtersCalls: filters).text == text)
    }

    /// A sweep with its workers, its table, its report and its store; the same numbers as without a wall.
    @Test func aStrangersExperimentRunsAsAnyOther() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "scripts/tiny.lua")
        let free = try place.run(["run", "scripts/tiny.lua", "--runs-dir", "free"])
        let walled = try place.run(["run", "scripts/tiny.lua", "--runs-dir", "walled", "--untrusted"])
        #expect(free.status == 0 && walled.status == 0, "\(walled.errors)")
        #expect(try place.read("free/tiny/summary.csv") == place.read("walled/tiny/summary.csv"))
        for run in try place.runs("free/tiny") {
            let same = run.replacing("free/", with: "walled/")
            #expect(try place.read(run + "/metrics.csv") == place.read(same + "/metrics.csv"))
        }
        #expect(
            try place.names("walled").contains("nightjar.sqlite") == place.names("free").contains("nightjar.sqlite"))
        #expect(walled.errors == free.errors.replacing("free", with: "walled"), "\(walled.errors)")
    }

    /// It works in the folder of the runs.
    @Test func aStrangersScriptWritesBelowTheRuns() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            nj.save("mine.npy", nj.ones(3))
            print(nj.load("mine.npy"):sum():item(), pcall(nj.load, "../data.npy"))
            """, to: "scripts/save.lua")
        try place.write("x", to: "data.npy")
        let ending = try place.run(["run", "scripts/save.lua", "--untrusted"])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(try place.names("runs").contains("mine.npy"))
        #expect(ending.output.hasPrefix("3.0\tfalse\t"), "\(ending.output)")
    }

    @Test func trustAndUntrustedTogetherAreRefused() throws {
        let ending = try Workplace().run(["run", "x.lua", "--trust", "--untrusted"])
        #expect(ending.status == 64)
        #expect(ending.errors.hasPrefix("Error: --trust and --untrusted say opposite things: give one of them"))
    }
}
