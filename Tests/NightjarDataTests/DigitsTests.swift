import NightjarData
import NightjarTensor
import Testing

/// The digits plugin's file, as its `digits.lua` declares it. Expected numbers come from Tests/Golden/digits.py.
struct DigitsTests {
    private func description() throws -> TableDataDescription {
        try TableDataDescription(
            name: "digits", file: "digits.csv.gz", shape: [8, 8, 1], classes: 10,
            normalization: Normalization(scale: 16), split: TestSplit(testPerMille: 200, seed: 0), rows: 1797,
            range: 0...16)
    }

    @Test func theFileIsWhole() throws {
        let data = try TableFile.read(description(), folder: PublishedData.digits)
        #expect(data.count == 1797)
        #expect(data.classCounts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
        #expect(data.inputs.values.reduce(0, +) == 561_718)
        #expect(data.labels.prefix(10) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(Array(data.inputs.values.prefix(8)) == [0, 0, 5, 13, 9, 1, 0, 0])
    }

    @Test func theSplitIsFixed() throws {
        let bundle = try TableFile.load(description(), folder: PublishedData.digits)
        #expect(bundle.train.count == 1437)
        #expect(bundle.test.count == 360)
        #expect(bundle.test.classCounts == [36, 37, 35, 37, 36, 36, 36, 36, 35, 36])
        #expect(bundle.inputShape == (try Shape([8, 8, 1])))
        let whole = try TableFile.read(description(), folder: PublishedData.digits)
        let positions = try description().split.indices(labels: whole.labels).test
        #expect(positions.prefix(8) == [7, 8, 12, 14, 16, 19, 26, 27])
        #expect(positions.suffix(4) == [1788, 1793, 1794, 1796])
        #expect(positions.reduce(0, +) == 320_710)
        #expect(bundle.test.labels == positions.map { whole.labels[$0] })
    }

    @Test func valuesAreScaledToOne() throws {
        let train = try TableFile.load(description(), folder: PublishedData.digits).train
        let values = try train.normalizedInputs().values
        #expect(values.max() == 1)
        #expect(values.min() == 0)
    }
}
