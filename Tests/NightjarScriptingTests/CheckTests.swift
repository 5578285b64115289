import Foundation
import NightjarScripting
import NightjarTools
import Testing

/// What `nightjar check` finds in what plugins provide, and in losses that are wrong on purpose.
@Suite struct CheckTests {
    /// Checks a file with this text, or what a plugin provides.
    private func check(
        _ target: String, script: String? = nil, instructions: Int = 1_000_000_000, memory: Int = 0,
        _ change: (inout CheckRequest) -> Void = { _ in }
    ) throws -> CheckReport {
        var options = ScriptOptions()
        options.memoryLimit = memory
        var path = target
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        if let script {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            path = folder.path + "/" + target
            try script.write(toFile: path, atomically: true, encoding: .utf8)
        }
        var request = CheckRequest(target: path)
        request.skipped = ["time"]
        change(&request)
        return try ScriptCheck(makeHost(options), request, instructions: instructions).run()
    }

    /// A loss whose `forward` has this body on line 6.
    private func loss(_ body: String, _ fields: String = "") -> String {
        """
        local nj = require "nightjar"

        return nj.loss {
          name = "mine", \(fields)
          forward = function(self, logits, labels)
            \(body)
          end,
        }
        """
    }

    private func result(_ report: CheckReport, _ name: String) throws -> CheckResult {
        try #require(report.results.first { $0.name == name })
    }

    private func number(_ result: CheckResult, _ name: String) throws -> Double {
        try #require(result.numbers.first { $0.name == name }?.value)
    }

    /// The text without the folder that a test made up.
    private func bare(_ text: String) -> String { text.replacing(/[^ ]*nightjar-[-0-9A-F]+\//, with: "") }

    // MARK: Parameters

    /// As `--set` takes a component; what `--set` of the command says stands over it.
    @Test func aTargetMayHaveParameters() throws {
        let text = "\(try check("rll{alpha=0.45}").subject.parameters)"
        #expect(text == #"[(name: "alpha", value: "0.45")]"#)
        let report = try check("losses/rll{ alpha = 0.45 }") { $0.settings = [("alpha", "0.2")] }
        #expect("\(report.subject.parameters)" == #"[(name: "alpha", value: "0.2")]"#)
        let file = try check("mine.lua", script: loss("return logits:exp():sum(-1)"))
        #expect(file.subject.parameters.isEmpty)
        let missing = try #require(throws: ScriptError.self) { try check("rll{alpha}") }
        #expect(
            missing.message
                == "'rll{alpha}': parameters are written as {name=value,...}, as in rll{alpha=0.45}")
        let unknown = try #require(throws: ScriptError.self) { try check("rll{alfa=1}") }
        #expect(unknown.message == "loss 'rll' has no parameter 'alfa'\n  parameters are alpha")
    }

    // MARK: What plugins provide

    @Test func everyLossOfThePluginPasses() throws {
        let names = try makeHost().plugins.names("losses")
        #expect(names.count > 30)
        for name in names {
            let report = try check("losses/" + name)
            let failed = report.results.filter { $0.verdict == .failed }.map { $0.text(colored: false) }
            #expect(failed.isEmpty, "\(name): \(failed)")
            #expect(report.results.count == 15, "\(name)")
        }
    }

    @Test func everyNoiseModelScheduleAndOptimizerPasses() throws {
        for kind in ["noise", "schedules", "optimizers"] {
            for name in try makeHost().plugins.names(kind) {
                let report = try check("\(kind)/\(name)")
                let failed = report.results.filter { $0.verdict == .failed }.map { $0.text(colored: false) }
                #expect(failed.isEmpty, "\(kind)/\(name): \(failed)")
            }
        }
    }

    @Test func numbersOfALossAreThoseOfItsFormula() throws {
        let report = try check("rll") { $0.settings = [("alpha", "0.01")] }
        #expect(report.verdict == .ok)
        #expect(report.subject.parameters.map(\.value) == ["0.01"])
        #expect(abs(try number(result(report, "symmetry"), "constant") - 46.1512051684126) < 1e-9)
        let slope = try result(report, "slope")
        // p_y (1 - p_y) / (a + p_y), and the shares that reach the label's logit from the other classes.
        for p in [0.01, 0.1, 0.9] {
            let (a, other) = (0.01, (1 - p) / 9)
            let expected = p * (1 - p) / (a + p) + p * other / (a + other)
            #expect(abs(try number(slope, "at_\(p)") - expected) < 1e-9)
            #expect(abs(try number(slope, "cce_at_\(p)") - (1 - p)) < 1e-9)
        }
        let ends = try result(report, "ends")
        #expect(abs(try number(ends, "uniform") - 4.61512051684) < 1e-9)
        #expect(abs(try number(ends, "perfect")) < 1e-9)
    }

    @Test func entriesNearKinksAreLeftOutAndCounted() throws {
        // A kink every 0.0005: two of five logits lie within a step of one.
        let zigzag = "local z = logits * 1000 local zigzag = (z - z:round()):abs():sum(-1) / 1000 return "
        let right = try result(check("mine.lua", script: loss(zigzag + "zigzag")), "gradient")
        #expect(right.verdict == .ok)
        let kinks = try number(right, "kinks")
        #expect(kinks > 20 && kinks < 60)
        #expect(right.text.hasSuffix("logits up to 1e4; \(Int(kinks)) entries left out where the loss has a kink"))
        let wrong = try result(check("mine.lua", script: loss(zigzag + "2 * zigzag:detach() - zigzag")), "gradient")
        #expect(wrong.verdict == .failed)
        #expect(try number(wrong, "wrong") + number(wrong, "kinks") == 96)
    }

    // MARK: Losses that are wrong

    @Test func aGradientThatIsNotThatOfTheValuesFails() throws {
        let report = try check(
            "mine.lua", script: loss("local p = logits:softmax():pick(labels) return (1 - p) * p:detach()"))
        #expect(
            bare(try result(report, "gradient").text(colored: false)) == """
                FAIL  gradient    is not that of the values at 56 of 96 entries
                                  d loss / d logit 1 is -0.036487, differences show 0.096192
                                  at logits (-0.24341, 0.37862, -0.41796, -0.31193), label 1
                                  if something is held fixed on purpose (detach, stop_gradient), say what: nj.loss { \
                detaches = "..." }
                """)
        #expect(report.summary == "loss 'mine' fails 2 of 15 checks")
    }

