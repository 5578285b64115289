import NightjarEngine
import NightjarScripting
import Testing

/// Layers defined in Lua, in the trainer. What they compute on their own is tested in plugins/layers/tests.
@Suite struct LayerTests {
    private let setup = """
        local counting = nj.layer {
          name = "counting",
          params = { width = 8 },
          parameters = function(self) return { gain = { shape = { self.width }, init = "ones" } } end,
          buffers = { steps = { shape = {} }, level = { shape = { 8 } } },
          forward = function(self, x)
            if self.training then
              self.steps = self.steps + 1
              self.level = 0.9 * self.level + 0.1 * x:mean(1):stop_gradient()
            end
            return x * self.gain
          end,
        }
        local function model()
          return nj.nn.sequential {
            nj.nn.flatten(), nj.nn.linear(64, 8), counting {}, nj.nn.batch_norm(8), nj.nn.relu(),
            nj.nn.residual(nj.nn.linear(8, 8)), nj.nn.linear(8, 10),
          }
        end
        local data = nj.data.load "digits"
        local function train(m, epochs, seed)
          local trainer = nj.trainer {
            model = m, loss = nj.losses.cce {}, optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.1,
            batch_size = 100, seed = seed or 1,
          }
          return trainer:fit(data.train, { epochs = epochs })
        end

        """

    @Test func theTrainerChangesParametersAndBuffers() throws {
        let values = try numbers(
            setup + """
                local m = model()
                local records = train(m, 3)
                local level = m:buffers()["layers.3.level"]
                return m:buffers()["layers.3.steps"]:item(), m:parameters()["layers.3.gain"]:eq(1):all():item(),
                  level:abs():sum():gt(0):item(), records[3].j1, records[1].loss - records[3].loss
                """)
        // 1,437 samples make 15 batches; evaluation counts none.
        #expect(values[0] == 45)
        #expect(values[1] == 0)
        #expect(values[2] == 1)
        #expect(values[3] > 80)
        #expect(values[4] > 0)
    }

    @Test func theNumberOfThreadsChangesNoBit() throws {
        let text =
            setup + """
                local m = model()
                local records = train(m, 2)
                return records[2].loss, m:parameters()["layers.6.body.weight"]:sum():item(),
                  m:buffers()["layers.4.running_var"]:totable()
                """
        #expect(try numbers(text, makeHost(threads: 1)) == numbers(text, makeHost(threads: 2)))
    }

    @Test func aStepThatFailsChangesNoBuffer() throws {
        let values = try numbers(
            setup + """
                local failing = nj.layer {
                  name = "failing",
                  buffers = { calls = { shape = {} } },
                  forward = function(self, x)
                    self.calls = self.calls + 1
                    return x:matmul(nj.ones { 3, 3 })
                  end,
                }
                local m = nj.nn.sequential { nj.nn.flatten(), nj.nn.linear(64, 8), counting {}, failing {} }
                pcall(train, m, 1)
                return m:buffers()["layers.3.steps"]:item(), m:buffers()["layers.4.calls"]:item()
                """)
        #expect(values == [0, 0])
    }

    @Test func plansAreMadeOnce() throws {
        let host = try makeHost()
        try run(setup + "train(model(), 1)", host)
        let misses = host.session.cache.misses
        try run(setup + "train(model(), 3, 7)", host)
        #expect(host.session.cache.misses == misses)
    }

    @Test func mistakesInTrainingNameTheLineAndThePath() throws {
        let message = try failure(
            """
            local bad = nj.layer { name = "bad", forward = function(self, x) return x:matmul(nj.ones { 3, 3 }) end }
            local data = nj.data.load "digits"
            nj.trainer {
              model = nj.nn.sequential { nj.nn.flatten(), nj.nn.residual(bad {}) }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1,
            }:fit(data.train, { epochs = 1 })
            """)
        #expect(message.hasPrefix("script.lua:2: "))
        #expect(message.hasSuffix("\n  in layer model.layers.2.body (bad)"))
    }

    @Test func layersThatNobodyHoldsAreCollected() throws {
        let host = try makeHost()
        func make(_ count: Int) throws {
            try run("for i = 1, \(count) do nj.nn.residual(nj.nn.linear(20, 20)):initialize(i) end", host)
            host.collectGarbage()
        }
        try make(50)
        let before = host.luaByteCount
        try make(2000)
        // The object of one layer takes more than 200 bytes.
        #expect(host.luaByteCount < before + 100_000)
    }
}
