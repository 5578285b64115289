import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns

/// `nightjar figure`.
struct FigureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figure", abstract: "Draws a figure for a paper, as SVG or PDF.",
        discussion: """
            Metrics go up over epochs or over the values of an axis; each value of --by has a colour, each of --facet a \
            panel. Means are taken over the replicates (the seed, unless the runs say otherwise), or over the axes of \
            --over; axes that vary and are named nowhere have panels.

              nightjar figure memorization --y j2 --by rate -o j2.pdf
              nightjar figure --y j2 --x rate --by loss --band ci -o j2.svg -o j2.pdf
              nightjar figure --y test_accuracy --x rate --by loss --level "chance=10"
              nightjar figure --y j2 --x rate --facet loss --overlay published.csv

            An overlay is a CSV file with the columns x and y, perhaps label, and the names of axes for the panels and \
            colours that its points belong to.
            """)

    @Argument(help: "Experiments or runs; all where none is given.")
    var names: [String] = []

    @OptionGroup var selection: RunSelection

    @Option(
        name: .customLong("y"), help: ArgumentHelp("Metrics, separated by commas: up to four.", valueName: "metrics"))
    var metrics: String

    @Option(
        name: .customLong("x"),
        help: ArgumentHelp("An axis; epochs of training (run_epoch) where none is given.", valueName: "axis"))
    var along = FigureSpec.epochs

    @Option(help: ArgumentHelp("Axes that colours stand for; none for one colour.", valueName: "axes"))
    var by: String?

    @Option(help: ArgumentHelp("Axes that panels stand for.", valueName: "axes"))
    var facet: String?

    @Option(help: ArgumentHelp("Axes that means are taken over.", valueName: "axes"))
    var over: String?

    @Option(
        help: ArgumentHelp("What the band reaches over: range, sd, ci (95 % t-interval) or none.", valueName: "what"))
    var band = "range"

    @Option(parsing: .singleValue, help: ArgumentHelp("Points to lay over. May be repeated.", valueName: "file"))
    var overlay: [String] = []

    @Option(parsing: .singleValue, help: ArgumentHelp("A horizontal line. May be repeated.", valueName: "label=y"))
    var level: [String] = []

    @Option(help: "A heading.")
    var title: String?

    @Option(help: ArgumentHelp("Panels beside each other, at most.", valueName: "number"))
    var columns = 2

    @Option(
        name: [.customShort("o"), .long], parsing: .singleValue,
        help: ArgumentHelp(
            "A file that ends in .svg or .pdf. May be repeated. (default: figure.svg)", valueName: "file"),
        completion: .file(extensions: ["svg", "pdf"]))
    var output: [String] = []

    func validate() throws {
        if columns < 1 { throw ValidationError("--columns must be at least 1, got \(columns)") }
        if FigureSpec.Band(rawValue: band) == nil {
            let known = FigureSpec.Band.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--band must be one of \(known), got '\(band)'")
        }
    }

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            var spec = FigureSpec(y: RunsListCommand.split(metrics))
            spec.x = along
            spec.by = by.map { $0 == "none" ? [] : RunsListCommand.split($0) }
            spec.facet = facet.map(RunsListCommand.split) ?? []
            spec.over = over.map(RunsListCommand.split)
            spec.band = FigureSpec.Band(rawValue: band) ?? .range
            spec.title = title
            spec.overlay = try overlay.flatMap { try FigureSpec.Overlay.read(URL(fileURLWithPath: $0)) }
            spec.overlay += try level.map { try FigureSpec.Overlay(level: $0) }
            let store = try selection.store()
            let set = try RunSet(try selection.someRecords(store, names), in: store)
            let file = FigureFile(try Figure(spec, set), columns: columns)
            for path in output.isEmpty ? ["figure.svg"] : output {
                try file.write(to: URL(fileURLWithPath: path))
                Console.line("written: \(path)")
            }
        }
    }
}
