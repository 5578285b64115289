import NightjarScripting
import Testing

/// An expression in a script, and the numbers it gives.
struct Case: Sendable, CustomTestStringConvertible {
    let expression: String
    let expected: [Double]
    var testDescription: String { expression }

    init(_ expression: String, _ expected: [Double]) {
        self.expression = expression
        self.expected = expected
    }
}

/// Operations as scripts see them: dimensions, positions and labels from 1. Values worked out by hand.
@Suite struct OperationTests {
    private static let setup = "local t = nj.tensor({ { 1, 2, 3 }, { 4, 5, 6 } }, { dtype = \"float64\" })\n"

    private static let cases: [Case] = [
        Case("t:sum(1)", [5, 7, 9]),
        Case("t:sum(-1)", [6, 15]),
        Case("t:sum()", [21]),
        Case("t:sum({ 1, 2 })", [21]),
        Case("t:mean(2)", [2, 5]),
        Case("t:max(1)", [4, 5, 6]),
        Case("t:min(2)", [1, 4]),
        Case("t:prod(-1)", [6, 120]),
        Case("t:argmax()", [3, 3]),
        Case("t:argmin(1)", [1, 1, 1]),
        Case("t:var(-1)", [1, 1]),
        Case("t:var(-1, { correction = 0 }) * 3", [2, 2]),
        Case("t:std(-1)", [1, 1]),
        Case("t:norm(1):square()", [17, 29, 45]),
        Case("t:norm(2, { p = 1 })", [6, 15]),
        Case("t:norm({ p = math.huge })", [6]),
        Case("t:gt(3):any(2)", [0, 1]),
        Case("t:gt(0):all()", [1]),
        Case("t:gt(3):logical_and(t:lt(6))", [0, 0, 0, 1, 1, 0]),
        Case("t:eq(2):logical_not()", [1, 0, 1, 1, 1, 1]),
        Case("t:clamp(2, 5)", [2, 2, 3, 4, 5, 5]),
        Case("t:clamp(nil, 2)", [1, 2, 2, 2, 2, 2]),
        Case("nj.where(t:gt(3), t, 0)", [0, 0, 0, 4, 5, 6]),
        Case("nj.where(t:gt(3), 1, -t)", [-1, -2, -3, 1, 1, 1]),
        Case("(t - 4):leaky_relu(0.5)", [-1.5, -1, -0.5, 0, 1, 2]),
        Case("(t - 4):relu()", [0, 0, 0, 0, 1, 2]),
        Case("t:maximum(3)", [3, 3, 3, 4, 5, 6]),
        Case("10 - t", [9, 8, 7, 6, 5, 4]),
        Case("2 / t:slice({ 1 })", [2, 1, 0.6666666666666666]),
        Case("t:matmul(t, { transpose_b = true })", [14, 32, 32, 77]),
        Case("t:t():mm(t)", [17, 22, 27, 22, 29, 36, 27, 36, 45]),
        Case("t:reshape(3, 2):slice({}, { 2 })", [2, 4, 6]),
        Case("t:reshape({ -1 }):slice({ 2, -2 })", [2, 3, 4, 5]),
        Case("t:transpose(1, 2)", [1, 4, 2, 5, 3, 6]),
        Case("t:permute(2, 1)", [1, 4, 2, 5, 3, 6]),
        Case("t:narrow(2, 2, 2)", [2, 3, 5, 6]),
        Case("t:slice({ 2, 1, -1 }, { 3, 1, -2 })", [6, 4, 3, 1]),
        Case("nj.cat({ t, t }, 2):size(2)", [6]),
        Case("nj.stack({ t, t })", [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]),
        Case("t:unsqueeze(1):squeeze(1):flatten()", [1, 2, 3, 4, 5, 6]),
        Case("t:flatten():unsqueeze(-1):size(1)", [6]),
        Case("nj.tensor({ 1, 2 }):expand(2, 2)", [1, 2, 1, 2]),
        Case("nj.arange(3)", [0, 1, 2]),
        Case("nj.arange(1, 2, 0.25)", [1, 1.25, 1.5, 1.75]),
        Case("nj.linspace(0, 1, 5)", [0, 0.25, 0.5, 0.75, 1]),
        Case("nj.eye(2)", [1, 0, 0, 1]),
        Case("nj.full({ 2 }, 7, { dtype = \"int32\" })", [7, 7]),
        Case("t:pick(nj.tensor({ 1, 3 }, { dtype = \"int32\" }))", [1, 6]),
        Case("t:pick(nj.tensor({ 1, 3 }))", [1, 6]),
        Case("nj.one_hot(nj.tensor({ 1, 3 }, { dtype = \"int32\" }), 3)", [1, 0, 0, 0, 0, 1]),
        Case("(t / 4):int()", [0, 0, 0, 1, 1, 1]),
        Case("t:logsumexp(-1) - t:log_softmax():logsumexp(-1) - t:logsumexp(-1)", [0, 0]),
        Case("nj.tensor(0.5):softplus() - (1 + nj.tensor(0.5):exp()):log()", [0]),
        Case("t:size(-1), t:rank(), t:numel()", [3, 2, 6]),
        Case("t:shape()", [2, 3]),
        Case("nj.zeros(0, 3):sum(1)", [0, 0, 0]),
        Case("t:cumsum(1)", [1, 2, 3, 5, 7, 9]),
        Case("t:cumsum({ 1, 2 })", [1, 3, 6, 5, 12, 21]),
        Case("t:cumsum(-1, { reverse = true })", [6, 5, 3, 15, 11, 6]),
        Case("nj.tensor({ 3, 1, 2 }):sort()", [1, 2, 3, 2, 3, 1]),
        Case("nj.tensor({ 3, 1, 3 }):argsort(1, { descending = true })", [1, 3, 2]),
        Case("t:topk(2)", [3, 2, 6, 5, 3, 2, 3, 2]),
        Case("t:topk(1, 1, { largest = false })", [1, 2, 3, 1, 1, 1]),
        Case("t:index(2, { 3, 1 })", [3, 1, 6, 4]),
        Case("t:index(1, 2)", [4, 5, 6]),
        Case("t:index(1, 2):rank()", [1]),
        Case("t:index(2, nj.tensor({ { 1, 1 }, { 2, 3 } })):shape()", [2, 2, 2]),
        Case("t:gather(2, nj.tensor({ { 3 }, { 1 } }))", [3, 4]),
        Case("t:scatter_add(2, { 1, 1, 3 }, t)", [4, 2, 6, 13, 5, 12]),
        Case("nj.zeros(3):scatter_add(1, { 2, 2 }, 0.5)", [0, 1, 0]),
        Case("nj.bincount(nj.tensor({ 1, 3, 3 }))", [1, 0, 2]),
        Case("nj.bincount(nj.tensor({ 1, 3 }), 4, { weights = nj.tensor({ 0.5, 2 }) })", [0.5, 0, 2, 0]),
        Case("t:masked_select(t:gt(3))", [4, 5, 6]),
        Case("t:masked_select(nj.tensor({ true, false, true }, { dtype = \"bool\" }))", [1, 3, 4, 6]),
        Case("t:gt(4):nonzero()", [2, 2, 2, 3]),
        Case("t:flatten():gt(4):nonzero()", [5, 6]),
        Case("t:split({ 1, 2 }, 2)[2]", [2, 3, 5, 6]),
        Case("#t:split(2, 2), #t:chunk(3, 2), #t:chunk(5, 2)", [2, 3, 3]),
        Case("t:pad({ { 0, 1 }, { 1, 0 } })", [0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0]),
        Case("nj.ones(1):pad(1, { value = 7 })", [7, 1, 7]),
        Case("t:flip(2)", [3, 2, 1, 6, 5, 4]),
        Case("t:roll(1, 2)", [3, 1, 2, 6, 4, 5]),
        Case("nj.arange(2):tile(2, 2)", [0, 1, 0, 1, 0, 1, 0, 1]),
        Case("nj.arange(2):repeat_interleave(2)", [0, 0, 1, 1]),
        Case("nj.stack({ t, t }, -1):shape()", [2, 3, 2]),
        Case("nj.einsum(\"ij->j\", t)", [5, 7, 9]),
        Case("nj.einsum(\"ij,ij->i\", t, t)", [14, 77]),
        Case("nj.einsum(\"ii\", t:narrow(2, 1, 2))", [6]),
        Case("nj.einsum(\"...j,j->...\", t, nj.tensor({ 1, 0, 1 }, { dtype = \"float64\" }))", [4, 10]),
        Case("nj.outer(nj.arange(3), nj.arange(2))", [0, 0, 0, 1, 0, 2]),
        Case("t:matmul(nj.tensor({ 1, 0, 1 }, { dtype = \"float64\" }))", [4, 10]),
        Case("nj.tensor({ { 2, 0 }, { 0, 4 } }):inverse()", [0.5, 0, 0, 0.25]),
        Case("nj.tensor({ { 0, 2 }, { 4, 0 } }):det()", [-8]),
        Case("nj.tensor({ { 0, 2 }, { 4, 0 } }):slogdet()", [-1, 2.0794415416798357]),
        Case("t:softmax({ 1, 2 }):sum()", [1]),
        Case("t:norm(2, { p = 3 }) ^ 3", [36, 405]),
        Case("nj.zeros(0):gt(1):any(), nj.zeros(0):gt(1):all()", [0, 1]),
        Case("nj.tensor(true, { dtype = \"bool\" })", [1]),
    ]

