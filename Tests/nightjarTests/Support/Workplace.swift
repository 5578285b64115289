import Foundation
import Testing

/// A folder of its own for one test, in which the built program runs. Gone afterwards.
final class Workplace {
    let url: URL

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        url = folder.resolvingSymlinksInPath()
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// How a program ended and what it said.
    struct Ending {
        let status: Int32
        let output: String
        let errors: String
    }

    /// The program that was built beside these tests.
    static var program: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("nightjar")
    }

    /// The root of this package.
    static var package: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
    }

    @discardableResult func write(_ text: String, to name: String) throws -> URL {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file
    }

    func read(_ name: String) throws -> String {
        try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
    }

    /// Names in a folder, sorted.
    func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: url.appendingPathComponent(folder).path).sorted()
    }

    /// Folders of runs below a folder of an experiment, by name.
    func runs(_ experiment: String) throws -> [String] {
        try names(experiment).filter {
            FileManager.default.fileExists(atPath: url.appendingPathComponent("\(experiment)/\($0)/config.json").path)
        }.map { "\(experiment)/\($0)" }
    }

    /// Starts a program here. `NIGHTJAR_HOME` and the user's own plugins play no part.
    func start(
        _ arguments: [String], program: URL = Workplace.program, input: Any? = nil, output: Any? = nil,
        errors: Any? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = url
        var environment = ProcessInfo.processInfo.environment
        for name in ["NIGHTJAR_HOME", "NIGHTJAR_PLUGIN_PATH", "NIGHTJAR_DATA"] { environment[name] = nil }
        environment["XDG_DATA_HOME"] = url.path
        environment["XDG_STATE_HOME"] = url.appendingPathComponent("state").path
        environment["XDG_CONFIG_HOME"] = url.appendingPathComponent("config").path
        process.environment = environment
        process.standardInput = input ?? FileHandle.nullDevice
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardError = errors ?? FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Runs a program here to its end.
    /// - Parameter input: what it reads; nil: nothing.
    func run(_ arguments: [String], program: URL = Workplace.program, input: String? = nil) throws -> Ending {
        // Files, not pipes: nothing can fill up.
        let names = ["out", "err"].map { url.appendingPathComponent(".\($0)-\(UUID().uuidString)") }
        for name in names { try Data().write(to: name) }
        let handles = try names.map { try FileHandle(forWritingTo: $0) }
        let given = try input.map { try FileHandle(forReadingFrom: write($0, to: ".in-\(UUID().uuidString)")) }
        let process = try start(
            arguments, program: program, input: given, output: handles[0], errors: handles[1])
        process.waitUntilExit()
        for handle in handles { try handle.close() }
        let texts = try names.map { try String(contentsOf: $0, encoding: .utf8) }
        return Ending(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }
}

/// An experiment that is over in a moment: a tiny network on digits.
let tinyExperiment = """
    local nj = require "nightjar"

    return nj.experiment {
      name = "tiny",
      doc = "A small grid.",
      settings = { hidden = { 16 }, epochs = 2 },
      grid = { { "loss", { "rll", "cce" } }, { "rate", { 0, 0.4 } }, { "seed", { 1, 2 } } },
      run = function(cfg)
        local data = nj.data.load("digits")
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
          loss = nj.losses[cfg.loss] {},
          optimizer = nj.optim.sgd { momentum = 0.9 },
          learning_rate = 0.1,
          seed = cfg.seed,
        }
        local noisy = data.train:with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
        trainer:fit(noisy, { test = data.test, epochs = cfg.epochs })
      end,
    }
    """

/// A loss with this body of `forward(self, logits, labels)` on line 6.
func loss(_ name: String, _ body: String) -> String {
    """
    local nj = require "nightjar"

    return nj.loss {
      name = "\(name)",
      forward = function(self, logits, labels)
        \(body)
      end,
    }
    """
}
