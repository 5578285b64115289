import Foundation
import Testing

/// Random calls of everything that a script can reach; `make fuzz` makes many more.
@Suite(.serialized) struct FuzzTests {
    /// In a process of its own and in 2 GB, so that a crash is a failed test, which names the seed and the last call.
    @Test func twentyThousandRandomCallsEndByThemselves() throws {
        let script = Workplace.package.appendingPathComponent("scripts/fuzz.sh")
        let ending = try Workplace().run(
            [script.path, Workplace.program.path, "20000", "1", "2000000"], program: URL(fileURLWithPath: "/bin/bash"))
        #expect(ending.status == 0, "\(ending.output)\n\(ending.errors)")
        #expect(ending.output == "20000 calls, 0 processes failed\n")
    }
}
