import Foundation
import Testing

/// Every script of `examples` runs, in a small version, and the gallery shows it.
@Suite struct ExampleTests {
    private static let folder = Workplace.package.appendingPathComponent("examples")
    private static let gallery = Workplace.package.appendingPathComponent("scripts/gallery.py").path

    private static func examples() -> [String] {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return found.filter { $0.hasSuffix(".lua") }.sorted()
    }

    /// What the gallery shows as the output of an example.
    private static func shown(_ name: String) throws -> String {
        let page = try String(contentsOf: Workplace.package.appendingPathComponent("docs/gallery.md"), encoding: .utf8)
        let section = try #require(page.components(separatedBy: "\n## ").first { $0.hasPrefix("\(name)\n") })
        let output = try #require(section.components(separatedBy: "\n```text\n").dropFirst().first)
        return output.components(separatedBy: "\n```").first ?? ""
    }

    /// The words of a text, without numbers.
    private static func words(_ text: String) -> Set<Substring> {
        Set(text.split { !$0.isLetter && $0 != "_" })
    }

    @Test func thereAreTen() { #expect(Self.examples().count >= 10) }

    @Test(arguments: examples()) func anExampleRunsAndSaysWhatTheGalleryShows(name: String) throws {
        let place = try Workplace()
        let ending = try place.run([
            "run", Self.folder.appendingPathComponent(name).path, "--set", "epochs=2", "--set", "samples=200",
            "--runs-dir", "runs", "--quiet",
        ])
        #expect(ending.status == 0, "\(ending.errors)")
        let words = Self.words(ending.output)
        #expect(words.subtracting(Self.words(try Self.shown(String(name.dropLast(4))))) == [])
    }

    @Test func theGalleryShowsTheExamplesAsTheyAre() throws {
        let ending = try Workplace().run(
            ["python3", "-B", Self.gallery, "--check"], program: URL(fileURLWithPath: "/usr/bin/env"))
        #expect(ending.errors == "")
        // All experiments but the one that needs CIFAR-10.
        #expect(ending.output == "\(Self.examples().count) examples and 13 experiments are in the gallery\n")
        #expect(ending.status == 0)
    }

    @Test func thePluginOfTheExamplesPassesItsTests() throws {
        let ending = try Workplace().run(["test", Self.folder.appendingPathComponent("plugins").path])
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
    }
}
