import NightjarGraph
import Testing

@Suite struct ProvenanceTests {
    @Test func aPlaceHasOneNumber() {
        let table = ProvenanceTable()
        let line = ProvenanceTable.Place(source: "my_loss.lua", line: 12)
        let layer = ProvenanceTable.Place(source: "model.layers.2", line: 0)
        let (first, second) = (table.intern(line), table.intern(layer))
        #expect(first != second)
        #expect(first > 0 && second > 0)
        #expect(table.intern(.init(source: "my_loss.lua", line: 12)) == first)
        #expect(table.place(first) == line)
        #expect(table.place(second) == layer)
    }

    @Test func numbersNeverGivenOutNameNoPlace() {
        let table = ProvenanceTable()
        for id: Int32 in [0, 1, -1, .max, .min] { #expect(table.place(id) == nil) }
    }

    @Test func aPlaceReadsAsAnEditorExpects() {
        #expect(ProvenanceTable.Place(source: "my_loss.lua", line: 12).description == "my_loss.lua:12")
        #expect(ProvenanceTable.Place(source: "model.layers.2", line: 0).description == "model.layers.2")
    }
}
