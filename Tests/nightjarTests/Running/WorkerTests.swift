import Foundation
import NightjarRuns
import Testing

/// Processes that go from cell to cell.
@Suite struct WorkerTests {
    private func metrics(_ place: Workplace, _ directory: String) throws -> [String] {
        try place.runs("\(directory)/tiny").map { try place.read("\($0)/metrics.csv") }
    }

    /// One process for all cells, one for each, and this one: the same numbers.
    @Test func whatACellComesToDoesNotDependOnTheCellsBeforeIt() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let arguments = ["run", "tiny.lua", "--epochs", "2", "--quiet", "--threads", "1", "--jobs", "1"]
        let shared = try place.run(arguments + ["--runs-dir", "shared"])
        #expect(shared.status == 0 && shared.errors == "")
        #expect(try place.run(arguments + ["--runs-dir", "apart", "--trust"]).status == 0)
        let expected = try metrics(place, "shared")
        #expect(expected.count > 4)
        #expect(try metrics(place, "apart") == expected)
        for run in try place.runs("shared/tiny").suffix(1) {
            let cell = try RunFolder.open(place.url.appendingPathComponent(run)).configuration.cell
            let settings = cell.flatMap { ["--set", "\($0.name)=\($0.value.plainText)"] }
            #expect(try place.run(arguments + ["--runs-dir", "alone"] + settings).status == 0)
        }
        #expect(try metrics(place, "alone") == expected.suffix(1))
    }

    /// Each cell has a Lua state of its own.
    @Test func nothingThatAScriptLeavesReachesTheNextCell() throws {
        let place = try Workplace()
        try place.write("return {}", to: "kept.lua")
        try place.write(
            """
            local nj = require "nightjar"
            return nj.experiment {
              name = "leaves", grid = { { "seed", { 1, 2, 3 } } },
              run = function(cfg)
                local kept = require "kept"
                local before = kept.seed or 0
                kept.seed = cfg.seed
                nj.manual_seed(cfg.seed)
                if cfg.seed == 2 then error("the second fails") end
                return { before = before }
              end,
            }
            """, to: "leaves.lua")
        let ending = try place.run(["run", "leaves.lua", "--jobs", "1", "--quiet"])
        #expect(ending.status == 1)
        #expect(ending.errors == "error in seed=2:\nleaves.lua:9: the second fails\n")
        #expect(
            try place.read("runs/leaves/summary.csv") == """
                seed,status,epochs,before
                1,finished,0,0
                2,failed,0,
                3,finished,0,0

                """)
    }

    @Test func cellsAreTakenFromASweepOnly() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try place.run(["run", "tiny.lua", "--cells"])
        #expect(ending.status == 64)
        #expect(ending.errors.hasPrefix("Error: --cells is for the workers that a sweep starts\n"))
    }

    /// A worker has its channel, or the system's refusal is told: what it is started with is not lost on the way.
    @Test(arguments: [20, 24, 40]) func fewDescriptorsAreEnoughOrSaidToBeTooFew(_ limit: Int) throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try place.run(
            [
                "-c", "ulimit -n \(limit); exec \"$0\" run tiny.lua --quiet --jobs 2 --set rate=0.4",
                Workplace.program.path,
            ],
            program: URL(fileURLWithPath: "/bin/sh"))
        #expect(!ending.errors.contains("--cells"), "\(ending.errors)")
        #expect(ending.status == 0 || ending.errors.lowercased().contains("too many open files"), "\(ending.errors)")
    }
}
