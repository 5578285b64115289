import Foundation
import NightjarEngine
import NightjarGraph
import NightjarScripting
import NightjarTraining

/// What `nightjar explain` was asked about.
public struct ExplainRequest: Sendable {
    /// A file, or the name of a loss, a model or an optimizer; with parameters, `rll{alpha=0.45}`.
    public var target: String
    /// `name=value` for the parameters of a loss or an optimizer.
    public var settings: [(name: String, value: String)] = []
    public var batch = 128
    public var classes = 10
    /// For a model: what it is trained with.
    public var loss = "cce"
    public var optimizer = "sgd"
    /// For a model: nil for what its channels suggest.
    public var image: SampleImage?
    /// Lifts the sandbox.
    public var isTrusted = false

    public init(target: String) { self.target = target }
}

/// How a loss, or a training step of a model, is computed: see ``PlanReport``.
public struct ScriptExplanation {
    /// What was recorded, in a line.
    public let title: String
    public let plans: [PlanReport]

    /// Records what was asked about, plans it and runs it once.
    /// - Throws: ``ScriptError`` for names that are not there, and what the scripts throw.
    public init(_ request: ExplainRequest) throws {
        let session = Session(threads: 1)
        let options = ScriptOptions(isTrusted: request.isTrusted)
        let host = try ScriptHost(session: session, options: options)
        let kinds = try host.kinds().filter(\.isExplained).map(\.name)
        let target = ScriptTarget(request.target, among: kinds)
        let path = try target.path(host)
        let file = try host.script(path)
        let value = try host.load(file).callForReferences([]).first ?? .nil
        let settings = try target.settings() + request.settings
        switch try host.library?.call([.string("experiment"), value]).last?.asString {
        case "loss":
            title =
                "value and gradient of loss \(file.displayName), \(request.batch) samples, \(request.classes) classes"
            let script = try host.load(ScriptExplanation.lossScript, chunkName: "=" + ScriptExplanation.chunk)
            let made = try script.call([
                value, host.made(value, settings), .integer(request.batch), .integer(request.classes),
            ]).first
            guard let body = made?.asFunction else { throw ScriptError("there is nothing to explain") }
            plans = try session.explaining { _ = try body.call() }
        case "optimizer":
            let rows = 512
            title = "update of a parameter of shape (\(rows), \(rows)) by optimizer \(file.displayName)"
            guard let optimizer = try host.made(value, settings).asFunction else {
                throw ScriptError("there is nothing to explain")
            }
            let update = try PreparedUpdate(
                session: session, host: host, optimizer: optimizer, name: file.displayName, shapes: [[rows, rows]])
            plans = try session.explaining { try update.run() }
        case "model":
            guard request.settings.isEmpty else {
                throw ScriptError("--set is for losses and optimizers: write a model as mlp{hidden={512,512}}")
            }
            let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
            let step = try PreparedStep(
                session: session, options: options, model: (target.isPath ? path : name) + target.parameters,
                loss: request.loss,
                optimizer: request.optimizer, batch: request.batch, image: request.image)
            title =
                "training step of model \(file.displayName) with loss \(request.loss) and optimizer \(request.optimizer), "
                + "\(request.batch) samples"
            plans = try session.explaining { try step.run() }
        case let kind:
            let found = kind.map { ("aeiou".contains($0.prefix(1)) ? "an " : "a ") + $0 } ?? "none"
            let advice = kind == "layer" ? "\n  a layer is shown as part of a model that it is in: explain that" : ""
            throw ScriptError(
                "nightjar explain knows losses, models and optimizers; \(file.displayName) returned \(found)\(advice)")
        }
    }

    /// What the script below does by itself: the one operation that it records.
    static let chunk = ProvenanceTable.Place.batchMean.source

    private static let lossScript = """
        local definition, loss, batch, classes = ...
        local nj = require "nightjar"
        local logits = nj.randn({ batch, classes }, { seed = 1, name = "logits" }):copy()
        local drawn = nj.rand({ batch, classes }, { seed = 1, name = "labels" })
        -- One class a sample; of labels 0 and 1 one for every logit.
        local labels = definition.labels == "binary" and drawn:gt(0.5):to(logits:dtype()):copy()
          or drawn:argmax(-1):copy()
        local facts = {
          indices = (nj.arange(batch) + 1):int():copy(), epoch = 1, step = 1, count = batch, inputs = logits,
          training = true, draws = {}, views = {}, outputs = {},
        }
        local needs = definition.needs or {}
        for i = 1, needs.draws or 0 do
          facts.draws[i] = { inputs = (logits + i):copy(), labels = labels, indices = facts.indices }
        end
        for i = 1, needs.views or 0 do
          facts.views[i] = (logits + i):copy()
        end
        for i = 1, math.max(1, needs.outputs or 0) do
          facts.outputs[i] = i == 1 and logits or (logits + i):copy()
        end
        facts.model = needs.model and function(inputs) return inputs end or nil
        if definition.state then
          loss:prepare { samples = batch, classes = classes }
          for name in pairs(definition.state) do
            loss[name] = loss[name]:copy()
          end
        end
        return function()
          nj.value_and_grad(function(z)
            return loss(z, labels, facts):mean()
          end, logits)
        end
        """
}
