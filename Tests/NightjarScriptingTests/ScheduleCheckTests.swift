import Foundation
import NightjarScripting
import NightjarTools
import Testing

/// What `nightjar check` says of schedules that see records.
struct ScheduleCheckTests {
    private func records(_ fields: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).lua").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "local nj = require \"nightjar\"\nlocal seen = 0\nreturn nj.schedule { name = \"mine\", \(fields) }".write(
            toFile: path, atomically: true, encoding: .utf8)
        let report = try ScriptCheck(makeHost(), CheckRequest(target: path), instructions: 1_000_000_000).run()
        let result = try #require(report.results.first { $0.name == "records" })
        return result.text(colored: false, width: 200)
    }

    @Test func aStateThatCheckpointsKeepPasses() throws {
        #expect(
            try records(
                """
                state = function() return { rate = 1 } end, value = function(_, _, _, _, state) return state.rate end,
                observe = function(_, record, state) state.rate = record.loss end
                """)
                == "ok    records     sees records: 1 in epoch 1, 0.1 in epoch 100 of a loss that falls and then stays")
    }

    @Test func whatIsRememberedElsewhereIsFound() throws {
        let said = try records(
            "value = function() return 1 + seen end, observe = function() seen = seen + 1 end")
        #expect(said.hasPrefix("FAIL  records     the same records led to 1 and then to 101 in epoch 1"))
        #expect(said.contains("what a schedule remembers belongs into its state, which checkpoints keep"))
    }

    @Test func aStateThatCannotBeKeptIsFound() throws {
        let said = try records(
            "value = function() return 1 end, observe = function(_, _, state) state.best = nj.ones(2) end")
        #expect(said.hasPrefix("FAIL  records     what it remembers cannot be kept"))
        #expect(said.contains("state.best is a tensor, and only numbers, texts, booleans and tables of them are kept"))
    }
}
