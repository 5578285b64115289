import Foundation
import NightjarScripting
import Testing

@Suite struct PluginTests {
    /// The tests that the plugins of this repository bring along, in Lua.
    @Test func pluginsPassTheirOwnTests() throws {
        let root = try #require(NightjarHome.folder("plugins"))
        let files = try ScriptTests.files(in: [root])
        #expect(files.contains { $0.hasSuffix("plugins/losses/tests/losses.lua") })
        let results = try ScriptTests.run(files: files)
        for result in results { #expect(result.failure == nil, "\(result.file): \(result.name)") }
        #expect(ScriptTests.summary(results) == "\(results.count) passed, 0 failed")
    }

    @Test func everyFolderIsAccountedFor() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("plugins-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        func write(_ name: String, _ text: String) throws {
            let file = root.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        try write(
            "a/plugin.lua",
            "return { name = 'good', version = '1', api = '>= 1.0', provides = { losses = { 'one.lua' } } }")
        try write(
            "a/one.lua",
            "local nj = require 'nightjar' return nj.loss { name = 'one', forward = function(_, z) return z:sum(-1) end }"
        )
        try write("b/plugin.lua", "return { name = 'good', version = '2', provides = {} }")
        try write("c/plugin.lua", "return { name = 'new', version = '1', api = '>= 2.0', provides = {} }")
        try write("d/plugin.lua", "return { name = 'kind', version = '1', provides = { loses = { 'x.lua' } } }")
        try write("e/plugin.lua", "return { name = 'gone', version = '1', provides = { losses = { 'x.lua' } } }")
        try write("f/plugin.lua", "return {")
        try write("not-a-plugin/readme.txt", "")

        let host = try makeHost(ScriptOptions(pluginRoots: [root.path]))
        let folder = URL(fileURLWithPath: root.path).resolvingSymlinksInPath().path
        #expect(
            host.plugins.entries.map(\.status) == [
                .loaded,
                .skipped("a plugin of this name was found before, in \(folder)/a"),
                .failed("it needs API >= 2.0, this is 1.0"),
                .failed("a plugin cannot provide 'loses': did you mean 'losses'?"),
                .failed("'provides.losses' lists x.lua, which is not there"),
                .failed("\(folder)/f/plugin.lua:1: unexpected symbol near <eof>"),
            ])
        #expect(host.plugins.names("losses") == ["one"])
        let values = try numbers(
            "return nj.losses.one {}(nj.ones(2, 3), nj.ones({2}, {dtype = 'int32'})):totable()", host)
        #expect(values == [3, 3])
        #expect(
            try failure("return nj.losses.oen", host)
                == "script.lua:2: there is no loss 'oen': did you mean 'one'?\n  known are one; "
                + "a path to a .lua file works as well")
    }
}
