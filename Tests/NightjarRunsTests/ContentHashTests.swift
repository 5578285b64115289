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

    /// Test cases 1, 2, 3 and 6 of RFC 4231.
    @Test func keyedCodesAreThoseOfTheStandard() {
        let cases: [(key: [UInt8], message: [UInt8], code: String)] = [
            (
                [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
        for item in cases { #expect(ContentHash.hmacSHA256(item.message, key: item.key) == item.code) }
    }
}
