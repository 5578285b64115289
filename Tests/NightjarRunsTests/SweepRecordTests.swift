import Foundation
import NightjarRuns
import Testing

@Suite struct SweepRecordTests {
    private let folder: TemporaryFolder
    private let experiment: ExperimentFolder

    init() throws {
        folder = try TemporaryFolder()
        experiment = ExperimentFolder("memorization", in: folder.url)
    }

    private func cell(_ index: Int) -> SweepCell {
        SweepCell(index: index, settings: [CellSetting("loss", "rll"), CellSetting("seed", .integer(index))])
    }

    private func outcome(_ index: Int) -> SweepOutcome {
        SweepOutcome(cell: cell(index), end: .finished, output: [], errors: [], messages: [], seconds: 1)
    }

    @Test func whoLooksReadsWhereASweepStands() throws {
        try FileManager.default.createDirectory(at: experiment.url, withIntermediateDirectories: true)
        var time = 100.0
        let recorder = SweepRecorder(experiment) { time }
        var state = SweepProgress(total: 5)
        (state.ended, state.running, state.share, state.secondsLeft) = (1, 2, 0.4, 90)
        recorder.note(.started(cell(1)), state)
        time += 1
        recorder.note(.started(cell(2)), state)
        time += 1
        let progress = WorkerProgress(epoch: 3, epochs: 10, values: "loss 0.5")
        recorder.note(.progress(cell(1), progress), state)
        let record = try #require(SweepRecord(of: experiment))
        #expect(record.state == state)
        #expect(record.workers.map(\.cell) == [cell(1), cell(2)])
        #expect(record.workers.map(\.progress) == [progress, nil])
        #expect(record.waiting == 2)
        recorder.end()
        #expect(SweepRecord(of: experiment) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: experiment.url.path) == [])
    }

    @Test func itIsWrittenNowAndThenAndTheLastNewsIsNotLost() throws {
        try FileManager.default.createDirectory(at: experiment.url, withIntermediateDirectories: true)
        var time = 0.0
        let recorder = SweepRecorder(experiment) { time }
        var state = SweepProgress(total: 2)
        recorder.note(.started(cell(0)), state)
        time += 0.1
        state.ended = 1
        recorder.note(.ended(outcome(0)), state)
        #expect(try #require(SweepRecord(of: experiment)).state.ended == 0)
        time += 0.5
        recorder.note(.tick, state)
        #expect(try #require(SweepRecord(of: experiment)).state.ended == 1)
    }

    @Test func oneThatWasKilledIsForgotten() throws {
        try FileManager.default.createDirectory(at: experiment.url, withIntermediateDirectories: true)
        let recorder = SweepRecorder(experiment)
        recorder.note(.started(cell(0)), SweepProgress(total: 2))
        #expect(SweepRecord(of: experiment) != nil)
        #expect(SweepRecord(of: experiment, now: Date().addingTimeInterval(60)) == nil)
    }

    @Test func whatIsNoRecordIsNone() throws {
        try FileManager.default.createDirectory(at: experiment.url, withIntermediateDirectories: true)
        for text in ["", "[]", "{\"cells\": -1}", "{\"cells\": 2, \"ended\": 1, \"failed\": 0, \"workers\": 3}"] {
            try Data(text.utf8).write(to: experiment.url.appendingPathComponent(".sweep.json"))
            #expect(SweepRecord(of: experiment) == nil)
        }
    }
}
