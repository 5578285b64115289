import NightjarScripting
import Testing

@Suite struct BindingTableTests {
    @Test func noBindingHidesAnotherOfItsName() {
        #expect(BindingTable.repeatedNames == [])
    }
}
