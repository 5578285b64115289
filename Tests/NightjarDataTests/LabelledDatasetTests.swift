import NightjarData
import Testing

struct LabelledDatasetTests {
    @Test func withoutNoiseTheTrueLabelsAreGiven() throws {
        let data = try LabelledDataset(smallData())
        #expect(data.givenLabels == [1, 0, 2])
        #expect(data.isMislabelled == [false, false, false])
        #expect(data.noiseRate == 0)
    }

    @Test func givenLabelsStandBesideTheTrueOnes() throws {
        let clean = try smallData()
        let noisy = try clean.given(labels: [1, 2, 0])
        #expect(noisy.dataset === clean)
        #expect(noisy.count == 3)
        #expect(noisy.givenLabels == [1, 2, 0])
        #expect(noisy.trueLabels == [1, 0, 2])
        #expect(noisy.isMislabelled == [false, true, true])
        #expect(noisy.noiseRate == 2.0 / 3)
        #expect(clean.labels == [1, 0, 2])
    }

    @Test func aSubsetKeepsBothKindsOfLabels() throws {
        let part = try smallData().given(labels: [1, 2, 0]).subset([2, 0])
        #expect(part.givenLabels == [0, 1])
        #expect(part.trueLabels == [2, 1])
        #expect(throws: DataError("sample 3 is not in data set 'small': it has 0 to 1")) { try part.subset([0, 3]) }
    }

    @Test func labelsThatDoNotFitAreErrors() throws {
        let data = try smallData()
        #expect(throws: DataError("data set 'small' has 3 samples but 2 labels were given")) {
            try data.given(labels: [0, 1])
        }
        #expect(
            throws: DataError(
                "labels given for data set 'small': label 3 at position 2 (counted from 0) is not a class: "
                    + "labels are 0 to 2")
        ) { try data.given(labels: [0, 1, 3]) }
    }
}
