import Foundation
import Testing

/// Gradients of functions written in other operations, at corners as well, and what they refuse. Their values are held
/// to NumPy's by `NumPyTests`.
@Suite struct FunctionTests {
    /// Runs a script that checks for itself.
    private func run(_ body: String) throws {
        _ = try makeHost().run("local nj = require \"nightjar\"\n" + body)
    }

    private func failure(_ body: String) throws -> String {
        do {
            try run(body)
            return ""
        } catch { return "\(error)".split(separator: "\n").first.map(String.init) ?? "" }
    }

    @Test(arguments: [
        "x:median()", "x:median(1)", "x:quantile(0.3, -1)", "x:quantile({ 0.1, 0.9 })", "x:cumprod()", "x:cumprod(1)",
        "x:logcumsumexp()", "x:logaddexp(x:flip())", "x:triu()", "x:tril(-1)", "x:trace()", "x:diagonal(1)",
        "x:narrow(1, 1, 1):squeeze(1):diag()", "x:kron(x)", "x:reshape(1, 4, 4, 1):crop(2, 1, 2, 3)",
        "x:cosine_similarity(x:flip())", "x:cosine_similarity(x:cos(), 1)", "x:cdist(x:sin())",
        "x:masked_fill(x:gt(0), 2)", "x:lerp(x:sin(), 0.3)",
    ])
    func gradientsOfBothOrdersAreThoseThatDifferencesShow(expression: String) throws {
        try run(
            """
            local x = nj.randn({ 4, 4 }, { seed = 8, dtype = "float64" })
            for _, order in ipairs { 1, 2 } do
              nj.gradcheck(function(x) return (\(expression)):square() end, x, { order = order, tolerance = 1e-6 })
            end
            """)
    }

    @Test func gradientsOfRunningProductsAreRightWhereEntriesAreZero() throws {
        try run(
            """
            for _, zeros in ipairs { { 1 }, { 3 }, { 1, 4 }, { 2, 3, 4 } } do
              local list = { 2, -3, 0.5, 4, 1.5 }
              for _, i in ipairs(zeros) do list[i] = 0 end
              local x = nj.tensor(list, { dtype = "float64" })
              local weights = nj.tensor({ 1, 2, 3, 4, 5 }, { dtype = "float64" })
              for _, order in ipairs { 1, 2 } do
                nj.gradcheck(function(x) return (x:cumprod() * weights) end, x, { order = order, tolerance = 1e-7 })
              end
            end
            """)
    }

    /// PyTorch 2.15: torch.nn.functional.cosine_similarity with a row of zeros, and torch.cdist of equal rows.
    @Test func gradientsAtZeroAreDefined() throws {
        try run(
            """
            local x = nj.tensor({ { 0, 0 }, { 3, 4 } }, { dtype = "float64" })
            local y = nj.tensor({ { 3, 4 }, { 0, 0 } }, { dtype = "float64" })
            local value, gradient = nj.value_and_grad(function(x) return x:cosine_similarity(y):sum() end, x)
            local g = gradient:totable()
            assert(value:item() == 0)
            assert(math.abs(g[1][1] - 0.6e8) < 1e-6 and math.abs(g[1][2] - 0.8e8) < 1e-6 and g[2][1] == 0 and g[2][2] == 0)
            local apart = nj.grad(function(x) return x:cdist(x):sum() end, x)
            assert(apart:isfinite():all():item())
            local low = nj.tensor({ -math.huge, -math.huge, 1 }, { dtype = "float64" })
            assert(nj.grad(function(z) return z:logcumsumexp():narrow(1, 3, 1):sum() end, low):isfinite():all():item())
            """)
    }

    @Test func drawsDependOnSeedAndPositionAlone() throws {
        try run(
            """
            local function same(a, b) assert((a - b):abs():max():item() == 0) end
            for _, draw in ipairs {
              function(n) return nj.gamma(0.3, n, { seed = 4 }) end, function(n) return nj.beta(0.4, 2, n, { seed = 4 }) end,
              function(n) return nj.dirichlet(nj.tensor { 0.5, 1, 2 }, n, { seed = 4 }) end,
            } do
              same(draw(10), draw(20):narrow(1, 1, 10))
            end
            same(nj.gamma(nj.full({ 5 }, 2), { seed = 3 }), nj.gamma(2, 5, { seed = 3 }))
            nj.manual_seed(3)
            local first, second = nj.gamma(2, 5), nj.gamma(2, 5)
            assert((first - second):abs():min():item() > 0)
            -- So small that the numbers themselves are 0 in float64.
            local tiny = nj.beta(1e-4, 1e-4, 200, { seed = 2, dtype = "float64" })
            assert(tiny:isfinite():all():item() and tiny:ge(0):all():item() and tiny:le(1):all():item())
            assert(nj.dirichlet(nj.full({ 3 }, 1e-4), 50, { seed = 1 }):isfinite():all():item())
            """)
    }

    @Test func whatDoesNotFitIsSaid() throws {
        #expect(
            try failure("nj.ones(3):quantile(1.5)")
                == "script.lua:2: 'quantile' needs q from 0 to 1, or a list of such numbers")
        #expect(try failure("nj.zeros(0):median()") == "script.lua:2: 'median' of no elements: the shape is (0)")
        #expect(try failure("nj.gamma(0, 3)") == "script.lua:2: 'gamma' needs alpha finite and above 0, got 0")
        #expect(try failure("nj.beta(1, -2, 3)") == "script.lua:2: 'beta' needs beta finite and above 0, got -2")
        #expect(
            try failure("nj.dirichlet(nj.tensor { 1, 0 / 0 })")
                == "script.lua:2: 'dirichlet' needs alpha finite and above 0, got nan")
        #expect(
            try failure("nj.gamma(1, 3, { rate = 0 })") == "script.lua:2: 'gamma' needs a finite rate above 0, got 0")
        #expect(
            try failure("nj.ones(1, 4, 4, 3):crop(3, 1, 3, 2)")
                == "script.lua:2: 'crop' from row 3 and column 1, 3 by 2 pixels, leaves the image of 4 by 4")
        #expect(
            try failure("nj.ones(3):trace()")
                == "script.lua:2: 'trace' needs matrices in the last two dimensions: the shape is (3)")
    }
}
