import NightjarScripting
import Testing

/// Scripts are not told where anything lies in memory, and what they are told instead is the same in every run.
@Suite struct NameTests {
    @Test(arguments: [
        "tostring(X)", "string.format(\"%s\", X)", "string.format(\"%p\", X)", "string.format(\"%-30p|%5.3s\", X, X)",
        "(\"%p %p\"):format(X, \"text\")",
        "select(2, pcall(error, setmetatable({}, { __tostring = function() return tostring(X) end })))",
        "select(2, pcall(string.rep, X))", "select(2, pcall(table.concat, { X }))",
        "select(2, pcall(function() return X .. 1 end))",
        "select(2, pcall(function() return X < X end))", "select(2, pcall(nj.ones, X))",
        "select(2, pcall(nj.tensor, { X }))",
        "select(2, pcall(nj.loss, X))", "select(2, pcall(nj.grad, X, X))",
        "select(2, pcall(nj.losses.cce, { [X] = 1 }))",
        "select(2, pcall(nj.losses.cce, { alpha = X }))", "select(2, pcall(nj.losses.gce, { q = X }))",
        "select(2, pcall(function() return nj.losses[X] end))", "select(2, pcall(function() return nj[X] end))",
        "select(2, pcall(function() nj[X] = 1 end))", "select(2, pcall(require, X))",
        "select(2, pcall(nj.config, { a = X }))",
        "select(2, pcall(ipairs))", "select(2, pcall(setmetatable, 1, X))",
        "select(2, pcall(nj.tensor, {}, { [X] = 1 }))",
    ])
    func noTextHasAnAddress(_ expression: String) throws {
        let host = try makeHost()
        for value in [
            "{}", "print", "function() end", "coroutine.create(print)", "coroutine.wrap(print)", "nj.random_stream(1)",
            "nj.nn.relu()", "nj.ones(1)", "setmetatable({}, { __name = \"own\" })", "nj", "nj.losses", "math.sin",
        ] {
            let text =
                try run(
                    "local X = \(value)\nreturn tostring((\(expression)))", host
                ).first?.asString ?? ""
            #expect(!text.contains("0x"), "\(expression) of \(value): \(text)")
        }
    }

    @Test func namesCountByTypeAndStay() throws {
        let values = try run(
            """
            local a, b, f = {}, {}, function() end
            local first = tostring(a) .. ", " .. tostring(b) .. ", " .. tostring(f)
            collectgarbage()
            return first, string.format("%s, %p, %s", a, b, f), string.format("%p %p %p", 1, nil, "x"),
              tostring(setmetatable({}, { __name = "own" }))
            """
        ).map(\.asString)
        #expect(
            values == ["table 1, table 2, function 1", "table 1, table 2, function 1", "(null) (null) string", "own 3"])
    }

    @Test func errorsThatAreTablesAreShownByName() throws {
        let message = try failure("error({})")
        #expect(message.contains("table 1") && !message.contains("0x"), "\(message)")
        var printed = ""
        let host = try makeHost()
        host.output = { printed += $0 }
        try run("print(nj.zeros, print, coroutine.create(print))", host)
        #expect(printed == "function 1\tfunction 2\tthread 1\n")
    }
}
