import Foundation
import NightjarRuns
import NightjarScripting
import Testing

/// What `nightjar explain` says.
@Suite struct ExplanationTests {
    private func explain(_ script: String) throws -> ScriptExplanation {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.path + "/mine.lua"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        var request = ExplainRequest(target: path)
        (request.batch, request.classes) = (16, 3)
        return try ScriptExplanation(request)
    }

    @Test func aLossIsToldLineByLine() throws {
        let explanation = try explain(
            """
            local nj = require "nightjar"
            return nj.loss {
              name = "mine",
              forward = function(_, logits)
                local squares = logits:square()
                return squares:exp():sum(-1)
              end,
            }
            """)
        let text = explanation.text.replacing(/[^ ]*nightjar-[-0-9A-F]+\//, with: "")
        #expect(text.hasPrefix("value and gradient of loss mine.lua, 16 samples, 3 classes\n\n1  region over (16, 3)"))
        #expect(text.contains("\n   mine.lua:5  "))
        #expect(text.contains("\n   gradient of mine.lua:5  "))
        #expect(text.contains("\ntogether     "))
        let plan = try #require(explanation.plans.first)
        #expect(plan.totals.launches < plan.unfused.launches)
        #expect(plan.totals.bytesRead + plan.totals.bytesWritten < plan.unfused.bytesRead + plan.unfused.bytesWritten)
        let lines = plan.launches.flatMap(\.operations).filter { !$0.isOfGradient }.compactMap { operation in
            operation.place.flatMap { $0.source.hasSuffix("mine.lua") ? "\($0.line) \(operation.name)" : nil }
        }
        #expect(lines == ["5 square", "6 exp", "6 sum"])
    }

    @Test func aTrainingStepWritesEveryParameterAndItsVelocity() throws {
        let explanation = try ScriptExplanation(ExplainRequest(target: "mlp"))
        let plan = try #require(explanation.plans.first)
        #expect(explanation.plans.count == 1)
        let parameters = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10
        let written = plan.launches.flatMap(\.writes).filter { $0.name == "state" }.reduce(0) { $0 + $1.bytes }
        #expect(written == 2 * 4 * parameters)
        let matrices = plan.launches.filter { $0.kind == "matmul" }.count
        // Three layers forward, their weights, and the inputs of two.
        #expect(matrices == 8)
        let places = plan.launches.flatMap(\.operations).compactMap { $0.place?.description }
        #expect(places.contains { $0.hasPrefix("model.layers.2") })
        #expect(places.contains { $0.hasSuffix("sgd.lua:22") })
    }

    @Test func jsonHoldsTheSameNumbers() throws {
        let explanation = try ScriptExplanation(ExplainRequest(target: "losses/rll"))
        let plan = try #require(explanation.plans.first)
        guard case .array(let plans)? = explanation.json["plans"], let json = plans.first else {
            Issue.record("there are no plans in \(explanation.json.text())")
            return
        }
        #expect(json["totals"]?["bytes_read"]?.intValue == plan.totals.bytesRead)
        #expect(json["unfused"]?["launches"]?.intValue == plan.unfused.launches)
        #expect(json["operations"]?.intValue == plan.operationCount)
    }

    @Test func everyLossCanBeExplained() throws {
        for name in try makeHost().plugins.names("losses") {
            let plans = try ScriptExplanation(ExplainRequest(target: "losses/" + name)).plans
            #expect(!plans.isEmpty, "\(name)")
        }
    }

    @Test func whatCannotBeExplainedIsSaid() throws {
        let schedule = try #require(throws: (any Error).self) {
            try explain("local nj = require \"nightjar\" return nj.schedule { name = \"s\", value = function() end }")
        }
        #expect("\(schedule)".hasSuffix("mine.lua returned a schedule"))
        let unknown = try #require(throws: (any Error).self) { try ScriptExplanation(ExplainRequest(target: "rlll")) }
        #expect(
            "\(unknown)"
                == "no plugin provides 'rlll' among its losses or models: did you mean 'rll'?\n"
                + "  a path to a .lua file works as well")
    }
}
