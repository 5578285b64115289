import NightjarProcess
import Testing

@Suite struct ByteBlocksTests {
    /// However bytes are cut into pieces, the same blocks come of them, and the same rest.
    @Test(arguments: [1, 3, 7, 8, 9, 16, 30]) func piecesMakeNoDifference(piece: Int) {
        let bytes = (0..<100).map { UInt8($0) }
        var blocks = ByteBlocks(of: 8)
        var taken: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { part in
                blocks.add(part) { whole in
                    #expect(!whole.isEmpty && whole.count.isMultiple(of: 8))
                    taken += whole
                }
            }
        }
        #expect(taken == Array(bytes[..<96]))
        #expect(blocks.rest == [96, 97, 98, 99])
        #expect(blocks.count == 100)
    }
}
