import Foundation
import NightjarRuns
import Testing

/// The files of checkpoints that are kept, and what is taken for the best.
@Suite struct KeptCheckpointsTests {
    private func withFolder(_ body: (RunFolder) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        try body(
            RunFolder.create(
                in: url,
                configuration: RunConfiguration(experiment: "exp", epochs: 9, parts: ["best": "j2"], environment: [:])))
    }

    private func keep(_ folder: RunFolder, _ epochs: [Int], best: String? = nil) throws {
        for epoch in epochs {
            var metadata = ["epochs": "\(epoch)"]
            metadata[RunFolder.bestMark] = best
            try SafetensorsFile.write([], metadata: metadata, summed: true, to: folder.checkpointURL)
            try folder.keepCheckpoint(of: epoch)
        }
    }

    @Test func theyAreNamedByTheirEpochs() throws {
        try withFolder { folder in
            #expect(folder.keptEpochs == [])
            try keep(folder, [2, 10, 3])
            // Once more, and names that are none.
            try keep(folder, [3])
            for name in [
                "epoch-03.safetensors", "epoch-.safetensors", "epoch-+4.safetensors", ".epoch-5.safetensors.part",
            ] {
                try Data().write(to: folder.keptCheckpointsURL.appendingPathComponent(name))
            }
            #expect(folder.keptEpochs == [2, 3, 10])
            try folder.checkCheckpoints()
            folder.removeKept { $0 == 3 }
            #expect(folder.keptEpochs == [2, 10])
            #expect(
                !FileManager.default.fileExists(
                    atPath: folder.keptCheckpointsURL.appendingPathComponent(".epoch-5.safetensors.part").path))
            try Data([1]).write(to: folder.keptCheckpointURL(10))
            #expect(throws: RunError.self) { try folder.checkCheckpoints() }
        }
    }

    /// A kept file is another name of the checkpoint, and stays when that is written anew.
    @Test func whatIsKeptStaysAsItIs() throws {
        try withFolder { folder in
            try keep(folder, [1])
            let first = try Data(contentsOf: folder.keptCheckpointURL(1))
            try keep(folder, [2])
            #expect(try Data(contentsOf: folder.keptCheckpointURL(1)) == first)
            #expect(try Data(contentsOf: folder.keptCheckpointURL(2)) != first)
            folder.removeKept { _ in true }
            #expect(!FileManager.default.fileExists(atPath: folder.keptCheckpointsURL.path))
        }
    }

    @Test func aLinkInTheirPlaceIsNotFollowed() throws {
        try withFolder { folder in
            let other = folder.url.appendingPathComponent("other")
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
            try Data().write(to: other.appendingPathComponent("epoch-1.safetensors"))
            try FileManager.default.createSymbolicLink(at: folder.keptCheckpointsURL, withDestinationURL: other)
            #expect(folder.keptEpochs == [])
            #expect(throws: RunError.self) { try keep(folder, [2]) }
            folder.removeKept { _ in true }
            #expect(FileManager.default.fileExists(atPath: other.appendingPathComponent("epoch-1.safetensors").path))
        }
    }

    @Test func theBestIsTheOneThatWasMarked() throws {
        try withFolder { folder in
            let path = folder.url.path
            let advice = "; nightjar run keeps them with --checkpoint-keep and --checkpoint-best"
            #expect(throws: RunError("\(path): no checkpoint of epoch 4 is kept (none is)" + advice)) {
                try folder.keptEpoch(.epoch(4))
            }
            #expect(try folder.keptEpoch(.final) == nil)
            try keep(folder, [2], best: "loss:min")
            try keep(folder, [5, 6, 7, 9])
            #expect(try folder.keptEpoch(.best(nil)) == 2)
            #expect(try folder.keptEpoch(.best("loss")) == 2)
            #expect(try folder.keptEpoch(.epoch(9)) == 9)
            #expect(throws: RunError("\(path): no checkpoint of epoch 4 is kept (kept: 2, 5 to 7, 9)" + advice)) {
                try folder.keptEpoch(.epoch(4))
            }
            #expect(
                throws: RunError(
                    "no metric of this training is called 'j3'\n  for a value that the script records write j3:max or "
                        + "j3:min")
            ) { try folder.keptEpoch(.best("j3")) }
        }
    }

    @Test func aBestMetricSaysWhichWayIsBetter() throws {
        let known = [MetricInfo("loss", direction: .lower), MetricInfo("j2", direction: .higher), MetricInfo("step")]
        #expect(try BestMetric("loss").resolved(known).text == "loss:min")
        #expect(try BestMetric("loss:max").resolved(known).text == "loss:max")
        #expect(try BestMetric("own:min").resolved(known).direction == .lower)
        let best = try BestMetric("j2").resolved(known)
        #expect(best.isBetter(1, than: nil) && best.isBetter(2, than: 1) && !best.isBetter(1, than: 1))
        #expect(!best.isBetter(.nan, than: nil) && !best.isBetter(.infinity, than: 1))
        #expect(
            throws: RunError(
                "the metric 'step' does not say whether more or less of it is better: write step:max or step:min")
        ) { try BestMetric("step").resolved(known) }
        #expect(
            throws: RunError(
                "no metric of this training is called 'lss', did you mean 'loss'?\n  for a value that the script records "
                    + "write lss:max or lss:min")
        ) { try BestMetric("lss").resolved(known) }
        #expect(throws: RunError("':min' names no metric: write NAME, NAME:max or NAME:min")) { try BestMetric(":min") }
    }
}
