import NightjarData
import NightjarTensor
import Testing

@Suite struct DatasetJoiningTests {
    private func data(_ name: String, _ labels: [Int32], classes: Int = 3, from first: Int = 0) throws
        -> LabelledDataset
    {
        let values = labels.indices.map { Float(first + $0) }
        let set = try Dataset(
            name: name, inputs: Tensor(values, shape: Shape([labels.count, 1])),
            targets: Targets(.classes(classes), count: labels.count, classes: labels), normalization: .identity,
            labelSets: [LabelSet("side", Targets(.classes(2), count: labels.count, classes: labels.map { $0 % 2 }))])
        return try LabelledDataset(set, givenLabels: labels.map { ($0 + 1) % Int32(classes) })
    }

    @Test func samplesFollowOneAnotherWithBothKindsOfLabels() throws {
        let joined = try LabelledDataset.joined([data("a", [0, 1, 2]), data("b", [2, 2], from: 10)], name: "both")
        #expect(joined.trueLabels == [0, 1, 2, 2, 2])
        #expect(joined.givenLabels == [1, 2, 0, 0, 0])
        #expect(joined.dataset.inputs.values == [0, 1, 2, 10, 11])
        #expect(joined.labelSets[0].targets.classes == [0, 1, 0, 0, 0])
        #expect(joined.dataset.name == "both")
    }

    @Test func softLabelsAreJoined() throws {
        func soft(_ rows: [Float]) throws -> LabelledDataset {
            let numbers = try Tensor(rows, shape: Shape([rows.count / 2, 2]))
            let classes = stride(from: 0, to: rows.count, by: 2).map { Int32(rows[$0] >= rows[$0 + 1] ? 0 : 1) }
            let set = try Dataset(
                name: "s", inputs: Tensor.zeros(Shape([rows.count / 2, 1]), dtype: .float32),
                targets: Targets(
                    LabelForm(.soft, classes: 2), count: rows.count / 2, classes: classes, numbers: numbers),
                normalization: .identity)
            return LabelledDataset(set)
        }
        let joined = try LabelledDataset.joined([soft([0.25, 0.75]), soft([1, 0, 0.5, 0.5])], name: "s")
        #expect(joined.given.numbers?.values == [0.25, 0.75, 1, 0, 0.5, 0.5])
        #expect(joined.givenLabels == [1, 0, 0])
    }

    @Test func whatDiffersIsNamed() throws {
        let one = try data("a", [0, 1])
        #expect(
            dataFault { try LabelledDataset.joined([one, data("b", [0, 1], classes: 2)], name: "x").count }
                == "data sets 'a' and 'b' cannot be joined: their classes differ, [\"0\", \"1\", \"2\"] and [\"0\", \"1\"]"
        )
        let wide = try LabelledDataset(
            Dataset(
                name: "w", inputs: Tensor.zeros(Shape([2, 2]), dtype: .float32), labels: [0, 1], classes: 3,
                normalization: .identity))
        #expect(
            dataFault { try LabelledDataset.joined([one, wide], name: "x").count }
                == "data sets 'a' and 'w' cannot be joined: their shapes of a sample differ, (1) and (2)")
        let scaled = try LabelledDataset(
            Dataset(
                name: "n", inputs: one.dataset.inputs, targets: one.dataset.targets,
                normalization: Normalization(scale: 2), labelSets: one.dataset.labelSets))
        #expect(
            dataFault { try LabelledDataset.joined([one, scaled], name: "x").count }
                == "data sets 'a' and 'n' cannot be joined: their numbers are normalised differently")
        #expect(throws: DataError("no data sets were given to join")) { try LabelledDataset.joined([], name: "x") }
    }

    @Test func someClassesAreKept() throws {
        let set = try data("a", [0, 1, 2, 1, 0])  // Given: 1, 2, 0, 2, 1.
        let byGiven = try set.only([2, 0], by: .given, renumbers: false)
        #expect(byGiven.dataset.inputs.values == [1, 2, 3])
        #expect(byGiven.givenLabels == [2, 0, 2])
        #expect(byGiven.dataset.classes == 3)
        let byTruth = try set.only([1], by: .truth, renumbers: false)
        #expect(byTruth.dataset.inputs.values == [1, 3])
        // Sample 2 is given 0 and is a 2; samples 0 and 4 are 0 and given 1, which is left out.
        let renumbered = try set.only([2, 0], by: .truth, renumbers: true)
        #expect(renumbered.dataset.inputs.values == [2])
        #expect(renumbered.trueLabels == [0] && renumbered.givenLabels == [1])
        #expect(renumbered.dataset.classNames == ["2", "0"])
        #expect(renumbered.labelSets[0].targets.classes == [0])
    }

    @Test func whatCannotBeKeptIsSaid() throws {
        let set = try data("a", [0, 1, 1])
        #expect(
            dataFault { try set.only([1], by: .given, renumbers: true).count }
                == "2 classes at least are needed to number them anew, got 1")
        #expect(
            dataFault { try set.only([0], by: .given, renumbers: false).count }
                == "data set 'a' has no samples of the 1 classes named")
        for classes: [Int32] in [[3], [-1], [1, 1]] {
            #expect(throws: DataError.self) { try set.only(classes, by: .given, renumbers: false) }
        }
    }
}
