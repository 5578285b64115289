import Foundation
import NightjarRuns
import Testing

/// Workers here are shell commands.
@Suite struct SweepTests {
    private func cells(_ count: Int) throws -> [SweepCell] {
        (0..<count).map { SweepCell(index: $0, settings: [CellSetting("seed", .integer($0 + 1))]) }
    }

    private func shell(_ script: String) -> (SweepCell) -> SweepCommand {
        { SweepCommand(executable: "/bin/sh", arguments: ["-c", script, "sh", $0["seed"]?.plainText ?? ""]) }
    }

    @Test func everyCellRunsOnceAndItsLastWordsAreKept() throws {
        let sweep = Sweep(cells: try cells(5), jobs: 2, command: shell("echo begin; echo runs/seed$1; echo note >&2"))
        var events: [String] = []
        var most = 0
        let result = sweep.run(shouldStop: { false }) { event, progress in
            most = max(most, progress.running)
            switch event {
            case .started(let cell): events.append("start \(cell.index)")
            case .ended(let outcome): events.append("end \(outcome.cell.index)")
            case .crashed, .progress, .tick: break
            }
        }
        #expect(result.outcomes.map(\.cell.index) == Array(0..<5))
        #expect(result.outcomes.allSatisfy { $0.end == .finished && $0.errors == ["note"] })
        #expect(result.outcomes.map(\.output) == (1...5).map { ["begin", "runs/seed\($0)"] })
        #expect(!result.interrupted && result.failures.isEmpty)
        #expect(events.filter { $0.hasPrefix("start") } == (0..<5).map { "start \($0)" })
        #expect(events.count == 10)
        #expect(most == 2)
    }

