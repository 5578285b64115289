import ArgumentParser
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar explain`: what becomes of what a script records.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows how a loss, an optimizer's update or a model's training step is computed.",
        discussion: """
            Launch by launch: which operations are fused, the script line of each, the bytes read and written, the \
            tiles; and what it would be without fusion. For a loss value and gradient, for an optimizer the update of one \
            parameter, for a model the whole step. With --latex, what a loss is instead, in mathematics.
            """)

    @Argument(
        help: "A .lua file, or the name of a loss, a model or an optimizer: rll, models/mlp, 'rll{alpha=0.45}'.")
    var target: String

    @Option(
        name: .customLong("set"), help: "A parameter of a loss or an optimizer, name=value. May be repeated.")
    var settings: [String] = []

    @Option(help: "Samples in a batch.")
    var batch = 128

    @Option(help: "Classes, for a loss.")
    var classes = 10

    @Option(help: "The loss that a model is trained with.")
    var loss = "cce"

    @Option(help: "The optimizer that a model is trained with.")
    var optimizer = "sgd"

    @OptionGroup var images: ImageOption

    @Flag(help: "Prints the formula of a loss, its gradient and what theorems say of label noise, in LaTeX.")
    var latex = false

    @Flag(help: "Prints JSON.")
    var json = false

    @Flag(help: "Lifts the sandbox, and lets native libraries be loaded.")
    var trust = false

    @OptionGroup var places: PluginOptions

    func validate() throws {
        try positive([("--batch", batch)])
        if latex && json { throw ValidationError("--latex and --json do not go together") }
        if classes < 2 { throw ValidationError("--classes must be at least 2, got \(classes)") }
    }

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            var request = ExplainRequest(target: target)
            (request.batch, request.classes, request.loss, request.optimizer) = (batch, classes, loss, optimizer)
            (request.image, request.isTrusted) = (images.image, trust)
            request.settings = try nameValues(settings)
            if latex {
                let formula = try ScriptFormula(request)
                Console.output(formula.latex)
                return
            }
            let explanation = try ScriptExplanation(request)
            Console.output(json ? explanation.json.text() : explanation.text(width: Console.width))
        }
    }
}
