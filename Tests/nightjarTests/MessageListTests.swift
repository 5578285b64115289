import Foundation
import Testing

/// `scripts/messages.py` reads what registry, scaffolds, sandbox and `doctor` say, and looks for it in the tests.
@Suite struct MessageListTests {
    private static let hasPython = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/python3")
    }

    private func said(_ arguments: [String], _ place: Workplace) throws -> Workplace.Ending {
        let script = Workplace.package.appendingPathComponent("scripts/messages.py").path
        return try place.run(["python3", script] + arguments, program: URL(fileURLWithPath: "/usr/bin/env"))
    }

    @Test(.enabled(if: MessageListTests.hasPython, "the list is made by a script of Python"))
    func everyMessageOfThePluginHostHasATest() throws {
        let ending = try said([], Workplace())
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        let count = try #require(ending.output.split(separator: " ").first.flatMap { Int($0) })
        #expect(count >= 300)
    }

    @Test(.enabled(if: MessageListTests.hasPython, "the list is made by a script of Python"))
    func aMessageWithoutATestIsNamed() throws {
        let place = try Workplace()
        let none = ["nobody", "has", "this"].joined(separator: " ")
        try place.write(
            """
            local function f(name)
              native.fail("\(none): '" .. name .. "' "
                .. "nor \(none)")
            end
            """, to: "new.lua")
        let ending = try said(["new.lua"], place)
        #expect(ending.status == 1)
        #expect(ending.output.contains("new.lua:2: \(none): ' ... ' nor \(none)\n"), "\(ending.output)")
        #expect(ending.output.hasSuffix("1 messages, 1 without a test that has their text\n"))
    }
}
