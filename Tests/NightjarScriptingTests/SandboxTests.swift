import Foundation
import NightjarScripting
import Testing

@Suite struct SandboxTests {
    @Test(arguments: [
        "io", "os.execute", "os.exit", "os.remove", "os.getenv", "debug", "package", "dofile", "loadfile", "load",
        "loadstring", "rawset", "string.dump", "_G", "newproxy", "jit",
    ])
    func isOutOfReach(_ name: String) throws {
        #expect(
            try failure("return \(name)").contains(": there is no variable")
                || failure("return \(name)").contains(" has no '"))
    }

    @Test func metatablesOfTheHostAreHidden() throws {
        #expect(try run("return getmetatable(nj.ones(1)), getmetatable(\"\")").map(\.asString) == ["tensor", "string"])
        #expect(
            try run("return getmetatable(nj), getmetatable(math), getmetatable(nj.losses)").map(\.asBoolean) == [
                false, false, false,
            ])
        #expect(try failure("setmetatable(math, {})") == "script.lua:2: cannot change a protected metatable")
        #expect(
            try failure("setmetatable({}, { __gc = function() end })")
                == "script.lua:2: scripts cannot have finalizers ('__gc'): use '<close>'")
    }

    @Test func changesInOneScriptDoNotReachAnother() throws {
        let host = try makeHost()
        _ = try? host.run("function math.sin() return 7 end")
        #expect(try host.run("return math.sin(0)").first?.asNumber == 0)
    }

    @Test func binaryChunksAreRefused() throws {
        #expect(throws: ScriptError.self) { try makeHost().run("\u{1B}Lua", name: "binary") }
    }

    @Test func filesOutsideTheFoldersOfTheRunAreRefused() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("sandbox-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        try FileManager.default.createDirectory(
            at: root.appendingPathComponent("run"), withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws {
            try text.write(to: root.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        try write("secret.lua", "return 42")
        try write("run/helper.lua", "return { answer = 1 }")
        try write("run/main.lua", "return require(\"helper\").answer")
        try write("run/escape.lua", "return require(\"../secret.lua\")")
        #expect(try makeHost().runFile(root.path + "/run/main.lua").first?.asNumber == 1)
        #expect(throws: ScriptError.self) { try makeHost().runFile(root.path + "/run/escape.lua") }
        #expect(
            try makeHost(ScriptOptions(isTrusted: true)).runFile(root.path + "/run/escape.lua").first?.asNumber == 42)
    }

    @Test(arguments: EndlessScripts.all)
    func instructionLimitHolds(_ script: String) throws {
        let host = try makeHost()
        host.output = { _ in }
        host.limitInstructions(1_000_000)
        let message = try failure(script, host)
        #expect(
            message.contains("the script used up its instructions") || message.contains("too many elements to move"),
            "\(message)")
        // A new budget brings it back to life.
        host.limitInstructions(0)
        #expect(try numbers("return (nj.ones(2) + 1):totable()", host) == [2, 2])
    }

    /// What is thrown, and what is shown of it.
    @Test(arguments: [
        ("nil", "script.lua:2: the error value is nil"), ("true", "script.lua:2: the error value is true"),
        ("{}", "script.lua:2: the error value is table 1"), ("42", "script.lua:2: 42"),
        ("print", "script.lua:2: the error value is function 1"),
        ("coroutine.create(print)", "script.lua:2: the error value is thread 1"),
        ("setmetatable({}, { __tostring = function() return 'mine' end })", "script.lua:2: mine"),
        ("setmetatable({}, { __tostring = function() return 42 end })", "script.lua:2: 42"),
        (
            "setmetatable({}, { __tostring = function() return {} end })",
            "script.lua:2: the error value is a table whose __tostring fails"
        ),
        (
            "setmetatable({}, { __tostring = function() error 'no' end })",
            "script.lua:2: the error value is a table whose __tostring fails"
        ),
    ])
    func errorValuesOfEveryKindHaveALine(_ value: String, _ message: String) throws {
        #expect(try failure("error(\(value))") == message)
    }

    @Test func aLongErrorIsCut() throws {
        let message = try failure("error(('x'):rep(2e7))")
        #expect(message.utf8.count < 20_000)
        #expect(message.hasPrefix("script.lua:2: xxx") && message.hasSuffix("… (19983630 more bytes)"))
    }

    @Test(arguments: [
        "while true do end", "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end",
        "while true do pcall(function() while true do end end) end", "return ('x'):rep(1e9)",
        "return table.concat(setmetatable({}, { __index = getmetatable, __metatable = '' }), '', 1, 1 << 53)",
        "error(nil)", "error({})", "return setmetatable({}, { __index = function() while true do end end })",
    ])
    func aManifestCannotHoldAnybodyUp(_ text: String) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("plugins-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        try FileManager.default.createDirectory(
            at: root.appendingPathComponent("bad"), withIntermediateDirectories: true)
        try text.write(to: root.appendingPathComponent("bad/plugin.lua"), atomically: true, encoding: .utf8)
        let host = try makeHost(ScriptOptions(pluginRoots: [root.path]))
        guard case .failed? = host.plugins.entries.first?.status else {
            Issue.record("\(String(describing: host.plugins.entries.first))")
            return
        }
        #expect(try numbers("return (nj.ones(2) + 1):totable()", host) == [2, 2])
    }

    @Test func memoryLimitCannotBeCaught() throws {
        let host = try makeHost(ScriptOptions(memoryLimit: 16 << 20))
        let message = try failure(
            "local kept = {} while true do pcall(function() while true do kept[#kept + 1] = (\"x\"):rep(1000) .. #kept end end) end",
            host)
        #expect(message.wholeMatch(of: /script.lua:2: not enough memory \(Lua uses 1[0-6] MiB\)/) != nil, "\(message)")
    }
}
