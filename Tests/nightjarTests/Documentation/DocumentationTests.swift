import Foundation
import NightjarEngine
import Testing

import NightjarScripting
import NightjarTools

/// The reference page, the editor definitions and the guide: fresh, complete and true.
@Suite struct DocumentationTests {
    private func reference() throws -> Reference {
        try Reference(pluginFolder: Workplace.package.appendingPathComponent("plugins").path)
    }

    @Test func generatedFilesAreFresh() throws {
        for file in try reference().files {
            let url = Workplace.package.appendingPathComponent(file.path)
            let known = try? String(contentsOf: url, encoding: .utf8)
            #expect(known == file.text, "\(file.path) is stale: run make docs")
        }
    }

    @Test func theCommandSaysWhatIsStaleAndWritesIt() throws {
        let place = try Workplace()
        let files = "docs/reference.md, lua/meta/nightjar.lua, lua/meta/nightjar/test.lua"
        let first = try place.run(["docs", "--check"])
        #expect(first.status == 1)
        #expect(first.errors == "stale: \(files); run make docs\n")
        let written = try place.run(["docs", "--root", "."])
        #expect(written.status == 0)
        #expect(
            written.output
                == "written: docs/reference.md\nwritten: lua/meta/nightjar.lua\nwritten: lua/meta/nightjar/test.lua\n")
        #expect(try place.run(["docs", "--check"]).status == 0)
        #expect(try place.read("lua/meta/nightjar.lua").hasPrefix("---@meta nightjar\n"))
    }

    @Test func everythingThatScriptsReachIsDeclaredOnceAndHasItsLine() throws {
        #expect(try reference().gaps == [])
    }

    @Test func functionsOfBothSidesAreOnThePage() throws {
        let page = try #require(try reference().files.first { $0.path == "docs/reference.md" }).text
        for path in [
            "nj.zeros", "t:sum", "t:logical_and", "nj.nn.linear", "layer:forward", "nj.data.load", "data:count",
            "data:with_labels", "trainer:fit", "noise:apply", "stream:uniform", "nj.custom", "nj.save", "test",
            "t.near",
        ] {
            #expect(page.contains("\n### \(path)\n"), "\(path)")
        }
        #expect(page.contains("| `rll` | `alpha` (0.1) | Robust log loss"))
    }

    @Test func definitionsAreLuaAndTheirCommentsAreAnnotations() throws {
        let host = try ScriptHost(session: Session(threads: 1))
        let forms: [Regex] = [
            try Regex("^---@meta [a-z.]+$"), try Regex("^---@alias [A-Za-z.]+ .+$"),
            try Regex("^---@class [A-Za-z_0-9.]+$"),
            try Regex("^---@field ([a-z_0-9]+\\??|\\[\"[^\"]+\"\\]|\\[string\\]) .+$"),
            try Regex("^---@operator [a-z]+(\\([A-Za-z.|]+\\))?: [A-Za-z.]+$"),
            try Regex("^---@overload fun\\(.*\\).*$"),
            try Regex("^---@param ([a-z_]+\\??|\\.\\.\\.) .+$"), try Regex("^---@return .+$"),
            try Regex("^---[^@|].*$"),
        ]
        for file in try reference().files where file.path.hasSuffix(".lua") {
            _ = try host.load(file.text, chunkName: "@" + file.path)
            for line in file.text.split(separator: "\n") where line.hasPrefix("---") {
                #expect(forms.contains { line.firstMatch(of: $0) != nil }, "\(file.path): \(line)")
            }
        }
    }

    @Test(arguments: ["docs/reference.md", "docs/from-pytorch.md", "docs/from-torch7.md", "docs/integers.md"])
    func examplesAreTrue(_ page: String) throws {
        let (printed, promises) = try runExamples(of: page)
        #expect(printed == "\(promises) checked\n")
        #expect(promises > 20)
    }
}
