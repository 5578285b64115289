import Foundation
import Testing

/// A run under a limit of open files that is far too low says so, and does not end halfway without a reason.
@Suite(.serialized) struct FewDescriptorsTests {
    @Test(arguments: 5...9) func itIsToldInPlainWords(_ most: Int) throws {
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
            ["-c", "ulimit -n \(most); exec \"$0\" run few.lua --threads 1 --quiet", Workplace.program.path],
            program: URL(fileURLWithPath: "/bin/sh"))
        if ending.status == 0 {
            let run = try #require(try place.runs("runs/few").first)
            #expect(try place.read(run + "/summary.json").contains("\"finished\""))
        } else {
            #expect(ending.errors.contains("too many open files"), "\(most): \(ending.errors)")
            #expect(!ending.errors.contains("the system refused"), "\(most): \(ending.errors)")
        }
    }
}
