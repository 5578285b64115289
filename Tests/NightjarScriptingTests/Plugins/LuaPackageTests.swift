import Foundation
import Testing

import NightjarScripting

/// Lua packages that plugins declare: restricted stand-ins, globals of their own, and nothing of another plugin.
@Suite struct LuaPackageTests {
    private static func isInstalled(_ file: String) -> Bool {
        let folders = ["/usr/share/lua/5.4", "/usr/local/share/lua/5.4", "/usr/share/lua/5.3"]
        return folders.contains { FileManager.default.fileExists(atPath: "\($0)/\(file)") }
    }
    private static let hasPenlight = isInstalled("pl/List.lua"), hasInspect = isInstalled("inspect.lua")
    private static let hasLPeg = isInstalled("re.lua")

    /// A plugin with these packages, whose data-free loss `probe.lua` returns what `body` gives as its doc.
    private func plugin(
        _ folder: PluginFolder, _ name: String, packages: String, _ body: String, own: [String: String] = [:]
    ) throws {
        try folder.write(
            "\(name)/plugin.lua",
            """
            return { name = '\(name)', version = '1.0', packages = { \(packages) },
              provides = { losses = { '\(name)_probe.lua' } } }
            """)
        try folder.write(
            "\(name)/\(name)_probe.lua",
            """
            local nj = require 'nightjar'
            local function body()
              \(body)
            end
            return nj.loss { name = '\(name)_probe', doc = tostring(body()), forward = function(_, z) return z:sum(-1) end }
            """)
        for (file, text) in own { try folder.write("\(name)/packages/\(file)", text) }
    }

    private func answer(_ folder: PluginFolder, _ name: String, trusted: Bool = false) throws -> String? {
        let host = try makeHost(ScriptOptions(isTrusted: trusted, pluginRoots: [folder.root.path]))
        return try text("return nj.losses.\(name)_probe.doc", host)
    }

    private func fault(_ folder: PluginFolder, _ name: String) throws -> String {
        let place = "\(folder.path)/\(name)/\(name)_probe.lua"
        return try failure("return nj.losses.\(name)_probe.doc", folder.host()).replacing(place, with: "PROBE")
            .replacing(folder.path, with: "FOLDER")
    }

    private func said(
        _ body: String, own: [String: String] = [:], packages: String = "'own'"
    ) throws -> String? {
        let folder = try PluginFolder()
        try plugin(folder, "p", packages: packages, body, own: own)
        return try answer(folder, "p")
    }

    private func saidFault(_ body: String, own: [String: String]) throws -> String {
        let folder = try PluginFolder()
        try plugin(folder, "p", packages: "'own'", body, own: own)
        return try fault(folder, "p")
    }

    // MARK: Packages of Debian

    @Test(.enabled(if: hasPenlight, "lua-penlight is not installed: apt-get install lua-penlight"))
    func penlightWorks() throws {
        let body = """
            local List, tablex, stringx, class = require 'pl.List', require 'pl.tablex', require 'pl.stringx', require 'pl.class'
              local OrderedMap, pretty, Set = require 'pl.OrderedMap', require 'pl.pretty', require 'pl.Set'
              local map = OrderedMap() map:set('b', 2) map:set('a', 1)
              local Animal = class() function Animal:_init(name) self.name = name end
              local comp = require 'pl.comprehension'.new()
              return table.concat({ tostring(List { 3, 1, 2 }:sort():map(function(x) return x * 2 end)),
                stringx.strip('  x '), table.concat(map:keys(), ','), Animal('cat').name,
                tostring(tablex.deepcompare({ 1, { 2 } }, { 1, { 2 } })), pretty.write({ 1, 2 }, ''),
                tostring(Set { 1, 2 } * Set { 2, 3 }), comp 'x^2 for x' { 1, 2 } [2],
                require 'pl.template'.substitute('$(x + 1)', { x = 1 }), pretty.read('{ 4 }')[1] }, ' ')
            """
        let said = try said(body, packages: "'pl'")
        #expect(said == "{2,4,6} x b,a cat true {1,2} [2] 4.0 2 4")
    }

