import Foundation
import NightjarData
import NightjarTensor
import Testing

/// Fixtures are SciPy's; see `Fixtures/make_mat.py`.
@Suite struct MATFileTests {
    private func fixture(_ name: String) throws -> [UInt8] { try ArrayFixtures.bytes("mat/\(name).mat") }

    private func read(_ bytes: [UInt8], limit: Int = MATFile.mostBytes) throws -> [MATFile.Array] {
        try bytes.withUnsafeBytes { try MATFile.read($0, what: "a.mat", limit: limit) }
    }

    @Test(arguments: ["plain", "packed", "big", "big_packed"]) func arraysAreThoseOfSciPy(_ name: String) throws {
        let known = try JSONDecoder().decode(
            [String: ArrayFixtures.Facts].self, from: Data(ArrayFixtures.bytes("mat/values.json")))
        let arrays = try read(fixture(name))
        #expect(arrays.map(\.name).sorted() == known.keys.sorted())
        for array in arrays {
            let facts = try #require(known[array.name])
            let tensor = try array.tensor(what: array.name)
            #expect(array.extents == facts.shape, "\(array.name)")
            #expect(tensor.values == facts.values.compactMap(Double.init), "\(array.name)")
        }
    }

    @Test func numbersOfAFloatingArrayStayFloatingHoweverTheyAreStored() throws {
        for name in ["plain", "big"] {
            let arrays = try read(fixture(name))
            let whole = try #require(arrays.first { $0.name == "whole" })
            #expect(try whole.tensor(what: "whole").dtype == .float64)
            let bytes = try #require(arrays.first { $0.name == "u8" })
            #expect(try bytes.tensor(what: "u8").dtype == .uint8)
        }
    }

    @Test func whatIsNoSuchFileIsSaid() throws {
        #expect(
            dataFault { try read([1, 2, 3]) }
                == "a.mat: is no MATLAB 5 file: it has 3 bytes, the header alone has 128. Fetch the file again")
        #expect(
            dataFault { try read([UInt8](repeating: 0x20, count: 200)) }
                == "a.mat: is no MATLAB 5 file: bytes 126 and 127 are 20 20, expected 49 4d or 4d 49")
        #expect(
            dataFault { try read(Array("MATLAB 7.3 MAT-file".utf8) + [UInt8](repeating: 0x20, count: 200)) }
                == "a.mat: is of MATLAB 7.3, which is HDF5. Save it in MATLAB with the option -v7")
    }

    @Test func cutFilesNameTheByte() throws {
        let plain = try fixture("plain")
        #expect(
            dataFault { try read(Array(plain.prefix(131))) }
                == "a.mat, byte 128: ends inside of a tag: 3 of 8 bytes are there. The file is damaged: fetch it again")
        #expect(dataFault { try read(Array(plain.prefix(140))) }.hasPrefix("a.mat, byte 128: claims an element of "))
        let packed = try fixture("packed")
        var damaged = packed
        damaged[160] ^= 0x55
        #expect(
            dataFault { try read(damaged) }.hasPrefix("a.mat, ")
                && dataFault { try read(damaged) }.hasSuffix(
                    ". Fetch the file again")
        )
    }

    @Test func theLimitIsSaidAndCanBeLifted() throws {
        let packed = try fixture("packed")
        let fault = dataFault { try read(packed, limit: 64) }
        #expect(fault.hasPrefix("a.mat, element at byte 128: claims "))
        #expect(fault.hasSuffix("more than the limit of 64. A larger limit can be given"))
        #expect(try read(packed, limit: 4096).count == 8)
    }

    /// An array that claims 2^31 - 1 rows, or extents whose product wraps, takes no memory.
    @Test func claimsAreComparedWithWhatIsThere() throws {
        var plain = try fixture("big")
        // The extents of the first array, big-endian: tag of the matrix, flags (16 bytes), then a tag.
        for (offset, byte) in [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF].enumerated() {
            plain[128 + 8 + 16 + 8 + offset] = UInt8(byte)
        }
        #expect(
            dataFault { try read(plain) }.contains(
                "has array 'd' of [2147483647, 2147483647], more than the limit of 4294967296 bytes"))
        plain[128 + 8 + 16 + 8] = 0
        for offset in 4..<7 { plain[128 + 8 + 16 + 8 + offset] = 0 }
        #expect(dataFault { try read(plain) }.contains("more than the limit of 4294967296 bytes"))
    }

    @Test func damagedFilesAreReadOrRefused() throws {
        let random = RandomStream(seed: 20_261_129, purpose: "mat")
        var position: UInt64 = 0
        var refused = 0
        for name in ["plain", "packed", "big", "big_packed"] {
            let bytes = try fixture(name)
            for _ in 0..<300 {
                let damaged = ArrayFuzzTests.mutate(bytes, random, &position)
                do {
                    for array in try read(damaged) {
                        #expect(try array.tensor(what: "a.mat").byteCount <= damaged.count * 1100)
                    }
                } catch let error as DataError {
                    #expect(error.file?.hasPrefix("a.mat") == true)
                    refused += 1
                }
            }
        }
        #expect(refused > 300)
    }
}
