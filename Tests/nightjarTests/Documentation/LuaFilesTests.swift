import Foundation
import Testing

/// All Lua of the project as editors and luacheck see it.
@Suite struct LuaFilesTests {
    private static let hasLuacheck = ["/usr/bin/luacheck", "/usr/local/bin/luacheck"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// The last line of what luacheck says of a path, with the settings of the folder that it lies in.
    private func verdict(_ path: String, in folder: URL) throws -> String {
        let ending = try Workplace().run(
            ["-C", folder.path, "luacheck", "--quiet", "--no-color", "--no-cache", path],
            program: URL(fileURLWithPath: "/usr/bin/env"))
        return ending.output.contains("Total: 0 warnings / 0 errors in ") ? "fine" : ending.output + ending.errors
    }

    @Test(
        .enabled(if: LuaFilesTests.hasLuacheck, "luacheck is not installed: Debian has it as lua-check"),
        arguments: ["lua", "plugins", "examples", "Tests"])
    func luacheckFindsNothing(folder: String) throws {
        #expect(try verdict(folder, in: Workplace.package) == "fine")
    }

    @Test(.enabled(if: LuaFilesTests.hasLuacheck, "luacheck is not installed: Debian has it as lua-check"))
    func luacheckFindsNothingInWhatIsNew() throws {
        let place = try Workplace()
        let settings = Workplace.package.appendingPathComponent(".luacheckrc")
        try place.write(try String(contentsOf: settings, encoding: .utf8), to: ".luacheckrc")
        let scaffolds = Workplace.package.appendingPathComponent("lua/nightjar/scaffolds")
        let kinds = try FileManager.default.contentsOfDirectory(atPath: scaffolds.path).sorted()
        #expect(kinds.count >= 15)
        for kind in kinds {
            let made = try place.run(["new", kind, "a_\(kind)", "--into", kind])
            #expect(made.status == 0, "\(made.errors)")
        }
        #expect(try verdict(".", in: place.url) == "fine")
    }

    @Test func theLanguageServerFindsTheDefinitions() throws {
        let data = try Data(contentsOf: Workplace.package.appendingPathComponent(".luarc.json"))
        let settings = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(settings["runtime.version"] as? String == "Lua 5.4")
        let library = try #require(settings["workspace.library"] as? [String])
        let ignored = try #require(settings["workspace.ignoreDir"] as? [String])
        // Folders that are made are not there in a clean clone.
        for path in library + ignored.filter({ !$0.hasPrefix(".build") && $0 != "runs" }) {
            #expect(
                FileManager.default.fileExists(atPath: Workplace.package.appendingPathComponent(path).path), "\(path)")
        }
        let definitions = try library.flatMap { path in
            try FileManager.default.contentsOfDirectory(atPath: Workplace.package.appendingPathComponent(path).path)
        }
        #expect(definitions.contains("nightjar.lua"))
    }
}
