import Foundation
import Testing

/// Every script of `lua/examples` runs, in a small version.
@Suite struct ExampleTests {
    private static let folder = Workplace.package.appendingPathComponent("lua/examples")

    private static func examples() -> [String] {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return found.filter { $0.hasSuffix(".lua") }.sorted()
    }

    @Test func thereAreSome() { #expect(Self.examples().count >= 3) }

    @Test(arguments: examples()) func `an example runs`(name: String) throws {
        let place = try Workplace()
        let ending = try place.run([
            "run", Self.folder.appendingPathComponent(name).path, "--set", "epochs=2", "--set", "samples=200",
            "--runs-dir", "runs",
        ])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output.contains("test accuracy"))
    }
}
