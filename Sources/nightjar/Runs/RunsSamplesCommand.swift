import ArgumentParser
import Foundation
import NightjarExperiments
import NightjarProcess
import NightjarRuns

/// `nightjar runs samples`.
struct RunsSamplesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "samples", abstract: "Lists the training samples of a run whose labels are most suspicious.",
        discussion: """
            By the mean loss over all epochs, from the ledger of the run. Positions count from 0. With -o their pictures are \
            written into a folder, for data sets of images.

              nightjar runs samples memorization/rll-rate0.4-seed1-1f09ab77
              nightjar runs samples 1f09ab77 --top 100 -o suspicious
            """)

    @Argument(help: "A run.")
    var name: String

    @Option(help: "How many.")
    var top = 24

    @Option(
        name: [.customShort("o"), .long], help: "A folder for the pictures, named by their positions.",
        completion: .directory)
    var output: String?

    @Flag(help: "Prints JSON; with pictures as PNG files in base64, where the data set has any.")
    var json = false

    @OptionGroup var session: SessionOptions

    func validate() throws {
        if top < 1 { throw ValidationError("--top must be at least 1, got \(top)") }
    }

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let directory = URL(fileURLWithPath: session.runsDir, isDirectory: true)
            let store = try RunStore(reading: directory)
            let record = try RunFinder(try store.runs(), in: directory).one(name)
            let folder = store.folder(of: record.id)
            let samples = try SuspiciousSamples(try RunFolder.open(folder), most: top).samples
            var pictures: [[UInt8]]?
            if json || output != nil {
                let host = try session.session(run: folder.path).host
                pictures = try RunPictures(run: folder.path, positions: samples.map(\.index), host: host).files
            }
            if let output { try write(pictures, of: samples, to: URL(fileURLWithPath: output, isDirectory: true)) }
            Console.print(json ? RunsSamplesCommand.json(samples, pictures).text() : RunsSamplesCommand.text(samples))
        }
    }

    private func write(_ pictures: [[UInt8]]?, of samples: [SuspiciousSamples.Sample], to folder: URL) throws {
        guard let pictures else {
            throw RunError("the samples of this run are no images: there are no pictures of them")
        }
        try FileReason.makeFolder(folder)
        for (sample, picture) in zip(samples, pictures) {
            try AtomicFile.write(to: folder.appendingPathComponent("\(sample.index).png")) {
                try $0.write(contentsOf: Data(picture))
            }
        }
        Console.errors("written: \(pictures.count) pictures in \(ShownText.line(folder.relativePath, most: .max))")
    }

    private static func json(_ samples: [SuspiciousSamples.Sample], _ pictures: [[UInt8]]?) -> JSONValue {
        .array(
            samples.enumerated().map { place, sample in
                let picture = pictures.map { JSONValue.string(Data($0[place]).base64EncodedString()) }
                return [
                    "sample": .integer(sample.index), "given": .string(sample.given),
                    "true": sample.truth.map { .string($0) } ?? .null, "loss": .number(sample.score),
                    "picture": picture ?? .null,
                ]
            })
    }

    private static func text(_ samples: [SuspiciousSamples.Sample]) -> String {
        guard !samples.isEmpty else { return "the ledger has no epoch yet\n" }
        var table = ColumnText([("sample", true), ("given", false), ("true", false), ("loss", true)])
        for sample in samples {
            table.add([
                String(sample.index), sample.given, sample.truth ?? "-", ProgressText.significant(sample.score),
            ])
        }
        return table.text()
    }
}
