import Foundation
import NightjarEngine
import NightjarRuns
import NightjarScripting
import NightjarTraining

/// The processes that share the trainings of a run. All of them run the script; the first one keeps what comes of it, and
/// each of the others has a folder of its own for that, which goes when it ends.
public final class RunPeers: TrainingObserver {
    public let collective: any Collective
    /// Where the first process keeps runs.
    private let runsDirectory: URL
    /// Where this process keeps them.
    public let ownDirectory: URL

    /// - Parameter runsDirectory: of the run, as it was asked for.
    /// - Throws: where there is no room for a folder.
    public init(_ collective: any Collective, runsDirectory: URL) throws {
        self.collective = collective
        self.runsDirectory = runsDirectory
        guard collective.rank > 0 else {
            ownDirectory = runsDirectory
            return
        }
        ownDirectory = FileManager.default.temporaryDirectory.appendingPathComponent(
            RunPeers.folderPrefix + "\(ProcessInfo.processInfo.processIdentifier)", isDirectory: true)
        RunPeers.removeLeft(in: FileManager.default.temporaryDirectory)
        try FileReason.makeFolder(ownDirectory)
    }

    private static let folderPrefix = "nightjar-process-"

    /// Removes what processes have left that were killed.
    static func removeLeft(in folder: URL) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix(folderPrefix) {
            guard let owner = Int32(name.dropFirst(folderPrefix.count)), owner > 0, kill(owner, 0) != 0, errno == ESRCH
            else { continue }
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
    }

    /// Whether this process keeps what comes of the run.
    public var isFirst: Bool { collective.rank == 0 }

    /// Removes what a process keeps that is not the first.
    public func clear() {
        if !isFirst { try? FileManager.default.removeItem(at: ownDirectory) }
    }

    /// Before a training: all processes have the same one before them, and know what earlier runs left of it. The first
    /// one changes nothing before the others have looked.
    /// - Throws: where a process runs something else: another script, other data, another instruction set.
    func meet(before configuration: RunConfiguration) throws {
        if !isFirst { try copyEarlierRuns(configuration) }
        let all = try collective.gather(Array(configuration.hash.utf8))
        guard let other = all.firstIndex(where: { $0 != all[0] }) else { return }
        throw ScriptError(
            "process \(other + 1) of \(all.count) runs another training than process 1: all need the same scripts, data, "
                + "settings, version and instruction set (NIGHTJAR_ISA)")
    }

    /// After an epoch all processes have come to the same numbers. They do not where a script asks what differs from process
    /// to process, such as the time, and draws or trains by it.
    /// - Throws: where they have come apart.
    public func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        let numbers = [record.learningRate, record.trainLossRunning, record.loss ?? 0, record.testAccuracy ?? 0]
        let all = try collective.gather(
            numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) } })
        guard let other = all.firstIndex(where: { $0 != all[0] }) else { return }
        throw ScriptError(
            "processes 1 and \(other + 1) of \(all.count) have come to different numbers in epoch \(record.epoch): the script "
                + "reads something that differs between them, such as the time or a file")
    }

    /// The run itself, and runs of the same experiment that can be gone on from.
    private func copyEarlierRuns(_ configuration: RunConfiguration) throws {
        let name = configuration.experimentFolderName
        let from = runsDirectory.appendingPathComponent(name, isDirectory: true)
        let to = ownDirectory.appendingPathComponent(name, isDirectory: true)
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: from.path)) ?? []
        for folder in folders.sorted() {
            let source = from.appendingPathComponent(folder, isDirectory: true)
            let target = to.appendingPathComponent(folder, isDirectory: true)
            let hasCheckpoint = ["checkpoint.safetensors", "checkpoint.previous.safetensors"].contains {
                FileManager.default.fileExists(atPath: source.appendingPathComponent($0).path)
            }
            guard folder.hasPrefix(configuration.identifier) || hasCheckpoint,
                !FileManager.default.fileExists(atPath: target.path)
            else { continue }
            try FileReason.makeFolder(to)
            try FileManager.default.copyItem(at: source, to: target)
        }
    }
}
