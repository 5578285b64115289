import Foundation
import Testing

import NightjarProcess
import NightjarRuns

/// The script of a cell, run by the system's shell.
@Suite struct ClusterScriptTests {
    /// Runs a script with what Slurm sets. Not by Foundation's Process, whose children have the blocked signals of the thread
    /// that starts them: a shell would never hear of the end of its worker.
    private func shell(_ script: String, path: String? = nil) throws -> (Int32, String) {
        let setting =
            "export SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=3\n" + (path.map { "PATH=\($0):$PATH\n" } ?? "")
        let answer = try ProgramAnswer.of("sh", ["-c", setting + script])
        guard case .exited(let status) = answer.end else {
            Issue.record("\(answer.end)")
            return (-1, answer.output)
        }
        return (status, answer.output)
    }

    @Test func wordsReachAProgramAsTheyWere() throws {
        let words = [
            "", "plain/path.lua", "two words", "it's", "$HOME `date` \"x\" \\", "a\nb", "*", "loss=rll{alpha=1}", "é",
        ]
        let line = words.map(ClusterScript.quoted).joined(separator: " ")
        #expect(try shell("printf '%s|' \(line)").1 == words.map { $0 + "|" }.joined())
        #expect(ClusterScript.quoted("--array=0-3") == "--array=0-3")
    }

    @Test func theWorkerGetsItsCellAndItsStatusIsThatOfTheScript() throws {
        let script = ClusterScript.text(
            ["/bin/sh", "-c", "echo \"$@\"; exit 5", "sh"], manifest: "/a b/m.json", setup: nil)
        let (status, text) = try shell(script)
        #expect(status == 5)
        #expect(text == "--cell /a b/m.json#3\n")
    }

    @Test func setupRunsBefore() throws {
        let script = ClusterScript.text(
            ["/bin/sh", "-c", "echo $LOADED", "sh"], manifest: "m", setup: "export LOADED=yes")
        #expect(try shell(script).1 == "yes\n")
    }

    /// A notice makes the worker stop, and the element queue again; a worker that had ended anyway does not.
    @Test func aNoticeStopsTheWorkerAndQueuesAgain() throws {
        let folder = try TemporaryFolder()
        let scontrol = folder.file("scontrol")
        try Data("#!/bin/sh\necho scontrol \"$@\"\n".utf8).write(to: scontrol)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scontrol.path)
        func run(_ onStop: String) throws -> (Int32, String) {
            // The worker itself tells the shell that the time is nearly over.
            let worker = "trap '\(onStop)' TERM; kill -USR1 $PPID; while :; do sleep 0.05; done"
            return try shell(
                ClusterScript.text(["/bin/sh", "-c", worker, "sh"], manifest: "m", setup: nil), path: folder.url.path)
        }
        let (status, text) = try run("echo written; exit 143")
        #expect(status == 143)
        #expect(text == "written\nthe time is nearly over: the cell queues again\nscontrol requeue 7_3\n")
        let (other, said) = try run("echo done; exit 0")
        #expect(other == 0 && said == "done\n")
    }
}
