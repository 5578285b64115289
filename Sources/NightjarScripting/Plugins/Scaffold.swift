import Foundation
import NightjarRuns

/// Writes files that work, to be changed into what somebody has in mind: `nightjar new`.
///
/// Templates lie in `lua/nightjar/scaffolds`, a folder a kind: `file.lua` and `test.lua`, with NAME in the place of the name.
public struct Scaffold {
    private let host: ScriptHost

    public init(_ host: ScriptHost) { self.host = host }

    /// What can be made: the words of the kinds, and `plugin`.
    /// - Throws: ``ScriptError`` where a plugin's declaration of a kind fails.
    public func words() throws -> [String] {
        try host.kinds(withPlugins: true).filter(\.hasScaffold).map(\.newWord) + ["plugin"]
    }

    /// Writes one.
    ///
    /// - Parameters:
    ///   - word: the kind: `loss`, `noise`, ..., or `plugin`.
    ///   - folder: where; a plugin gets a folder of its own below it.
    /// - Returns: the files that were written, and what to do next, a line each.
    /// - Throws: ``ScriptError`` for a kind or name that does not do, and where a file is there already.
    public func write(_ word: String, named name: String, into folder: String) throws -> (
        files: [String], next: [String]
    ) {
        guard Scaffold.isName(name) else {
            throw ScriptError(
                "'\(name)' is no name for it: use small letters, digits and _, beginning with a letter, at most 40 of them"
            )
        }
        var files: [(path: String, text: String)]
        var next: [String]
        if word == "plugin" {
            let root = folder + "/" + name
            let loss = name + "_loss"
            files = [
                (root + "/plugin.lua", try Scaffold.template("plugin/plugin.lua", name)),
                (root + "/README.md", try Scaffold.template("plugin/README.md", name)),
                (root + "/losses/\(loss).lua", try Scaffold.template("loss/file.lua", loss)),
                (
                    root + "/tests/\(loss).lua",
                    try Scaffold.template("loss/test.lua", loss).replacing("../", with: "../losses/")
                ),
            ]
            next = [
                "nightjar plugins check \(Scaffold.shown(root))", "nightjar test \(Scaffold.shown(root))",
                "nightjar plugins add \(Scaffold.shown(root)) --link    (so that it is found everywhere)",
                "then, in a script: nj.losses.\(loss) { ... }",
            ]
        } else {
            let kinds = try host.kinds(withPlugins: true).filter(\.hasScaffold)
            guard let kind = kinds.first(where: { $0.newWord == word || $0.name == word || $0.word == word }) else {
                let words = try words()
                let hint = host.nearest(word, words).map { ": did you mean '\($0)'?" } ?? ""
                throw ScriptError(
                    "nightjar new does not know '\(word)'\(hint)\n  it makes one of \(words.joined(separator: ", "))")
            }
            let text =
                try kind.scaffoldText?.replacing("NAME", with: name)
                ?? Scaffold.template("\(kind.scaffold ?? "")/file.lua", name)
            files = [(folder + "/\(name).lua", text)]
            if kind.scaffoldText == nil {
                files.append(
                    (folder + "/tests/\(name).lua", try Scaffold.template("\(kind.scaffold ?? "")/test.lua", name)))
            }
            next = Scaffold.advice(
                kind, Scaffold.shown(folder + "/\(name).lua"), Scaffold.shown(folder + "/tests/\(name).lua"))
            if kind.scaffoldText != nil { next.removeAll { $0.hasPrefix("nightjar test") } }
            if FileManager.default.fileExists(atPath: folder + "/plugin.lua") {
                next.append("add \"\(name).lua\" to provides.\(kind.name) of \(Scaffold.shown(folder + "/plugin.lua"))")
            }
        }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), !isFolder.boolValue {
            throw ScriptError("\(Scaffold.shown(folder)) is a file, and --into takes a folder")
        }
        for (path, _) in files where FileManager.default.fileExists(atPath: path) {
            throw ScriptError(
                "\(Scaffold.shown(path)) is there already: choose another name, or another folder with --into")
        }
        for (path, text) in files {
            let url = URL(fileURLWithPath: path)
            do {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url, options: .withoutOverwriting)
            } catch {
                throw ScriptError("\(Scaffold.shown(path)) could not be written: \(FileReason.of(error))")
            }
        }
        return (files.map { Scaffold.shown($0.path) }, next)
    }

    private static func shown(_ path: String) -> String { ScriptFiles.display(ScriptFiles.resolved(path)) }

    private static func template(_ file: String, _ name: String) throws -> String {
        guard let folder = NightjarHome.folder("lua/nightjar") else {
            throw ScriptError("lua/nightjar was not found: set NIGHTJAR_HOME to the folder that holds it")
        }
        return try ScriptFiles.read(folder + "/scaffolds/" + file).replacing("NAME", with: name)
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (97...122).contains(first), text.utf8.count <= 40 else { return false }
        return text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }

    private static func advice(_ kind: ComponentKind, _ file: String, _ test: String) -> [String] {
        var lines = ["nightjar test \(test)"]
        let path = file.hasPrefix("/") ? file : "./" + file
        if kind.isChecked { lines.insert("nightjar check \(file)", at: 0) }
        switch kind.name {
        case "experiments": lines.insert("nightjar run \(file)", at: 0)
        case "commands":
            let name = (file as NSString).lastPathComponent.dropLast(4)
            lines.append(
                "nightjar \(name)    (once it stands in provides.commands of a plugin: 'nightjar new plugin NAME' makes one)"
            )
        case "data":
            let name = (file as NSString).lastPathComponent.dropLast(4)
            lines.append(
                "in a script: nj.data.load \"\(name)\"    (once it stands in provides.data of a plugin: 'nightjar new plugin NAME' "
                    + "makes one)")
        case "reporters": lines.append("nightjar run SCRIPT.lua --reporter \(path)")
        default: if let registry = kind.registry { lines.append("in a script: nj.\(registry)[\"\(path)\"] { ... }") }
        }
        return lines
    }
}

extension ComponentKind {
    /// As `nightjar new` calls it: `noise` for a noise model, `data` for a data set.
    var newWord: String { word.split(separator: " ").first.map(String.init) ?? word }
    package var hasScaffold: Bool { scaffold != nil || scaffoldText != nil }
}
