import Foundation

import NightjarScripting

/// A folder of plugins for a test.
final class PluginFolder {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("plugins-\(UUID().uuidString)")
    /// As messages name it.
    var path: String { ScriptPath.resolved(root.path) }

    init() throws { try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: root) }

    func write(_ name: String, _ text: String) throws {
        let file = root.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    /// A plugin with one loss for each name.
    func plugin(
        _ name: String, losses: [String] = [], version: String = "1.0", more: String = "", folder: String? = nil
    ) throws {
        let folder = folder ?? name
        let files = losses.map { "'\($0).lua'" }.joined(separator: ", ")
        try write(
            "\(folder)/plugin.lua",
            "return { name = '\(name)', version = '\(version)', provides = { losses = { \(files) } }, \(more) }")
        for loss in losses {
            try write(
                "\(folder)/\(loss).lua",
                "local nj = require 'nightjar' return nj.loss { name = '\(loss)', doc = '\(name)', "
                    + "forward = function(_, z) return z:sum(-1) end }")
        }
    }

    func host() throws -> ScriptHost { try makeHost(ScriptOptions(pluginRoots: [root.path])) }
}

/// The text that a script returns.
func text(_ script: String, _ host: ScriptHost) throws -> String? { try run(script, host).first?.asString }
