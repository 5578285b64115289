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
        (
            "print(nj.losses.rll {})",
            "loss 'rll' { alpha = 0.1 }: Robust log loss (Kumar & Sastry 2018): symmetric and bounded."
        ),
        (
            "print(nj.losses.cce {})",
            "loss 'cce': Categorical cross-entropy: -log of the probability of the label. Neither bounded nor symmetric."
        ),
        ("print({ nj.losses.rll {} })", "{ loss 'rll' { alpha = 0.1 } }"),
        ("print(0.5 * nj.losses.cce {} + nj.losses.mae {})", "loss '0.5 * cce + mae'"),
        ("print(nj.schedules.constant { base = 0.5 })", "schedule 'constant' { base = 0.5 }: The same rate all along."),
        (
            "print(nj.optim.sgd { momentum = 0.9 })",
            "optimizer 'sgd' { dampening = 0, momentum = 0.9, nesterov = false, weight_decay = 0 }: Stochastic gradient "
                + "descent with momentum, Nesterov momentum and weight decay."
        ),
        (
            "print(nj.schedules.constant)",
            "definition of schedule 'constant': The same rate all along.\n  base = 0.01: the rate\n"
                + "  it is called with its parameters, as in constant {}"
        ),
        (
            "print(nj.metric { name = 'm', compute = function() return 1 end } {})", "metric 'm'"
        ),
        ("print(nj.config { b = 1.0, a = \"x\" })", "settings { a = \"x\", b = 1 }"),
        ("print(nj.data)", "nj.data: arrays, concat, csv, from_tensors, images, load, names"),
        (
            "print(0.5 * nj.losses.gce { q = 0.3 } + nj.losses.mae {})",
            "loss '0.5 * gce + mae' of loss 'gce' { q = 0.3 }, loss 'mae'"
        ),
        (
            "print(nj.weighted(nj.losses.gce {}, { classes = { 1, 2 }, samples = { 1, 1, 3 }, normalize = true }))",
            "loss 'weighted(gce)' { classes = { 1.0, 2.0 }, normalize = true, samples = tensor (3) float64 } of loss 'gce' "
                + "{ q = 0.7 }"
        ),
        ("print(tostring(nj.nn):sub(1, 30))", "nj.nn: avg_pool2d, batch_norm,"),
        ("print(nj.nn.relu())", "layer 'relu': no parameters"),
        ("print(nj.nn.linear(2, 3))", "layer 'linear': weight (2, 3), bias (3), 9 parameters"),
        (
            "print(nj.data.load(\"digits\"))",
            "data set 'digits': 1437 samples to train on, 360 to test on, of shape (8, 8, 1) in 10 classes"
        ),
        ("print(nj.data.load(\"digits\").test)", "data set 'digits': 360 samples of shape (8, 8, 1) in 10 classes"),
    ]

    @Test(arguments: cases) func isShownInFull(script: String, shown: String) throws {
        #expect(try printed(script) == shown + "\n")
    }

    @Test func aTrainerIsTheListOfItsParts() throws {
        let script = """
            local model = nj.nn.sequential { nj.nn.linear(2, 3), nj.nn.relu(), nj.nn.linear(3, 2) }
            print(nj.trainer { model = model, loss = nj.losses.rll {}, optimizer = nj.optim.adam {}, learning_rate = 0.1 })
            print(nj.trainer {
              model = nj.nn.linear(2, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd { momentum = 0.9 },
              schedule = nj.schedules.constant { base = 0.5 }, batch_size = 32, accumulate = 2, seed = 7,
              clip = { norm = 1 }, average = nj.ema { decay = 0.99 }, metrics = { "j1" },
              augment = { nj.augmentations.mixup {} }, groups = { { match = "bias", freeze = true } },
            })
            """
        #expect(
            try printed(script) == """
                trainer: layer 'sequential' of 17 parameters
                  loss 'rll' { alpha = 0.1 }
                  optimizer 'adam' { amsgrad = false, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-08, weight_decay = 0 }
                  schedule 'constant' { base = 0.1 }
                  batch_size = 128
                  not trained yet
                trainer: layer 'linear' of 6 parameters
                  loss 'cce'
                  optimizer 'sgd' { dampening = 0, momentum = 0.9, nesterov = false, weight_decay = 0 }
                  schedule 'constant' { base = 0.5 }
                  batch_size = 32
                  clip = { norm = 1 }
                  average = average 'ema' { decay = 0.99, warmup = true }
                  augment = { augmentation 'mixup' { alpha = 0.2, rate = 1 } }
                  metrics = { "j1" }
                  accumulate = 2
                  seed = 7
                  groups = { { freeze = true, match = "bias" } }
                  not trained yet

                """)
    }

    @Test func theLibraryAndListsThatAreDefaultsShowWhatIsInThem() throws {
        #expect(try printed("print(nj)").hasPrefix("the library: abs, add, all, any, arange, "))
        #expect(
            try printed("print(nj.models.mlp)").contains("\n  hidden = { 512, 512 }: widths of the hidden layers\n"))
    }

    @Test func aTrainerSaysWhereItStands() throws {
        let script = """
            local trainer = nj.trainer {
              model = nj.nn.linear(2, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1,
              batch_size = 2,
            }
            trainer:fit(nj.data.from_tensors { inputs = nj.ones(5, 2), labels = nj.ones(5):int(), classes = 2 }, { epochs = 3 })
            print(trainer)
            """
        #expect(try printed(script).hasSuffix("\n  batch_size = 2\n  completed at epoch 3, step 9\n"))
    }

    @Test func aDataSetSaysWhatItsLabelsAre() throws {
        let script = """
            local data = nj.data.load("digits").train:first(100)
            print(data:with_labels(nj.noise.uniform { rate = 0.4, count = "exact" }, { seed = 1 }))
            local some = nj.where(nj.arange(100):lt(25), 0, data:labels()):int()
            print(data:with_labels(some, { ignore = 0 }))
            local x = nj.zeros(3, 2)
            print(nj.data.from_tensors { name = "own", inputs = x, labels = nj.ones(3, 4) / 4 })
            print(nj.data.from_tensors { inputs = x, labels = nj.ones(3, 4):gt(0) })
            print(nj.data.from_tensors { inputs = x, labels = nj.ones(3, 5):int(), classes = 2 })
            print(data:first(1))
            """
        #expect(
            try printed(script) == """
                data set 'digits': 100 samples of shape (8, 8, 1) in 10 classes, 40 % of the labels wrong
                data set 'digits': 100 samples of shape (8, 8, 1) in 10 classes, 25 labels left out
                data set 'own': 3 samples of shape (2) with soft labels of 4 classes
                data set 'tensors': 3 samples of shape (2) with labels 0 and 1 for each of (4) places
                data set 'tensors': 3 samples of shape (2) with one of 2 classes for each of (5) places
                data set 'digits': 1 sample of shape (8, 8, 1) in 10 classes

                """)
    }

    @Test func anExperimentIsItsAxesAndSettings() throws {
        let script = """
            print(nj.experiment {
              name = "rates", doc = "what noise does", settings = { epochs = 10, loss = { "rll", alpha = 0.45 } },
              grid = { { "rate", { 0, 0.4 } }, { "seed", { 1, 2, 3, 4, 5, 6, 7, 8 } } }, run = function(cfg) end,
            })
            print(nj.experiment { name = "one", run = function(cfg) end })
            """
        #expect(
            try printed(script) == """
                experiment 'rates' of 16 cells: what noise does
                  rate = 0, 0.4
                  seed = 1, 2, 3, 4, 5, 6, ... 2 more (repetitions)
                  settings: epochs = 10, loss = rll{alpha=0.45}
                experiment 'one' of 1 cell

                """)
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
        "string.format(\"%g\", nj.tensor(0 / 0):item())", "tostring(math.huge - math.huge)", "\"\" .. 0 / 0",
        "-(0 / 0) .. \"\"", "table.concat { 0 / 0 }", "table.concat { -(0 / 0) }", "nj.tensor(-(0 / 0)):item()",
        "select(2, pcall(error, \"\" .. 0 / 0, 0))", "string.format(\"%s\", \"\" .. 0 / 0)",
    ])
    func whatIsNoNumberIsNan(_ expression: String) throws {
        #expect(try printed("print(\(expression))") == "nan\n")
    }

    @Test func whatIsNoNumberIsNanInsideOfTextAsWell() throws {
        #expect(
            try printed("print(\"loss \" .. 0 / 0 .. \", best \" .. -(0 / 0), { 0 / 0 })")
                == "loss nan, best nan\t{ nan }\n")
        #expect(try printed("print(\"--nano x-nan -nan_ -nan\")") == "--nano x-nan -nan_ nan\n")
        // Numbers that the host's own messages name.
        #expect(try failure("return nj.nn.dropout(-(0 / 0))").hasSuffix("at least 0 and less than 1, got nan"))
        #expect(try failure("return nj.nn.dropout(0 / 0)").hasSuffix("at least 0 and less than 1, got nan"))
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
