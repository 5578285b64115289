import Foundation
import Testing

/// The first loss in the README is a file that runs, and what pages name is there.
struct ReadmeTests {
    private static func pages() -> [String] {
        let folder = Workplace.package.appendingPathComponent("docs").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    }

    /// The blocks of a language, without their fences.
    private static func blocks(_ language: String) throws -> [String] {
        let readme = try String(contentsOf: Workplace.package.appendingPathComponent("README.md"), encoding: .utf8)
        return readme.components(separatedBy: "\n```\(language)\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    /// Someone who has built Nightjar types what stands there, in its folder; the experiment is run in its quick form.
    @Test func theFirstLossIsCheckedAndTrainedWithAsTheCommandsSay() throws {
        let place = try Workplace()
        let losses = try Self.blocks("lua")
        #expect(losses.count == 1)
        try place.write(try #require(losses.first), to: "mine.lua")
        let files = FileManager.default
        try files.createDirectory(
            at: place.url.appendingPathComponent(".build/release"), withIntermediateDirectories: true)
        for (link, target) in [
            (".build/release/nightjar", Workplace.program), ("lua", Workplace.package.appendingPathComponent("lua")),
        ] {
            try files.createSymbolicLink(at: place.url.appendingPathComponent(link), withDestinationURL: target)
        }
        let commands = try Self.blocks("sh").joined(separator: "\n").split(separator: "\n").filter {
            $0.hasPrefix(".build/")
        }
        #expect(commands.count == 2)
        for command in commands {
            let isRun = command.contains("nightjar run ")
            let ending = try place.run(
                ["-c", command + (isRun ? " --set quick=true --quiet" : "")], program: URL(fileURLWithPath: "/bin/sh"))
            #expect(ending.status == 0, "\(command): \(ending.output)\(ending.errors)")
            #expect(!ending.output.contains("FAIL"), "\(ending.output)")
        }
        let summary = try place.read("runs/memorization/summary.csv")
        #expect(summary.contains("\n./mine.lua,0.4,1,finished,"), "\(summary)")
    }

    /// What `make` is asked for on the pages is a target.
    @Test(arguments: ["README.md", "CONTRIBUTING.md"] + pages()) func makeKnowsItsTargets(page: String) throws {
        let makefile = try String(contentsOf: Workplace.package.appendingPathComponent("Makefile"), encoding: .utf8)
        let text = try String(contentsOf: Workplace.package.appendingPathComponent(page), encoding: .utf8)
        let request = try Regex("(?m)(?:^|`)make ([a-z][a-z-]*)", as: (Substring, Substring).self)
        let targets = text.matches(of: request).map { String($0.output.1) }
        #expect(targets.filter { !makefile.contains("\n\($0):") } == [])
    }

    /// Links between pages of the repository, and files that are named in code spans.
    @Test(arguments: ["README.md", "CONTRIBUTING.md"] + pages())
    func whatAPageNamesIsThere(page: String) throws {
        let url = Workplace.package.appendingPathComponent(page)
        let text = try String(contentsOf: url, encoding: .utf8)
        let folder = url.deletingLastPathComponent()
        var missing: [String] = []
        for link in text.matches(of: #/\]\((?<target>[^)#]+)\)/#) where !link.target.hasPrefix("http") {
            let target = folder.appendingPathComponent(String(link.target)).path
            if !FileManager.default.fileExists(atPath: target) { missing.append(String(link.target)) }
        }
        for span in text.matches(of: #/`(?<path>(Sources|Tests|lua|docs|scripts|plugins|examples)/[A-Za-z0-9_.\/-]+)`/#)
        {
            let target = Workplace.package.appendingPathComponent(String(span.path)).path
            if !FileManager.default.fileExists(atPath: target) { missing.append(String(span.path)) }
        }
        #expect(missing == [])
    }
}
