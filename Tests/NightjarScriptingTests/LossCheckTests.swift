import Foundation
import NightjarScripting
import NightjarTools
import Testing

/// Losses that students write, and what `nightjar check` says of each in a line.
@Suite struct LossCheckTests {
    /// One loss: the body of its `forward` in which `z` are the logits and `y` the labels, on line 3 of `mine.lua`.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let body: String
        /// The checks that have to fail with the start of what each says; none: it passes.
        var fails: [String: String] = [:]
        /// The checks that have to be notes, with what each says.
        var notes: [String: String] = [:]
        var advice: String?
        var testDescription: String { name }
    }

    static let oneHot = "local one = y:one_hot(z:size(-1), { dtype = z:dtype() }) "

    static let broken: [Case] = [
        Case(
            name: "the logarithm of a softmax", body: "return -z:softmax():log():pick(y)",
            fails: [
                "gradient": "the value is infinity in float64: 'log' at mine.lua:3 is infinite",
                "extremes": "the value is infinity in float64: 'log' at mine.lua:3 is infinite",
                "corners":
                    "an entry of the gradient is nan in float64: the gradient of 'log' at mine.lua:3 is nan, at a label "
                    + "of probability 1",
            ],
            advice:
                "a probability that rounds to 0 has no logarithm: take logits:log_softmax() instead of softmax():log(), "
                + "or hold it up with :maximum(1e-12)"),
        Case(
            name: "a power below 1 of a difference that vanishes",
            body: "local lp = z:log_softmax():pick(y) return -(1 - lp:exp()) ^ 0.5 * lp",
            fails: [
                "extremes":
                    "an entry of the gradient is nan in float64: the gradient of 'pow' at mine.lua:3 is infinite",
                "corners":
                    "an entry of the gradient is nan in float64: the gradient of 'pow' at mine.lua:3 is infinite",
            ],
            advice:
                "a power below 1 has an infinite slope at 0: write it as (q * logits:log_softmax()):exp(), or hold the "
                + "base up with :maximum(1e-20)"),
        Case(
            name: "a branch that where does not take",
            body: "local p = z:softmax():pick(y) return -nj.where(p:gt(1e-30), p:log(), -69)",
            fails: [
                "extremes": "an entry of the gradient is nan in float64: the gradient of 'log' at mine.lua:3 is nan",
                "corners":
                    "an entry of the gradient is nan in float64: the gradient of 'log' at mine.lua:3 is nan, at a label "
                    + "of probability 0",
            ],
            advice:
                "the branch that nj.where does not take has 0 times its slope, nan where the slope is infinite: make "
                + "its operand safe first, as in nj.where(fine, p, 1):log()"),
        Case(
            name: "the logarithm of a label", body: oneHot + "return -(z:softmax() * one:log()):sum(-1)",
            fails: [
                "gradient": "the value is infinity in float64: 'log' at mine.lua:3 is infinite",
                "corners": "the value is infinity in float64: 'log' at mine.lua:3 is infinite, at zero logits",
            ]),
        Case(
            name: "a power of a probability", body: "return (1 - z:softmax():pick(y) ^ 0.7) / 0.7",
            fails: [
                "extremes":
                    "an entry of the gradient is nan in float64: the gradient of 'pow' at mine.lua:3 is infinite",
                "corners":
                    "an entry of the gradient is nan in float64: the gradient of 'pow' at mine.lua:3 is infinite, at a "
                    + "label of probability 0",
            ]),
        Case(
            name: "0 times the logarithm of 0",
            body: "local p = z:softmax() " + oneHot
                + "local t = 0.9 * one + 0.1 * p return (t * (t:log() - p:log())):sum(-1)",
            fails: ["extremes": "the value is nan in float64: 'log' at mine.lua:3 is infinite"]),
        Case(
            name: "one number for the batch", body: "return -z:log_softmax():pick(y):mean()",
            fails: [
                "shape":
                    "mine.lua:2: forward of loss 'mine' must return one value per sample, shape (1), it returned shape "
                    + "(): return one value per sample and leave the average to the trainer, or declare reduction = "
                    + "\"batch\""
            ]),
        Case(
            name: "counted errors", body: "return z:argmax(-1):ne(y):to(z:dtype())",
            fails: [
                "gradient": "it has no gradient: 'argmax' at mine.lua:3 passes none on, and nothing would be learned"
            ],
            advice:
                "a loss is made of operations that have one, such as log_softmax and pick; to count errors, write a "
                + "metric"),
        Case(
            name: "numbers that were read",
            body: "local t = (-z:log_softmax():pick(y)):totable() return nj.tensor(t, { dtype = z:dtype() })",
            fails: ["gradient": "it has no gradient: its values do not depend on the logits, at mine.lua:3"],
            advice:
                "numbers that are read with totable or item have lost their history: work with tensors throughout"),
        Case(
            name: "all held fixed", body: "return -z:detach():log_softmax():pick(y)",
            fails: [
                "gradient": "it has no gradient: 'detach' at mine.lua:3 passes none on, and nothing would be learned"
            ]),
        Case(
            name: "rounded values", body: "return (-z:log_softmax():pick(y)):round()",
            fails: [
                "gradient": "it has no gradient: 'round' at mine.lua:3 passes none on, and nothing would be learned"
            ]),
        Case(
            name: "a division by what vanishes", body: "local p = z:softmax():pick(y) return (1 - p) / p",
            fails: ["extremes": "the value is infinity in float64: 'div' at mine.lua:3 is infinite"],
            advice: "a division by 0: hold the divisor up with :maximum(1e-12)"),
        Case(
            name: "exponentials that overflow", body: "return z:exp():sum(-1):log() - z:pick(y)",
            fails: ["extremes": "the value is infinity in float64: 'exp' at mine.lua:3 is infinite"],
            advice: "exp of large numbers overflows: subtract the largest logit first, as softmax and logsumexp do"),
        Case(
            name: "a forgotten minus", body: "return z:log_softmax():pick(y)",
            fails: [
                "ends": "0 for the perfect prediction, -2.3026 for the uniform one, -1000 for certainty of another"
            ],
            advice:
                "it falls as the label becomes less probable, so that training would make the model wrong: is a minus "
                + "missing?"),
        Case(
            name: "labels that make no difference", body: "return -(z:softmax() * z:log_softmax()):sum(-1)",
            fails: ["classes": "the labels make no difference: the values of others are the same"],
            advice:
                "a loss compares predictions with labels, for example by logits:log_softmax():pick(labels)"),
        Case(
            name: "labels beside numbers without bounds",
            body: "return -z:log_softmax():pick(y) + 1e30 * z:softmax():square():sum(-1)",
            fails: ["classes": "the labels make no difference: the values of others are the same"],
            advice:
                "its values reach 9.6154e29, beside which a term of the size of 1 is lost in rounding: make the others "
                + "smaller"),
        Case(
            name: "labels that are written over", body: "y = z:argmax(-1) return -z:log_softmax():pick(y)",
            fails: ["classes": "the labels make no difference: the values of others are the same"]),
        Case(
            name: "a gradient of one's own that is no number",
            body: "local f = nj.custom { name = 'f', forward = function(_, x) return x * 2 end, "
                + "backward = function(_, g) return g * (0 / 0) end } return f(-z:log_softmax():pick(y))",
            fails: [
                "gradient": "an entry of the gradient is nan in float64", "extremes": "an entry of the gradient is nan",
                "corners": "an entry of the gradient is nan",
            ]),
    ]

    static let sound: [Case] = [
        Case(
            name: "a hinge on the margin",
            body: "local own = z:pick(y) local one = y:one_hot(z:size(-1), { dtype = \"bool\" }) "
                + "return (1 + nj.where(one, -math.huge, z):max(-1) - own):relu()",
            notes: [
                "corners": "finite at zero and equal logits, where it has a kink (ties): its gradient lies between the "
                    + "slopes there"
            ]),
        Case(
            name: "probabilities between two bounds", body: "return -z:softmax():clamp(1e-7, 1 - 1e-7):log():pick(y)",
            notes: ["reach": "its gradient vanishes where the label's probability is below 1e-7"]),
        Case(name: "cross-entropy", body: "return -z:log_softmax():pick(y)"),
        Case(
            name: "the absolute distance of logits and label", body: oneHot + "return (z - 3 * one):abs():sum(-1)",
            notes: [
                "corners": "finite at zero and equal logits, where it has a kink (ties): its gradient lies between the "
                    + "slopes there",
                "masked": "does not go with masked classes (logits of -infinity): the value is infinity in float64",
            ]),
    ]

    /// - Parameter before: what stands in front of the definition, on line 1.
    private func report(_ body: String, _ fields: String = "", before: String = "") throws -> CheckReport {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("mine.lua")
        let text = """
            local nj = require "nightjar" \(before)
            return nj.loss { name = "mine", \(fields) forward = function(self, z, y, batch)
              \(body)
            end }
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        var request = CheckRequest(target: file.path)
        request.skipped = ["time"]
        return try ScriptCheck(makeHost(), request, instructions: 1_000_000_000).run()
    }

    private func bare(_ text: String) -> String { text.replacing(/[^ ]*nightjar-[-0-9A-F]+\//, with: "") }

    @Test func `what masked classes break says what to write`() throws {
        let report = try report("local _ = y return z:square():sum(-1)")
        let result = try #require(report.results.first { $0.name == "masked" })
        #expect(result.verdict == .note)
        #expect(
            result.lines == [
                "a class that is masked out has the probability 0, and the loss takes its logarithm or its logit, -infinity: "
                    + "give it the logit -1e4, as in nj.where(mask, -1e4, logits), which is as impossible and finite"
            ])
    }

    @Test(arguments: broken) func `what breaks fails for its own reason`(one: Case) throws {
        let report = try report(one.body)
        #expect(report.verdict == .failed)
        for (name, text) in one.fails {
            let result = try #require(report.results.first { $0.name == name })
            #expect(result.verdict == .failed)
            #expect(bare(result.text).hasPrefix(text), "\(bare(result.text))")
        }
        if let advice = one.advice {
            #expect(report.results.contains { $0.verdict == .failed && $0.lines.contains(advice) })
        }
    }

    @Test(arguments: sound) func `what is sound passes, with what is worth knowing`(one: Case) throws {
        let report = try report(one.body)
        #expect(report.results.filter { $0.verdict == .failed }.map { $0.text(colored: false) } == [])
        for (name, text) in one.notes {
            let result = try #require(report.results.first { $0.name == name })
            #expect(result.verdict == .note)
            #expect(bare(result.text) == text)
        }
    }

    @Test func `a gradient that is no slope where logits are equal fails`() throws {
        let report = try report(
            """
            local margin = z:pick(y) - z:mean(-1)
              -- The slope at 0 is one half; what is held fixed there is taken for a step.
              return nj.where(margin:eq(0), margin:detach(), -margin)
            """)
        let corners = try #require(report.results.first { $0.name == "corners" })
        #expect(corners.verdict == .failed)
        #expect(corners.text.hasPrefix("the gradient is not that of the values at "))
        #expect(corners.text.hasSuffix("of 24 entries, at zero logits"))
    }

    @Test func `a loss that asks for views gets some that differ`() throws {
        let report = try report(
            "return (z:softmax() - batch.model(batch.views[1]):softmax()):square():sum(-1)",
            "needs = { views = 1, model = true },")
        let range = try #require(report.results.first { $0.name == "range" })
        let high = try #require(range.numbers.first { $0.name == "high" }?.value)
        #expect(high > 0.001)
        // A tenth of a probability cannot hide behind views that are equal.
        let wrong = try self.report(
            "return -z:log_softmax():pick(y) + 1e300 * (z - batch.model(batch.views[1])):square():sum(-1)",
            "needs = { views = 1, model = true },")
        #expect(wrong.verdict == .failed)
    }

    @Test func `a loss that remembers in variables of the script fails`() throws {
        let report = try report(
            "calls = calls + 1 return -z:log_softmax():pick(y) / calls", before: "local calls = 0")
        let samples = try #require(report.results.first { $0.name == "samples" })
        #expect(samples.verdict == .failed)
        #expect(
            samples.text == "values change from call to call, with the same logits, labels and random numbers")
        // What draws, and what has a state, gives the same values for the same seed.
        for (body, fields) in [
            ("return -z:log_softmax():pick(y) * nj.rand({ z:size(1) }, { dtype = z:dtype() })", ""),
            (
                "local old = self.m:index(1, batch.indices) self.m = self.m:scatter_add(1, batch.indices, old * 0 + 1) "
                    + "return -z:log_softmax():pick(y) * (1 + old)",
                "state = { m = { \"samples\", start = \"zeros\" } },"
            ),
        ] {
            let result = try #require(try self.report(body, fields).results.first { $0.name == "samples" })
            #expect(result.verdict != .failed, "\(result.text)")
        }
    }

    @Test func `outputs of a model are rows where labels are dense`() throws {
        let report = try report(
            "return -z:log_softmax():pick(y) + (z - 0.5 * batch.outputs[2]):square():sum(-1)",
            "needs = { outputs = 2 },")
        #expect(report.results.filter { $0.verdict == .failed }.map { $0.text(colored: false) } == [])
    }

    @Test func `a loss that never changes fails`() throws {
        let report = try report("return z:sum(-1) * 0 + 1")
        let gradient = try #require(report.results.first { $0.name == "gradient" })
        #expect(gradient.verdict == .failed)
        #expect(
            gradient.text
                == "it is 0 wherever it was looked at: the loss does not change with the logits, and nothing would be "
                + "learned")
    }

    /// A loss that is sound but for one place, and the checks that have to find it: no other may fail.
    struct Spot: CustomTestStringConvertible, Sendable {
        let name: String
        let body: String
        var fields = ""
        /// The name of each check that fails, or is a note, with the start of what it says.
        let found: [String: String]
        var verdict = CheckVerdict.failed
        var testDescription: String { name }
    }

    private static let spots: [Spot] = [
        Spot(
            name: "only at zero logits",
            body: "local bad = z:eq(0):all(-1):to(z:dtype()) return -z:log_softmax():pick(y) + bad / (1 - bad)",
            found: [
                "corners": "the value is infinity in float64: 'div' at mine.lua:3 is infinite, at zero logits",
                "extremes": "the value is infinity in float64: 'div' at mine.lua:3 is infinite",
            ]),
        Spot(
            name: "only at equal logits that are not 0",
            body: "local spread = z:max(-1) - z:min(-1) local same = spread:eq(0):logical_and(z:max(-1):abs():lt(1))"
                + ":logical_and(z:max(-1):ne(0)):to(z:dtype()) return -z:log_softmax():pick(y) + same / (1 - same)",
            found: ["corners": "the value is infinity in float64: 'div' at mine.lua:3 is infinite, at equal logits"]),
        Spot(
            name: "only in a batch of one class",
            body:
                "local one = y:max():eq(y:min()):logical_and(z:size(1) > 2 and z:max():abs():lt(3) or nj.zeros({}):gt(1))"
                + ":to(z:dtype()) return -z:log_softmax():pick(y) + (one / (1 - one)):expand(z:size(1))",
            fields: "together = true,",
            found: [
                "corners":
                    "the value is infinity in float64: 'div' at mine.lua:3 is infinite, at zero logits in a batch of one class"
            ]),
        Spot(
            name: "only where the label has the probability 1",
            body: "local p = z:softmax():pick(y) return -z:log_softmax():pick(y) + (1 - p):sqrt()",
            found: [
                "gradient":
                    "an entry of the gradient is nan in float64: the gradient of 'sqrt' at mine.lua:3 is infinite",
                "extremes":
                    "an entry of the gradient is nan in float64: the gradient of 'sqrt' at mine.lua:3 is infinite",
                "corners":
                    "an entry of the gradient is nan in float64: the gradient of 'sqrt' at mine.lua:3 is infinite, at a label of probability 1",
            ]),
        Spot(
            name: "only where the label has the probability 0",
            body: "local p = z:softmax():pick(y) return 1 - p:sqrt()",
            found: [
                "gradient":
                    "an entry of the gradient is nan in float64: the gradient of 'sqrt' at mine.lua:3 is infinite",
                "extremes":
                    "an entry of the gradient is nan in float64: the gradient of 'sqrt' at mine.lua:3 is infinite",
                "corners":
                    "an entry of the gradient is nan in float64: the gradient of 'sqrt' at mine.lua:3 is infinite, at a label of probability 0",
            ]),
        Spot(
            name: "only where another class is masked out",
            body: "return -z:log_softmax():pick(y) + 1e-3 * (z:softmax() * z:tanh() * z:log_softmax()):sum(-1)",
            found: ["masked": "does not go with masked classes (logits of -infinity): the value is nan in float64"],
            verdict: .note),
        Spot(
            name: "only where views differ",
            body: "local other = batch.model(batch.views[1]) local off = (z - other):abs():sum(-1):gt(0):to(z:dtype()) "
                + "return -z:log_softmax():pick(y) + off / (1 - off)",
            fields: "needs = { views = 1, model = true },",
            found: [
                "gradient": "the value is infinity in float64: 'div' at mine.lua:3 is infinite",
                "extremes": "the value is infinity in float64: 'div' at mine.lua:3 is infinite",
                "corners": "the gradient is not that of the values at 24 of 24 entries, at zero logits",
            ]),
        Spot(
            name: "only with labels left out",
            body: "return -z:log_softmax():pick(y) * (1 + y:float():mean():to(z:dtype()):expand(z:size(1)))",
            fields: "together = false, soft = \"no\",",
            found: [
                "left out": "labels that are left out change the others: off by ",
                "classes": "the order of classes matters: values change by up to ",
            ]),
        Spot(
            name: "only with soft labels",
            body: "return -z:log_softmax():pick(y)",
            fields:
                "soft = function(_, z, q) return -(z:log_softmax() * (q * q)):sum(-1):detach() - z:log_softmax():pick(q) "
                + "+ z:log_softmax():pick(q):detach() end,",
            found: ["soft labels": "the gradient with soft labels is not that of the values at "]),
        Spot(
            name: "only with labels between 0 and 1",
            body: "local far = y:gt(0):logical_and(y:lt(1)):to(z:dtype()) "
                + "return (1 - y) * z + (-z):softplus() + far * (z - z:detach())",
            fields: "labels = \"binary\",",
            found: ["soft labels": "the gradient with labels between 0 and 1 is not that of the values at "]),
        Spot(
            name: "only with labels of pictures",
            body: "return -z:log_softmax():pick(y) * (batch.inputs:rank() > 2 and 2 or 1)",
            found: [
                "dense": "a label for each place of a picture gives other values than the rows alone: off by "
            ]),
        Spot(
            name: "only its gradient, which is cut",
            body: "return (-z:log_softmax():pick(y)):detach()",
            found: [
                "gradient": "it has no gradient: 'detach' at mine.lua:3 passes none on, and nothing would be learned"
            ]),
    ]

    @Test(arguments: spots) func `what breaks in one place alone is found there and nowhere else`(spot: Spot) throws {
        let report = try report(spot.body, spot.fields)
        for (name, text) in spot.found {
            let result = try #require(report.results.first { $0.name == name })
            #expect(result.verdict == spot.verdict, "\(name)")
            #expect(bare(result.text).hasPrefix(text), "\(name): \(bare(result.text))")
        }
        let others = report.results.filter { $0.verdict == .failed && spot.found[$0.name] == nil }
        #expect(others.map { bare($0.text(colored: false)) } == [])
    }
}
