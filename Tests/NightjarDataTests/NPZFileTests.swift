import NightjarData
import NightjarTensor
import Testing

@Suite struct NPZFileTests {
    @Test func readsWhatNumPyWrote() throws {
        let stored = try ArrayFixtures.npz(ArrayFixtures.bytes("stored.npz"))
        #expect(stored.map(\.name) == ["weight", "labels"])
        #expect(stored[0].tensor.values == [-0.5, -0.25, 0, 0.25, 0.5, 0.75])
        #expect(stored[1].tensor.values == [-2_147_483_648, 5, 2_147_483_647])
        let deflated = try ArrayFixtures.npz(ArrayFixtures.bytes("deflated.npz"))
        #expect(deflated.map(\.name) == ["zeros", "mask"])
        #expect(deflated[0].tensor.values == [Double](repeating: 0, count: 2000))
        #expect(deflated[1].tensor.dtype == .bool)
        #expect(deflated[1].tensor.values == [1, 0, 1])
    }

    @Test(arguments: [false, true]) func whatIsWrittenComesBack(_ compress: Bool) throws {
        let arrays: [(name: String, tensor: Tensor)] = [
            ("w", try Tensor((0..<600).map { Float($0 % 7) }, shape: Shape([20, 30]))),
            ("größe", try Tensor([Int32(3)])), ("leer", try .zeros(Shape([0, 2]), dtype: .float64)),
        ]
        var bytes: [UInt8] = []
        try NPZFile.write(arrays, compress: compress, what: "a.npz") { bytes += $0 }
        #expect(compress ? bytes.count < 1500 : bytes.count > 2400)
        let read = try ArrayFixtures.npz(bytes)
        #expect(read.map(\.name) == arrays.map(\.name))
        for (one, other) in zip(read, arrays) {
            #expect(one.tensor.shape == other.tensor.shape)
            #expect(one.tensor.dtype == other.tensor.dtype)
            #expect(one.tensor.values == other.tensor.values)
        }
    }

    @Test func theSameArraysGiveTheSameBytes() throws {
        func write() throws -> [UInt8] {
            var bytes: [UInt8] = []
            try NPZFile.write([("a", Tensor([Float(1)]))], compress: true, what: "a.npz") { bytes += $0 }
            return bytes
        }
        #expect(try write() == write())
    }

    @Test func aChangedElementIsFoundByItsChecksum() throws {
        var bytes: [UInt8] = []
        try NPZFile.write([("a", Tensor([Float(1), 2]))], compress: false, what: "a.npz") { bytes += $0 }
        // The elements end where the list of files begins.
        let list = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        bytes[list - 1] ^= 1
        #expect(
            dataFault { try ArrayFixtures.npz(bytes) }
                == "a.npz: is damaged: the checksum of 'a.npy' is wrong. Fetch the file again")
    }

    @Test func aClaimThatDeflateCannotKeepIsRefusedBeforeMemoryIsTaken() throws {
        var bytes = try ArrayFixtures.bytes("deflated.npz")
        let list = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        for (place, byte) in [0xFE, 0xFF, 0xFF, 0xFF].enumerated() { bytes[list + 24 + place] = UInt8(byte) }
        #expect(dataFault { try ArrayFixtures.npz(bytes) }.hasPrefix("a.npz: claims that the "))
        for place in 0..<4 { bytes[list + 24 + place] = 0xFF }
        #expect(
            dataFault { try ArrayFixtures.npz(bytes) }
                == "a.npz: is a Zip64 archive (4 GiB and more), which is not read. Save it as .safetensors, or each array "
                + "as .npy")
    }

    @Test func whatIsNoArchiveIsToldApart() throws {
        #expect(
            dataFault { try ArrayFixtures.npz([]) }
                == "a.npz: is no zip archive: the list of files at its end is missing. The file is cut short or damaged"
        )
        let whole = try ArrayFixtures.bytes("stored.npz")
        for length in stride(from: 0, to: whole.count, by: 7) {
            #expect(
                dataFault { try ArrayFixtures.npz(Array(whole.prefix(length))) }.hasPrefix("a.npz: is no zip archive"))
        }
    }

    @Test func filesInsideThatOverlapAreRefused() throws {
        var bytes: [UInt8] = []
        let tensor = try Tensor([Float(1)])
        try NPZFile.write([("a", tensor), ("b", tensor)], compress: false, what: "a.npz") { bytes += $0 }
        let first = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        let second = try #require(bytes.indices.first { $0 > first && bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        // The second entry points to the first file.
        for place in 42..<46 { bytes[second + place] = 0 }
        #expect(
            dataFault { try ArrayFixtures.npz(bytes) }
                == "a.npz: gives the file 'b.npy' another name where its bytes are. The file is cut short or damaged")
        bytes[second + 46] = UInt8(ascii: "a")
        #expect(
            dataFault { try ArrayFixtures.npz(bytes) } == "a.npz: has files inside that overlap, 'a.npy' among them")
    }

    @Test func membersThatAreNoArraysAreNamed() throws {
        var bytes: [UInt8] = []
        var archive = ZipWriter(what: "a.npz") { bytes += $0 }
        try archive.add("notes.txt", Array("hello".utf8), compress: false)
        try archive.finish()
        #expect(dataFault { try ArrayFixtures.npz(bytes) } == "a.npz: holds 'notes.txt', which is no .npy file")
    }
}