    @Test(arguments: cases)
    func value(_ example: Case) throws {
        let (expression, expected) = (example.expression, example.expected)
        let script =
            OperationTests.setup + """
                local values = table.pack(\(expression))
                for i = 1, values.n do
                  if nj.is_tensor(values[i]) then values[i] = values[i]:totable() end
                end
                return table.unpack(values)
                """
        let found = try numbers(script)
        #expect(found.count == expected.count)
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-6, "\(expression)") }
    }

    @Test func eagerModeAgrees() throws {
        let script = """
            local x = nj.linspace(-2, 2, 12, { dtype = "float64" }):reshape(3, 4)
            local y = nj.tensor({ 1, 4, 2 }, { dtype = "int32" })
            local v, g = nj.value_and_grad(function(z) return nj.losses.rll {}(z:gelu() + z:silu(), y):mean() end, x)
            return v:item(), g:totable()
            """
        let planned = try numbers(script)
        let host = try makeHost()
        host.session.isEager = true
        let eager = try numbers(script, host)
        #expect(planned.count == 13 && eager.count == 13)
        for (a, b) in zip(planned, eager) { #expect(abs(a - b) < 1e-12) }
    }

    @Test func gradientsOfTablesAndOfGradients() throws {
        let script = """
            local w = { a = nj.tensor({ 1, 2 }, { dtype = "float64" }), b = { nj.tensor(3, { dtype = "float64" }) } }
            local g = nj.grad(function(p) return (p.a:square() * p.b[1]):sum() end, w)
            local second = nj.grad(function(x)
              return nj.grad(function(z) return (z ^ 3):sum() end, x):sum()
            end, w.a)
            return g.a:totable(), g.b[1]:item(), second:totable()
            """
        #expect(try numbers(script) == [6, 12, 5, 6, 12])
    }

    @Test func drawsDependOnSeedAndNameAlone() throws {
        let script = """
            local a, b = nj.rand({ 3 }, { seed = 1 }), nj.rand({ 3 }, { seed = 1 })
            local c, d = nj.rand({ 3 }, { seed = 1, name = "x" }), nj.rand(3)
            local e = nj.rand(3)
            nj.manual_seed(5)
            local f = nj.rand(3)
            nj.manual_seed(5)
            local g = nj.rand(3)
            local function same(x, y) return x:eq(y):all():item() end
            return same(a, b), same(a, c), same(d, e), same(f, g), same(d, f)
            """
        #expect(try numbers(script) == [1, 0, 0, 1, 0])
        let stream = """
            local s = nj.random_stream(7, "noise")
            local u, p = s:uniform(1000), s:permutation(5):totable()
            table.sort(p)
            local i = s:integers(1000, 2, 4)
            return u:min():item() >= 0 and u:max():item() < 1, p, i:min():item(), i:max():item(), math.type(s:integers(nil, 1, 9))
            """
        #expect(try numbers(stream) == [1, 1, 2, 3, 4, 5, 2, 4])
    }

    @Test func printShowsSummaries() throws {
        let host = try makeHost()
        var shown = ""
        host.output = { shown += $0 }
        try run(
            "print(nj.tensor({{1, 2.5}, {3, 4}}), 7) print(nj.zeros(100, 100)) print(nj.tensor(2)) print(nj.zeros(0))",
            host)
        #expect(
            shown == """
                {{1.0, 2.5},
                 {3.0, 4.0}}
                tensor (2, 2) float32\t7
                {{0, 0, 0, ..., 0, 0, 0},
                 {0, 0, 0, ..., 0, 0, 0},
                 {0, 0, 0, ..., 0, 0, 0},
                 ...,
                 {0, 0, 0, ..., 0, 0, 0},
                 {0, 0, 0, ..., 0, 0, 0},
                 {0, 0, 0, ..., 0, 0, 0}}
                tensor (100, 100) float32
                tensor(2) float32
                tensor (0) float32, empty

                """)
    }

    /// As in experiments: a loss has its parameters from outside, by itself or one by one.
    @Test func settingsHoldComponentsWithParameters() throws {
        let script =
            "local c = nj.config { loss = \"rll\", other = { \"gce\", q = 0.4 }, hidden = { 8 } }\n"
            + "local loss = nj.losses[c.loss] {}\n"
            + "return tostring(c.loss), tostring(loss) .. loss[loss.name == \"gce\" and \"q\" or \"alpha\"], tostring(c.other), "
            + "c.hidden"
        func values(_ settings: [(String, String)]) throws -> [String?] {
            let values = try run(script, makeHost(ScriptOptions(settings: settings.map { (name: $0.0, value: $0.1) })))
            return values.prefix(3).map(\.asString) + [values[3].asTable?.array.compactMap(\.asNumber).description]
        }
        #expect(try values([]) == ["rll", "loss 'rll'0.1", "gce{q=0.4}", "[8.0]"])
        #expect(
            try values([("loss", "gce{q=0.3}"), ("other", "cce"), ("hidden", "{4,2}")])
                == ["gce{q=0.3}", "loss 'gce'0.3", "cce", "[4.0, 2.0]"])
        #expect(
            try values([("loss.alpha", "0.2"), ("other.q", "0.9")])
                == ["rll{alpha=0.2}", "loss 'rll'0.2", "gce{q=0.9}", "[8.0]"])
        func refused(_ name: String, _ value: String) throws -> String {
            try failure(script, makeHost(ScriptOptions(settings: [(name, value)])))
        }
        #expect(
            try refused("loss", "gce{q=7}")
                == "script.lua:2: 'loss': parameter 'q' of loss 'gce' must be at most 1, got 7")
        #expect(
            try refused("loss.q", "0.2")
                == "script.lua:2: 'loss': loss 'rll' has no parameter 'q'\n  parameters are alpha")
        #expect(
            try refused("loss.alpha", "0.1,0.2")
                == "script.lua:2: a script has one value of each setting, and --set gives 'loss' 2: nj.experiment has "
                + "axes, which try several")
        // Whichever stands first on the command line.
        #expect(
            try values([("loss.q", "0.2"), ("loss", "gce"), ("other.q", "0.9")])
                == ["gce{q=0.2}", "loss 'gce'0.2", "gce{q=0.9}", "[8.0]"])
    }

    @Test func aStreamOfRandomNumbersSaysWhatItDependsOnAndHowFarItWasRead() throws {
        let printed = try run(
            """
            local s = nj.random_stream(3, "mine")
            local before = tostring(s)
            s:uniform() s:permutation(4) s:permutation(4)
            return before, tostring(s), tostring(s:derive("part")), tostring(nj.random_stream(-1))
            """)
        #expect(
            printed.map(\.asString) == [
                "random stream (seed 3, mine)", "random stream (seed 3, mine, 1 number drawn, 2 permutations)",
                "random stream (seed 3, mine / part)", "random stream (seed -1, script)",
            ])
    }

    @Test func settingsOverrideDefaultsByTheirType() throws {
        let script =
            "local c = nj.config { rate = 0.4, epochs = 60, loss = \"rll\", on = true, rates = { 0.2, 0.4 } }\n"
        let set = ScriptOptions(settings: [
            ("rate", "0.1"), ("epochs", "5"), ("on", "false"), ("rates", "0,0.5"), ("loss", "cce"),
        ])
        let values = try run(
            script + "return c.rate, c.epochs, c.on, c.rates, c.loss, math.type(c.epochs)", makeHost(set))
        #expect(values[0].asNumber == 0.1 && values[1].asNumber == 5 && values[2].asBoolean == false)
        #expect(values[3].asTable?.array.compactMap(\.asNumber) == [0, 0.5])
        #expect(values[4].asString == "cce" && values[5].asString == "integer")
        #expect(
            try failure(script, makeHost(ScriptOptions(settings: [("los", "rll")])))
                == "script.lua:2: --set los=rll: this script has no setting 'los': did you mean 'loss'?\n  settings "
                + "are epochs, loss, on, rate, rates")
        #expect(
            try failure(script, makeHost(ScriptOptions(settings: [("rate", "high")])))
                == "script.lua:2: --set rate=high: 'rate' is a number (default 0.4)")
        #expect(
            try failure(script + "return c.rat").hasPrefix(
                "script.lua:3: there is no setting 'rat': did you mean 'rate'?"))
    }
}
