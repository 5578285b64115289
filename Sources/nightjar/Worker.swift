import ArgumentParser
import NightjarEngine
import NightjarExperiments
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// A process of a sweep that runs the cells that it is told to, one after the other. Each cell has a Lua state of its own.
/// What costs time to make and says nothing about a cell stays from one to the next: threads, memory, plans.
struct Worker {
    /// - Throws: `ExitCode` where a signal asked for a stop, and where no sweep has started this process.
    func run() throws {
        guard let channel = WorkerChannel() else {
            throw ValidationError("--cells is for the workers that a sweep starts")
        }
        var kept: Session?
        while let text = channel.order() {
            var outcome = ScriptRunner.Outcome.failed
            do {
                var request = try WorkerOrder(text).request
                request.cell = text
                let runner = ScriptRunner(request, output: Console.output, errors: Console.errors)
                let session = try runner.session(after: kept)
                // One in which something went wrong on the way is not used again.
                kept = nil
                outcome = try runner.run(session)
                kept = session
            } catch {
                Console.errors(StopSignal.isRaised ? "\(error)" : "error: \(error)")
            }
            if StopSignal.isRaised { throw ExitCode(StopSignal.exitStatus) }
            channel.send(.ended(status: outcome.exitStatus))
        }
        if StopSignal.isRaised { throw ExitCode(StopSignal.exitStatus) }
    }
}