    @Test(.enabled(if: hasInspect, "lua-inspect is not installed: apt-get install lua-inspect"))
    func inspectWorks() throws {
        #expect(
            try said("return require 'inspect' ({ 1, { a = 'b' } })", packages: "'inspect'")
                == "{ 1, {\n    a = \"b\"\n  } }")
    }

    @Test(.enabled(if: hasLPeg, "lua-lpeg is not installed: apt-get install lua-lpeg"))
    func whatIsWrittenInCIsForTrustedPlugins() throws {
        let folder = try PluginFolder()
        try plugin(
            folder, "p", packages: "'lpeg', 're'",
            "return require 'lpeg'.match(require 'lpeg'.R '09' ^ 1, '123x') .. ' ' .. require 're'.match('ab', '{.}')")
        #expect(try answer(folder, "p", trusted: true) == "4 a")
        #expect(
            try fault(folder, "p").hasPrefix(
                "PROBE:3: there is no Lua package 'lpeg' for plugin 'p': it is looked for in FOLDER/p/packages, "))
        #expect(try fault(folder, "p").hasSuffix("; one that is written in C needs --trust"))
    }

    // MARK: What comes with a plugin

    @Test func aPackageOfThePluginsOwnHasPartsThatRequireEachOther() throws {
        let own = [
            "own/init.lua": "local name = ... return { name = name, part = require 'own.part' }",
            "own/part.lua": "counter = (counter or 0) + 1 return { text = 'part ' .. counter, up = ... }",
        ]
        #expect(
            try said(
                "local own = require 'own' require 'own' return own.name .. ' ' .. own.part.text .. ' ' .. own.part.up",
                own: own) == "own part 1 own.part")
    }

    @Test func globalsOfPackagesAreThoseOfTheirPlugin() throws {
        let folder = try PluginFolder()
        let own = [
            "own.lua": "shared = (shared or 0) + 1 string.shout = string.upper return { n = shared, s = string }"
        ]
        try plugin(folder, "a", packages: "'own'", "return require 'own'.n", own: own)
        try plugin(
            folder, "b", packages: "'own'",
            "return require 'own'.n .. tostring(pcall(function() return shared end)) .. tostring(pcall(function() return string.shout end))",
            own: own)
        let host = try folder.host()
        #expect(try text("return nj.losses.a_probe.doc .. nj.losses.b_probe.doc", host) == "11falsefalse")
    }

    @Test func whatReachesOutsideHasStandIns() throws {
        let own = [
            "own.lua": """
            io.write('written ', 1, '\\n')
            io.stderr:write('said\\n'):write('')
            local f, why = io.open('/etc/passwd')
            return tostring(f) .. ' ' .. why .. ' ' .. tostring(os.getenv 'HOME') .. ' ' .. tostring(io.read()) .. ' '
              .. debug.getinfo(print).short_src .. ' ' .. tostring(package.path) .. type(os.time()) .. ' ' .. _VERSION
            """
        ]
        #expect(
            try said("return require 'own'", own: own)
                == "nil /etc/passwd: packages of plugins open no files (--trust lifts this) nil nil [C] number Lua 5.4"
        )
    }

    static let escapes: [(String, String)] = [
        ("os.execute 'true'", "os.execute is not there for the packages of plugin 'p': --trust lifts this"),
        ("io.popen 'ls'", "io.popen is not there for the packages of plugin 'p': --trust lifts this"),
        ("os.remove 'x'", "os.remove is not there for the packages of plugin 'p': --trust lifts this"),
        ("dofile 'x.lua'", "dofile is not there for the packages of plugin 'p': --trust lifts this"),
        (
            "package.loadlib('x.so', '*')",
            "package.loadlib is not there for the packages of plugin 'p': --trust lifts this"
        ),
        ("rawset(getmetatable('').__index, 'x', 1)", "string has no '__index'"),
        ("rawset(require 'own.nj', 'losses', 1)", "rawset: this table is not one of the packages of plugin 'p'"),
        ("rawset({}, 0/0, 3)", "rawset: a key is no nil and no NaN"),
        ("rawset({}, nil, 3)", "rawset: a key is no nil and no NaN"),
        ("rawset(1, 2, 3)", "rawset expects a table first, got a number"),
        ("setmetatable({}, { __gc = print })", "__gc"),
        ("require 'own.../../../../etc/passwd'", "there is no Lua package 'own.../../../../etc/passwd' for plugin 'p'"),
        ("require '/etc/passwd'", "there is no Lua package '/etc/passwd' for plugin 'p'"),
        ("require 'nightjar'", "there is no Lua package 'nightjar' for plugin 'p'"),
        ("require(1)", "require expects the name of a package, got a number"),
        ("assert(load('\\27Lua'))", "load in"),
        ("debug.getregistry()", "attempt to call a nil value (field 'getregistry')"),
        ("string.dump(print)", "attempt to call a nil value (field 'dump')"),
        ("coroutine.wrap(function() os.exit() end)()", "os.exit is not there for the packages of plugin 'p'"),
    ]

    @Test(arguments: escapes.indices) func noPackageGetsOut(_ index: Int) throws {
        let (attempt, message) = LuaPackageTests.escapes[index]
        let own = ["own.lua": "return function(nj) package.loaded['own.nj'] = nj \(attempt) end"]
        let said = try saidFault("return require 'own' (nj)", own: own)
        if attempt.hasPrefix("assert(load") {
            #expect(said.contains("attempt") || said.contains("text") || said.contains("unexpected symbol"), "\(said)")
        } else {
            #expect(said.contains(message), "\(said)")
        }
    }

    @Test func aTextThatIsLoadedIsNamedByNoFile() throws {
        let own = ["own.lua": "return select(2, pcall(load('error \"x\"', '@/usr/share/trusted.lua')))"]
        #expect(
            try said("return require 'own'", own: own)
                == "(a text that a package of plugin 'p' loads):1: x")
    }

    @Test func mistakesAreSaid() throws {
        #expect(
            try saidFault("return require 'own'", own: ["own.lua": "return require 'own'"])
                .contains("package 'own' of plugin 'p' requires itself"))
        let failing = ["own.lua": "local none = nil\nreturn none.x"]
        let said = try saidFault("pcall(require, 'own') return require 'own'", own: failing)
        #expect(said.hasPrefix("FOLDER/p/packages/own.lua:2: attempt to index a nil value (local 'none')"), "\(said)")
    }

    @Test func aPackageThatIsNotThereIsSaidWhenThePluginIsRead() throws {
        let folder = try PluginFolder()
        try plugin(folder, "p", packages: "'no_such_package'", "return 1")
        guard case .failed(let reason)? = try folder.host().plugins.entries.first?.status else {
            Issue.record("it loaded")
            return
        }
        #expect(
            reason.replacing(folder.path, with: "FOLDER").hasPrefix(
                "it needs the Lua package 'no_such_package', which is not there: install it, or put it into "
                    + "FOLDER/p/packages\n  it is looked for in FOLDER/p/packages, "))
    }

    @Test(arguments: [
        ("'a/b'", "; got \"a/b\""), ("1", "; got a number"), ("a = 1", ", got a table"), ("''", "; got \"\""),
    ])
    func whatIsNoNameOfAPackageIsSaid(_ packages: String, _ ending: String) throws {
        let folder = try PluginFolder()
        try plugin(folder, "p", packages: packages, "return 1")
        #expect(
            try folder.host().plugins.entries.map(\.status) == [
                .failed(
                    "plugin.lua: 'packages' lists Lua packages by the first part of their names, such as { \"pl\", "
                        + "\"inspect\" }\(ending)")
            ])
    }

    @Test(.enabled(if: hasPenlight, "lua-penlight is not installed: apt-get install lua-penlight"))
    func aScriptOfNoPluginIsToldHowToGetOne() throws {
        let folder = try PluginFolder()
        let said = try failure("return require 'pl.List'", folder.host())
        #expect(
            said.hasSuffix(
                "\n  'pl' is a Lua package: the scripts of a plugin can require it whose plugin.lua says packages = { \"pl\" }"
            ), "\(said)")
    }

    @Test func aLinkOutOfThePluginsPackagesLeadsToNothing() throws {
        let folder = try PluginFolder()
        try plugin(folder, "p", packages: "'own'", "return require 'own.secret'", own: ["own/init.lua": "return 1"])
        try folder.write("secret.lua", "return 'secret'")
        try FileManager.default.createSymbolicLink(
            atPath: folder.root.path + "/p/packages/own/secret.lua",
            withDestinationPath: folder.root.path + "/secret.lua")
        #expect(try fault(folder, "p").hasPrefix("PROBE:3: there is no Lua package 'own.secret' for plugin 'p'"))
    }

    @Test func limitsHoldInPackages() throws {
        let folder = try PluginFolder()
        try plugin(
            folder, "p", packages: "'own'", "return require 'own'",
            own: ["own.lua": "while true do pcall(function() while true do end end) end"])
        var options = ScriptOptions(pluginRoots: [folder.root.path])
        options.limits = ScriptLimits(instructions: 3_000_000)
        let host = try makeHost(options)
        #expect(
            try failure("return nj.losses.p_probe", host).contains(
                "the run used up its 3000000 instructions (the limit that --limit-instructions sets)"))
    }
}
