import Foundation
import Testing

/// The first loss in the README is a file that runs, and what pages name is there.
struct ReadmeTests {
    private static func pages() -> [String] {
        let folder = Workplace.package.appendingPathComponent("docs").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    }

    @Test func theFirstLossTrains() throws {
        let readme = try String(contentsOf: Workplace.package.appendingPathComponent("README.md"), encoding: .utf8)
        let afterFence = try #require(readme.range(of: "```lua\n")).upperBound
        let end = try #require(readme.range(of: "```", range: afterFence..<readme.endIndex)).lowerBound
        let place = try Workplace()
        try place.write(String(readme[afterFence..<end]), to: "mine.lua")
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try place.run([
            "run", "tiny.lua", "--set", "loss=./mine.lua", "--set", "rate=0.4", "--seeds", "1", "--epochs", "1",
            "--quiet",
        ])
        #expect(ending.errors == "")
        #expect(ending.status == 0)
        #expect(try place.read("runs/tiny/summary.csv").contains("\n./mine.lua,0.4,1,finished,1,"))
    }

    /// Links between pages of the repository, and files that are named in code spans.
    @Test(arguments: ["README.md", "CONTRIBUTING.md"] + pages())
    func whatAPageNamesIsThere(page: String) throws {
        let url = Workplace.package.appendingPathComponent(page)
        let text = try String(contentsOf: url, encoding: .utf8)
        let folder = url.deletingLastPathComponent()
        var missing: [String] = []
        for link in text.matches(of: #/\]\((?<target>[^)#]+)\)/#) where !link.target.hasPrefix("http") {
            let target = folder.appendingPathComponent(String(link.target)).path
            if !FileManager.default.fileExists(atPath: target) { missing.append(String(link.target)) }
        }
        for span in text.matches(of: #/`(?<path>(Sources|Tests|lua|docs|scripts|plugins|examples)/[A-Za-z0-9_.\/-]+)`/#)
        {
            let target = Workplace.package.appendingPathComponent(String(span.path)).path
            if !FileManager.default.fileExists(atPath: target) { missing.append(String(span.path)) }
        }
        #expect(missing == [])
    }
}
