import NightjarTraining
import Testing

/// Where in an epoch training stands, as checkpoints keep it.
@Suite struct PartialEpochTests {
    @Test func aTextGivesTheSameBitsAgain() throws {
        let text = "640 512 640 576 10 1 3ff8000000000001 3fb999999999999a 7fefffffffffffff 0"
        let partial = try #require(PartialEpoch(text))
        #expect(partial.steps == 10)
        #expect(partial.text == text)
    }

    @Test(arguments: [
        "", "640 512 640 576 10 1 3ff8 3fb9 7fef", "640 512 640 576 -1 1 3ff8 3fb9 7fef 0",
        "640 512 640 576 10 1 3ff8 3fb9 7fef x", "640 512 640 576 9007199254740993 1 3ff8 3fb9 7fef 0",
    ])
    func anythingElseIsNone(_ text: String) {
        #expect(PartialEpoch(text) == nil)
    }
}
