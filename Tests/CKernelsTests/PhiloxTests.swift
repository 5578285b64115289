import CKernels
import Testing

/// The published answers of Random123 (kat_vectors, philox4x32-10) and of an independent implementation.
@Suite struct PhiloxTests {
    @Test func `counter 0 with key 0 gives the published words`() {
        let block = nj_philox(0, 0)
        #expect(block.word.0 == 0x6627_e8d5)
        #expect(block.word.1 == 0xe169_c58d)
        #expect(block.word.2 == 0xbc57_ac4c)
        #expect(block.word.3 == 0x9b00_dbd8)
    }
}
