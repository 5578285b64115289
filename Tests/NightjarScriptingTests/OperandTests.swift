import Foundation
import NightjarEngine
import NightjarScripting
import Testing

/// An operand is what its tag says: nothing but a tensor is read as one, and none is used after it is gone.
@Suite struct OperandTests {
    /// Values that are no tensors, as a script writes them.
    private static let others = [
        "5", "2.5", "-0.0", "0/0", "1 << 62", "nil", "true", "\"t\"", "{}", "{ 1 }", "print", "nj", "nj.losses",
        "coroutine.create(print)", "nj.random_stream(1)", "nj.nn.relu()",
    ]

    /// The kinds of values in place of both operands, for every operator that there is, by name, method and sign.
    @Test func noOperatorTakesTwoValuesThatAreNoTensors() throws {
        let host = try makeHost()
        for entry in Operator.all where entry.arity == 2 {
            for (index, left) in OperandTests.others.enumerated() {
                let right = OperandTests.others[(index * 7 + entry.name.count) % OperandTests.others.count]
                for call in [
                    "nj.\(entry.name)(\(left), \(right))", "nj.ones(1).\(entry.name)(\(left), \(right))",
                    "nj.\(entry.name)(\(left))", "nj.\(entry.name)(\(left), \(right), 1)",
                ] {
                    let message = try failure("return \(call)", host)
                    #expect(message.hasPrefix("script.lua:2: '"), "\(call): \(message)")
                }
            }
        }
        for entry in Operator.all where entry.arity == 1 {
            for value in OperandTests.others {
                let message = try failure("return nj.\(entry.name)(\(value))", host)
                #expect(
                    message.hasPrefix("script.lua:2: '") && message.contains(" expects a tensor in front, got "),
                    "\(message)")
            }
        }
    }

    @Test func twoNumbersAreToldWhatLuaHasForThem() throws {
        #expect(
            try failure("return nj.minimum(5, 3)")
                == "script.lua:2: 'minimum' expects at least one tensor, got the number 5 and the number 3\n"
                + "  usage: a:minimum(b); for numbers use math.min")
        #expect(
            try failure("return nj.add(1, 2)")
                == "script.lua:2: '+' expects at least one tensor, got the number 1 and the number 2\n"
                + "  usage: a + b; for numbers use a + b")
    }

    /// The tensors of a cycle are collected in any order, and a weak table can give some back meanwhile.
    @Test func aTensorThatOutlivesItsTapeInAWeakTableSaysSo() throws {
        let host = try makeHost()
        try run(
            """
            local weak = setmetatable({}, { __mode = "k" })
            local keep = {}
            for k = 1, 40 do
              local owned = nj.tensor({ k })
              weak[owned], keep[k] = nj.ones(3) + k, owned
              for i = 1, 300 do local _ = nj.ones(3) + i end
            end
            for i = 1, 3000 do local _ = nj.ones(3) + i end
            keep = nil
            collectgarbage()
            for owned, lazy in pairs(weak) do
              for i = 1, 100 do local _ = nj.ones(3) + i end
              for _, use in ipairs {
                function(t) return t:dtype() end, function(t) return #t:shape() end, function(t) return t + 1 end,
                function(t) return t:totable() end, function(t) return nj.cat({ t, t }) end, tostring,
                function(t) return nj.grad(function(x) return x:sum() end, t) end, function(t) return t:copy() end,
              } do
                for _, t in ipairs { owned, lazy } do
                  local ok, message = pcall(use, t)
                  assert(ok or message:find("this tensor was collected: only a weak table", 1, true), message)
                end
              end
            end
            """, host)
    }

    /// Reading a table keeps what is in it until the call ends, although nothing else does.
    @Test func tensorsInWeakTablesAreHeldWhileTheyAreRead() throws {
        try run(
            """
            for size = 1, 60 do
              local weak = setmetatable({}, { __mode = "v" })
              for i = 1, size * 5 do weak[i] = nj.ones(2) * i end
              local ok, joined = pcall(nj.cat, weak)
              if ok then assert(joined:size(1) % 2 == 0) end
              local named = setmetatable({}, { __mode = "kv" })
              for i = 1, size * 5 do named["t" .. i] = nj.ones(2) * i end
              pcall(nj.save, "/nowhere/x.npz", named)
            end
            """)
    }

    @Test(arguments: [
        ("local t = {} t.t = t return nj.tensor(t)", "a table holds itself: it cannot be read"),
        ("local t = { 1 } t[2] = { { t } } return nj.tensor(t)", "a table holds itself: it cannot be read"),
        (
            "local t = { 1 } for _ = 1, 40 do t = { t } end return nj.tensor(t)",
            "a table is nested deeper than 32 levels"
        ),
        (
            "local t = { 1 } for i = 1, 40 do t[1 << i], t[(1 << i) + 1] = 1, 1 end return nj.tensor(t)",
            "a list has more holes than entries"
        ),
    ])
    func tablesThatHaveNoEndAreRefused(_ script: String, _ message: String) throws {
        #expect(try failure(script).hasSuffix(message))
    }

    /// Only one file looks behind the tag of a value from Lua, and one writes there.
    @Test func onlyOneFileReadsPointersOfTheShim() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        guard let files = FileManager.default.enumerator(atPath: sources.path) else {
            Issue.record("no sources at \(sources.path)")
            return
        }
        let folders = ["NightjarScripting/", "NightjarExperiments/", "NightjarTools/", "nightjar/"]
        var found: Set<String> = []
        for case let file as String in files
        where file.hasSuffix(".swift") && folders.contains(where: { file.hasPrefix($0) }) {
            let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
            for pattern in [
                "__pointer", "__tensor", "__anchor", "__object", "assumingMemoryBound(to: njl_", "njl_value_",
                "njl_box_tape", "fromOpaque",
            ] where text.contains(pattern) { found.insert(file) }
        }
        // The callbacks have the host and a receiver, and the line editor its session, which are Swift's own.
        #expect(
            found.sorted() == [
                "NightjarScripting/Calls/Callbacks.swift",
                "NightjarScripting/Calls/Operand.swift", "NightjarScripting/Calls/TokenWriter.swift",
                "nightjar/Interactive/LineEditor.swift",
            ])
    }
}
