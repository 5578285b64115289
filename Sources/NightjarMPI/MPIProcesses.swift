import CMPI
import Foundation
import NightjarEngine
import NightjarProcess

/// The processes that `mpirun` has started, which train one model together.
///
/// One of them at a time talks to MPI in each process. Its memory is that of the process: there is one.
public final class MPIProcesses: Collective {
    public let rank: Int
    public let count: Int

    /// How many processes were started together, as their launcher says it; nil where none did.
    ///
    /// `mpirun` of Open MPI says it; a launcher that speaks PMIx alone, such as `srun --mpi=pmix`, says which process
    /// this is, and the library knows the rest.
    public static func launched(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Int? {
        if let count = environment["OMPI_COMM_WORLD_SIZE"].flatMap({ Int($0) }) { return count }
        if environment["PMIX_RANK"] != nil {
            return environment["SLURM_STEP_NUM_TASKS"].flatMap { Int($0) } ?? 1
        }
        return nil
    }

    /// Opens the library and joins the others.
    /// - Throws: ``EngineError`` where the library is not installed or does not start.
    public init() throws {
        guard njm_open() else {
            throw EngineError(
                "--data-parallel under mpirun needs Open MPI 4: on Debian, apt-get install libopenmpi3 openmpi-bin\n"
                    + "  \(MPIProcesses.problem)")
        }
        var (rank, count): (Int32, Int32) = (0, 1)
        guard njm_start(&rank, &count) else { throw EngineError("MPI does not start: \(MPIProcesses.problem)") }
        self.rank = Int(rank)
        self.count = Int(count)
    }

    private static var problem: String { njm_problem().map { String(cString: $0) } ?? "no reason was given" }

    /// Where a stop was asked for, another process may be gone: so long it is waited for.
    private static let patience = 0.3

    public func exchange(
        _ bytes: UnsafeRawBufferPointer, for received: UnsafeMutableRawBufferPointer, with partner: Int
    ) throws {
        let end = njm_exchange(
            bytes.baseAddress, bytes.count, received.baseAddress, received.count, Int32(truncatingIfNeeded: partner)
        ) { $0 > MPIProcesses.patience && StopSignal.isRaised }
        switch end {
        case NJM_DONE: return
        case NJM_STOPPED: throw EngineError("interrupted while process \(partner + 1) of \(count) was waited for")
        default:
            throw EngineError(
                "process \(partner + 1) of \(count) cannot be reached by process \(rank + 1): \(MPIProcesses.problem)")
        }
    }

    /// The launcher tells only some of them of a signal, or one first: what follows is a stop of all.
    public func stopped(by signal: Int32) { StopSignal.take(signal) }

    /// Leaves the others in order: each process does so when it has nothing more to exchange. Without it the launcher
    /// ends all of them.
    public func leave() { njm_leave() }
}
