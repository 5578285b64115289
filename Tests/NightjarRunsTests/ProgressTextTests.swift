import NightjarRuns
import Testing

@Suite struct ProgressTextTests {
    @Test(
        arguments: [
            (0, "0.0s"), (0.44, "0.4s"), (0.949, "0.9s"), (0.96, "1s"), (12.4, "12s"), (59.4, "59s"), (59.6, "1m00s"),
            (80, "1m20s"), (3599.6, "1h00m"), (3600, "1h00m"), (7500, "2h05m"), (86_380, "1d00h"), (273_600, "3d04h"),
            (-1, "?"), (.nan, "?"), (.infinity, "?"), (1e300, "?"),
        ] as [(Double, String)]) func durationsAreShort(seconds: Double, text: String)
    {
        #expect(ProgressText.duration(seconds) == text)
    }

    @Test(
        arguments: [
            (1234.4, "1234"), (123.44, "123.4"), (0, "0.000"), (-0.5, "-0.5000"), (1e9, "1000000000"),
            (2.5e-9, "2.5e-09"),
        ] as [(Double, String)]) func lossesHaveFourDigits(loss: Double, text: String)
    {
        #expect(ProgressText.significant(loss) == text)
    }

    @Test func aSweepShowsWhatIsGoingAndWhatFailed() {
        var progress = SweepProgress(total: 48)
        #expect(ProgressText.sweep(progress) == "runs 0/48")
        progress.ended = 12
        progress.running = 2
        progress.failed = 1
        progress.secondsLeft = 80
        #expect(ProgressText.sweep(progress) == "runs 12/48  2 going  1 failed  1m20s left")
        progress.stopping = true
        #expect(ProgressText.sweep(progress) == "runs 12/48  2 going  1 failed  stopping")
    }

    @Test func timeLeftGoesByThePaceSoFar() {
        #expect(ProgressText.secondsLeft(done: 12, total: 48, elapsed: 24) == 72)
        #expect(ProgressText.secondsLeft(done: 0, total: 48, elapsed: 24) == nil)
        #expect(ProgressText.secondsLeft(done: 48, total: 48, elapsed: 24) == 0)
    }
}
