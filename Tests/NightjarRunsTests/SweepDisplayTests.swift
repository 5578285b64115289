import Foundation
import NightjarRuns
import Testing

@Suite struct SweepDisplayTests {
    private func cell(_ index: Int, _ loss: String) -> SweepCell {
        SweepCell(index: index, settings: [CellSetting("loss", .string(loss)), CellSetting("seed", .integer(index))])
    }

    private func display(_ events: [SweepEvent], _ state: SweepProgress) -> SweepDisplay {
        let line = ProgressLine(to: .nullDevice, isActive: true) { 80 }
        var display = SweepDisplay(line, columns: { 80 }, plain: { _ in })
        for event in events { display.show(event, state) }
        return display
    }

    @Test func thereIsABarAndALineForEachWorker() {
        var state = SweepProgress(total: 48)
        (state.ended, state.running, state.failed, state.share, state.secondsLeft) = (12, 2, 1, 0.28, 80)
        let shown = display(
            [
                .started(cell(2, "rll")), .started(cell(1, "cce")),
                .progress(cell(2, "rll"), WorkerProgress(epoch: 3, epochs: 12, values: "loss 1.234  J1 88.1")),
            ], state)
        #expect(
            shown.lines(state, columns: 80) == [
                "████████▉░░░░░░░░░░░░░░░░░░░░░░░ 28%  runs 12/48  2 going  1 failed  1m20s left",
                "  loss=cce seed=1  starting", "  loss=rll seed=2  epoch 3/12  loss 1.234  J1 88.1",
            ])
        #expect(shown.lines(state, columns: 120)[0].hasPrefix("███████████▏░"))
        #expect(shown.lines(state, columns: 40)[0] == "runs 12/48  2 going  1 failed  1m20s left")
    }

    @Test func beforeTheFirstEpochHasEndedTheStepIsShown() {
        #expect(
            WorkerProgress(epoch: 0, epochs: 5, step: 4, steps: 12, values: "loss 2.3").shown
                == "epoch 1/5  step 4/12  loss 2.3")
        #expect(WorkerProgress(epoch: 0, epochs: 5, step: 6, steps: 12).share == 0.1)
        #expect(WorkerProgress(epoch: 5, epochs: 5).share == 1)
    }

    @Test func aLongTitleIsCutAndAnEndedWorkerIsGone() {
        var state = SweepProgress(total: 2)
        state.running = 1
        let long = cell(1, String(repeating: "very", count: 30))
        let shown = display([.started(cell(0, "a")), .started(long)], state)
        for line in shown.lines(state, columns: 60) { #expect(TerminalText.width(line) < 60) }
        let outcome = display([.started(long)], state).lines(state, columns: 80)
        #expect(outcome.count == 2)
    }

    /// Without room for the names of axes their values are left, so that two cells do not look alike.
    @Test func aTitleWithoutRoomSaysItsValues() {
        let cells = [0.25, 0.3].enumerated().map { index, value in
            SweepCell(
                index: index,
                settings: [
                    CellSetting("loss", "cce"), CellSetting("an_axis_with_a_long_name", .number(value)),
                    CellSetting("seed", 1),
                ])
        }
        let values = WorkerProgress(epoch: 6, epochs: 40, values: "loss 0.07262  J1 98.5  J2 98.5")
        let events = cells.flatMap { [SweepEvent.started($0), .progress($0, values)] }
        let state = SweepProgress(total: 2)
        #expect(
            display(events, state).lines(state, columns: 80).dropFirst() == [
                "  cce 0.25 1  epoch 6/40  loss 0.07262  J1 98.5  J2 98.5",
                "  cce 0.3 1  epoch 6/40  loss 0.07262  J1 98.5  J2 98.5",
            ])
        #expect(
            display(events, state).lines(state, columns: 120)[1].hasPrefix("  loss=cce an_axis_with_a_long_name=0.25 "))
    }

    /// Where there is no terminal, a line after a while.
    @Test func withoutATerminalThereIsAPlainLineNowAndThen() {
        var (time, lines) = (0.0, [String]())
        let line = ProgressLine(to: .nullDevice, isActive: false) { 80 }
        var display = SweepDisplay(line, plain: { lines.append($0) }, now: { time })
        var state = SweepProgress(total: 3)
        for second in 0..<100 {
            time = Double(second)
            state.ended = second / 40
            display.show(.tick, state)
        }
        #expect(lines == ["runs 0/3", "runs 1/3", "runs 2/3"])
    }
}
