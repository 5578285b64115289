import NightjarScripting
import Testing

/// Random whole numbers, orders and choices of scripts.
@Suite struct DrawingTests {
    @Test func wholeNumbersCoverTheirRange() throws {
        let drawn = try numbers("return nj.randint(-2, 3, 50, 40, { seed = 4 }):totable()")
        #expect(drawn.count == 2000)
        #expect(Set(drawn) == [-2, -1, 0, 1, 2, 3])
        for value in Set(drawn) { #expect(abs(drawn.filter { $0 == value }.count - 333) < 80) }
    }

    @Test func aSeedAndANameFixTheNumbers() throws {
        let script = """
            local function draw(options)
              return nj.randint(1, 1000000, 3, options):totable(), nj.randperm(9, options):totable(),
                nj.bernoulli(0.5, 40, options):totable(), nj.choice(1000000, 4, options):totable()
            end
            """
        let one = try numbers(script + "\nreturn draw { seed = 7, name = \"a\" }")
        #expect(try numbers(script + "\nreturn draw { seed = 7, name = \"a\" }") == one)
        #expect(try numbers(script + "\nreturn draw { seed = 7, name = \"b\" }") != one)
        #expect(try numbers(script + "\nreturn draw { seed = 8, name = \"a\" }") != one)
        // Without a seed every draw differs, and another run of the script draws the same.
        let both = "\nlocal function two() return nj.randint(1, 1000000, 3):totable() end\nreturn two(), two()"
        let twice = try numbers(both)
        #expect(twice.prefix(3) != twice.suffix(3))
        #expect(try numbers(both) == twice)
    }

    @Test func ordersHoldEachNumberOnce() throws {
        #expect(try numbers("return nj.randperm(100):totable()").sorted() == (1...100).map(Double.init))
        #expect(try numbers("return nj.randperm(0):totable()").isEmpty)
    }

    @Test func onesComeWithTheirProbability() throws {
        let share = try numbers("return nj.bernoulli(0.3, 100, 100):mean():item()")[0]
        #expect(abs(share - 0.3) < 0.02)
        let script = """
            local p = nj.tensor({ 0, 0.25, 1 }, { dtype = "float64" })
            local sum = nj.zeros(3, { dtype = "float64" })
            for _ = 1, 400 do sum = sum + nj.bernoulli(p) end
            return (sum / 400):totable()
            """
        let shares = try numbers(script)
        #expect(shares[0] == 0 && shares[2] == 1 && abs(shares[1] - 0.25) < 0.09)
    }

    @Test func choicesComeFromTheRowsWithTheirWeights() throws {
        #expect(Set(try numbers("return nj.choice(nj.tensor({ 5, 7 }), 50):totable()")) == [5, 7])
        #expect(
            try numbers("return nj.choice(6, 6, { replace = false }):sort():totable()") == [1, 2, 3, 4, 5, 6])
        let weighted = """
            local w = nj.tensor({ 0, 3, 1, 0 })
            local drawn = nj.choice(4, 4000, { weights = w })
            return nj.bincount(drawn, 4):totable(),
              nj.choice(4, 2, { weights = w, replace = false }):sort():totable()
            """
        let found = try numbers(weighted)
        #expect(found[0] == 0 && found[3] == 0 && abs(found[1] - 3000) < 150)
        #expect(found.suffix(2) == [2, 3])
    }

    @Test func streamsDrawAsWell() throws {
        let script = """
            local s = nj.random_stream(3, "mine")
            local a, b = s:choice(5, 5, { replace = false }), s:choice(5, 5, { replace = false })
            local again = nj.random_stream(3, "mine"):choice(5, 5, { replace = false })
            return a:sort():totable(), a:eq(again):all():item(), a:eq(b):all():item(),
              s:bernoulli(1000, 0.5):mean():item() * 2 // 0.9
            """
        #expect(try numbers(script) == [1, 2, 3, 4, 5, 1, 0, 1])
    }
}
