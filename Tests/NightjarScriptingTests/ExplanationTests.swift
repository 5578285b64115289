import Foundation
import NightjarRuns
import NightjarScripting
import NightjarTools
import Testing

/// What `nightjar explain` says.
@Suite struct ExplanationTests {
    private func explain(_ script: String) throws -> ScriptExplanation {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.path + "/mine.lua"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        var request = ExplainRequest(target: path)
        (request.batch, request.classes) = (16, 3)
        return try ScriptExplanation(request)
    }

    /// What is said of launches, and of memory, which depends on the instruction set.
    private func parts(_ text: String) throws -> (said: String, memory: String) {
        let range = try #require(text.range(of: "\nmemory"))
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }

    @Test func aLossIsToldLineByLine() throws {
        let explanation = try explain(
            """
            local nj = require "nightjar"
            return nj.loss {
              name = "mine",
              forward = function(_, logits)
                local squares = logits:square()
                return squares:exp():sum(-1)
              end,
            }
            """)
        // Wide enough for the name of a temporary folder.
        let text = explanation.text(width: 400).replacing(/[^ ]*nightjar-[-0-9A-F]+\//, with: "")
        // The column is as wide as the longest place, with that folder.
        let (said, memory) = try parts(text.replacing(/batch +sum\n/, with: "batch     sum\n"))
        #expect(
            said == """
                value and gradient of loss mine.lua, 16 samples, 3 classes

                1  region over (16, 3), rows of 3, tiles 1
                   mine.lua:5              square
                   mine.lua:6              exp, sum
                   mean over the batch     sum
                   gradient of mine.lua:6  mul
                   gradient of mine.lua:5  mul, mul
                   reads  192 B: input (16, 3) float32
                   writes 196 B: sum () float32, mul (16, 3) float32

                2  region over (), tiles 1
                   mean over the batch  mul
                   reads  4 B: sum () float32
                   writes 4 B: mul () float32

                together     2 launches, 196 B read, 200 B written, 8 operations
                not fused    8 launches, 1412 B read, 1032 B written
                """)
        #expect(memory.contains(" before the first run: 192 B of weights, states and inputs, "))
        let plan = try #require(explanation.plans.first)
        #expect(plan.totals.launches < plan.unfused.launches)
        #expect(plan.totals.bytesRead + plan.totals.bytesWritten < plan.unfused.bytesRead + plan.unfused.bytesWritten)
        let lines = plan.launches.flatMap(\.operations).filter { !$0.isOfGradient }.compactMap { operation in
            operation.place.flatMap { $0.source.hasSuffix("mine.lua") ? "\($0.line) \(operation.name)" : nil }
        }
        #expect(lines == ["5 square", "6 exp", "6 sum"])
    }

    @Test func aTrainingStepWritesEveryParameterAndItsVelocity() throws {
        let explanation = try ScriptExplanation(ExplainRequest(target: "mlp"))
        let plan = try #require(explanation.plans.first)
        #expect(explanation.plans.count == 1)
        let parameters = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10
        let written = plan.launches.flatMap(\.writes).filter { $0.name == "state" }.reduce(0) { $0 + $1.bytes }
        #expect(written == 2 * 4 * parameters)
        let matrices = plan.launches.filter { $0.kind == "matmul" }.count
        // Three layers forward, their weights, and the inputs of two.
        #expect(matrices == 8)
        let places = plan.launches.flatMap(\.operations).compactMap { $0.place?.description }
        #expect(places.contains { $0.hasPrefix("model.layers.2") })
        #expect(places.contains { $0.hasSuffix("sgd.lua:34") })
    }

    /// RAdam's first steps use no average of squares, which is then worked out beside the weights.
    @Test func everyOptimizerIsOneSweepOverAParameter() throws {
        for name in try makeHost().plugins.names("optimizers") {
            let plan = try #require(try ScriptExplanation(ExplainRequest(target: "optimizers/" + name)).plans.first)
            #expect(plan.launches.count == (name == "radam" ? 2 : 1), "\(name)")
        }
    }

