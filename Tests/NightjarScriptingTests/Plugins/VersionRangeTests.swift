import Testing

import NightjarScripting

@Suite struct VersionRangeTests {
    @Test func versionsAreOneToThreeNumbers() {
        #expect(["1", "1.2", "1.2.3", "0.0.0", "10.20.30-beta", "1.0+build"].allSatisfy { PluginVersion($0) != nil })
        #expect(
            ["", "a", "1.", ".1", "1.2.3.4", "-1", "1.x", " 1", "1 ", "9999999999999999999"].allSatisfy {
                PluginVersion($0) == nil
            })
        #expect(PluginVersion("1.10").map { "\($0)" } == "1.10.0")
    }

    @Test func versionsAreComparedByNumbersAndNotAsText() throws {
        let sorted = ["0.9", "1", "1.0.1", "1.2", "1.10", "2"].compactMap(PluginVersion.init)
        #expect(sorted == sorted.shuffled().sorted())
        #expect(PluginVersion("1") == PluginVersion("1.0.0"))
    }

    @Test(arguments: [
        (">= 1.0", "1.0", "fits"), (">= 1.0", "0.9.9", "tooOld"), (">= 1.0", "7", "fits"), ("> 1.0", "1.0", "tooOld"),
        (">= 1.2, < 2", "1.2", "fits"), (">= 1.2, < 2", "2.0", "tooNew"), (">=1.2,<2", "1.1.9", "tooOld"),
        ("<= 1.5", "1.5.0", "fits"), ("<= 1.5", "1.5.1", "tooNew"), ("== 1.4", "1.4", "fits"),
        ("== 1.4", "1.4.1", "tooNew"),
        ("== 1.4", "1.3", "tooOld"), ("1.2", "1.2", "fits"), ("1.2", "1.9", "fits"), ("1.2", "2.0", "tooNew"),
        ("1.2", "1.1", "tooOld"),
    ])
    func rangesSayWhatIsTooOldAndTooNew(_ range: String, _ version: String, _ verdict: String) throws {
        let range = try #require(VersionRange(range))
        #expect(try "\(range.verdict(on: #require(PluginVersion(version))))" == verdict)
    }

    @Test func whatIsNoRangeIsRefused() {
        #expect(
            ["", ",", ">=", ">= x", "~> 1", "1, ", ">= 1 < 2", "=> 1", "9999999999"].map { VersionRange($0) == nil }
                == [true, true, true, true, true, true, true, true, true])
    }
}
