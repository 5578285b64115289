import Foundation
import Testing

/// Data sets in a user's own files, by a script of tests that writes them first.
@Suite struct DataFileTests {
    @Test func filesAreReadAndMistakesAnswered() throws {
        let place = try Workplace()
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "data_files.lua")
        try place.write(String(contentsOf: source, encoding: .utf8), to: "data_files.lua")
        let ending = try place.run(["test", "data_files.lua"])
        #expect(ending.output.hasSuffix("4 passed, 0 failed\n"), "\(ending.output)\(ending.errors)")
        #expect(ending.status == 0)
    }

    /// Folders outside of the run are none of a script's business, whatever they hold.
    @Test func filesOutsideOfTheRunAreNotRead() throws {
        let (place, other) = (try Workplace(), try Workplace())
        try other.write("a,k\n1,x\n2,y\n", to: "t.csv")
        for call in [
            "nj.data.csv { file = \"\(other.url.path)/t.csv\" }", "nj.data.images { folder = \"\(other.url.path)\" }",
        ] {
            try place.write("local nj = require \"nightjar\"\n\(call)\n", to: "s.lua")
            let ending = try place.run(["run", "s.lua"])
            #expect(ending.status != 0)
            #expect(ending.errors.contains("scripts may not read \(other.url.path)"), "\(ending.errors)")
        }
    }
}
