import CProcess
import NightjarProcess
import Testing

@Suite struct SHA256Tests {
    private func digest(_ pieces: [[UInt8]]) -> String {
        var hash = SHA256()
        for piece in pieces { piece.withUnsafeBytes { hash.update($0) } }
        return hash.hexadecimal
    }

    /// The examples of FIPS 180-4, one of them a million bytes.
    @Test func digestsAreThoseOfTheStandard() {
        #expect(digest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            digest([Array("abc".utf8)]) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            digest([Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)])
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(
            digest([[UInt8]](repeating: [UInt8](repeating: 97, count: 1000), count: 1000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func piecesMakeNoDifference() {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
        let whole = digest([bytes])
        for size in [1, 63, 64, 65, 1000] {
            let pieces = stride(from: 0, to: bytes.count, by: size).map {
                Array(bytes[$0..<min($0 + size, bytes.count)])
            }
            #expect(digest(pieces) == whole, "pieces of \(size) bytes")
        }
    }

    /// Processors with instructions for it give what the formulas give.
    @Test func instructionsAndFormulasAgree() {
        let bytes = (0..<64 * 40 + 3).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ $0 >> 5) }
        for (offset, blocks) in [(0, 1), (1, 2), (3, 40), (2, 0)] {
            var one: [UInt32] = [1, 2, 3, 4, 5, 0xffff_ffff, 7, 8]
            var other = one
            bytes.withUnsafeBufferPointer { all in
                guard let first = all.baseAddress else { return }
                nj_sha256(&one, first + offset, blocks)
                nj_sha256_plain(&other, first + offset, blocks)
            }
            #expect(one == other && (blocks == 0) == (one[0] == 1))
        }
    }
}
