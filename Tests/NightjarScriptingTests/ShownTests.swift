import NightjarScripting
import Testing

/// What `print` shows of things that are no tensors.
@Suite struct ShownTests {
    private func printed(_ script: String) throws -> String {
        let host = try makeHost()
        var shown = ""
        host.output = { shown += $0 }
        try run(script, host)
        return shown
    }

    static let cases: [(script: String, shown: String)] = [
        ("print(nj.zeros(2, 3):shape())", "{ 2, 3 }"),
        ("print({ epoch = 1, loss = 0.5, [\"a b\"] = true })", "{ [\"a b\"] = true, epoch = 1, loss = 0.5 }"),
        ("print({ 1, { 2, \"x\" } }, {})", "{ 1, { 2, \"x\" } }\t{}"),
        ("local t = {} t.own = t print(t)", "{ own = { ... } }"),
        ("print({ { { { { 1 } } } } })", "{ { { { { ... } } } } }"),
        ("print({ nj.zeros(2, 3), nj.tensor(2) })", "{ tensor (2, 3) float32, tensor(2) float32 }"),
        ("print(nj.losses.rll {})", "loss 'rll' { alpha = 0.1 }"),
        ("print(nj.schedules.constant { base = 0.5 })", "schedule 'constant' { base = 0.5 }"),
        ("print(nj.losses.cce {})", "loss 'cce'"),
        ("print(nj.nn.relu())", "layer 'relu': no parameters"),
        ("print(nj.nn.linear(2, 3))", "layer 'linear': weight (2, 3), bias (3), 9 parameters"),
        (
            "print(nj.data.load(\"digits\"))",
            "data set 'digits': 1437 samples to train on, 360 to test on, of shape (8, 8, 1) in 10 classes"
        ),
        ("print(nj.data.load(\"digits\").test)", "data set of 360 samples in 10 classes"),
    ]

    @Test(arguments: cases) func isShownInFull(script: String, shown: String) throws {
        #expect(try printed(script) == shown + "\n")
    }

    @Test func aModelIsATableOfItsLayers() throws {
        let script = """
            local shared = nj.nn.linear(2, 2)
            print(nj.nn.sequential { shared, nj.nn.relu(), shared, nj.nn.batch_norm(2), nj.nn.linear(2, 10) })
            """
        #expect(
            try printed(script) == """
                layer 'sequential'
                  path      layer       parameters  shapes
                  layers.1  linear               6  weight (2, 2), bias (2)
                  layers.2  relu                 0
                  layers.3  linear               0  weight (2, 2) (shared), bias (2) (shared)
                  layers.4  batch_norm           4  weight (2), bias (2), running_mean (2) (buffer), running_var (2) (buffer)
                  layers.5  linear              30  weight (2, 10), bias (10)
                  total: 40 parameters

                """)
    }

    @Test func theTotalIsWhatTheModelCounts() throws {
        let text = try printed("local m = nj.models.resnet20 { classes = 10 } print(m) print(m:parameter_count())")
        let lines = text.split(separator: "\n").map(String.init)
        let count = try #require(lines.last)
        #expect(lines.dropLast().last == "  total: \(count) parameters")
    }

    /// Whatever its sign and wherever it comes from.
    @Test(arguments: [
        "tostring(0 / 0)", "tostring(-(0 / 0))", "string.format(\"%f\", 0 / 0)", "(\"%s\"):format(0 / 0)",
        "string.format(\"%g\", nj.tensor(0 / 0):item())", "tostring(math.huge - math.huge)",
    ])
    func whatIsNoNumberIsNan(_ expression: String) throws {
        #expect(try printed("print(\(expression))") == "nan\n")
    }

    @Test func aRecordIsShownByItsColumns() throws {
        let script = """
            local set = nj.data.from_tensors { inputs = nj.ones(2, 2), labels = nj.tensor({ 1, 2 }, { dtype = "int32" }),
              classes = 2 }
            local trainer = nj.trainer { model = nj.nn.linear(2, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {},
              learning_rate = 0.1 }
            local records = trainer:fit(set, { epochs = 2 / 2 })
            print(records[1])
            """
        let text = try printed(script)
        #expect(text.hasPrefix("{ ") && text.contains("epoch = 1, ") && text.contains("loss = "), "\(text)")
    }
}
