import NightjarRuns
import Testing

@Suite struct MetricValuesTests {
    /// Like a dictionary, whatever is done to it and in whichever order.
    @Test func theyAreADictionary() {
        var values = MetricValues()
        var known: [String: Double] = [:]
        var random = SystemRandomNumberGenerator()
        for step in 0..<500 {
            let name = "m\(Int.random(in: 0..<12, using: &random))"
            let value = Bool.random(using: &random) ? Double(step) : nil
            (values[name], known[name]) = (value, value)
            #expect(values.dictionary == known && values.keys.sorted() == known.keys.sorted())
            #expect(values[name] == value && values["other"] == nil)
        }
        #expect(Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0.value) }) == known)
        #expect(values == MetricValues(known) && MetricValues(known).keys == known.keys.sorted())
        #expect(["a": 1, "b": 2] as MetricValues == MetricValues(["b": 2, "a": 1]))
        #expect(["a": 1] as MetricValues != ["a": 2] && ["a": 1] as MetricValues != ["b": 1])
    }

    @Test func runsThatMeasureTheSameShareTheNames() {
        let names = MetricValues.Names(["a", "b"])
        var (one, two) = (MetricValues(names, [1, 2]), MetricValues(names, [3, 4]))
        #expect(one.names === two.names && one != two)
        one["c"] = 5
        two["c"] = 6
        #expect(one.names === two.names && one.dictionary == ["a": 1, "b": 2, "c": 5])
        #expect(two.dictionary == ["a": 3, "b": 4, "c": 6] && names.list == ["a", "b"])
        // A row of a store that was cut is no trap.
        #expect(MetricValues(names, [1]).dictionary == ["a": 1])
        #expect(MetricValues(names, [1, 2, 3]).dictionary == ["a": 1, "b": 2])
    }
}
