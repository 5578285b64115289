import Testing

import NightjarScripting
import NightjarTools

@Suite struct InteractiveCompletionTests {
    private func complete(_ text: String, after inputs: String...) throws -> InteractiveCompletion {
        let session = try TestSession()
        for input in inputs { #expect(!session.say(input).hasPrefix("failed")) }
        return session.session.complete(text, cursor: text.utf8.count)
    }

    @Test func namesOfTheSessionAndOfLua() throws {
        #expect(
            try complete("weig", after: "local weight_sum, weights = 1, 2").candidates == ["weight_sum", "weights"])
        #expect(try complete("toS").candidates == [])
        #expect(try complete("tos").candidates == ["tostring"])
        #expect(try complete("x = whi") == InteractiveCompletion(start: 4, end: 7, candidates: ["while"]))
    }

    @Test func fieldsOfTheLibrary() throws {
        #expect(try complete("nj.zero").candidates == ["zeros", "zeros_like"])
        #expect(try complete("nj.losses.cc").candidates == ["cce"])
        #expect(try complete("math.flo").candidates == ["floor"])
        #expect(try complete("nj.nn.lin").candidates == ["linear"])
    }

    @Test func methodsOfValues() throws {
        #expect(try complete("t:item", after: "local t = nj.ones(2)").candidates == ["item"])
        #expect(try complete("t:totab", after: "local t = nj.ones(2)").common == "totable")
        #expect(
            try complete("d.train:with", after: "local d = nj.data.load('digits')").candidates
                == ["with_labels", "with_noise"])
        #expect(
            try complete("d.class", after: "local d = nj.data.load('digits')").candidates == ["class_names", "classes"])
        #expect(try complete("m:param", after: "local m = nj.nn.linear(2, 3)").candidates.contains("parameters"))
        #expect(try complete("nj.eye(2):totab").candidates == ["totable"])
        #expect(try complete("nj.losses.rll { alpha = 0.1 }:nothing").candidates == [])
        #expect(try complete("s:upp", after: "local s = 'x'").candidates == ["upper"])
    }

    @Test func fieldsOfTables() throws {
        #expect(
            try complete("t.deep.", after: "t = { deep = { one = 1, two = function() end, ['no name'] = 3 } }")
                .candidates
                == ["one", "two"])
        #expect(
            try complete("t.deep:", after: "t = { deep = { one = 1, two = function() end, ['no name'] = 3 } }")
                .candidates
                == ["two"])
    }

    @Test func noFunctionOfAScriptRuns() throws {
        let inputs =
            "ran = 0 t = setmetatable({ x = {} }, { __index = function() ran = ran + 1 return 1 end, "
            + "__pairs = function() ran = ran + 1 return next, {} end })"
        let session = try TestSession()
        session.say(inputs)
        #expect(session.session.complete("t.", cursor: 2).candidates == ["x"])
        #expect(session.session.complete("t.y.", cursor: 4).candidates == [])
        #expect(session.say("ran") == "0")
    }

    @Test func parametersInBraces() throws {
        #expect(try complete("nj.losses.rll { al").candidates == ["alpha"])
        #expect(try complete("nj.optim.sgd { momentum = 0.9, ").candidates.contains("weight_decay"))
        #expect(try complete("nj.trainer { mod").candidates == ["model"])
        #expect(try complete("x:sum(1, { ke").candidates == ["keep"])
        #expect(try complete("nj.losses.rll { alpha = al", after: "alpine = 1").candidates == ["alpine"])
    }

    @Test func theCursorMayBeInTheMiddle() throws {
        let session = try TestSession()
        #expect(
            session.session.complete("y = nj.zero + 1", cursor: 11)
                == InteractiveCompletion(start: 7, end: 11, candidates: ["zeros", "zeros_like"]))
        #expect(
            session.session.complete("'äö' .. tostr", cursor: 15)
                == InteractiveCompletion(start: 10, end: 15, candidates: ["tostring"]))
        #expect(session.session.complete("nj", cursor: 99).end == 2)
        #expect(session.session.complete("nj", cursor: -5).end == 0)
    }
}
