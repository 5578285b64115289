import Foundation
import NightjarScripting
import NightjarTools
import Testing

@Suite struct ScaffoldTests {
    /// A folder below the working one, so that scripts may read what is in it.
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("new-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    static let words = [
        "loss", "noise", "schedule", "optimizer", "clip", "average", "callback", "reporter", "metric", "layer", "model",
        "command",
        "data", "experiment", "augmentation", "plugin",
    ]

    @Test func everyKindHasAScaffold() throws {
        let made = try Scaffold(makeHost()).words()
        #expect(Set(made) == Set(ScaffoldTests.words))
        for kind in try makeHost().kinds() where kind.name != "kinds" { #expect(kind.hasScaffold, "\(kind.name)") }
    }

    @Test(arguments: words)
    func whatIsNewPassesItsTest(_ word: String) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (files, next) = try Scaffold(makeHost()).write(word, named: "trial", into: folder.path)
        #expect(!files.isEmpty && !next.isEmpty)
        let results = try ScriptTests.run(files: ScriptTests.files(in: [folder.path]))
        #expect(!results.isEmpty)
        for result in results { #expect(result.failure == nil, "\(word): \(result.name)") }
    }

    @Test(arguments: ["loss", "noise", "schedule", "optimizer"])
    func whatIsNewPassesItsCheck(_ word: String) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try Scaffold(makeHost()).write(word, named: "trial", into: folder.path)
        var request = CheckRequest(target: folder.path + "/trial.lua")
        request.skipped = ["time"]
        let report = try ScriptCheck(makeHost(), request).run()
        for result in report.results { #expect(result.verdict != .failed, "\(word): \(result)") }
    }

    @Test func aNewPluginLoads() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try Scaffold(makeHost()).write("plugin", named: "trial", into: folder.path)
        let host = try makeHost(ScriptOptions(pluginRoots: [folder.path]))
        #expect(host.plugins.entries.map(\.status) == [.loaded])
        #expect(host.plugins.names("losses") == ["trial_loss"])
    }

    @Test func inAPluginTheManifestIsNamed() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try Scaffold(makeHost()).write("plugin", named: "trial", into: folder.path)
        let (_, next) = try Scaffold(makeHost()).write("noise", named: "mine", into: folder.path + "/trial")
        let shown = ScriptPath.resolved(folder.path) + "/trial/plugin.lua"
        #expect(next.last == "add \"mine.lua\" to provides.noise of \(shown)")
    }

    /// What is written cannot be used by guessing.
    @Test(
        arguments: [
            (
                "loss",
                [
                    "nightjar check HERE/trial.lua", "nightjar test HERE/tests/trial.lua",
                    "in a script: nj.losses[\"HERE/trial.lua\"] { ... }",
                ]
            ),
            ("experiment", ["nightjar run HERE/trial.lua", "nightjar test HERE/tests/trial.lua"]),
            ("reporter", ["nightjar test HERE/tests/trial.lua", "nightjar run SCRIPT.lua --reporter HERE/trial.lua"]),
            (
                "command",
                [
                    "nightjar test HERE/tests/trial.lua",
                    "nightjar trial    (once it stands in provides.commands of a plugin: 'nightjar new plugin NAME' makes one)",
                ]
            ),
            (
                "data",
                [
                    "nightjar test HERE/tests/trial.lua",
                    "in a script: nj.data.load \"trial\"    (once it stands in provides.data of a plugin: 'nightjar new plugin "
                        + "NAME' makes one)",
                ]
            ),
            (
                "plugin",
                [
                    "nightjar plugins check HERE/trial", "nightjar test HERE/trial",
                    "nightjar plugins add HERE/trial --link    (so that it is found everywhere)",
                    "then, in a script: nj.losses.trial_loss { ... }",
                ]
            ),
        ] as [(String, [String])])
    func whatToDoNextIsSaid(_ word: String, _ lines: [String]) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (_, next) = try Scaffold(makeHost()).write(word, named: "trial", into: folder.path)
        #expect(next.map { $0.replacing(ScriptPath.resolved(folder.path), with: "HERE") } == lines)
    }

    @Test func nothingIsOverwritten() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let scaffold = try Scaffold(makeHost())
        _ = try scaffold.write("loss", named: "trial", into: folder.path)
        let shown = ScriptPath.resolved(folder.path) + "/trial.lua"
        #expect(
            said { try scaffold.write("loss", named: "trial", into: folder.path) }
                == "\(shown) is there already: choose another name, or another folder with --into")
        #expect(
            said { try scaffold.write("los", named: "trial", into: folder.path) }
                == "nightjar new does not know 'los': did you mean 'loss'?\n  it makes one of "
                + (try scaffold.words()).joined(separator: ", "))
        #expect(
            said { try scaffold.write("loss", named: "../x", into: folder.path) }
                == "'../x' is no name for it: use small letters, digits and _, beginning with a letter, at most 40 of them"
        )
    }

    private func said(_ body: () throws -> some Any) -> String {
        do { return "\(try body())" } catch { return "\((error as? ScriptError)?.message ?? "\(error)")" }
    }
}
