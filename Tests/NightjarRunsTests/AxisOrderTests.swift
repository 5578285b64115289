import Foundation
import NightjarRuns
import Testing

@Suite struct AxisOrderTests {
    @Test func valuesWithoutAnOrderAreSortedAsPeopleSortThem() {
        let values: [JSONValue] = [
            .null, "cnn10", "cnn4", "CNN4", "b", "a", 2, 0.5, true, false, "rll{alpha=0.5}", "rll{alpha=0.45}", "rll",
            [256, 256], [64],
        ]
        let expected: [JSONValue] = [
            0.5, 2, false, true, [64], [256, 256], "a", "b", "CNN4", "cnn4", "cnn10", "rll", "rll{alpha=0.45}",
            "rll{alpha=0.5}", .null,
        ]
        #expect(AxisOrder.sorted(values) == expected)
        #expect(AxisOrder.sorted(values.reversed()) == expected)
    }

    @Test func listsSayTheOrderAndTheFirstCountsMost() {
        #expect(
            AxisOrder.sorted(["cce", "mse", "rll", "gce", "x2"], by: [["rll", "cce"], ["cce", "mse", "rll"]])
                == ["rll", "cce", "mse", "gce", "x2"])
        #expect(AxisOrder.sorted([1, 2, 3], by: [[3, 1]]) == [3, 1, 2])
    }

    @Test func onlyWhatIsNoOrderByItselfIsKept() {
        let order = AxisOrder([
            SweepAxis("loss", ["rll", "cce"]), SweepAxis("rate", [0, 0.2]), SweepAxis("width", [64, 32]),
            SweepAxis("one", ["b"]), SweepAxis("seed", [3, 1], isReplicate: true), SweepAxis("kind", ["a", "b"]),
        ])
        #expect(order.lists == ["loss": ["rll", "cce"], "width": [64, 32]])
        #expect(AxisOrder(order.json) == order)
        #expect(AxisOrder(.string("no order")).lists.isEmpty)
    }

    /// Folders are in alphabetical order; tables are in that of the experiment, from folders and from the store alike.
    @Test func tablesOfTheStoreHaveTheOrderOfTheExperiment() throws {
        let place = try TemporaryFolder()
        func run(_ experiment: String, _ loss: String, _ lists: [String: JSONValue], second: Int) throws {
            let run = try RunFolder.create(
                in: place.url,
                configuration: RunConfiguration(
                    experiment: experiment, cell: [CellSetting("loss", .string(loss)), CellSetting("seed", 1)],
                    replicates: ["seed"], epochs: 1,
                    environment: lists.isEmpty ? [:] : [RunConfiguration.axesKey: .object(lists)]))
            let moment = Date(timeIntervalSince1970: 1_700_000_000 + Double(second))
            try run.writeSummary(
                RunSummary(
                    status: .finished, epochs: 1, metrics: ["v": 1], seconds: 1, started: moment, ended: moment))
        }
        for loss in ["cce", "mse", "rll"] { try run("told", loss, ["loss": ["rll", "mse", "cce"]], second: 1) }
        try run("told", "gce", ["loss": ["cce", "gce"]], second: 0)
        for loss in ["l10", "l9", "L1"] { try run("untold", loss, [:], second: 1) }
        let store = try RunStore(reading: place.url)
        let told: [JSONValue] = ["rll", "mse", "cce", "gce"]
        #expect(
            try RunSet(try store.runs(RunQuery(experiment: "told")), in: store).axes.first?.values == told)
        #expect(try RunSet(try ExperimentFolder("told", in: place.url).runs().runs).axes.first?.values == told)
        #expect(
            try RunSet(try store.runs(RunQuery(experiment: "untold")), in: store).axes.first?.values == [
                "L1", "l9", "l10",
            ])
    }

    @Test func theOrderIsNoPartOfWhatARunIs() {
        let plain = RunConfiguration(experiment: "exp")
        var told = plain
        told.environment[RunConfiguration.axesKey] = ["loss": ["b", "a"]]
        #expect(told.hash == plain.hash)
        #expect(told.axisOrder.lists == ["loss": ["b", "a"]])
        #expect(told.differences(from: plain).isEmpty)
    }
}
