import NightjarRuns
import Testing

@Suite struct SweepGridTests {
    @Test func cellsComeInOrderWithTheLastAxisFastest() throws {
        let grid = try SweepGrid([
            SweepAxis("loss", ["cce", "rll"]), SweepAxis("rate", [0, 0.4]), SweepAxis("seed", [1, 2]),
        ])
        #expect(grid.cells.map(\.index) == Array(0..<8))
        #expect(
            grid.cells.map(\.title) == [
                "loss=cce rate=0 seed=1", "loss=cce rate=0 seed=2", "loss=cce rate=0.4 seed=1",
                "loss=cce rate=0.4 seed=2", "loss=rll rate=0 seed=1", "loss=rll rate=0 seed=2",
                "loss=rll rate=0.4 seed=1", "loss=rll rate=0.4 seed=2",
            ])
        #expect(grid.cells[5]["loss"] == "rll")
        #expect(grid.cells[5]["nothing"] == nil)
    }

    @Test func noAxesGiveOneCell() throws {
        #expect(try SweepGrid([]).cells.map(\.title) == [""])
    }

    @Test func badAxesAreNamed() {
        #expect(message { _ = try SweepGrid([SweepAxis("loss", [])]) } == "sweep: the axis loss has no values")
        #expect(
            message { _ = try SweepGrid([SweepAxis("a", [1]), SweepAxis("a", [2])]) }
                == "sweep: the axis a is there twice")
        #expect(
            message { _ = try SweepGrid([SweepAxis("rate", [0.4, 1, 1.0])]) } == "sweep: rate has the value 1 twice")
        #expect(
            message { _ = try SweepGrid([SweepAxis("hidden", [[512]])]) }
                == "sweep: a value of hidden is not a single string, number or boolean: [512]")
        let long = SweepAxis("x", (0..<1001).map { .integer($0) })
        #expect(
            message { _ = try SweepGrid([long, SweepAxis("y", long.values)]) }
                == "sweep: the grid has more than 1000000 cells")
    }
}
