import NightjarScripting
import Testing

@Suite struct LossMessageTests {
    private let setup = "local z, y = nj.ones(4, 3), nj.ones({ 4 }, { dtype = \"int32\" })\n"

    private func message(_ forward: String, reduction: String = "none") throws -> String {
        try failure(
            setup
                + "local loss = nj.loss { name = \"mine\", reduction = \"\(reduction)\", forward = function(_, z, y)\n"
                + forward + "\nend } {}\nreturn loss(z, y)")
    }

    @Test func forwardThatReturnsNothing() throws {
        #expect(
            try message("local values = z:sum(-1)")
                == "script.lua:3: forward of loss 'mine' returned nothing: did it forget 'return'?")
    }

    @Test func forwardThatReturnsALuaNumber() throws {
        #expect(
            try message("return z:sum():item()")
                == "script.lua:3: forward of loss 'mine' returned the number 12.0: it must return a tensor (a Lua number "
                + "has no gradient; leave out :item())")
    }

    @Test func forwardThatReturnsTheWrongShape() throws {
        #expect(
            try message("return z:sum(-1):mean()")
                == "script.lua:3: forward of loss 'mine' must return one value per sample, shape (4), it returned shape "
                + "(): return one value per sample and leave the average to the trainer, or declare reduction = \"batch\""
                + "\n  the result () made at script.lua:4 by mean")
        #expect(
            try message("return z:log_softmax()")
                == "script.lua:3: forward of loss 'mine' must return one value per sample, shape (4), it returned shape "
                + "(4, 3): sum over the classes with :sum(-1)\n  the result (4, 3) made at script.lua:4 by log_softmax")
        #expect(
            try message("return z:sum(-1)", reduction: "batch")
                == "script.lua:3: forward of loss 'mine' returned shape (4): with reduction = \"batch\" it must return a "
                + "single number, shape ()")
    }

    @Test func predictionsAndLabelsThatDoNotFit() throws {
        #expect(
            try failure(setup + "return nj.losses.cce {}(z, nj.ones({ 5 }, { dtype = \"int32\" }))")
                == "script.lua:3: loss 'cce' got logits of shape (4, 3) and labels of shape (5): there must be one label "
                + "a row")
        #expect(
            try failure(setup + "return nj.losses.cce {}(z)")
                == "script.lua:3: loss 'cce' expects labels as a tensor, got nil\n  usage: loss(logits, labels), for "
                + "example with nj.tensor({ 1, 3, 2 }, { dtype = \"int32\" })")
    }

    @Test func parametersAreChecked() throws {
        #expect(
            try failure("return nj.losses.rll { alhpa = 1 }")
                == "script.lua:2: loss 'rll' has no parameter 'alhpa': did you mean 'alpha'?\n  parameters are alpha")
        #expect(
            try failure("return nj.losses.rll { alpha = \"big\" }")
                == "script.lua:2: parameter 'alpha' of loss 'rll' must be a number, got a string")
        #expect(
            try failure("return nj.losses.nmse { scale = -1 }")
                == "script.lua:2: parameter 'scale' of loss 'nmse' must be above 0, got -1")
        #expect(
            try failure(
                "return nj.loss { name = \"x\", params = { mode = { choices = { \"hard\", \"soft\" } } }, "
                    + "forward = function() end } { mode = \"sotf\" }")
                == "script.lua:2: parameter 'mode' of loss 'x' must be one of \"hard\", \"soft\", got \"sotf\": did you "
                + "mean 'soft'?")
        #expect(
            try failure("return nj.loss { name = \"x\", foward = function() end }")
                == "script.lua:2: loss 'x' has an unknown field 'foward': did you mean 'forward'?\n  fields are "
                + "check, detaches, doc, example, forward, labels, name, needs, params, reduction, soft, state, together"
        )
        #expect(
            try failure("local l = nj.losses.rll {}\nreturn l.alpa")
                == "script.lua:3: loss 'rll' has no 'alpa': did you mean 'alpha'?")
    }

    @Test func combinationsAreLosses() throws {
        let script =
            setup + """
                local a, b = nj.losses.cce {}, nj.losses.mae {}
                local both = 0.5 * a + b * 2 - a / 4
                local expected = 0.5 * a(z, y) + b(z, y) * 2 - a(z, y) / 4
                return (both(z, y) - expected):abs():max():item(), tostring(both)
                """
        let values = try run(script)
        #expect(try #require(values[0].asNumber) < 1e-6)
        #expect(values[1].asString == "loss '0.5 * cce + 2 * mae + -0.25 * cce'")
    }
}
