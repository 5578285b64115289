import Foundation
import Testing

/// Pages that show what commands write: gone through as a reader would, each shows what comes out (`scripts/pages.py`).
@Suite struct PageTests {
    private static let script = Workplace.package.appendingPathComponent("scripts/pages.py").path

    private static func run(_ arguments: [String]) throws -> Workplace.Ending {
        try Workplace().run(
            ["python3", "-B", script, "--program", Workplace.program.path] + arguments,
            program: URL(fileURLWithPath: "/usr/bin/env"))
    }

    private static func pages() -> [String] {
        ((try? run(["--list"]).output) ?? "").split(separator: "\n").map(String.init)
    }

    @Test func theTutorialsAreAmongThem() {
        let tutorials = ["first-loss", "first-noise", "first-experiment", "first-plugin"].map { "docs/\($0).md" }
        #expect(Set(tutorials).subtracting(Self.pages()) == [])
    }

    @Test(arguments: pages()) func aPageShowsWhatComesOut(page: String) throws {
        let ending = try Self.run([Workplace.package.appendingPathComponent(page).path])
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        #expect(ending.output == "1 pages show what comes out\n")
    }

    @Test func aPageThatShowsSomethingElseIsFound() throws {
        let place = try Workplace()
        let page = try place.write(
            """
            ```lua
            -- hello.lua
            print("hello", 1 + 1)
            ```

            ```sh
            nightjar run hello.lua --quiet
            ```

            ```text
            hello	3
            ```

            """, to: "page.md")
        let wrong = try Self.run([page.path])
        #expect(wrong.status == 1)
        #expect(wrong.output.hasSuffix("page.md:11: the page does not show what came out:\n  hello\t2\n"))
        #expect(try Self.run(["--write", page.path]).status == 0)
        #expect(try Self.run([page.path]).output == "1 pages show what comes out\n")
        try place.write("```sh\nnightjar run hello.lua\n```\n", to: "page.md")
        #expect(try Self.run([page.path]).output.contains("page.md:2: the commands ended with 1\n"))
    }
}
