import NightjarScripting
import Testing

/// What a loss remembers from batch to batch: on its own, in the trainer, and as a term of another.
@Suite struct LossStateTests {
    /// Keeps a running mean, and counts how often it saw each sample in training.
    private let setup = """
        local counting = nj.loss {
          name = "counting",
          state = { level = 0, seen = { "samples", start = "zeros" } },
          forward = function(self, logits, labels, batch)
            local values = -logits:log_softmax():pick(labels)
            self.level = 0.5 * self.level + 0.5 * values:mean():stop_gradient()
            if batch then
              self.seen = self.seen + batch.indices:one_hot(self.seen:size(1)):sum(1)
            end
            return values
          end,
        }
        local function train(loss, epochs)
          local data = nj.data.load "digits"
          local trainer = nj.trainer {
            model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }, loss = loss,
            optimizer = nj.optim.sgd {}, learning_rate = 0.1,
          }
          trainer:fit(data.train, { epochs = epochs })
          return trainer, data
        end

        """

    @Test func theTrainerKeepsStateAndShowsItAfterwards() throws {
        let values = try numbers(
            setup + """
                local loss = counting {}
                train(loss, 2)
                return loss.seen:min():item(), loss.seen:max():item(), loss.seen:size(1), loss.level:item()
                """)
        #expect(Array(values[0..<3]) == [2, 2, 1437])
        #expect(values[3] > 0 && values[3] < 2.5)
    }

    @Test func trainingThatGoesOnKeepsTheState() throws {
        let values = try numbers(
            setup + """
                local loss = counting {}
                local trainer, data = train(loss, 1)
                trainer:fit(data.train, { epochs = 2 })
                return loss.seen:min():item(), loss.seen:max():item()
                """)
        #expect(values == [3, 3])
    }

    @Test func termsOfACombinationRememberEachForItself() throws {
        let values = try numbers(
            setup + """
                local one, two = counting {}, counting {}
                train(0.25 * one + two + one, 1)
                return one.seen:min():item(), two.seen:max():item()
                """)
        // A loss that is two terms is called, and counts, twice.
        #expect(values == [2, 1])
    }

    @Test func preparedStateChangesWithEveryCall() throws {
        let values = try numbers(
            setup + """
                local loss = counting {}:prepare { samples = 3, classes = 2 }
                local z, y = nj.zeros(3, 2), nj.ones({ 3 }, { dtype = "int32" })
                loss(z, y)
                loss(z, y, { indices = nj.tensor({ 3, 1, 3 }, { dtype = "int32" }) })
                return loss.level:item(), loss.seen:totable()
                """)
        #expect(abs(values[0] - 0.75 * 0.6931471805599453) < 1e-6)
        #expect(Array(values[1...]) == [1, 0, 2])
    }

    @Test func startsAreNumbersShapesTensorsAndFunctions() throws {
        let values = try numbers(
            """
            local loss = nj.loss {
              name = "starts",
              state = {
                a = "ones", b = { 2, "classes", start = 3 }, c = nj.tensor({ 7, 8 }),
                d = function(_, setting) return nj.full({ setting.samples }, setting.classes) end,
                e = { dtype = "int32", start = 5 },
              },
              forward = function(_, z) return z:sum(-1) end,
            } {}
            loss:prepare { samples = 2, classes = 3, dtype = "float64" }
            return loss.a:item(), loss.b:totable(), loss.c:totable(), loss.d:totable(), loss.e:item(),
              loss.b:dtype() == "float64", loss.e:dtype() == "int32"
            """)
        #expect(values == [1, 3, 3, 3, 3, 3, 3, 7, 8, 3, 3, 5, 1, 1])
    }

    @Test func anErrorInForwardLeavesTheLossAsItWas() throws {
        let message = try failure(
            """
            local loss = nj.loss {
              name = "fails", state = { level = 0 },
              forward = function(self, z) self.level = self.level + 1; return z:sum(7) end,
            } {}
            local trainer = nj.trainer {
              model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }, loss = loss,
              optimizer = nj.optim.sgd {}, learning_rate = 0.1,
            }
            local ok = pcall(trainer.fit, trainer, nj.data.load("digits").train, { epochs = 1 })
            return ok, loss.level
            """)
        #expect(
            message
                == "script.lua:11: loss 'fails' has no values for its state 'level' yet: nj.trainer makes them from the "
                + "training set; without a trainer call loss:prepare { samples = ..., classes = ... } first")
    }

    @Test func mistakesInStateAreNamed() throws {
        #expect(
            try failure(
                """
                local loss = nj.loss { name = "x", state = { n = 0 }, forward = function(s, z) s.m = z; return z end } {}
                return loss:prepare {}(nj.ones(2, 2), nj.ones({ 2 }, { dtype = "int32" }))
                """) == "script.lua:2: loss 'x' has no state 'm': declare it with state = { m = ... }")
        #expect(
            try failure(
                """
                local loss = nj.loss { name = "x", state = { n = 0 }, forward = function(s, z) s.n = 1; return z end } {}
                return loss:prepare {}(nj.ones(2, 2), nj.ones({ 2 }, { dtype = "int32" }))
                """) == "script.lua:2: state 'n' of loss 'x' must stay a tensor, got a number")
        let declare = "nj.loss { name = \"x\", forward = function(_, z) return z end, state = { n = "
        #expect(
            try failure("return \(declare){ \"sample\" } } } {}:prepare { samples = 3 }")
                == "script.lua:2: state 'n' of loss 'x' has the extent \"sample\": extents are whole numbers, \"samples\" or "
                + "\"classes\"")
        #expect(
            try failure("return \(declare)\"zeroes\" } } {}:prepare {}")
                == "script.lua:2: state 'n' of loss 'x' starts as \"zeros\", \"ones\" or a number, a table such as "
                + "{ \"samples\", \"classes\", start = 0 }, or a function, got \"zeroes\"")
        #expect(
            try failure("return \(declare)function() end } } {}:prepare {}")
                == "script.lua:2: state 'n' of loss 'x' must start as a tensor, its function returned nothing: did it "
                + "forget 'return'?")
        #expect(
            try failure("return \(declare)0 } } {}:prepare { sample = 3 }")
                == "script.lua:2: loss 'x': prepare has no field 'sample': did you mean 'samples'?\n  fields are samples, "
                + "classes, dtype")
    }

    @Test func aStateKeepsItsShape() throws {
        #expect(
            try failure(
                """
                local loss = nj.loss {
                  name = "grows", state = { n = 0 },
                  forward = function(self, z)
                    self.n = z:sum(-1):stop_gradient()
                    return z:sum(-1)
                  end,
                } {}
                nj.trainer {
                  model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }, loss = loss,
                  optimizer = nj.optim.sgd {}, learning_rate = 0.1,
                }:fit(nj.data.load("digits").train, { epochs = 1 })
                """)
                == "script.lua:5: loss 'grows' gives a state of shape () and type float32 a new value of shape (128) and "
                + "type float32")
    }
}