    @Test func whatALossSaysItHoldsFixedIsANote() throws {
        let report = try check(
            "mine.lua",
            script: loss(
                "local p = logits:softmax():pick(labels) return (1 - p) * p:detach()", "detaches = \"the weight p_y\",")
        )
        let gradient = try result(report, "gradient")
        #expect(gradient.verdict == .note)
        #expect(
            gradient.text == "differs from differences at 56 of 96 entries, as declared: it holds fixed the weight p_y")
    }

    @Test func numbersThatAreNotFiniteAtExtremeLogitsFail() throws {
        let report = try check(
            "mine.lua",
            script: loss("return -(logits:exp() / logits:exp():sum(-1, { keep = true })):pick(labels):log()"))
        #expect(
            bare(try result(report, "extremes").text(colored: false)) == """
                FAIL  extremes    the value is nan in float64: 'exp' at mine.lua:6 is infinite
                                  at logits (10000, -10000, 0, 0), label 1
                                  exp of large numbers overflows: subtract the largest logit first, as softmax and \
                logsumexp do
                """)
        #expect(
            bare(try result(report, "gradient").text(colored: false)) == """
                FAIL  gradient    the value is infinity in float64: 'exp' at mine.lua:6 is infinite
                                  at logits (-8113.7, 12621, -13932, -10398), label 1
                                  exp of large numbers overflows: subtract the largest logit first, as softmax and \
                logsumexp do
                """)
    }

    @Test func anInfiniteGradientAtAFiniteValueFails() throws {
        let report = try check("mine.lua", script: loss("return 1 - logits:softmax():pick(labels) ^ 0.5"))
        let extremes = try result(report, "extremes")
        #expect(
            bare(extremes.text)
                == "an entry of the gradient is nan in float64: the gradient of 'pow' at mine.lua:6 is infinite")
        #expect(extremes.lines.first == "at logits (-10000, 10000, 10000, 0), label 1")
    }

    @Test func aWrongShapeFailsAndEndsTheCheck() throws {
        let report = try check("mine.lua", script: loss("return -logits:log_softmax()"))
        #expect(report.results.count == 1)
        #expect(
            bare(report.results[0].text(colored: false)) == """
                FAIL  shape       mine.lua:5: forward of loss 'mine' must return one value per sample, shape (1), it \
                returned shape (1, 2): sum over the classes with :sum(-1)
                                    the result (1, 2) made at mine.lua:6 by unary minus
                """)
        #expect(report.summary == "loss 'mine' fails 1 of 1 checks")
    }

    @Test func anotherDtypeFails() throws {
        let report = try check("mine.lua", script: loss("return -logits:log_softmax():pick(labels):float()"))
        #expect(report.results.map(\.text) == ["for float64 logits it returns float32"])
    }

    @Test func aLossThatDependsOnTheOrderOfClassesFails() throws {
        let report = try check(
            "mine.lua",
            script: loss("return -logits:log_softmax():pick(labels) + 0.1 * logits:narrow(2, 1, 1):squeeze(-1)"))
        #expect(
            try result(report, "classes").text(colored: false) == """
                FAIL  classes     the order of classes matters: values change by up to 0.85078
                                  with classes and labels renamed in the same way a loss should not change
                """)
        #expect(try result(report, "range").verdict == .note)
    }

    @Test func aParameterOfClassesExplainsTheirOrder() throws {
        let report = try check(
            "mine.lua",
            script: loss(
                "return nj.tensor(self.w, { dtype = logits:dtype() }):expand(logits:size(1), 5):pick(labels) "
                    + "* logits:square():sum(-1)",
                "params = { w = { default = { 1, 2, 3, 4, 5 } } }, "
            ).replacing(
                "expand(logits:size(1), 5)",
                with: "narrow(1, 1, math.min(5, logits:size(2))):expand(logits:size(1), math.min(5, logits:size(2)))")
        ) { $0.classes = 5 }
        let classes = try result(report, "classes")
        #expect(classes.verdict == .note)
        #expect(classes.lines == ["perhaps by its parameter 'w'"])
    }

    @Test func aSampleThatDependsOnItsBatchIsANote() throws {
        let report = try check("mine.lua", script: loss("return logits:sum(-1) - logits:mean()"))
        let samples = try result(report, "samples")
        #expect(samples.verdict == .note)
        #expect(samples.text.hasPrefix("the value of a sample depends on the rest of its batch (by up to "))
    }

    @Test func anEndlessLoopEndsTheCheck() throws {
        let report = try check("mine.lua", script: loss("while true do end"), instructions: 2_000_000)
        #expect(
            bare(report.results.map { $0.text(colored: false) }.joined()) == """
                FAIL  shape       mine.lua:6: the script used up its instructions
                                  it ran for 2000000 instructions: is there a loop without an end?
                """)
        let message = try #require(throws: (any Error).self) {
            try check("mine.lua", script: "while true do end", instructions: 2_000_000)
        }
        #expect(
            bare("\(message)")
                == "mine.lua:1: the script used up its instructions\nit ran for 2000000 instructions: is there a loop "
                + "without an end?")
    }

    @Test func aTableThatGrowsWithoutAnEndEndsTheCheck() throws {
        let report = try check(
            "mine.lua", script: loss("local t = {} while true do t[#t + 1] = (\"x\"):rep(1000) .. #t end"),
            memory: 32 << 20)
        #expect(report.results.count == 1)
        #expect(report.results[0].lines == ["scripts get 32 MiB for Lua: does a table grow without an end?"])
    }

    // MARK: Others that are wrong

    @Test func noiseThatDrawsOutsideItsStreamFails() throws {
        let report = try check(
            "wild.lua",
            script: """
                local nj = require "nightjar"
                return nj.noise { name = "wild", apply = function(_, labels, ctx)
                  return ((labels + (nj.rand(ctx.count) * 1.5):floor():int()) - 1) % ctx.classes + 1
                end }
                """)
        #expect(try result(report, "seed").verdict == .failed)
        #expect(try result(report, "matrix").verdict == .note)
    }

    @Test func noiseGetsAsManyFeaturesAsLabels() throws {
        let report = try check(
            "seen.lua",
            script: """
                local nj = require "nightjar"
                return nj.noise { name = "seen", apply = function(_, labels, ctx)
                  assert(ctx.features:size(1) == labels:numel() and ctx.count == labels:numel())
                  return labels
                end }
                """)
        #expect(report.results.filter { $0.verdict == .failed }.isEmpty)
    }

    @Test func noiseThatDoesNotFollowItsMatrixFails() throws {
        let report = try check(
            "shifted.lua",
            script: """
                local nj = require "nightjar"
                return nj.noise {
                  name = "shifted",
                  matrix = function() return { { 0.9, 0.1, 0 }, { 0, 0.9, 0.1 }, { 0.1, 0, 0.9 } } end,
                  apply = function(self, labels, ctx)
                    return nj.noise.draw(labels, { { 0.9, 0, 0.1 }, { 0, 0.9, 0.1 }, { 0.1, 0, 0.9 } }, ctx)
                  end,
                }
                """
        ) { $0.classes = 3 }
        let matrix = try result(report, "matrix")
        #expect(matrix.verdict == .failed)
        #expect(matrix.text == "the labels do not follow the matrix")
        #expect(try #require(matrix.lines.first).hasPrefix("class 1 became "))
        #expect(try result(report, "rate").verdict == .ok)
    }

    @Test func aScheduleWithAMemoryFails() throws {
        let report = try check(
            "counter.lua",
            script: """
                local nj = require "nightjar"
                local calls = 0
                return nj.schedule { name = "counter", value = function() calls = calls + 1 return 1 / calls end }
                """
        ) { $0.epochs = 10 }
        #expect(
            try result(report, "repeats").text(colored: false) == """
                FAIL  repeats     epoch 10 gave 0.1 first and 0.090909 when asked again
                                  a schedule is asked again when a run resumes: it must depend on epoch and step alone
                """)
    }

    @Test func aScheduleIsDrawn() throws {
        let report = try check("schedules/step") {
            $0.settings = [("drops", "4,6"), ("factor", "0.5"), ("base", "8")]
            $0.epochs = 8
        }
        #expect(
            try result(report, "plot").text(colored: false) == """
                ok    plot        value by epoch, 1 to 8
                                  8 │████
                                    │████
                                    │████
                                    │████
                                    │██████
                                    │██████
                                    │████████
                                  0 │████████
                                    └────────
                                     1      8
                """)
    }

    @Test(arguments: [40, 80, 120]) func whatIsSaidFitsTheTerminal(width: Int) throws {
        for target in ["schedules/cosine", "noise/uniform", "optimizers/adam", "losses/rll"] {
            let report = try check(target) {
                $0.width = width
                $0.skipped = ["time"]
            }
            // Rows of tables stay as they are.
            let lines = report.results.filter { $0.name != "slope" }.flatMap {
                $0.text(colored: false, width: width).split(separator: "\n")
            }
            #expect(lines.filter { $0.count > width && $0.dropFirst(18).contains(" ") }.isEmpty, "\(target)")
            #expect(lines.count > 3)
        }
        let plot = try result(check("schedules/cosine") { $0.width = width }, "plot").text(colored: false, width: width)
        #expect(plot.split(separator: "\n").map(\.count).max() == width)
    }

    @Test func anOptimizerThatClimbsFails() throws {
        let report = try check(
            "up.lua",
            script: """
                local nj = require "nightjar"
                return nj.optimizer { name = "up", update = function(_, w, g, _, lr) return w + lr * g end }
                """)
        #expect(try result(report, "direction").text == "the first update does not go down the gradient")
        #expect(try result(report, "quadratic").verdict == .failed)
        #expect(report.verdict == .failed)
    }

    // MARK: Names

    @Test func namesThatAreNotThereAreAnswered() throws {
        func message(_ target: String, _ kind: String? = nil) throws -> String {
            "\(try #require(throws: (any Error).self) { try check(target) { $0.kind = kind } })"
        }
        #expect(
            try message("nmsee")
                == "no plugin provides 'nmsee' among its losses, noise, schedules, optimizers, scores or suspicions: "
                + "did you mean 'nmse'?\n  a path to a .lua file works as well")
        #expect(
            try message("rll", "loses")
                == "there is no kind 'loses': did you mean 'losses'?\n"
                + "  kinds are losses, noise, schedules, optimizers, scores, suspicions")
        #expect(
            try message("optimizers/rll")
                == "no plugin provides 'rll' among its optimizers\n  a path to a .lua file works as well")
        let model = try #require(throws: (any Error).self) {
            try check(
                "m.lua",
                script: """
                    local nj = require "nightjar"
                    return nj.model { name = "m", build = function() end }
                    """)
        }
        #expect(
            "\(model)".hasSuffix(
                "nightjar check knows losses, noise models, schedules, optimizers, scores and suspicions; this is a model"
            )
        )
    }
}
