import NightjarScripting
import Testing

/// `nj.custom`, gradients by a model's parameters, and `nj.gradcheck`, as scripts see them.
@Suite struct CustomGradientTests {
    private let cube = """
        local cube = nj.custom {
          name = "cube",
          forward = function(ctx, x) ctx.square = x * x return ctx.square * x end,
          backward = function(ctx, gradient) return gradient * 3 * ctx.square end,
        }

        """

    @Test func aCustomFunctionHasItsOwnGradientAndThatOneHasGradients() throws {
        let script =
            cube + """
                local x = nj.tensor({ 1, 2, -3 }, { dtype = "float64" })
                local function f(x) return cube(x):sum() end
                return cube(x):totable(), nj.grad(f, x):totable(),
                  nj.grad(function(x) return nj.grad(f, x):sum() end, x):totable()
                """
        #expect(try numbers(script) == [1, 8, -27, 3, 12, 27, 6, 12, -18])
        #expect(try numbers("nj.eager(true)\n" + script) == [1, 8, -27, 3, 12, 27, 6, 12, -18])
    }

    @Test func theOutputStandsForTheResultInEveryOrder() throws {
        let script = """
            local exp = nj.custom {
              name = "exp", forward = function(_, x) return x:exp() end,
              backward = function(ctx, gradient) return gradient * ctx.output end,
            }
            local x = nj.tensor({ 0.3, -1.2 }, { dtype = "float64" })
            local function first(x) return nj.grad(function(x) return exp(x):sum() end, x) end
            return nj.gradcheck(exp, x, { order = 2 }), nj.gradcheck(first, x, { order = 2 })
            """
        #expect(try numbers(script).prefix(2) == [1, 1])
    }

    @Test func argumentsThatAreNoTensorsGetNoGradient() throws {
        let script = """
            local scaled = nj.custom {
              name = "scaled",
              forward = function(ctx, x, factor, labels) ctx.factor = factor return x * factor end,
              backward = function(ctx, gradient) return gradient * ctx.factor end,
            }
            local labels = nj.tensor({ 1 }, { dtype = "int32" })
            return nj.grad(function(x) return scaled(x, 4, labels):sum() end, nj.ones(2)):totable()
            """
        #expect(try numbers(script) == [4, 4])
    }

    @Test func aLossWithACustomGradientTrains() throws {
        let script = """
            local clipped = nj.custom {
              name = "clipped", forward = function(_, x) return x:minimum(2) end,
              backward = function(_, gradient) return gradient end,
            }
            local loss = nj.loss { name = "clipped", forward = function(_, logits, labels)
              return clipped(-logits:log_softmax():pick(labels)) end }
            local data = nj.data.load("digits")
            local trainer = nj.trainer {
              model = nj.models.mlp { inputs = data.features, hidden = { 16 }, classes = data.classes },
              loss = loss {}, optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.1,
            }
            local records = trainer:fit(data.train, { epochs = 3 })
            return records[3].j1
            """
        #expect(try #require(numbers(script).first) > 90)
    }

    @Test(arguments: [
        (
            "return gradient:sum()",
            "script.lua:5: gradient 1 of custom function 'f' must have the shape of its argument, (2), it has shape ()\n"
                + "  the gradient () made at script.lua:6 by sum"
        ),
        (
            "return gradient, gradient",
            "script.lua:5: backward of custom function 'f' returned 2 gradients, forward takes 1 argument"
        ),
        (
            "local g = gradient * 2",
            "script.lua:5: backward of custom function 'f' returned 0 gradients, it must return one for each of the 1 "
                + "arguments of forward (nil where there is none)"
        ),
        (
            "return 2",
            "script.lua:5: gradient 1 of custom function 'f' must be a tensor or nil, backward returned a number"
        ),
        (
            "return gradient:double()",
            "script.lua:5: gradient 1 of custom function 'f' must be float32 as its argument is, it is float64"
        ),
        (
            "return gradient * gradient:sum():item()",
            "script.lua:6: the gradient and the output that backward is given have no values while it is recorded: use "
                + "them in tensor operations, and read numbers (:item(), :totable(), print) from the arguments only"
        ),
        ("return gradiant * 2", "script.lua:6: there is no variable 'gradiant'"),
    ])
    func aWrongBackwardIsNamedWithItsLine(_ body: String, _ message: String) throws {
        let script = """
            local f = nj.custom {
              name = "f",
              forward = function(_, x) return x * 2 end,
              backward = function(ctx, gradient)
                \(body)
              end,
            }
            return f(nj.ones(2))
            """
        #expect(try failure(script) == message)
    }

