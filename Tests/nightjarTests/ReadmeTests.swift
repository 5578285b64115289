import Foundation
import Testing

/// The first loss in the README is a file that runs.
struct ReadmeTests {
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
}
