import NightjarScripting
import Testing

/// What a script is told about an optimizer of its own that goes wrong: called by hand and by the trainer.
@Suite struct OptimizerMessageTests {
    /// Lines 2 to 4 of the script define the optimizer: the update is in line 4.
    private func failure(update: String, state: String = "{ m = \"zeros\" }", byHand: Bool = false) throws -> String {
        let start = "local mine = nj.optimizer { name = \"mine\",\n  state = \(state),\n  update = \(update) }\n"
        let call =
            byHand
            ? "local w = nj.ones(3)\nreturn mine {}:step(w, w, mine {}:start(w), 0.1, 1)"
            : """
            local data = nj.data.load "digits"
            nj.trainer {
              model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }, loss = nj.losses.cce {},
              optimizer = mine {}, learning_rate = 0.1,
            }:fit(data.train, { epochs = 1 })
            """
        return try #require(throws: ScriptError.self) { try run(start + call) }.message
    }

    @Test(arguments: [false, true]) func anUpdateThatReturnsNothingIsAskedForIt(byHand: Bool) throws {
        #expect(
            try failure(update: "function(self, w, g) local new = w - g end", byHand: byHand)
                == "script.lua:4: update of optimizer 'mine' must return the new parameter, it returned nothing: did it "
                + "forget 'return'?")
        #expect(
            try failure(update: "function(self, w, g) return { w - g } end", byHand: byHand)
                == "script.lua:4: update of optimizer 'mine' must return the new parameter, it returned a table")
    }

    @Test func anUpdateOfAnotherShapeIsRefused() throws {
        #expect(
            try failure(update: "function(self, w, g) return (w - g):sum() end", byHand: true)
                == "script.lua:4: update of optimizer 'mine' made shape () out of a parameter of shape (3)")
        #expect(
            try failure(update: "function(self, w, g) return (w - g):sum() end")
                == "script.lua:4: update of optimizer 'mine' made shape () out of a parameter of shape (64, 8)")
    }

    @Test(arguments: [false, true]) func stateThatIsNotDeclaredIsRefusedWhereItIsUsed(byHand: Bool) throws {
        let text = "script.lua:4: optimizer 'mine' has no state 'v': declare it with state = { ... }"
        #expect(try failure(update: "function(self, w, g, s) s.v = g return w - g end", byHand: byHand) == text)
        #expect(try failure(update: "function(self, w, g, s) return w - s.v end", byHand: byHand) == text)
    }

    @Test func anUpdateThatReturnsNothingIsNamedAlsoWhereWeightsAreAveraged() throws {
        let message = try #require(throws: ScriptError.self) {
            try run(
                """
                local mine = nj.optimizer { name = "mine", update = function(self, w, g) local new = w - g end }
                nj.trainer {
                  model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }, loss = nj.losses.cce {},
                  optimizer = mine {}, learning_rate = 0.1, average = nj.ema { decay = 0.9 },
                }:fit(nj.data.load("digits").train, { epochs = 1 })
                """)
        }.message
        #expect(
            message
                == "script.lua:2: update of optimizer 'mine' must return the new parameter, it returned nothing: did it "
                + "forget 'return'?")
    }

    @Test func stateHasNames() throws {
        #expect(
            try failure(update: "function(self, w, g) return w - g end", state: "{ \"zeros\", m = \"zeros\" }")
                == "script.lua:8: optimizer 'mine' names its state by strings, as in state = { velocity = \"zeros\" }, "
                + "got 1")
    }

    @Test func aParameterMayBeCalledAsWhatTheLibraryKeeps() throws {
        let values = try numbers(
            """
            local mine = nj.optimizer {
              name = "mine", params = { guard = { default = 2 } }, state = { m = "zeros" },
              update = function(self, w, g, s) s.m = s.m + g return w - self.guard * s.m end,
            }
            local object, w = mine {}, nj.ones(2)
            return (object:step(w, w, object:start(w), 0.1, 1)):totable()
            """)
        #expect(values == [-1, -1])
    }

    @Test func theNumberOfTensorsThatAnOptimizerRemembersHasALimit() throws {
        let names = (1...25).map { "m\($0) = \"zeros\"" }.joined(separator: ", ")
        #expect(
            try failure(update: "function(self, w, g) return w - g end", state: "{ \(names) }")
                == "script.lua:6: optimizer 'mine' remembers 25 tensors a parameter: at most 24 are possible, stack what "
                + "belongs together")
    }

    @Test func twentyFourTensorsComeBackInTheirPlaces() throws {
        let names = (1...24).map { "m\($0)" }
        let values = try numbers(
            """
            local mine = nj.optimizer {
              name = "mine", state = { \(names.map { "\($0) = \"zeros\"" }.joined(separator: ", ")) },
              update = function(_, w, g, s)
                local total = 0 * g
                for i = 1, 24 do
                  s["m" .. i] = s["m" .. i] + i
                  total = total + s["m" .. i] * 10 ^ (i % 3)
                end
                return 0 * w + total
              end,
            }
            local data = nj.data.load "digits"
            local model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }
            nj.trainer {
              model = model, loss = nj.losses.cce {}, optimizer = mine {}, learning_rate = 0.1, batch_size = 1000,
            }:fit(data.train, { epochs = 1 })
            return model:parameters()["layers.2.bias"]:max():item(), model:parameters()["layers.2.bias"]:min():item()
            """)
        // After two steps 2 i: i mod 3 is 1, 2, 0 for numbers of the sums 92, 100, 108, weighted by 10, 100, 1.
        #expect(values == [22056, 22056])
    }
}
