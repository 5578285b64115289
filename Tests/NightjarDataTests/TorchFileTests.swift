import Foundation
import NightjarData
import NightjarTensor
import Testing

/// Files of torch.save, made by `Fixtures/make_torch.py`.
@Suite struct TorchFileTests {
    private struct Facts: Decodable {
        let human: [String: [Double]]
        let numpy2: [String: [Double]]
    }

    private func facts() throws -> Facts {
        try JSONDecoder().decode(Facts.self, from: Data(ArrayFixtures.bytes("torch/torch.json")))
    }

    private func read(_ bytes: [UInt8]) throws -> TorchFile.Contents {
        try bytes.withUnsafeBytes { try TorchFile.read($0, what: "a.pt") }
    }

    private func read(_ name: String) throws -> TorchFile.Contents { try read(ArrayFixtures.bytes("torch/\(name)")) }

    /// An archive as torch.save makes it.
    private func archive(_ pickle: [UInt8], _ others: [(String, [UInt8])] = []) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var writer = ZipWriter(what: "a.pt") { bytes += $0 }
        for (name, content) in [("a/data.pkl", pickle)] + others { try writer.add(name, content, compress: false) }
        try writer.finish()
        return bytes
    }

    @Test func labelsOfPeopleAreRead() throws {
        let found = try read("human.pt")
        #expect(found.arrays.map(\.name) == ["clean_label", "worse_label"])
        #expect(found.single == nil && found.unreadable.isEmpty)
        for (name, tensor) in found.arrays {
            #expect(tensor.dtype == .int32)
            #expect(tensor.values == (try facts().human[name]))
        }
    }

    @Test func arraysOfNumPyKeepTheirFormAndOrder() throws {
        let found = try read("numpy2.pt")
        #expect(found.arrays.map(\.name) == ["a", "big", "fortran", "empty", "mask"])
        for (name, tensor) in found.arrays { #expect(tensor.values == (try facts().numpy2[name]), "\(name)") }
        #expect(found.arrays.map(\.tensor.shape.dimensions) == [[3, 4], [5], [2, 3], [0, 2], [2]])
        let single = try #require(try read("one.pt").single)
        #expect(single.dtype == .uint8 && single.values == [0, 1, 2, 3, 4, 5, 6])
    }

    @Test func tensorsLieInStoragesAsTheirStridesSay() throws {
        let found = try read("state.pt")
        let values = Dictionary(uniqueKeysWithValues: found.arrays.map { ($0.name, $0.tensor) })
        #expect(values["model.conv.weight"]?.values == (0..<12).map { Double($0 - 5) })
        #expect(values["model.conv.weight"]?.shape.dimensions == [3, 4])
        #expect(values["model.conv.transposed"]?.shape.dimensions == [4, 3])
        #expect(values["model.conv.transposed"]?.values == [-5, -1, 3, -4, 0, 4, -3, 1, 5, -2, 2, 6])
        #expect(values["model.conv.part"]?.values == [-1, 1, 3, 5])
        #expect(values["model.half"]?.values == [1.5, -2, 65504])
        #expect(values["model.brain"]?.values == [0, 1.5, 3, 4.5])
        #expect(values["model.counter"]?.values == [12_345_678])
        #expect(values["model.counter"]?.shape.rank == 0)
        #expect(values["model.bytes"]?.values == [0, 255])
        #expect(values["model.small"]?.values == [-128, 127])
        #expect(values["model.mask"]?.dtype == .bool)
        #expect(values["model.mask"]?.values == [1, 0, 1])
        #expect(values["model.none"]?.shape.dimensions == [2, 0])
        #expect(values["order.1"]?.values == [0, 1, 2])
        #expect(
            found.unreadable.map(\.reason) == [
                "a.pt: epoch: is the number 3, not an array", "a.pt: rate: is the number 0.5, not an array",
                "a.pt: name: is a text, not an array", "a.pt: flag: is True, not an array",
                "a.pt: path: is 'collections.Counter' of Python, not an array",
                "a.pt: list: is a list, not an array", "a.pt: nothing: is nothing (None), not an array",
            ])
    }

    @Test func whatAFileWouldRunIsNamedAndNotRun() throws {
        let found = try read("evil.pt")
        #expect(found.arrays.map(\.name) == ["labels"])
        #expect(found.unreadable.map(\.reason) == ["a.pt: evil: is 'posix.system' of Python, not an array"])
        #expect(!FileManager.default.fileExists(atPath: "evil-was-here"))
    }

    @Test func otherFilesAreToldApart() throws {
        #expect(
            dataFault { try read([0x80, 2, 0x8A]) }
                == "a.pt: is a bare pickle, as PyTorch wrote before 1.6, which is not read. Write it again there: "
                + "torch.save(torch.load(path), path)")
        #expect(
            dataFault { try read(ArrayFixtures.bytes("stored.npz")) }
                == "a.pt: has 0 files 'data.pkl' inside: torch.save writes one. NumPy's archives end in .npz")
        #expect(
            dataFault { try read(archive([0x80, 2, 0x4B, 7, 0x2E])) }
                == "a.pt: holds the number 7, not arrays. Save a dictionary of arrays or tensors")
        #expect(
            dataFault { try read(archive([0x80, 2, 0x7D, 0x2E])) }
                == "a.pt: holds no arrays. Save a dictionary of arrays or tensors")
        #expect(
            dataFault { try read(archive([0x80, 2, 0x28, 0x69, 0x2E])) }
                == "a.pt: a/data.pkl, byte 4: has the opcode 0x69, which arrays are not written with. The file is damaged, or "
                + "was not made by Python")
        #expect(
            dataFault { try read(archive([0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0x7F])) }
                == "a.pt: a/data.pkl, byte 7: claims 2147483647 bytes, but 0 follow. The file is damaged, or was not made by "
                + "Python")
    }

    /// A tensor of one storage of 4 floats, with so many rows of 4 and a stride between them.
    private func tensor(rows: UInt8, stride: UInt8, key: String = "0") -> [UInt8] {
        var bytes = Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8)
        func add(_ text: String) {
            bytes += [0x58, UInt8(text.utf8.count), 0, 0, 0]
            bytes += text.utf8
        }
        bytes += [0x28, 0x28]
        add("storage")
        bytes += "ctorch\nFloatStorage\n".utf8
        add(key)
        add("cpu")
        bytes += [0x4B, 4, 0x74, 0x51]
        // Offset, shape, strides, and what is not looked at.
        bytes += [0x4B, 0, 0x4B, rows, 0x4B, 4, 0x86, 0x4B, stride, 0x4B, 1, 0x86, 0x89, 0x4E, 0x74, 0x52]
        return bytes
    }

    @Test func whatReachesOutsideOfItsStorageIsRefused() throws {
        let data: [(String, [UInt8])] = [("a/data/0", [UInt8](repeating: 0, count: 16))]
        func read(_ tensor: [UInt8]) throws -> TorchFile.Contents {
            try self.read(archive([0x80, 2] + tensor + [0x2E], data))
        }
        #expect(try read(tensor(rows: 1, stride: 4)).single?.shape.dimensions == [1, 4])
        // What torch.expand leaves: all rows are one.
        #expect(try read(tensor(rows: 200, stride: 0)).single?.shape.dimensions == [200, 4])
        #expect(
            dataFault { try read(tensor(rows: 2, stride: 4)) }
                == "a.pt: its array: reaches outside of its storage of 16 bytes. The file is damaged: fetch it again")
        #expect(
            dataFault { try read(tensor(rows: 1, stride: 4, key: "1")) }
                == "a.pt: its array: has its elements in 'data/1', which is not in the file. The file is damaged: fetch it "
                + "again")
    }

    /// Small files that ask for much: lists in lists, a dictionary in itself, one storage named again and again.
    @Test func littleThatClaimsMuchIsRefused() throws {
        var deep: [UInt8] = [0x80, 2, 0x29]
        deep += [UInt8](repeating: 0x85, count: 300_000)
        deep.append(0x2E)
        #expect(dataFault { try read(archive(deep)) }.hasPrefix("a.pt: holds a list, not arrays"))
        // { "a": itself }
        let endless: [UInt8] = [0x80, 2, 0x7D, 0x71, 0, 0x58, 1, 0, 0, 0, 0x61, 0x68, 0, 0x73, 0x2E]
        #expect(
            dataFault { try read(archive(endless)) }.hasPrefix("a.pt: has dictionaries in each other, more than 16"))
        // Each dictionary has the one before it 64 times.
        var broad: [UInt8] = [0x80, 2, 0x7D, 0x71, 0]
        for level in 1...14 as ClosedRange<UInt8> {
            broad += [0x7D, 0x71, level]
            for key in 0..<64 as Range<UInt8> { broad += [0x4B, key, 0x68, level - 1, 0x73] }
        }
        #expect(dataFault { try read(archive(broad + [0x2E])) }.hasPrefix("a.pt: names more than 1048576 things"))
        // A text of a million bytes, and a thousand arrays of it.
        let million = [UInt8](repeating: 0x61, count: 1 << 20)
        var many: [UInt8] = [0x80, 2, 0x42, 0, 0, 0x10, 0]
        many += million
        many += [0x71, 0]
        many += "cnumpy\ndtype\n".utf8
        many += [0x58, 2, 0, 0, 0, 0x75, 0x31, 0x85, 0x52, 0x71, 1, 0x7D]
        for key in 0..<1000 {
            many += [0x4D, UInt8(key & 0xFF), UInt8(key >> 8)]
            many += "cnumpy.core.numeric\n_frombuffer\n".utf8
            many += [0x28, 0x68, 0, 0x68, 1, 0x4A, 0, 0, 0x10, 0, 0x85, 0x58, 1, 0, 0, 0, 0x43, 0x74, 0x52, 0x73]
        }
        let found = try read(archive(many + [0x2E]))
        #expect(found.arrays.count == 32)
        #expect(
            found.unreadable.first?.reason == "a.pt: 32: claims 1048576 elements: more than a file of this size has. "
                + "It is damaged")
    }

    @Test func damagedFilesAreReadOrRefused() throws {
        let random = RandomStream(seed: 20_260_102, purpose: "fuzz")
        var position: UInt64 = 0
        var (kept, refused) = (0, 0)
        for name in ["human.pt", "numpy2.pt", "one.pt", "state.pt", "evil.pt"] {
            let archive = try ArrayFixtures.bytes("torch/\(name)")
            // The pickle by itself too: an archive that was changed is mostly refused by its checksum.
            let pickle = try archive.withUnsafeBytes { bytes in
                let zip = try ZipArchive(bytes, what: name)
                return try zip.contents(of: #require(zip.entries.first))
            }
            for round in 0..<1500 {
                let isArchive = round % 3 == 0
                let damaged = ArrayFuzzTests.mutate(isArchive ? archive : pickle, random, &position)
                do {
                    _ = try read(isArchive ? damaged : self.archive(damaged))
                    kept += 1
                } catch let error as DataError {
                    #expect(error.file?.hasPrefix("a.pt") == true)
                    refused += 1
                }
            }
        }
        #expect(kept > 100 && refused > 1000, "\(kept) kept, \(refused) refused")
    }
}
