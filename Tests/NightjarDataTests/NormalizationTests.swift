import NightjarData
import Testing

struct NormalizationTests {
    @Test func valuesAreScaledThenStandardised() throws {
        let normalization = try Normalization(scale: 16, mean: [0.5, 0.25], deviation: [2, 0.5])
        #expect(normalization.value(16) == 0.25)
        #expect(normalization.value(8, channel: 1) == 0.5)
        #expect(Normalization.unit.value(255) == 1)
        #expect(Normalization.identity.value(-3.5) == -3.5)
    }

    @Test func oneMeanServesAllChannels() throws {
        #expect(try Normalization(scale: 1, mean: [1], deviation: [2]).value(5, channel: 2) == 2)
    }

    @Test func onlyTheIdentityIsOne() throws {
        #expect(Normalization.identity.isIdentity)
        #expect(!Normalization.unit.isIdentity)
        #expect(try !Normalization(scale: 1, mean: [1]).isIdentity)
        #expect(try !Normalization(scale: 1, mean: [0], deviation: [2]).isIdentity)
    }

    @Test(arguments: [
        (0.0, [0.0], [1.0], "scale must be a positive number, got 0.0"),
        (.nan, [0], [1], "scale must be a positive number, got nan"),
        (.infinity, [0], [1], "scale must be a positive number, got inf"),
        (1, [], [], "means and standard deviations must be equally many, one or one a channel, got 0 and 0"),
        (1, [0, 0], [1], "means and standard deviations must be equally many, one or one a channel, got 2 and 1"),
        (1, [.nan], [1], "a mean must be a finite number, got nan"),
        (1, [0], [0], "a standard deviation must be a positive number, got 0.0"),
        (1, [0], [.infinity], "a standard deviation must be a positive number, got inf"),
    ])
    func impossibleConstantsAreErrors(scale: Double, mean: [Double], deviation: [Double], message: String) {
        #expect(throws: DataError(message)) { try Normalization(scale: scale, mean: mean, deviation: deviation) }
    }
}
