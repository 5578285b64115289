import Foundation
import NightjarRuns
import Testing

/// `nightjar run --profile` and `nightjar bench lua-share`.
@Suite(.serialized) struct ProfileRunTests {
    @Test func aRunShowsWhereItsTimeWentAndKeepsIt() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let one = ["run", "tiny.lua", "--set", "rate=0.4", "--set", "loss=rll", "--seed", "1"]
        let ending = try place.run(one + ["--profile"])
        #expect(ending.status == 0)
        #expect(ending.errors == "")
        let run = try #require(try place.runs("runs/tiny").first)
        #expect(ending.output.hasPrefix("profile of \(run): "))
        #expect(ending.output.contains("\nmodel.layers.2 (linear)"))
        let file = place.url.appendingPathComponent(run + "/profile.json")
        let json = try JSONValue(parsing: Data(contentsOf: file), source: file.path)
        #expect(json["steps"]?.intValue == 24)
        guard case .array(let lines)? = json["lines"] else {
            Issue.record("no lines")
            return
        }
        #expect(lines.contains { $0["place"]?.stringValue?.contains("plugins/losses/rll.lua:") == true })
        guard case .object(let categories)? = json["categories"] else {
            Issue.record("no categories")
            return
        }
        let sum = categories.values.compactMap(\.doubleValue).reduce(0, +)
        #expect(abs(sum - (json["seconds"]?.doubleValue ?? 0)) < 1e-6)

        // Without it, nothing is left of an earlier one, and the results are the same.
        let metrics = try place.read(run + "/metrics.csv")
        #expect(try !place.run(one + ["--again"]).output.contains("profile of"))
        #expect(try place.read(run + "/metrics.csv") == metrics)
        #expect(try !place.names(run).contains("profile.json"))
    }

    @Test func everyRunOfAGridKeepsItsProfile() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try place.run(["run", "tiny.lua", "--profile", "--set", "rate=0.4", "--set", "loss=rll"])
        #expect(ending.status == 0)
        #expect(!ending.output.contains("profile of"))
        #expect(ending.output.hasSuffix("profiles: profile.json in the folder of each run\n"))
        let runs = try place.runs("runs/tiny")
        #expect(runs.count == 2)
        for run in runs { #expect(try place.names(run).contains("profile.json")) }
    }

    @Test func theShareOfLuaIsMeasuredInPairs() throws {
        let place = try Workplace()
        let ending = try place.run(["bench", "lua-share", "--turns", "3", "--threads", "1", "--json"])
        #expect(ending.status == 0)
        let json = try JSONValue(parsing: Data(ending.output.utf8), source: "output")
        #expect(json["turns"]?.intValue == 3)
        for name in ["lua_median_ms", "swift_median_ms", "ratio_median", "profiler_lua_percent"] {
            #expect((json[name]?.doubleValue ?? 0) > 0, "\(name)")
        }
    }
}
