import NightjarScripting
import Testing

/// What columns tell of a metric by sample. Expected values are those of NumPy's `quantile` and `nanmean`.
@Suite struct SampleQuantilesTests {
    @Test(
        arguments: [
            ([3, 1, 2], [2, 1.2, 2, 2.8]), ([5], [5, 5, 5, 5]),
            ([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], [50, 10, 50, 90]),
            ([1, 2, .nan, 4], [7.0 / 3, 1.2, 2, 3.6]),
        ] as [([Double], [Double])]) func meanAndQuantiles(values: [Double], expected: [Double])
    {
        for (found, expected) in zip(SampleQuantiles.summary(values), expected) {
            #expect(abs((found ?? .nan) - expected) < 1e-12)
        }
        #expect(SampleQuantiles.summary(values).count == 1 + SampleQuantiles.names.count)
    }

    @Test func infinitiesHaveQuantilesAndNothingHasNone() {
        #expect(SampleQuantiles.summary([.infinity, .infinity, .infinity]).dropFirst().allSatisfy { $0 == .infinity })
        #expect(SampleQuantiles.summary([]) == [nil, nil, nil, nil])
        #expect(SampleQuantiles.summary([.nan]) == [nil, nil, nil, nil])
    }
}
