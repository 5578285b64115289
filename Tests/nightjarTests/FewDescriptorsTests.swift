import Foundation
import Testing

/// Under a limit of open files that is too low for a run, libraries end the process where they should say so.
@Suite(.serialized) struct FewDescriptorsTests {
    private func run(_ limits: String) throws -> (Workplace, Workplace.Ending) {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local data = nj.data.load "digits"
            nj.trainer {
              model = nj.models.mlp { inputs = 64, hidden = { 4 }, classes = 10 }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1,
            }:fit(data.train:first(50), { test = data.test:first(20), epochs = 1 })
            """, to: "few.lua")
        let ending = try place.run(
            ["-c", "\(limits); exec \"$0\" run few.lua --threads 1 --quiet", Workplace.program.path],
            program: URL(fileURLWithPath: "/bin/sh"))
        return (place, ending)
    }

    @Test(arguments: [5, 7, 9, 15]) func tooFewAreRefused(_ most: Int) throws {
        let (place, ending) = try run("ulimit -n \(most)")
        #expect(ending.status == 1)
        #expect(
            ending.errors
                == "error: this process may have \(most) files open at a time, and needs 16: raise the limit, as by "
                + "ulimit -n 1024\n")
        #expect(try !place.names(".").contains("runs"))
    }

    /// Enough of them, or a limit that the process may raise itself.
    @Test(arguments: ["ulimit -n 16", "ulimit -S -n 6"]) func enoughAreEnough(_ limits: String) throws {
        let (place, ending) = try run(limits)
        #expect(ending.status == 0)
        #expect(ending.errors == "")
        let run = try #require(try place.runs("runs/few").first)
        #expect(try place.read(run + "/summary.json").contains("\"finished\""))
    }
}
