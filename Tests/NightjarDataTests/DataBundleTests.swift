import NightjarData
import NightjarTensor
import Testing

struct DataBundleTests {
    private func bundle(_ train: Dataset, _ test: Dataset) throws -> DataBundle {
        try DataBundle(name: "b", train: train, test: test, credit: "someone", license: "MIT")
    }

    @Test func factsAreThoseOfTheParts() throws {
        let bundle = try bundle(smallData(), smallData().subset([0]))
        #expect(bundle.classes == 3)
        #expect(bundle.classNames == ["a", "b", "c"])
        #expect(bundle.inputShape == (try Shape([1, 2, 2])))
        #expect(bundle.featureCount == 4)
        #expect(bundle.notes.isEmpty)
    }

    @Test func limitsCutEachPart() throws {
        let bundle = try bundle(smallData(), smallData())
        let limited = try bundle.limited(train: 2)
        #expect(limited.train.count == 2)
        #expect(limited.test.count == 3)
        #expect(try bundle.limited(train: 9, test: 1).test.count == 1)
        #expect(throws: DataError("a subset of data set 'small' needs at least one sample")) {
            try bundle.limited(test: 0)
        }
    }

    @Test func partsOfDifferentSetsAreErrors() throws {
        let small = try smallData()
        let flat = try Dataset(
            name: "flat", inputs: small.inputs.reshaped(Shape([3, 4])), labels: small.labels, classes: 3,
            classNames: small.classNames, normalization: .unit)
        #expect(throws: DataError("data set 'b': a train sample is (1, 2, 2) but a test sample is (4)")) {
            try bundle(small, flat)
        }
        let other = try Dataset(
            name: "other", inputs: small.inputs, labels: small.labels, classes: 3, normalization: .unit)
        #expect(throws: DataError("data set 'b': the classes of its train and test parts differ")) {
            try bundle(small, other)
        }
    }
}
