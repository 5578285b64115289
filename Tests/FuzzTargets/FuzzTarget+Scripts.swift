import Foundation
import NightjarEngine
import NightjarExperiments
import NightjarScripting

extension FuzzTarget {
    /// What Lua reads and what scripts call.
    static let scripts = [
        FuzzTarget("manifest", share: 0.02) {
            let host = try quietHost()
            let folder = try InputFile.folder()
            try Array("return nil".utf8).withUnsafeBytes(InputFile(folder.appendingPathComponent("mine.lua")).write)
            return { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                try host.checkManifest(text, folder: folder.path)
            }
        },
        FuzzTarget("settings", share: 0.1) {
            let host = try quietHost()
            let scripts = try [configScript, experimentScript].map { try host.load($0, chunkName: "@settings.lua") }
            return { bytes in
                // As the command line has them, name=value, one a line; those behind an empty line are for an experiment.
                let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                let parts = lines.split(maxSplits: 1, omittingEmptySubsequences: false) { $0.isEmpty }
                for (script, part) in zip(scripts, parts) {
                    host.settings = part.compactMap { line in
                        guard let mark = line.firstIndex(of: UInt8(ascii: "=")), mark > line.startIndex else {
                            return nil
                        }
                        return (
                            String(decoding: line[..<mark], as: UTF8.self),
                            String(decoding: line[(mark + 1)...], as: UTF8.self)
                        )
                    }
                    _ = try script.call()
                }
            }
        },
        FuzzTarget("lua", share: 0.1) {
            var calls = try ScriptCalls()
            return { bytes in try calls.make(bytes) }
        },
    ]

    /// Settings of every kind.
    private static let configScript = """
        local nj = require "nightjar"
        tostring(nj.config { rate = 0.4, epochs = 3, loss = "cce", hidden = { 8, 4 }, names = { "a" }, flag = false })
        """

    /// Settings and axes of every kind.
    private static let experimentScript = """
        local nj = require "nightjar"
        nj.experiment {
          name = "fuzz",
          settings = { epochs = 3, model = "mlp", hidden = { 8 } },
          grid = { { "loss", { "cce", "rll" } }, { "rate", { 0, 0.4 } }, { { "data", "batch" }, { { "digits", 8 } } },
            { "seed", { 1, 2 } } },
          run = function() end,
        }
        """

    /// A host that says nothing and writes into a folder of its own.
    static func quietHost(limits: ScriptLimits = ScriptLimits()) throws -> ScriptHost {
        var options = ScriptOptions(
            pluginRoots: NightjarHome.folder("plugins").map { [$0] } ?? [], memoryLimit: 256 << 20)
        options.workingFolder = try InputFile.folder().path
        options.limits = limits
        let host = try ScriptHost(session: Session(threads: 1), options: options)
        host.output = { _ in }
        host.notes = { _ in }
        return host
    }
}

/// Calls of what scripts can reach, chosen by the bytes of an input: see `Tests/Fuzz/calls.lua`.
private struct ScriptCalls {
    private var host: ScriptHost?
    private var take: ScriptFunction?
    private var inputs = 0

    /// What a state keeps of one input is gone after so many.
    private static let inputsOfAHost = 500

    init() throws { try renew() }

    private mutating func renew() throws {
        (take, host, inputs) = (nil, nil, 0)
        let fresh = try FuzzTarget.quietHost()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("Tests/Fuzz/calls.lua"), encoding: .utf8)
        let module = try fresh.load(text, chunkName: "@calls.lua").callForReferences().first?.asFunction
        // The names of all methods of all kinds of objects stand in the definitions for editors.
        let meta = try String(contentsOf: root.appendingPathComponent("lua/meta/nightjar.lua"), encoding: .utf8)
        let names = Set(meta.matches(of: /(?m)^function [A-Za-z]+:([a-z_]+)\(/).map { String($0.1) }).sorted()
        let methods = ScriptTable(array: names.map { .string($0) })
        take = try module?.member("chosen")?.callForReferences([.table(methods)]).first?.asFunction
        host = fresh
    }

    mutating func make(_ bytes: UnsafeRawBufferPointer) throws {
        inputs += 1
        if inputs > ScriptCalls.inputsOfAHost { try renew() }
        guard let host, let take else { throw FuzzTarget.Disagreement(description: "calls.lua gives no function") }
        defer { host.limitInstructions(0) }
        // A function that loops for as long as a number says is cut off; that it ends is what counts.
        do {
            _ = try host.limited(instructions: 20_000_000, milliseconds: 500) {
                try take.call([.table(ScriptTable(array: bytes.prefix(256).map { .integer(Int($0)) }))])
            }
        } catch is LimitError {
            try renew()
        }
    }
}
