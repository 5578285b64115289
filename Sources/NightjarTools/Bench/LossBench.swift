import NightjarEngine
import NightjarScripting

/// How long a loss on its own takes: value and gradient of its mean with respect to the logits, recording included.
public struct LossBench: Sendable {
    public var loss = "rll"
    public var batch = 128
    public var classes = 10
    public var threads = 2
    public var repeats = 5
    /// Lifts the sandbox, for losses with native code.
    public var isTrusted = false

    public init() {}

    /// - Throws: ``ScriptError`` for a name that no plugin provides, and what the loss throws.
    public func run() throws -> BenchTimes {
        let options = ScriptOptions(isTrusted: isTrusted)
        let host = try ScriptHost(session: Session(threads: threads), options: options)
        let script = try host.load(LossBench.script, chunkName: "=bench")
        let made = try script.call([.string(loss), .integer(batch), .integer(classes)]).first
        guard let body = made?.asFunction else { throw ScriptError("the benchmark's script gave nothing to measure") }
        return try BenchTimes.measure(repeats: repeats) { _ = try body.call([.integer($0)]) }
    }

    private static let script = """
        local name, batch, classes = ...
        local nj = require "nightjar"
        local loss = nj.losses[name] {}
        local logits = nj.randn({ batch, classes }, { seed = 1, name = "logits" })
        local labels = nj.losses[name].labels == "binary"
          and nj.rand({ batch, classes }, { seed = 1, name = "labels" }):gt(0.5):to(logits:dtype()):copy()
          or ((nj.rand({ batch }, { seed = 1, name = "labels" }) * classes):floor() + 1):int()
        local function mean(z)
          return loss(z, labels):mean()
        end
        return function(count)
          for _ = 1, count do
            nj.value_and_grad(mean, logits)
          end
        end
        """
}
