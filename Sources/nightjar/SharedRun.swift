import ArgumentParser
import Foundation
import Glibc
import NightjarEngine
import NightjarExperiments
import NightjarMPI
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// `nightjar run --data-parallel` under `mpirun`: one of the processes that share a training.
///
/// The first one is the run: it says what there is to say and writes what there is to write. The others compute.
struct SharedRun {
    private let processes: MPIProcesses
    private let request: RunRequest
    private let peers: RunPeers

    /// nil where no launcher has started this process among others, or the run is one for itself.
    /// - Throws: where processes that were started together would not know of each other, and where MPI is missing.
    init?(_ request: RunRequest) throws {
        guard request.cell == nil, let launched = MPIProcesses.launched() else { return nil }
        guard request.shards != nil else {
            guard launched > 1 else { return nil }
            throw ScriptError(
                "\(launched) processes were started together, and each would run all of it: --data-parallel lets them share "
                    + "the batches of a training")
        }
        guard request.isUntrusted != true else {
            throw ScriptError(
                "--untrusted keeps this process off the network and other processes, which MPI needs: it does not go with "
                    + "mpirun")
        }
        processes = try MPIProcesses()
        peers = try RunPeers(processes, runsDirectory: request.runsDirectory)
        var request = request
        if !peers.isFirst {
            request.runsDirectory = peers.ownDirectory
            request.isQuiet = true
            request.isProfiled = false
            request.logsEvents = nil
            // The first one keeps them.
            request.checkpointInterval = 0
            (request.checkpointsKept, request.checkpointBest) = (nil, nil)
        }
        self.request = request
    }

    /// Runs the script to its end, as the others do.
    /// - Parameter text: of the script, where it comes from no file.
    func run(text: String?) throws -> ScriptRunner.Outcome {
        defer { peers.clear() }
        guard text == nil else {
            throw ScriptError(
                "mpirun gives standard input to one process alone: give the path of the script in place of -")
        }
        let isFirst = peers.isFirst
        let runner = ScriptRunner(
            request, text: text, peers: peers, cores: SharedRun.cores, output: { if isFirst { Console.output($0) } },
            errors: { if isFirst { Console.errors($0) } })
        let outcome: ScriptRunner.Outcome
        do {
            outcome = try runner.run()
        } catch {
            guard !peers.isFirst else { throw error }
            // What went wrong everywhere the first process says, and the launcher then ends this one.
            sleep(2)
            if StopSignal.isRaised { throw ExitCode.failure }
            throw ScriptError("in process \(processes.rank + 1) of \(processes.count): \(FileReason.message(error))")
        }
        if outcome == .finished { processes.leave() }
        return outcome
    }

    /// Cores for this process: those of the machine are shared among the processes on it.
    private static var cores: Int {
        let here = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_LOCAL_SIZE"].flatMap { Int($0) } ?? 1
        let all = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
        return max(1, min(ProcessInfo.processInfo.activeProcessorCount, all / max(here, 1)))
    }
}
