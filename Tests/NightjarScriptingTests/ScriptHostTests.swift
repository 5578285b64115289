import NightjarEngine
import NightjarScripting
import Testing

@Suite struct ScriptHostTests {
    @Test func arithmeticOnTensorsAndNumbers() throws {
        #expect(
            try numbers("local t = nj.tensor({{1, 2}, {3, 4}}) return ((t + 1) * 2 - t / 2):totable()") == [
                3.5, 5, 6.5, 8,
            ])
        #expect(
            try numbers("local t = nj.tensor({1, 2, 3}) return (2 ^ t):totable(), (-t % 2):totable()") == [
                2, 4, 8, 1, 0, 1,
            ])
    }

    @Test func gradientOfARobustLoss() throws {
        let values = try numbers(
            """
            local x = nj.tensor({1, 2, 3}, { dtype = "float64" })
            local value, gradient, extra = nj.value_and_grad(function(z) return (z * z):sum(), 7 end, x)
            return value:item(), gradient:totable(), extra
            """)
        #expect(values == [14, 2, 4, 6, 7])
    }

    @Test func aLossInLua() throws {
        let values = try numbers(
            """
            local rll = nj.loss {
              name = "rll",
              params = { alpha = { default = 0.1, min = 0 } },
              forward = function(self, logits, labels)
                local classes = logits:size(-1)
                local log_p   = (logits:softmax() + self.alpha):log()
                local given   = log_p:pick(labels)
                local others  = (log_p:sum(-1) - given) / (classes - 1)
                return math.log((1 + self.alpha) / self.alpha) - given + others
              end,
            }
            local loss = rll { alpha = 0.1 }
            local logits = nj.tensor({{2, -1, 0.5, 0}, {0, 0, 0, 0}}, { dtype = "float64" })
            local labels = nj.tensor({1, 2}, { dtype = "int32" })
            local value, gradient = nj.value_and_grad(function(z) return loss(z, labels):mean() end, logits)
            return loss(logits, labels):totable(), value:item(), gradient:shape()
            """)
        #expect(values.count == 5)
        #expect(abs(values[1] - 2.39789527279837) < 1e-12)
        #expect(abs(values[2] - (values[0] + values[1]) / 2) < 1e-12)
    }
}
