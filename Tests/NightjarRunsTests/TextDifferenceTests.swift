import NightjarRuns
import Testing

@Suite struct TextDifferenceTests {
    @Test func linesThatAreGoneAndNewAreTold() {
        let difference = TextDifference(from: "a\nb\nc\nd\n", to: "a\nB\nc\nd\ne\n")
        #expect(difference.text() == "- 2: b\n+ 2: B\n+ 5: e")
        #expect(TextDifference(from: "same", to: "same").changes.isEmpty)
        let many = TextDifference(from: "", to: (1...20).map(String.init).joined(separator: "\n"))
        #expect(many.text(most: 2) == "- 1: \n+ 1: 1\n... and 19 more lines")
    }
}
