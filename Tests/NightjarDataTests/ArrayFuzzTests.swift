import NightjarData
import NightjarTensor
import Testing

/// Thousands of damaged files: each is read, or refused with an error that names it. Nothing traps, and no memory is
/// taken for what a header merely claims.
@Suite struct ArrayFuzzTests {
    /// Changes, cuts, repeats or exchanges bytes; the same seed gives the same changes.
    static func mutate(_ bytes: [UInt8], _ random: RandomStream, _ position: inout UInt64) -> [UInt8] {
        func below(_ limit: Int) -> Int {
            position += 1
            return random.below(max(1, limit), position)
        }
        var result = bytes
        for _ in 0...below(4) {
            guard !result.isEmpty else { return result }
            let place = below(result.count)
            switch below(7) {
            case 0: result[place] = UInt8(below(256))
            case 1: result[place] ^= 1 << UInt8(below(8))
            case 2: result.removeSubrange(place..<min(result.count, place + 1 + below(16)))
            case 3: result.insert(contentsOf: (0...below(8)).map { _ in UInt8(below(256)) }, at: place)
            case 4: result = Array(result.prefix(place))
            case 5: for index in place..<min(result.count, place + 4) { result[index] = 0xFF }
            default: result.insert(contentsOf: result[place..<min(result.count, place + 1 + below(64))], at: place)
            }
        }
        return result
    }

    private func fuzz(_ files: [String], rounds: Int, _ read: ([UInt8]) throws -> Int) throws {
        let random = RandomStream(seed: 20_260_101, purpose: "fuzz")
        var position: UInt64 = 0
        var (kept, refused) = (0, 0)
        for file in files {
            let bytes = try ArrayFixtures.bytes(file)
            for _ in 0..<rounds {
                let damaged = ArrayFuzzTests.mutate(bytes, random, &position)
                do {
                    let count = try read(damaged)
                    #expect(count <= damaged.count * 1100)
                    kept += 1
                } catch let error as DataError {
                    #expect(error.file?.hasPrefix("a.np") == true)
                    refused += 1
                }
            }
        }
        #expect(refused > files.count * rounds / 3)
        #expect(kept > 0)
    }

    @Test func damagedArraysAreReadOrRefused() throws {
        try fuzz(
            ["float32.npy", "fortran_big.npy", "float16.npy", "int64.npy", "version2.npy", "bool.npy"], rounds: 1000
        ) {
            try ArrayFixtures.npy($0).byteCount
        }
    }

    @Test func damagedArchivesAreReadOrRefused() throws {
        try fuzz(["stored.npz", "deflated.npz"], rounds: 2000) { bytes in
            try ArrayFixtures.npz(bytes).reduce(0) { $0 + $1.tensor.byteCount }
        }
    }
}
