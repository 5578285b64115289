import NightjarRuns
import Testing

@Suite struct ContentHashTests {
    @Test func digestsAreThoseOfHashlib() throws {
        let cases = try statisticsFixture()["sha256"]?.items ?? []
        #expect(cases.count == 11)
        for item in cases {
            let length = try #require(item.items.first?.intValue)
            let text = (0..<length).map { UInt8(97 + $0 % 26) }
            #expect(ContentHash.sha256(text) == item.items.last?.stringValue)
        }
    }
}
