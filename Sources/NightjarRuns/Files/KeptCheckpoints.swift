// Checkpoints of single epochs that somebody asked to keep: `checkpoints/epoch-12.safetensors`.

import Foundation

extension RunFolder {
    private static let keptFolder = "checkpoints"
    private static let (keptStart, keptEnd) = ("epoch-", ".safetensors")

    /// Where checkpoints of single epochs are kept.
    public var keptCheckpointsURL: URL { url.appendingPathComponent(RunFolder.keptFolder, isDirectory: true) }

    /// Where that of an epoch is kept, whether it is there or not.
    public func keptCheckpointURL(_ epoch: Int) -> URL {
        keptCheckpointsURL.appendingPathComponent("\(RunFolder.keptStart)\(epoch)\(RunFolder.keptEnd)")
    }

    /// The epochs whose checkpoints are kept, in order.
    public var keptEpochs: [Int] {
        guard OwnFile.isFolder(keptCheckpointsURL) else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: keptCheckpointsURL.path)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix(RunFolder.keptStart), name.hasSuffix(RunFolder.keptEnd) else { return nil }
            let number = name.dropFirst(RunFolder.keptStart.count).dropLast(RunFolder.keptEnd.count)
            // As it is written, and no other way.
            return Int(number).flatMap { "\($0)" == number && RunFolder.possibleEpochs.contains($0) ? $0 : nil }
        }.sorted()
    }

    /// Keeps the checkpoint that was written last as that of an epoch. It costs no room of its own where the file system
    /// lets a file have two names.
    /// - Throws: `RunError` where it cannot be kept.
    public func keepCheckpoint(of epoch: Int) throws { try keep(checkpointURL, of: epoch) }

    private func keep(_ file: URL, of epoch: Int) throws {
        let folder = try made(RunFolder.keptFolder)
        let kept = keptCheckpointURL(epoch)
        let temporary = folder.appendingPathComponent(".\(kept.lastPathComponent).part")
        unlink(temporary.path)
        do {
            if link(file.path, temporary.path) != 0 {
                try FileManager.default.copyItem(at: file, to: temporary)
                try OwnFile.flush(temporary)
            }
            guard rename(temporary.path, kept.path) == 0 else {
                throw RunError("could not move it into place: \(String(cString: strerror(errno)).lowercased())")
            }
            // Two names of one file: renaming one to the other does nothing.
            unlink(temporary.path)
            AtomicFile.flush(folder: folder)
        } catch {
            unlink(temporary.path)
            throw RunError("\(kept.path): could not keep the checkpoint (\(FileReason.of(error)))")
        }
    }

    /// Removes kept checkpoints, and what a process that is no more was about to keep.
    public func removeKept(where isLeft: (Int) -> Bool) {
        for epoch in keptEpochs where isLeft(epoch) { unlink(keptCheckpointURL(epoch).path) }
        guard OwnFile.isFolder(keptCheckpointsURL) else { return }
        AtomicFile.removeUnfinished(in: keptCheckpointsURL)
        // Only where it is empty.
        rmdir(keptCheckpointsURL.path)
    }

    /// Takes over those of a run that this one goes on from.
    public func takeKept(of run: RunFolder, through epoch: Int) throws {
        for kept in run.keptEpochs where kept <= epoch { try keep(run.keptCheckpointURL(kept), of: kept) }
    }

    /// The epoch of a moment whose checkpoint is kept.
    /// - Returns: nil for the end, whose weights lie in a file of their own.
    /// - Throws: `RunError` that names those that are kept.
    public func keptEpoch(_ moment: RunMoment) throws -> Int? {
        let epoch: Int
        let what: String
        switch moment {
        case .final: return nil
        case .epoch(let number): (epoch, what) = (number, "epoch \(number)")
        case .best(let name):
            for epoch in keptEpochs.reversed() {
                let file = try SafetensorsFile(contentsOf: keptCheckpointURL(epoch))
                guard let mark = file.metadata[RunFolder.bestMark] else { continue }
                if try name == nil || BestMetric(mark).name == name { return epoch }
                break
            }
            guard let metric = name ?? configuration.parts["best"]?.stringValue else {
                throw RunError("\(url.path): nothing says by which metric an epoch is best: write best:METRIC")
            }
            let known = try BestMetric(metric).resolved(configuration.metrics)
            guard let best = try readMetrics().best(by: known.name, known.direction ?? .higher) else {
                throw RunError("\(url.path): there is no number in the column '\(metric)' of metrics.csv")
            }
            (epoch, what) = (best.epoch, "epoch \(best.epoch), which is best by \(metric)")
        }
        let kept = keptEpochs
        guard !kept.contains(epoch) else { return epoch }
        let those = kept.isEmpty ? "none is" : "kept: " + RunFolder.ranges(kept)
        throw RunError(
            "\(url.path): no checkpoint of \(what) is kept (\(those)); nightjar run keeps them with --checkpoint-keep and "
                + "--checkpoint-best")
    }

    /// In the metadata of the checkpoint of an epoch that was the best so far: by which metric.
    public static let bestMark = "best"

    /// `1, 4 to 7`.
    static func ranges(_ numbers: [Int]) -> String {
        var parts: [(first: Int, last: Int)] = []
        for number in numbers {
            if let last = parts.last?.last, last + 1 == number {
                parts[parts.count - 1].last = number
            } else {
                parts.append((number, number))
            }
        }
        return parts.map { part in
            part.first == part.last
                ? "\(part.first)" : "\(part.first)\(part.first + 1 == part.last ? "," : " to") \(part.last)"
        }.joined(separator: ", ")
    }
}

extension OwnFile {
    /// Brings a file that was copied to the disk.
    fileprivate static func flush(_ file: URL) throws {
        let handle = try handle(file, O_WRONLY)
        try AtomicFile.flush(handle.fileDescriptor)
    }
}
