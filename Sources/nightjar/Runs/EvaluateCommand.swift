import ArgumentParser
import Foundation
import NightjarEngine
import NightjarExperiments
import NightjarProcess
import NightjarScripting

/// `nightjar evaluate`: a finished run's model on a data set.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measures the model of a finished run on a data set.",
        discussion: "Accuracy, loss, and which class was taken for which. By default on the test set of the run.")

    @Argument(
        help: ArgumentHelp("The folder of a run, or its name as nightjar runs list shows it.", valueName: "run"),
        completion: .directory)
    var folder: String

    @Option(help: "A data set by name; by default that of the run.")
    var data: String?

    @Option(
        help: "Which part of it: test or train. Of the run's own training set, the labels are those that were given.")
    var part = "test"

    @OptionGroup var model: FinishedModel

    @Flag(help: "Prints JSON.")
    var json = false

    func validate() throws {
        guard part == "test" || part == "train" else {
            throw ValidationError("--part is test or train, got '\(part)'")
        }
    }

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            var request = RunEvaluation.Request(run: folder)
            request.data = data
            request.part = part
            request.weights = model.weights
            request.epoch = model.epoch
            request.batchSize = model.batchSize
            let evaluation = try RunEvaluation(request, host: try model.session.session(run: folder).host)
            if let note = evaluation.note { Console.errors("note: there is no loss: \(note)") }
            if json { Console.print(evaluation.json.text()) } else { Console.output(evaluation.text) }
        }
    }
}

/// `nightjar predict`: a finished run's model on files.
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Asks the model of a finished run about files of inputs.",
        discussion: """
            Arrays (.npy, .npz, .safetensors) have a sample in each row; an image (.png, .pgm, .ppm) is one. Bytes become \
            what the data set of the run makes of bytes; floats are taken as the model sees them.
            """)

    @Argument(
        help: ArgumentHelp("The folder of a run, or its name as nightjar runs list shows it.", valueName: "run"),
        completion: .directory)
    var folder: String

    @Argument(help: "Files of inputs.", completion: .file())
    var files: [String]

    @Option(
        help: "Writes the probabilities: .npy (one row a sample), .csv or .json.",
        completion: .file(extensions: ["npy", "csv", "json"]))
    var out: String?

    @Option(help: "How many classes are shown of each sample.")
    var top = 1

    @OptionGroup var model: FinishedModel

    @Flag(help: "Prints JSON.")
    var json = false

    func validate() throws {
        if top < 1 { throw ValidationError("--top must be at least 1, got \(top)") }
        guard !files.isEmpty else { throw ValidationError("name at least one file of inputs") }
    }

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let host = try model.session.session(run: folder, reading: files).host
            let prediction = try RunPrediction(
                run: folder, files: files, weights: model.weights, epoch: model.epoch, batchSize: model.batchSize,
                host: host)
            if let out {
                try prediction.write(to: out)
            } else if json {
                Console.print(prediction.json.text())
            } else {
                Console.output(prediction.text(top: top))
            }
        }
    }
}

/// Which weights of a run, and how they are used.
struct FinishedModel: ParsableArguments {
    @Option(help: "Which weights: averages, or those that a callback kept; by default the final ones.")
    var weights: String?

    @Option(
        help: ArgumentHelp(
            "Weights of an epoch whose checkpoint is kept (run --checkpoint-keep, --checkpoint-best): its number, best, or "
                + "best:METRIC.", valueName: "epoch"))
    var epoch: String?

    @Option(help: "Samples that are computed together.")
    var batchSize = 512

    @OptionGroup var session: SessionOptions

    func validate() throws {
        if batchSize < 1 { throw ValidationError("--batch-size must be at least 1, got \(batchSize)") }
    }
}