    @Test func aWrongForwardOrFieldIsNamed() throws {
        #expect(
            try failure("return nj.custom { name = \"f\", forward = print, bakward = print }")
                == "script.lua:2: a custom function has an unknown field 'bakward': did you mean 'backward'?\n"
                + "  fields are backward, doc, forward, name")
        #expect(
            try failure("return nj.custom { name = \"f\", forward = print }")
                == "script.lua:2: a custom function needs 'backward'")
        #expect(
            try failure(
                "return nj.custom { name = \"f\", forward = function(_, x) end, backward = print } (nj.ones(1))")
                == "script.lua:2: forward of custom function 'f' must return a tensor, it returned nothing: did it forget "
                + "'return'?")
    }

    @Test func theStateIsSoundAfterABackwardThatFailed() throws {
        let host = try makeHost()
        let bad =
            "nj.custom { name = \"f\", forward = function(_, x) return x * 1 end, backward = function() error(\"no\") end }"
        try run("nj.eager(true) pcall(\(bad), nj.ones(2))", host)
        #expect(host.session.isEager)
        #expect(
            try numbers("return nj.grad(function(x) return (x * x):sum() end, nj.ones(2)):totable()", host) == [2, 2])
    }

    // MARK: Models

    private let model = """
        local double = { dtype = "float64" }
        local model = nj.nn.sequential { nj.nn.linear(3, 4, double), nj.nn.tanh(), nj.nn.linear(4, 2, double) }
        model:initialize(5)
        local x = nj.randn(6, 3, { seed = 2, dtype = "float64" })

        """

    @Test func aModelIsDifferentiatedByItsParameters() throws {
        let script =
            model + """
                local function loss(m) return m:forward(x):square():sum() end
                local value, gradients = nj.value_and_grad(loss, model)
                local parameters = model:parameters()
                local far = 0
                for path, gradient in pairs(gradients) do
                  local direction = nj.randn(gradient:shape(), { seed = 3, name = path, dtype = "float64" })
                  local function at(step)
                    local moved = {}
                    for name, p in pairs(parameters) do moved[name] = p end
                    moved[path] = parameters[path] + step * direction
                    return model:forward(x, { parameters = moved }):square():sum():item()
                  end
                  local slope = (at(1e-5) - at(-1e-5)) / 2e-5
                  far = math.max(far, math.abs(slope - (gradient * direction):sum():item()) / (1 + math.abs(slope)))
                end
                return value:item() == loss(model):item(), far
                """
        let values = try numbers(script)
        #expect(values[0] == 1)
        #expect(values[1] < 1e-8)
    }

    @Test func tablesOfParametersStandInForThem() throws {
        let script =
            model + """
                local function loss(p) return model:forward(x, { parameters = p }):square():sum() end
                local one = nj.grad(loss, model:parameters())
                local other = nj.grad(function(m) return m:forward(x):square():sum() end, model)
                local far = 0
                for path, gradient in pairs(one) do far = math.max(far, (gradient - other[path]):abs():max():item()) end
                return far
                """
        #expect(try numbers(script) == [0])
        #expect(
            try failure(model + "return model:forward(x, { parameters = { [\"layers.1.weigth\"] = x } })")
                == "script.lua:6: the layer has no parameter 'layers.1.weigth': did you mean 'layers.1.weight'?")
        #expect(
            try failure(model + "return model:forward(x, { parameters = { [\"layers.1.weight\"] = x } })")
                == "script.lua:6: 'layers.1.weight' is float64 of shape (3, 4), the tensor given for it is float64 of shape "
                + "(6, 3)")
    }

    @Test func aModelWithoutWeightsSaysSo() throws {
        #expect(
            try failure("return nj.grad(function(m) return m:forward(nj.ones(1, 2)):sum() end, nj.nn.linear(2, 1))")
                == "script.lua:2: the weights have no values yet: initialize the model with a seed first, for example "
                + "model:initialize(1), or load weights")
    }

    @Test func furtherArgumentsAreHandedOn() throws {
        #expect(
            try numbers(
                "return nj.grad(function(x, y, n) return (x * y * n):sum() end, nj.ones(2), nj.full({ 2 }, 3), 2):totable()"
            )
                == [6, 6])
    }

    // MARK: gradcheck

    @Test func gradcheckFindsAWrongGradientAndWhere() throws {
        let script = """
            local wrong = nj.custom {
              name = "wrong", forward = function(ctx, x) ctx.x = x return x * x end,
              backward = function(ctx, g) return 2 * ctx.x * g + nj.tensor({ { 0, 0 }, { 0, 0.5 } }, { dtype = "float64" }) end,
            }
            local x = nj.tensor({ { 1, 2 }, { 3, 4 } })
            local fine, report = nj.gradcheck(function(p) return wrong(p.x) end, { x = x }, { raise = false })
            return fine, report.position, report.wrong, report.checked, report.input == "inputs.x",
              math.abs(report.gradient - report.difference - 0.5) < 1e-6
            """
        #expect(try numbers(script) == [0, 2, 2, 1, 4, 1, 1])
    }

    @Test func gradcheckFailsWithTheWorstEntry() throws {
        let script = """
            local wrong = nj.custom {
              name = "wrong", forward = function(_, x) return x:sum() end,
              backward = function(_, g) return g * nj.tensor({ 1, 3 }, { dtype = "float64" }) end,
            }
            return nj.gradcheck(function(x) return wrong(x) / wrong(x) * wrong(x) end, nj.tensor({ 1, 2 }))
            """
        let message = try failure(script)
        #expect(message.hasPrefix("script.lua:6: the gradient with respect to inputs is wrong at (2): it is "))
        #expect(message.hasSuffix("\n  1 of 2 entries differ by more than 1e-06"))
    }

    @Test func gradcheckLeavesLabelsAloneAndTakesTheFormOfItsInputs() throws {
        let script = """
            local labels = nj.tensor({ 1, 3 }, { dtype = "int32" })
            local loss = nj.losses.cce {}
            return nj.gradcheck(function(i) return loss(i.logits, i.labels) * i.weights[1] end,
              { logits = nj.randn(2, 3), labels = labels, weights = { nj.ones(2) } }, { order = 2 })
            """
        #expect(try numbers(script).first == 1)
    }

    @Test(arguments: [
        (
            "nj.gradcheck(function(x) return x:float() end, nj.ones(2))",
            "script.lua:2: the function to check returned float32 for float64 inputs: in less than float64, differences "
                + "drown in rounding"
        ),
        (
            "nj.gradcheck(function(x) end, nj.ones(2))",
            "script.lua:2: the function to check must return a tensor, it returned nothing: did it forget 'return'?"
        ),
        (
            "nj.gradcheck(print, 3)",
            "script.lua:2: nj.gradcheck expects a tensor, or tables of tensors, as inputs; got a number"
        ),
        (
            "nj.gradcheck(print, nj.ones(2), { tolerence = 1 })",
            "script.lua:2: nj.gradcheck has no option 'tolerence': did you mean 'tolerance'?\n  options are epsilon, "
                + "tolerance, order, entries, seed, raise"
        ),
        (
            "nj.gradcheck(print, nj.ones(2), { tolerance = \"small\" })",
            "script.lua:2: 'tolerance' of nj.gradcheck must be a number, got a string"
        ),
        (
            "nj.gradcheck(print, nj.ones(2):int())",
            "script.lua:2: nj.gradcheck got no float32 or float64 tensor to differentiate by"
        ),
    ])
    func gradcheckSaysWhatItNeeds(_ call: String, _ message: String) throws {
        #expect(try failure("return " + call) == message)
    }
}
