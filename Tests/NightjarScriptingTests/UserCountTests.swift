import NightjarScripting
import Testing

/// Counts that a script gives: whatever they are, the script is answered, with a result or an error with its line.
///
/// A trap would end the whole run of tests, so what is asked of each call is little: that a sensible number works, and
/// that absurd ones come back.
@Suite struct UserCountTests {
    /// Calls with `X` where the count stands, and a count that works.
    static let calls: [(String, String)] = [
        ("nj.zeros(X)", "2"), ("nj.ones(2, X)", "2"), ("nj.full({ X }, 1)", "2"), ("nj.eye(X)", "2"),
        ("nj.eye(2, X)", "2"), ("nj.arange(X)", "2"), ("nj.arange(1, X)", "2"), ("nj.arange(0, 1, X)", "2"),
        ("nj.arange(X, { dtype = \"int32\" })", "2"), ("nj.linspace(0, 1, X)", "2"), ("nj.rand(X)", "2"),
        ("nj.randn(2, X)", "2"), ("nj.randint(1, X, 3)", "2"), ("nj.randint(1, 2, X)", "2"), ("nj.randperm(X)", "2"),
        ("nj.choice(X, 2)", "2"), ("nj.choice(3, X)", "2"), ("nj.choice(3, X, { replace = false })", "2"),
        ("nj.choice(nj.ones(3), X)", "2"), ("nj.choice(3, X, { weights = nj.ones(3) })", "2"),
        ("nj.bernoulli(0.5, X)", "2"), ("nj.ones(4):reshape(X, -1)", "2"), ("nj.ones(4):reshape(2, X)", "2"),
        ("nj.ones(4):topk(X)", "2"), ("nj.ones(4, 2):size(X)", "2"), ("nj.ones(4, 2):sum(X)", "2"),
        ("nj.ones(4, 2):cumsum(X)", "2"), ("nj.tensor({ 1, 2 }, { dtype = \"int32\" }):bincount(X)", "2"),
        ("nj.tensor({ 1, 2 }, { dtype = \"int32\" }):one_hot(X)", "2"),
        (
            "nj.data.from_tensors { inputs = nj.eye(2), labels = nj.tensor({ 1, 2 }, { dtype = \"int32\" }), classes = X }",
            "2"
        ),
        ("nj.data.load(\"digits\").train:first(X)", "2"), ("nj.manual_seed(X)", "2"),
        ("nj.models.mlp { inputs = X, hidden = { 2 }, classes = 2 }", "2"),
        ("nj.models.mlp { inputs = 2, hidden = { X }, classes = 2 }", "2"),
        ("nj.models.mlp { inputs = 2, hidden = { 2 }, classes = X }", "2"), ("fit({ batch_size = X })", "64"),
        ("fit({ accumulate = X })", "2"), ("fit({ evaluation_interval = X })", "2"),
        ("fit({ evaluation_batch_size = X })", "64"), ("fit({ seed = X })", "2"), ("fit({}, X)", "1"),
    ]
    static let absurd = [
        "-1", "-2147483649", "2147483648", "2^31", "2^32 + 1", "2^53", "2^53 + 1.0", "2^62", "2^63", "-2^63", "1e19",
        "-1e19",
        "1e308", "1/0", "-1/0", "0/0", "0.5", "2.5", "-0.5", "math.maxinteger", "math.mininteger",
        "math.maxinteger // 2",
    ]
    private static let setting = """
        local function fit(options, epochs)
          local digits = nj.data.load("digits")
          options.model = nj.models.mlp { inputs = digits.features, hidden = { 2 }, classes = 10 }
          options.loss, options.optimizer = nj.losses.cce {}, nj.optim.sgd {}
          options.schedule = nj.schedules.constant { base = 0.1 }
          local trainer = nj.trainer(options)
          return trainer:fit(digits.train:first(8), { epochs = epochs or 1 })
        end
        """

    private func answers(_ call: String, _ counts: [String], _ host: ScriptHost) throws -> [String] {
        try run(
            """
            \(UserCountTests.setting)
            local answers = {}
            for _, X in ipairs { \(counts.joined(separator: ", ")) } do
              local good, answer = pcall(function() return \(call) end)
              answers[#answers + 1] = good and "good" or tostring(answer)
            end
            return answers
            """, host
        ).first?.asTable?.array.compactMap(\.asString) ?? []
    }

    @Test(arguments: calls) func absurdCountsAreAnswered(_ call: String, _ good: String) throws {
        let host = try makeHost()
        #expect(try answers(call, [good], host) == ["good"], "\(call)")
        let given = try answers(call, UserCountTests.absurd, host)
        #expect(given.count == UserCountTests.absurd.count)
        for answer in given where answer != "good" {
            // A model of a plugin is at fault in its own file.
            #expect(["script.lua:", "plugins/"].contains { answer.hasPrefix($0) }, "\(call): \(answer)")
            #expect(!answer.contains("Swift"), "\(call): \(answer)")
        }
        // The host works as before.
        #expect(try numbers("return nj.ones(2):sum():item()", host) == [2])
    }

    @Test(arguments: [
        (
            "nj.data.from_tensors { inputs = nj.eye(2), labels = nj.tensor({ 1, 2 }, { dtype = \"int32\" }), "
                + "classes = 2000000000 }", "may have at most 16777216 classes, got 2000000000"
        ),
        ("nj.arange(3e9)", "'arange' would have 3000000000 elements"),
        (
            "nj.arange(2147483640, 2147483660, 4, { dtype = \"int32\" })",
            "2147483648 does not fit into int32: int32 holds whole numbers from -2147483648 to 2147483647"
        ),
        ("nj.linspace(0, 1, 2^31)", "'linspace' makes 1 to 2147483647 numbers, got a count of 2147483648"),
    ]) func whatIsTooLargeIsSaidToBe(_ call: String, _ message: String) throws {
        #expect(try failure("return \(call)").contains(message))
    }
}
