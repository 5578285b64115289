import Foundation
import NightjarRuns
import Testing

/// `nightjar cells`: each command, wherever it runs, is a worker on its cell.
@Suite struct CellsCommandTests {
    private func workplace() throws -> Workplace {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "a folder/tiny.lua")
        return place
    }

    @Test func theCommandsTogetherAreTheSweep() throws {
        let place = try workplace()
        let arguments = ["a folder/tiny.lua", "--set", "rate=0.4"]
        #expect(try place.run(["run"] + arguments + ["--quiet", "--runs-dir", "here"]).status == 0)
        let listed = try place.run(["cells"] + arguments)
        #expect(listed.status == 0 && listed.errors == "")
        let commands = listed.output.split(separator: "\n").map(String.init)
        #expect(commands.count == 4)
        // From any folder, in any order.
        for command in commands.reversed() {
            let ending = try place.run(["-c", "cd / && " + command], program: URL(fileURLWithPath: "/bin/sh"))
            #expect(ending.status == 0, "\(ending.errors)")
        }
        let gathered = try place.run(["run"] + arguments)
        #expect(gathered.errors.hasPrefix("note: 4 of 4 runs were finished already"))
        #expect(try place.read("runs/tiny/summary.csv") == place.read("here/tiny/summary.csv"))
        let nothing = try place.run(["cells"] + arguments)
        #expect(nothing.output == "")
        #expect(nothing.errors == "note: 4 of 4 cells are finished and are left out (--again lists all)\n")
        #expect(try place.run(["cells", "--again"] + arguments).output.split(separator: "\n").count == 4)
    }

    /// The same cells have one manifest, however often somebody asks.
    @Test func askingAgainGivesTheSameCommands() throws {
        let place = try workplace()
        let first = try place.run(["cells", "a folder/tiny.lua"]).output
        #expect(first.split(separator: "\n").count == 8)
        #expect(try place.run(["cells", "a folder/tiny.lua"]).output == first)
        #expect(try place.names("runs/tiny/.batches").count == 1)
    }

    @Test func jsonHasTheWords() throws {
        let place = try workplace()
        let ending = try place.run(["cells", "a folder/tiny.lua", "--seeds", "3", "--format", "json"])
        let list = try JSONValue(parsing: Data(ending.output.utf8), source: "cells")
        guard case .array(let cells) = list, cells.count == 12 else {
            Issue.record("\(ending.output)\(ending.errors)")
            return
        }
        #expect(cells[1]["title"]?.stringValue == "loss=rll rate=0 seed=2")
        #expect(cells[1]["cell"]?["seed"]?.intValue == 2)
        #expect(cells[1]["folder"]?.stringValue == place.url.path)
        guard case .array(let words)? = cells[1]["arguments"] else {
            Issue.record("no arguments")
            return
        }
        let texts = words.compactMap(\.stringValue)
        let program = URL(fileURLWithPath: try #require(texts.first))
        #expect(try place.run(Array(texts.dropFirst()), program: program).status == 0)
        let run = try #require(try place.runs("runs/tiny").first)
        #expect(run.hasPrefix("runs/tiny/rll-rate0-seed2-"))
        // That one is done.
        let left = try place.run(["cells", "a folder/tiny.lua", "--seeds", "3", "--quiet"])
        #expect(left.output.split(separator: "\n").count == 11)
    }

    /// A worker reads the texts of the moment in which the commands were printed.
    @Test func aScriptThatChangesMeanwhileChangesNoCell() throws {
        let place = try workplace()
        let command = try place.run(["cells", "a folder/tiny.lua"]).output.prefix { $0 != "\n" }
        try place.write("error('edited')", to: "a folder/tiny.lua")
        #expect(try place.run(["-c", String(command)], program: URL(fileURLWithPath: "/bin/sh")).status == 0)
    }

    @Test func aCellThatIsNoneIsSaid() throws {
        let place = try workplace()
        _ = try place.run(["cells", "a folder/tiny.lua"])
        let batch = try #require(try place.names("runs/tiny/.batches").first)
        let manifest = "runs/tiny/.batches/\(batch)/manifest.json"
        #expect(
            try place.run(["run", "a folder/tiny.lua", "--cell", manifest + "#8"]).errors
                == "error: \(place.url.path)/\(manifest): it has 8 cells, from 0; there is no cell 8\n")
        try place.write("{}", to: manifest)
        #expect(
            try place.run(["run", "a folder/tiny.lua", "--cell", manifest + "#0"]).errors
                == "error: \(place.url.path)/\(manifest): it is no manifest of cells as this version of Nightjar writes it\n"
        )
        #expect(
            try place.run(["run", "a folder/tiny.lua", "--cell", "x"]).errors
                == "error: --cell is written by a sweep for its workers; this is not such a text\n")
    }
}
