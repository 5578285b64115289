import NightjarData
import NightjarTensor
import Testing

struct TargetsTests {
    private func inputs(_ count: Int) throws -> Tensor {
        try Tensor((0..<count).map { Float($0) }, shape: Shape([count, 1]))
    }

    private func dense(ignore: Int? = 0) throws -> Targets {
        try Targets(
            LabelForm(.classes, classes: 3, places: Shape([2]), ignore: ignore), count: 3,
            classes: [0, 1, 2, -1, -1, -1])
    }

    @Test func labelsOfAnyKindKnowTheirShapeAndWhatIsLeftOut() throws {
        let targets = try dense()
        #expect(targets.kept == 3)
        #expect(targets.leavesOut)
        #expect((0..<3).map { targets.kept(of: $0) } == [2, 1, 0])
        #expect(try targets.keep()?.values == [1, 1, 1, 0, 0, 0])
        #expect(try targets.form.shape(samples: 5) == Shape([5, 2]))
        let soft = LabelForm(.soft, classes: 3, places: try Shape([2]))
        #expect(try soft.shape(samples: 5) == Shape([5, 2, 3]))
        #expect(try soft.placeShape(samples: 5) == Shape([5, 2]))
        #expect(
            throws: DataError(
                "labels of 2 samples, soft labels of 3 classes for each of (2) places, have the shape (2, 2, 3)")
        ) {
            try Targets(soft, count: 2, classes: [0, 1, 2, 0], numbers: Tensor([0.5, 0.5], shape: Shape([1, 2])))
        }
    }

    @Test func aLabelThatIsLeftOutNeedsToBeDeclared() throws {
        #expect(
            throws: DataError(
                "data set 'x': label -1 at position 3 (counted from 0) is not a class: labels are 0 to 2")
        ) {
            try Dataset(name: "x", inputs: inputs(3), targets: dense(ignore: nil), normalization: .identity)
        }
        let data = try Dataset(name: "x", inputs: inputs(3), targets: dense(), normalization: .identity)
        #expect(data.classCounts == [1, 1, 1])
    }

    @Test func batchesHoldTheLabelsOfTheirSamples() throws {
        let data = try Dataset(name: "x", inputs: inputs(3), targets: dense(), normalization: .identity)
        let loader = try BatchLoader(LabelledDataset(data), batchSize: 2, shuffleSeed: nil)
        let batch = try loader.batch(at: [2, 0])
        #expect(batch.labels.values == [-1, -1, 0, 1])
        #expect(batch.labels.shape == (try Shape([2, 2])))
        #expect(batch.targets.kept == 2)
        #expect(batch.targets.keep?.values == [0, 0, 1, 1])
        let numbers = try Tensor([0.25, 0.75, 1, 0, 0.5, 0.5], shape: Shape([3, 2]))
        let soft = try Targets(LabelForm(.soft, classes: 2), count: 3, classes: [1, 0, 0], numbers: numbers)
        let other = try LabelledDataset(
            Dataset(name: "y", inputs: inputs(3), labels: [0, 1, 0], classes: 2, normalization: .identity), given: soft)
        let rows = try BatchLoader(other, batchSize: 2, shuffleSeed: nil).batch(at: [1, 0])
        #expect(rows.targets.numbers?.values == [1, 0, 0.25, 0.75])
        #expect(rows.labels.values == [0, 1])
        #expect(rows.targets.keep == nil)
        #expect(other.noiseRate == 2.0 / 3)
        #expect(try other.subset([2, 1]).given.numbers?.values == [0.5, 0.5, 1, 0])
    }

    @Test func aLossLeavesOutALabelOfItsOwn() throws {
        let plain = try LabelledDataset(smallData()).leavingOut(2)
        #expect(plain.givenLabels == [-1, 0, 2])
        #expect(plain.form.ignore == 2)
        #expect(plain.trueLabels == [1, 0, 2])
        #expect(plain.noiseRate == 0)
        #expect(try dense().leavingOut(1).classes == [-1, 1, 2, -1, -1, -1])
        #expect(try dense().leavingOut(1).form.ignore == 0)
        #expect(try dense().leavingOut(nil).classes == [0, 1, 2, -1, -1, -1])
        #expect(try dense().leavingOut(.min).kept == 3)
        let binary = try Targets(
            LabelForm(.binary, classes: 2, places: Shape([2])), count: 2, classes: [0, 1, 1, 0],
            numbers: Tensor([0, 1, 0.5, 0.25], shape: Shape([2, 2])))
        #expect(try binary.leavingOut(1).classes == [0, -1, 1, 0])
    }

    @Test func labelsOfOtherKindsAreNotCompared() throws {
        let data = try smallData()
        let binary = try Targets(
            LabelForm(.binary, classes: 1), count: 3, classes: [0, 1, 1], numbers: Tensor([0, 1, 1], shape: Shape([3])))
        let other = try LabelledDataset(data, given: binary)
        #expect(!other.knowsTruth)
        #expect(other.noiseRate == nil)
        #expect(other.isMislabelled == [false, false, false])
        let taken = try other.takenAsTrue()
        #expect(taken.labels == [0, 1, 1])
        #expect(taken.inputs === data.inputs)
    }
}