    @Test func anOptimizerIsToldByTheUpdateOfAParameter() throws {
        let (said, memory) = try parts(ScriptExplanation(ExplainRequest(target: "adamw")).text(width: 80))
        #expect(
            said == """
                update of a parameter of shape (512, 512) by optimizer
                plugins/optimizers/adamw.lua

                1  region over (512, 512), tiles 16
                   plugins/optimizers/adamw.lua:21  mul, mul, add
                   plugins/optimizers/adamw.lua:22  mul, square, mul, add
                   plugins/optimizers/adamw.lua:30  mul, mul, sqrt, mul, add, div, sub
                   reads  4.0 MiB: 4 x input (512, 512) float32
                   writes 3.0 MiB: 3 x state (512, 512) float32

                together     1 launch, 4.0 MiB read, 3.0 MiB written, 14 operations
                not fused    14 launches, 18.0 MiB read, 16.0 MiB written
                """)
        #expect(
            memory.hasPrefix("       4.0 MiB before the first run: 4.0 MiB of weights, states and\n             inputs")
        )
    }

    /// Lines, operations and accesses of every loss, of a model and its optimizer fit into narrow and wide terminals, and
    /// no line is left without its place.
    @Test(arguments: [80, 120]) func linesFitTheTerminal(width: Int) throws {
        let losses = try makeHost().plugins.names("losses").map { "losses/" + $0 }
        for target in losses + ["lenet", "sgd"] {
            let text = try ScriptExplanation(ExplainRequest(target: target)).text(width: width)
            let long = text.split(separator: "\n").filter { TerminalText.width(String($0)) > width }
            #expect(long.isEmpty, "\(target)")
            #expect(!text.contains("no line") && !text.contains("explain:"), "\(target)")
        }
    }

    /// As `--set` takes a component: with other parameters another step is explained.
    @Test func aTargetMayHaveParameters() throws {
        func first(_ target: String, _ settings: [(name: String, value: String)] = []) throws -> String {
            var request = ExplainRequest(target: target)
            (request.batch, request.settings) = (4, settings)
            return try ScriptExplanation(request).text(width: 200)
        }
        #expect(try first("mlp{hidden={24}}").contains("(4, 24)"))
        #expect(try !first("mlp{hidden={24}}").contains("(4, 512)"))
        #expect(try first("sgd{momentum=0.9}") == first("sgd", [("momentum", "0.9")]))
        #expect(try first("sgd{momentum=0.9}") != first("sgd{momentum=0}"))
        let refused = try #require(throws: ScriptError.self) { try first("mlp", [("hidden", "24")]) }
        #expect(refused.message == "--set is for losses and optimizers: write a model as mlp{hidden={512,512}}")
        var request = ExplainRequest(target: "rll{alpha=0.45}")
        let constant = try ScriptFormula(request).latex
        #expect(constant.contains(#"\left(0.45 + p_{y}\right)"#), "\(constant)")
        (request.target, request.settings) = ("rll", [("alpha", "0.45")])
        #expect(try ScriptFormula(request).latex == constant)
    }

    /// A model is shown images of the size that is asked for, or such as its channels suggest; a file is treated as a name.
    @Test func imagesFollowTheChannelsOrTheRequest() throws {
        func start(_ target: String, _ image: String? = nil) throws -> String {
            var request = ExplainRequest(target: target)
            request.image = image.flatMap { SampleImage($0) }
            request.batch = 2
            return try ScriptExplanation(request).text(width: 120).split(separator: "\n").dropFirst().first.map {
                String($0)
            } ?? ""
        }
        #expect(try start("models/resnet20").hasPrefix("1  conv2d over (2, 32, 32, 16)"))
        #expect(try start("plugins/models/resnet20.lua").hasPrefix("1  conv2d over (2, 32, 32, 16)"))
        #expect(try start("models/inception_lite").hasPrefix("1  conv2d over (2, 28, 28, 96)"))
        #expect(try start("models/resnet18").hasPrefix("1  conv2d over (2, 14, 14, 64)"))
        #expect(try start("models/resnet20", "16x12x1").hasPrefix("1  conv2d over (2, 16, 12, 16)"))
        for text in ["", "32", "32x32", "32x32x", "0x32x3", "32x32x3x1", "ax3x3", "32x-1x3", "32x32x70000"] {
            #expect(SampleImage(text) == nil, "\(text)")
        }
    }

    @Test func whatALoopRepeatsIsSaidOnce() throws {
        let text = try ScriptExplanation(ExplainRequest(target: "bitempered")).text(width: 80)
        #expect(text.contains("\n   plugins/losses/bitempered.lua:15              exp, sum (7 times)\n"))
    }

    @Test func jsonHoldsTheSameNumbers() throws {
        let explanation = try ScriptExplanation(ExplainRequest(target: "losses/rll"))
        let plan = try #require(explanation.plans.first)
        guard case .array(let plans)? = explanation.json["plans"], let json = plans.first else {
            Issue.record("there are no plans in \(explanation.json.text())")
            return
        }
        #expect(json["totals"]?["bytes_read"]?.intValue == plan.totals.bytesRead)
        #expect(json["unfused"]?["launches"]?.intValue == plan.unfused.launches)
        #expect(json["operations"]?.intValue == plan.operationCount)
    }

    @Test func everyLossCanBeExplained() throws {
        for name in try makeHost().plugins.names("losses") {
            let plans = try ScriptExplanation(ExplainRequest(target: "losses/" + name)).plans
            #expect(!plans.isEmpty, "\(name)")
        }
    }

    @Test func whatCannotBeExplainedIsSaid() throws {
        let schedule = try #require(throws: (any Error).self) {
            try explain("local nj = require \"nightjar\" return nj.schedule { name = \"s\", value = function() end }")
        }
        #expect(
            "\(schedule)".hasPrefix("nightjar explain knows losses, models and optimizers; ")
                && "\(schedule)".hasSuffix("mine.lua returned a schedule"))
        let layer = try #require(throws: (any Error).self) {
            try ScriptExplanation(ExplainRequest(target: "plugins/layers/residual.lua"))
        }
        #expect(
            "\(layer)"
                == "nightjar explain knows losses, models and optimizers; plugins/layers/residual.lua returned a layer\n"
                + "  a layer is shown as part of a model that it is in: explain that")
        let unknown = try #require(throws: (any Error).self) { try ScriptExplanation(ExplainRequest(target: "rlll")) }
        #expect(
            "\(unknown)"
                == "no plugin provides 'rlll' among its losses, optimizers or models: did you mean 'rll'?\n"
                + "  a path to a .lua file works as well")
    }
}
