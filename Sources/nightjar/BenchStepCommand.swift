import ArgumentParser
import NightjarExperiments
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar bench step`
struct BenchStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "A training step: forward, loss, gradients, update, reading the loss.",
        discussion: StepOptions.discussion)

    @OptionGroup var options: StepOptions
    @Option(help: "Samples in a batch.") var batch = 128
    @Option(help: "A loss of a plugin.") var loss = "rll"
    @Option(help: "An optimizer of a plugin.") var optimizer = "sgd"

    func validate() throws { try positive([("--batch", batch)]) }

    func run() throws {
        try Console.reporting {
            var bench = options.bench
            (bench.batch, bench.loss, bench.optimizer) = (batch, loss, optimizer)
            try options.measure(bench)
        }
    }
}

/// `nightjar bench eval`
struct BenchEvaluationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "An evaluation pass over one batch: forward, reading the predictions.",
        discussion: StepOptions.discussion)

    @OptionGroup var options: StepOptions
    @Option(help: "Samples in a batch.") var batch = 500

    func validate() throws { try positive([("--batch", batch)]) }

    func run() throws {
        try Console.reporting {
            var bench = options.bench
            (bench.work, bench.batch) = (.evaluation, batch)
            try options.measure(bench)
        }
    }
}

/// The size of the images that a model is shown.
struct ImageOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Height, width and channels of the images, as 32x32x3; by default 28x28x1, or 32x32x3 for a model of three channels.",
            valueName: "size"), transform: Self.parse)
    var image: SampleImage?

    private static func parse(_ text: String) throws -> SampleImage {
        guard let image = SampleImage(text) else {
            throw ValidationError("expected height, width and channels from 1 to 65536, as 32x32x3, got '\(text)'")
        }
        return image
    }
}

/// What `bench step` and `bench eval` have in common.
struct StepOptions: ParsableArguments {
    static let discussion = """
        gflops counts the multiplications and additions of matrix products and convolutions, those as plain sums of \
        products. roofline is the time that the launches of the plan take at best over the time measured: each at the \
        rate of OpenBLAS's product of 384 x 384 matrices or of a copy of 64 MiB, whichever takes longer, both \
        measured in the same run. Winograd's algorithms need fewer products, so that both can lie above the machine's. \
        machine_hand_over_ns (with two threads and more) is how long a cache line takes from one core to another: about \
        30 where they share a cache, 150 and more where they do not; a step then takes a tenth to a third longer.
        """

    @Option(help: "A model of a plugin.") var model = "mlp"
    @OptionGroup var images: ImageOption
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Measurements, of which the least and the median are shown.") var repeats = 5
    @Flag(inversion: .prefixedNo, help: "Measures the machine as well, for the roofline.") var machine = true
    @Flag(help: "Convolutions by sums of products alone.") var exactConv = false
    @Flag(help: "Prints JSON.") var json = false

    func validate() throws { try positive([("--threads", threads), ("--repeats", repeats)]) }

    var bench: StepBench {
        var bench = StepBench()
        (bench.model, bench.threads, bench.repeats, bench.isConvolutionExact) = (model, threads, repeats, exactConv)
        (bench.measuresMachine, bench.image) = (machine, images.image)
        return bench
    }

    func measure(_ bench: StepBench) throws {
        let result = try bench.run()
        Console.output(json ? result.json(bench).text(pretty: false) : result.text(bench))
    }
}

extension StepBench.Result {
    func text(_ bench: StepBench) -> String {
        func fixed(_ value: Double, _ decimals: Int) -> String { NumberText.fixed(value, decimals: decimals) }
        let (least, median) = (times.minimum * 1e3, times.median * 1e3)
        let share = roofline.map { ", roofline \(fixed($0, 2))" } ?? ""
        let peak = peakResidentMebibytes.map { ", peak \(fixed($0, 0)) MiB" } ?? ""
        return "nightjar \(NightjarVersion.text) \(bench.work.rawValue) \(bench.model) batch \(bench.batch): "
            + "\(fixed(least, 2)) ms min, \(fixed(median, 2)) ms median, \(parameters) parameters"
            + ", \(fixed(gigaflops, 0)) GFLOP/s\(share)\(peak), planned \(fixed(Double(plannedBytes) / 1_048_576, 0)) MiB"
    }

    func json(_ bench: StepBench) -> JSONValue {
        var entries: [String: JSONValue] = [
            "framework": .string("nightjar \(NightjarVersion.text)"), "work": .string(bench.work.rawValue),
            "model": .string(bench.model), "batch": .integer(bench.batch), "threads": .integer(bench.threads),
            "exact_conv": .bool(bench.isConvolutionExact),
            "min_ms": .number(times.minimum * 1e3), "median_ms": .number(times.median * 1e3),
            "parameters": .integer(parameters), "gflops": .number(gigaflops),
            "planned_mib": .number(Double(plannedBytes) / 1_048_576),
        ]
        if bench.work == .training {
            entries["loss"] = .string(bench.loss)
            entries["optimizer"] = .string(bench.optimizer)
        }
        entries["peak_rss_mib"] = peakResidentMebibytes.map { .number($0) }
        entries["first_ms"] = firstSeconds.map { .number($0 * 1e3) }
        entries["roofline"] = roofline.map { .number($0) }
        if let machine {
            entries["machine_gflops"] = .number(machine.flopsPerSecond / 1e9)
            entries["machine_gb_per_second"] = .number(machine.bytesPerSecond / 1e9)
            entries["machine_hand_over_ns"] = machine.handOver.map { .number($0 * 1e9) }
        }
        return .object(entries)
    }
}
