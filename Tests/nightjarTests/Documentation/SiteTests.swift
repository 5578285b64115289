import Foundation
import Testing

/// `make site`: every page and link is there, and the search knows the reference. `make check-site` looks at it in a browser.
@Suite struct SiteTests {
    private static func script(_ path: String) -> String { Workplace.package.appendingPathComponent(path).path }

    /// A Python with what makes the site; nil where none is there and none can be installed.
    private static let python: String? = {
        guard
            let ending = try? Workplace().run(
                [script("scripts/site/python.sh")], program: URL(fileURLWithPath: "/bin/sh")), ending.status == 0
        else { return nil }
        return ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }()

    @Test(
        .enabled(
            if: SiteTests.python != nil,
            "there is no Python with markdown-it-py and Pygments, and pip could not install them: see .build/site.log"))
    func linksLeadSomewhereAndTheSearchKnowsTheReference() throws {
        let place = try Workplace()
        let python = URL(fileURLWithPath: try #require(Self.python))
        let made = try place.run(["-B", Self.script("scripts/site/build.py"), "site"], program: python)
        #expect(made.errors == "")
        #expect(made.status == 0)
        let looked = try place.run(["-B", Self.script("Tests/Site/check.py"), "site", "--no-browser"], program: python)
        #expect(looked.errors == "")
        #expect(looked.output.hasSuffix("entries of the reference are in the search\n0 faults\n"), "\(looked.output)")
        #expect(looked.status == 0)
    }
}
