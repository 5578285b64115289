import Foundation
import Testing

/// `nightjar verify`: one number that was changed by hand is found.
@Suite(.serialized) struct VerifyCommandTests {
    private func experiment() throws -> Workplace {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        #expect(try place.run(["run", "tiny.lua", "--set", "rate=0.4", "--quiet"]).status == 0)
        return place
    }

    @Test func whatIsAsItWasIsVerifiedWithTheSameBits() throws {
        let place = try experiment()
        let ending = try place.run(["verify", "runs/tiny/report.html", "--cells", "2"])
        #expect(ending.errors == "")
        #expect(ending.status == 0)
        #expect(
            ending.output.hasSuffix(
                "verified: 4 of 4 runs finished and as they were written, 2 made again, no fault\n"))
        #expect(ending.output.split(separator: "\n").count == 3)
        let run = try #require(try place.runs("runs/tiny").first)
        let one = try place.run(["verify", run])
        #expect(one.status == 0)
        #expect(one.output.hasPrefix("the same bits: "), "\(one.output)")
        #expect(one.output.contains("metrics.csv") && one.output.contains("weights.safetensors"))
    }

    /// Changes the first digit behind the point of the first number with many.
    private func change(_ place: Workplace, _ name: String) throws {
        let text = try place.read(name)
        let number = try #require(text.firstMatch(of: /[0-9]+\.[0-9]{8,}/))
        let parts = number.output.split(separator: ".")
        let other = "\(parts[0]).\(parts[1].hasPrefix("3") ? "4" : "3")\(parts[1].dropFirst())"
        try place.write(text.replacingCharacters(in: number.range, with: other), to: name)
    }

    @Test func aNumberThatWasChangedInATableIsFound() throws {
        let place = try experiment()
        try change(place, "runs/tiny/summary.csv")
        let ending = try place.run(["verify", "runs/tiny", "--cells", "0"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains("runs/tiny/summary.csv, record 1: "), "\(ending.errors)")
        #expect(ending.errors.contains(", and the run has "), "\(ending.errors)")
    }

    @Test(arguments: ["summary.json", "metrics.csv"])
    func aNumberThatWasChangedInARunIsFound(_ file: String) throws {
        let place = try experiment()
        let run = try #require(try place.runs("runs/tiny").first)
        try change(place, "\(run)/\(file)")
        let ending = try place.run(["verify", run, "--cells", "0"])
        #expect(ending.status == 1)
        #expect(ending.errors.hasPrefix("fault: \(place.url.path)/\(run)/\(file): this is not what the run wrote"))
    }

    @Test func aWeightThatWasChangedIsFound() throws {
        let place = try experiment()
        let run = try #require(try place.runs("runs/tiny").first)
        let file = place.url.appendingPathComponent("\(run)/weights.safetensors")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: file)
        #expect(try place.run(["verify", "runs/tiny", "--cells", "0"]).status == 1)
    }

    @Test func aNumberThatWasChangedInAReportIsFound() throws {
        let place = try experiment()
        let report = "runs/tiny/report.html"
        let text = try place.read(report)
        let cell = try #require(text.firstMatch(of: /<td[^>]*>[^<]*?[0-9]+\.[0-9]/))
        let last = text.index(before: cell.range.upperBound)
        let other = text[last] == "3" ? "4" : "3"
        try place.write(text.replacingCharacters(in: last..<cell.range.upperBound, with: other), to: report)
        let ending = try place.run(["verify", report, "--cells", "0"])
        #expect(ending.status == 1)
        let path = "\(place.url.path)/\(report)"
        #expect(
            ending.errors == "fault: \(path): this is not what was written: the file was changed or is damaged\n"
                + "  the command that made it makes it anew\n")
        try place.write(String(text.prefix(400)), to: report)
        #expect(
            try place.run(["verify", "runs/tiny", "--cells", "0"]).errors
                == "fault: \(path): it carries no checksum: it was changed, or made before reports had one\n"
                + "  the command that made it makes it anew\n")
    }

    @Test(arguments: ["checkpoint.safetensors", "checkpoint.previous.safetensors"])
    func aBitThatWasFlippedInACheckpointIsFound(_ name: String) throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        #expect(try place.run(["run", "tiny.lua", "--quiet", "--checkpoint-every", "1"]).status == 0)
        let run = try #require(try place.runs("runs/tiny").first)
        #expect(try place.run(["verify", run, "--cells", "0"]).status == 0)
        let file = place.url.appendingPathComponent("\(run)/\(name)")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 4
        try bytes.write(to: file)
        let ending = try place.run(["verify", run, "--cells", "0"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains(name), "\(ending.errors)")
    }

    /// How a run ended is not believed where its summary was edited: neither by a list nor by the next command.
    @Test func aSummaryThatWasEditedIsNotBelieved() throws {
        let place = try experiment()
        let run = try #require(try place.runs("runs/tiny").first)
        let summary = "\(run)/summary.json"
        let weights = try place.read("\(run)/metrics.csv")
        try place.write(try place.read(summary).replacing("\"finished\"", with: "\"failed\""), to: summary)
        let said = "\(summary): this is not what the run wrote: the file was changed or is damaged"
        let list = try place.run(["runs", "list"])
        #expect((list.output + list.errors).contains(said), "\(list.output)\(list.errors)")
        let ending = try place.run(["run", "tiny.lua", "--set", "rate=0.4", "--quiet"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains(said), "\(ending.errors)")
        #expect(try place.read("\(run)/metrics.csv") == weights)
    }

    @Test func aConfigurationThatWasBrokenIsNamedByTheList() throws {
        let place = try experiment()
        let runs = try place.runs("runs/tiny")
        let count = try place.run(["runs", "list", "--csv"]).output.split(separator: "\n").count
        try place.write("{", to: "\(runs[1])/config.json")
        let note = "note: a run folder could not be read: \(place.url.path)/\(runs[1])/config.json: "
        let list = try place.run(["runs", "list", "--csv"])
        #expect(list.errors.hasPrefix(note), "\(list.errors)")
        #expect(list.output.split(separator: "\n").count == count - 1)
        // Whatever is made of all runs says so too.
        for command in [
            ["runs", "list"], ["runs", "list", "--json"], ["table"], ["figure", "--y", "j1", "-o", "f.svg"],
            ["table", "tiny"], ["table", "runs/tiny"], ["runs", "list", "tiny/"], ["report", "tiny"],
            ["runs", "export", "tiny", "--to", "copy"],
        ] {
            let ending = try place.run(command)
            #expect(ending.status == 0 && ending.errors.hasPrefix(note), "\(command): \(ending.errors)")
        }
        // And whoever asks for it alone is told why there is none.
        let name = String(runs[1].dropFirst("runs/".count))
        let reason = note.dropFirst("note: a run folder could not be read: ".count)
        let commands = [
            ["runs", "show", name], ["runs", "why", name], ["table", name], ["runs", "compare", name, name],
        ]
        for command in commands {
            let ending = try place.run(command)
            #expect(
                ending.status == 1 && ending.errors.hasPrefix("error: '\(name)' cannot be read: \(reason)"),
                "\(command): \(ending.errors)")
        }
        // Of others nothing is said.
        #expect(try place.run(["runs", "show", String(runs[0].dropFirst("runs/".count))]).errors == "")
    }

    /// Checksums that fit say nothing where the run does not come out again.
    @Test func aRunWhoseTextIsNotThatOfItsBitsIsFound() throws {
        let place = try experiment()
        let run = try #require(try place.runs("runs/tiny").first)
        let kept = try place.names("runs/.objects").filter { !$0.hasPrefix(".") }
        for folder in kept {
            try FileManager.default.removeItem(at: place.url.appendingPathComponent("runs/.objects/\(folder)"))
        }
        let ending = try place.run(["verify", run])
        #expect(ending.status == 1)
        #expect(ending.errors.contains(": it could not be made again: "), "\(ending.errors)")
    }
}
