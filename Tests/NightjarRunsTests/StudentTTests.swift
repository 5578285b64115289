import NightjarRuns
import Testing

@Suite struct StudentTTests {
    @Test func criticalValuesAreThoseOfSciPy() throws {
        let cases = try #require(try statisticsFixture()["critical"]).items.map(\.numbers)
        #expect(cases.count == 50)
        for item in cases {
            let value = StudentT.criticalValue(level: item[0], degrees: Int(item[1]))
            #expect(abs(value / item[2] - 1) < 1e-9, "level \(item[0]), degrees \(item[1])")
        }
    }

    @Test func probabilitiesAreThoseOfSciPy() throws {
        for item in try #require(try statisticsFixture()["within"]).items.map(\.numbers) {
            #expect(abs(StudentT.probabilityWithin(item[0], degrees: Int(item[1])) - item[2]) < 1e-12)
        }
    }

    @Test func valuesOutsideTheDomainAreNotANumber() {
        #expect(StudentT.criticalValue(level: 0.95, degrees: 0).isNaN)
        #expect(StudentT.criticalValue(level: 1, degrees: 3).isNaN)
        #expect(StudentT.probabilityWithin(1, degrees: 0).isNaN)
    }
}