    @Test func failuresDoNotStopTheOthersAndAreTold() throws {
        let script =
            "if [ $1 = 2 ]; then echo first >&2; echo 'mine.lua:3: wrong shape' >&2; exit 1; fi; [ $1 != 3 ] || kill -9 $$"
        let sweep = Sweep(cells: try cells(4), jobs: 1, command: shell(script))
        let result = sweep.run(shouldStop: { false })
        #expect(
            result.outcomes.map(\.end) == [.finished, .failed(status: 1), .killed(signal: 9), .finished])
        #expect(
            result.failures.map(\.message) == [
                "seed=2: failed with exit status 1\n    first\n    mine.lua:3: wrong shape",
                "seed=3: was killed by signal 9",
            ])
    }

    /// Once, and not again; what went wrong at first is told.
    @Test func aWorkerThatASignalEndedIsStartedOnceMore() throws {
        let folder = try TemporaryFolder()
        let script =
            "echo $1 >> \(folder.file("tries").path); [ $1 = 1 ] || [ $(grep -c $1 \(folder.file("tries").path)) "
            + "-gt 1 -a $1 != 3 ] || { echo 'out of luck' >&2; kill -11 $$; }"
        var crashed: [String] = []
        let result = Sweep(cells: try cells(3), jobs: 1, command: shell(script)).run(shouldStop: { false }) {
            event, state in
            if case .crashed(let outcome) = event { crashed.append(outcome.message) }
            #expect(state.ended <= 3)
        }
        #expect(
            crashed == [
                "seed=2: was killed by signal 11\n    out of luck", "seed=3: was killed by signal 11\n    out of luck",
            ])
        #expect(result.outcomes.map(\.end) == [.finished, .finished, .killed(signal: 11)])
        #expect(result.outcomes.map(\.crash.count) == [0, 1, 1])
        #expect(try folder.text("tries") == "1\n2\n2\n3\n3\n")
    }

    /// What is wrong with all is told after a few of them, and those few are far apart.
    @Test func aMistakeInWhatAllCellsHaveInCommonIsFoundByAFew() throws {
        let folder = try TemporaryFolder()
        let script = "echo $1 >> \(folder.file("tries").path); echo 'mine.lua:3: wrong' >&2; exit 1"
        let result = Sweep(cells: try cells(48), jobs: 2, command: shell(script)).run(shouldStop: { false })
        #expect(result.notStarted == 44)
        #expect(result.outcomes.count == Sweep.commonFailures)
        #expect(result.outcomes.contains { $0.cell.index == 47 })
        // One that says something else, or gets anywhere, and all are run.
        let mixed = Sweep(cells: try cells(8), jobs: 2, command: shell("echo seed $1 >&2; exit 1")).run(shouldStop: {
            false
        })
        #expect(mixed.notStarted == 0 && mixed.outcomes.count == 8)
        let some = Sweep(cells: try cells(8), jobs: 2, command: shell("[ $1 = 2 ]")).run(shouldStop: { false })
        #expect(some.notStarted == 0 && some.failures.count == 7)
    }

    @Test func whereWorkersStandIsToldWhileTheyGo() throws {
        let script = """
            for e in 0 1 2; do
              printf '{"kind":"progress","text":"[%d,2,3,9,\\"loss 1.5\\"]"}\\n' $e >&3
              sleep 0.05
            done
            printf '{"kind":"note","text":"look"}\\n' >&3
            """
        var seen: [WorkerProgress] = []
        var shares: [Double] = []
        let result = Sweep(cells: try cells(1), jobs: 1, command: shell(script)).run(shouldStop: { false }) {
            event, state in
            if case .progress(_, let progress) = event {
                seen.append(progress)
                shares.append(state.share)
            }
        }
        #expect(seen.last == WorkerProgress(epoch: 2, epochs: 2, step: 3, steps: 9, values: "loss 1.5"))
        #expect(shares.last == 1)
        #expect(result.outcomes.first?.messages == [.note("look")])
    }

    @Test func aProgramThatIsNotThereIsAFailure() throws {
        let result = Sweep(cells: try cells(1), jobs: 1) { _ in
            SweepCommand(executable: "/nowhere/nightjar", arguments: [])
        }.run(shouldStop: { false })
        let outcome = try #require(result.failures.first)
        #expect(outcome.end == .notStarted)
        #expect(outcome.message == "seed=1: could not be started\n    /nowhere/nightjar: no such file or directory")
    }

    @Test func aLongStreamOfOutputBlocksNobodyAndKeepsItsEnd() throws {
        let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; echo error $i >&2; i=$((i+1)); done"
        let result = Sweep(cells: try cells(1), jobs: 1, command: shell(script)).run(shouldStop: { false })
        let outcome = try #require(result.outcomes.first)
        #expect(outcome.end == .finished)
        #expect(outcome.output.count == Sweep.linesKept)
        #expect(outcome.output.last == "line 19999")
        #expect(outcome.errors.first == "error 19980")
    }

    @Test func anInterruptedSweepStartsNoMoreAndWaitsForItsWorkers() throws {
        let temporary = try TemporaryFolder()
        // Each worker finishes its step on SIGINT and leaves with 130.
        let script = "trap 'echo saved; exit 130' INT; echo $$ > \(temporary.url.path)/$1; while :; do sleep 0.05; done"
        let sweep = Sweep(cells: try cells(6), jobs: 2, command: shell(script))
        var stop = false
        var workers: [Int32] = []
        let result = sweep.run(shouldStop: { stop }) { event, _ in
            guard case .tick = event, !stop else { return }
            workers = ["1", "2"].compactMap { name in
                (try? temporary.text(name)).flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
            }
            guard workers.count == 2 else { return }
            stop = true
        }
        #expect(result.interrupted)
        #expect(result.outcomes.map(\.cell.index) == [0, 1])
        #expect(result.outcomes.allSatisfy { $0.end == .interrupted && $0.output == ["saved"] })
        #expect(result.failures.isEmpty)
    }

    @Test func aWorkersEnvironmentIsAddedToOurs() throws {
        let result = Sweep(cells: try cells(1), jobs: 1) { _ in
            SweepCommand(
                executable: "/bin/sh", arguments: ["-c", "echo $OMP_NUM_THREADS ${HOME:+home}"],
                environment: ["OMP_NUM_THREADS": "1"])
        }.run(shouldStop: { false })
        #expect(result.outcomes.first?.output == ["1 home"])
    }

    @Test func whatAWorkerPrintsIsNoReport() throws {
        let report = #"{"kind":"run_folder","text":"/runs/a"}"#
        let script =
            "echo 'run folder: /nowhere'; echo '\(report)'; echo '\(report)' >&3; echo nonsense >&3; printf cut >&3"
        let result = Sweep(cells: try cells(1), jobs: 1, command: shell(script)).run(shouldStop: { false })
        #expect(result.outcomes.first?.messages == [.runFolder(path: "/runs/a")])
        #expect(result.outcomes.first?.output == ["run folder: /nowhere", report])
    }

    @Test func aWorkerInheritsNothingButItsFour() throws {
        let open = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/zero"))
        defer { try? open.close() }
        // The fifth is what ls looks through.
        let result = Sweep(cells: try cells(1), jobs: 1, command: shell("ls /proc/self/fd")).run(shouldStop: { false })
        #expect(result.outcomes.first?.output == ["0", "1", "2", "3", "4"])
    }

    // MARK: Workers that take the next cell

    /// Reads orders from its descriptor 3 and answers each with the status at its end; tells its own number first.
    private func taker(_ body: String) -> (SweepCell) -> SweepCommand {
        let script =
            "while read -r seed <&3; do echo process $$ seed $seed; \(body); "
            + #"echo '{"kind":"ended","text":"'${status:-0}'"}' >&3; done; exit 0"#
        return {
            SweepCommand(
                executable: "/bin/bash", arguments: ["-c", script], order: $0["seed"]?.plainText ?? "")
        }
    }

    private func processes(_ result: SweepResult) -> [Substring] {
        result.outcomes.compactMap { $0.output.first?.split(separator: " ").dropFirst().first }
    }

    @Test func aWorkerThatSaysSoTakesTheNextCell() throws {
        let result = Sweep(cells: try cells(9), jobs: 2, command: taker("echo out; echo word $seed >&2"))
            .run(shouldStop: { false })
        #expect(result.outcomes.map(\.end) == Array(repeating: .finished, count: 9))
        #expect(Set(processes(result)).count <= 2)
        // What one cell said is not told of the next.
        #expect(result.outcomes.map(\.errors) == (1...9).map { ["word \($0)"] })
        #expect(result.outcomes.allSatisfy { $0.output.count == 2 })
    }

    @Test func aCellThatFailsHarmsNoneAfterItInTheSameProcess() throws {
        let result = Sweep(cells: try cells(4), jobs: 1, command: taker("status=0; [ $seed != 2 ] || status=1"))
            .run(shouldStop: { false })
        #expect(result.outcomes.map(\.end) == [.finished, .failed(status: 1), .finished, .finished])
        #expect(Set(processes(result)).count == 1)
    }

    /// The cells before it stay finished, its own is run once more, and those after it in a new process.
    @Test func aProcessThatDiesTakesOneCellWithIt() throws {
        let folder = try TemporaryFolder()
        let mark = folder.file("dead").path
        let body = "if [ $seed = 3 -a ! -e \(mark) ]; then touch \(mark); kill -9 $$; fi"
        var crashed: [Int] = []
        let result = Sweep(cells: try cells(5), jobs: 1, command: taker(body)).run(shouldStop: { false }) { event, _ in
            if case .crashed(let outcome) = event { crashed.append(outcome.cell.index) }
        }
        #expect(crashed == [2])
        #expect(result.outcomes.map(\.end) == Array(repeating: .finished, count: 5))
        let numbers = processes(result)
        #expect(numbers[0] == numbers[1] && numbers[1] != numbers[2] && numbers[2] == numbers[4])
    }

    /// One that goes while nobody waits for it is no failure of anything.
    @Test func aProcessThatDiesBetweenTwoCellsIsReplaced() throws {
        let script =
            #"read -r seed <&3; echo process $$ seed $seed; echo '{"kind":"ended","text":"0"}' >&3; exit 5"#
        let result = Sweep(cells: try cells(6), jobs: 2) {
            SweepCommand(
                executable: "/bin/bash", arguments: ["-c", script], order: $0["seed"]?.plainText ?? "")
        }.run(shouldStop: { false })
        // Where the order came while it went, its cell is said to have failed as it would in a process of its own.
        let ends = result.outcomes.map(\.end)
        #expect(ends.allSatisfy { $0 == .finished || $0 == .failed(status: 5) } && ends.first == .finished)
    }

    @Test func workersThatWaitEndWithTheSweep() throws {
        let folder = try TemporaryFolder()
        let body = "echo $$ >> \(folder.file("numbers").path)"
        let result = Sweep(cells: try cells(4), jobs: 2, command: taker(body)).run(shouldStop: { false })
        #expect(result.failures.isEmpty)
        let numbers = try folder.text("numbers").split(separator: "\n").compactMap { Int32($0) }
        #expect(numbers.count == 4 && numbers.allSatisfy { kill($0, 0) != 0 && errno == ESRCH })
    }
}
