import NightjarScripting
import Testing

/// A trainer that is asked to train while it trains, or from what it is made of, says so.
@Suite struct TrainingInsideTests {
    private let parts = """
        local data = nj.data.load("digits").train:first(40)
        local function trainer(extra)
          local options = {
            model = nj.models.mlp { inputs = 64, classes = 10, hidden = { 4 } }, loss = nj.losses.cce {},
            optimizer = nj.optim.sgd {}, schedule = nj.schedules.constant { base = 0.1 }, batch_size = 10,
          }
          for name, value in pairs(extra or {}) do options[name] = value end
          return nj.trainer(options)
        end
        local other = trainer()

        """
    private static let inside =
        "a trainer cannot train inside of a loss, a layer, a metric, an optimizer or a gradient: train before, and use the "
        + "model there"

    @Test(arguments: [
        """
        local loss = nj.loss { name = "l", forward = function(self, z, y)
          other:fit(data, { epochs = 1 })
          return z:sum(-1)
        end } {}
        trainer { loss = loss }:fit(data, { epochs = 1 })
        """,
        """
        local t
        local loss = nj.loss { name = "l", forward = function(self, z, y)
          other:fit(data, { epochs = 1 })
          return z:sum(-1)
        end } {}
        loss(nj.ones(1, 10), nj.tensor({ 1 }, { dtype = "int32" }))
        trainer { loss = loss }:fit(data, { epochs = 1 })
        """,
        "nj.grad(function(x) other:fit(data, { epochs = 1 }) return x:sum() end, nj.ones(2))",
        """
        local optimizer = nj.optimizer { name = "o", update = function(self, w, g, s, lr)
          other:fit(data, { epochs = 1 })
          return w - lr * g
        end } {}
        trainer { optimizer = optimizer }:fit(data, { epochs = 1 })
        """,
    ]) func whatATrainerIsMadeOfDoesNotTrain(_ script: String) throws {
        let host = try makeHost()
        let message = try failure(parts + script, host)
        #expect(message.contains(TrainingInsideTests.inside), "\(message)")
        #expect(message.hasPrefix("script.lua:"), "\(message)")
        // The other trainer and the host are as before.
        #expect(try numbers(parts + "return #other:fit(data, { epochs = 1 })", host) == [1])
    }

    @Test func aTrainerDoesNotTrainInsideItself() throws {
        let script = """
            local t
            local schedule = nj.schedule { name = "s", value = function(self, epoch, step) t:fit(data, { epochs = 1 }) return 0.1 end } {}
            t = trainer { schedule = schedule }
            t:fit(data, { epochs = 1 })
            """
        let message = try failure(parts + script)
        #expect(
            message.contains(
                "this trainer is training already: fit cannot be called from its own callbacks, schedule or metrics")
                || message.contains(TrainingInsideTests.inside), "\(message)")
        #expect(message.hasPrefix("script.lua:"), "\(message)")
    }
}
