import Foundation
import NightjarRuns
import Testing

/// A file that carries its own sum.
@Suite struct SummedSafetensorsTests {
    /// Twenty kilobytes, as a small checkpoint has.
    @Test func everyFlippedBitAndEveryCutIsFound() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        let values = (0..<2430).map { Float($0) * 0.37 }
        try values.withUnsafeBytes { bytes in
            let entries = (0..<2).map {
                SafetensorsFile.Entry(name: "model/\($0).weight", dtype: .float32, shape: [2430], bytes: bytes)
            }
            try SafetensorsFile.write(
                entries, metadata: ["format": "test", "epochs": "3", "course": "{\"checksum\":\"0000000000000000\"}"],
                summed: true, to: url)
        }
        #expect(try SafetensorsFile(contentsOf: url).checkSum())
        let whole = try Data(contentsOf: url)
        #expect((19_000...21_000).contains(whole.count))
        func isFound() -> Bool {
            // A file without a sum is none that was written so.
            ((try? SafetensorsFile(contentsOf: url).checkSum()) ?? false) == false
        }
        let handle = try FileHandle(forUpdating: url)
        defer { try? handle.close() }
        func put(_ byte: UInt8, at place: Int) throws {
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: Data([byte]))
        }
        var missed: [Int] = []
        for place in whole.indices {
            for bit in 0..<8 {
                try put(whole[place] ^ 1 << UInt8(bit), at: place)
                if !isFound() { missed.append(8 * place + bit) }
            }
            try put(whole[place], at: place)
        }
        #expect(missed.isEmpty)
        #expect(!isFound())
        for count in (0..<whole.count).reversed() {
            try handle.truncate(atOffset: UInt64(count))
            if !isFound() { missed.append(count) }
        }
        #expect(missed.isEmpty)
    }

    @Test func aFileWithoutASumSaysSo() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        try SafetensorsFile.write([], metadata: ["checksum": "mine"].filter { _ in false }, to: url)
        #expect(try !SafetensorsFile(contentsOf: url).checkSum())
    }
}

@Suite struct SafetensorsFileTests {
    private func values<Element>(_ name: String, of file: SafetensorsFile, as type: Element.Type) throws -> [Element] {
        try file.withBytes(of: name) { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<Element>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: type)
            }
        }
    }

    private func raw(_ header: String, data: [UInt8] = [], in temporary: TemporaryFolder) throws -> URL {
        let url = temporary.file("w.safetensors")
        var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        bytes.append(Data(header.utf8))
        bytes.append(contentsOf: data)
        try bytes.write(to: url)
        return url
    }

    @Test func aFileMadeByThePythonPackageIsRead() throws {
        let file = try SafetensorsFile(contentsOf: fixture("python.safetensors"))
        #expect(file.metadata == ["made_by": "safetensors for Python", "note": "quotes \" and ü"])
        #expect(file.arrays.count == 6)
        #expect(file.array(named: "layers.1.weight")?.shape == [2, 3])
        #expect(try values("layers.1.weight", of: file, as: Float.self) == [0, 0.25, 0.5, 0.75, 1, 1.25])
        #expect(try values("layers.1.bias", of: file, as: Double.self) == [-1.5, 2.5])
        #expect(file.array(named: "steps")?.shape == [])
        #expect(try values("steps", of: file, as: Int32.self) == [7])
        #expect(try values("mask", of: file, as: UInt8.self) == [1, 0, 1])
        #expect(file.array(named: "mask")?.dtype == .bool)
        #expect(try values("pixels", of: file, as: UInt8.self) == [0, 255])
        #expect(file.array(named: "empty")?.shape == [0, 4])
    }

    @Test func rewritingThePythonFileGivesTheSameArrays() throws {
        let temporary = try TemporaryFolder()
        let source = try SafetensorsFile(contentsOf: fixture("python.safetensors"))
        let copies = try source.arrays.map { array in
            (array, try values(array.name, of: source, as: UInt8.self))
        }
        let url = temporary.file("copy.safetensors")
        let memory = copies.map { UnsafeMutableRawBufferPointer.allocate(byteCount: $0.1.count, alignment: 16) }
        defer { memory.forEach { $0.deallocate() } }
        let entries = zip(copies, memory).map { copy, bytes in
            bytes.copyBytes(from: copy.1)
            return SafetensorsFile.Entry(
                name: copy.0.name, dtype: copy.0.dtype, shape: copy.0.shape, bytes: UnsafeRawBufferPointer(bytes))
        }
        try SafetensorsFile.write(entries, metadata: source.metadata, to: url)
        let back = try SafetensorsFile(contentsOf: url)
        #expect(back.metadata == source.metadata)
        for (array, bytes) in copies {
            #expect(back.array(named: array.name)?.shape == array.shape)
            #expect(try values(array.name, of: back, as: UInt8.self) == bytes)
        }
        for array in back.arrays { #expect(array.range.lowerBound % array.dtype.byteCount == 0) }

        // The order of the entries makes no difference to the bytes.
        let other = temporary.file("other.safetensors")
        try SafetensorsFile.write(entries.reversed(), metadata: source.metadata, to: other)
        #expect(try Data(contentsOf: other) == Data(contentsOf: url))
    }

    @Test func entriesThatContradictThemselvesAreRefused() throws {
        let temporary = try TemporaryFolder()
        let url = temporary.file("w.safetensors")
        let bytes: [Float] = [1, 2, 3]
        bytes.withUnsafeBytes { bytes in
            func entry(_ name: String, _ shape: [Int]) -> SafetensorsFile.Entry {
                SafetensorsFile.Entry(name: name, dtype: .float32, shape: shape, bytes: bytes)
            }
            func refusal(_ entries: [SafetensorsFile.Entry]) -> String {
                message { try SafetensorsFile.write(entries, to: url) }
            }
            #expect(
                refusal([entry("w", [4])])
                    == "\(url.path): array \"w\": shape [4] of F32 does not agree with 12 bytes")
            #expect(
                refusal([entry("w", [Int.max, 4])])
                    == "\(url.path): array \"w\": shape [\(Int.max), 4] of F32 does not agree with 12 bytes")
            #expect(
                refusal([entry("w", [3]), entry("w", [3])])
                    == "\(url.path): array \"w\": the name is used twice")
            #expect(
                refusal([entry("__metadata__", [3])])
                    == "\(url.path): array \"__metadata__\": the name is a reserved name")
        }
        #expect(!FileManager.default.fileExists(atPath: url.path))
    }

    @Test(arguments: [
        (
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
            "array \"w\": its bytes end at 8, but the file holds 4 bytes of data; the file is cut short"
        ),
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 12, "4 bytes at the end belong to no array"),
        (
            #"{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8,
            "array \"w\": shape must be a list of whole numbers that are not negative"
        ),
        (
            #"{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8,
            "array \"w\": shape [3] of F32 does not agree with 8 bytes"
        ),
        (
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8,
            "array \"w\": data_offsets must be two whole numbers, the first not above the second"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
            8, "array \"b\": its bytes overlap the array before it"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
            8, "array \"b\": its bytes leave a gap before it"
        ),
        ("[1]", 0, "header: it does not begin with '{'; the file is damaged or is not safetensors"),
        (#"{"__metadata__":{"a":1}}"#, 0, "__metadata__: \"a\" is not a string"),
    ]) func brokenFilesNameTheFileAndTheArray(header: String, size: Int, reason: String) throws {
        let temporary = try TemporaryFolder()
        let url = try raw(header, data: [UInt8](repeating: 0, count: size), in: temporary)
        #expect(message { _ = try SafetensorsFile(contentsOf: url) } == "\(url.path): \(reason)")
    }

    @Test func aHeaderLengthBeyondTheFileIsRefused() throws {
        let temporary = try TemporaryFolder()
        let url = temporary.file("w.safetensors")
        try Data([255, 255, 255, 255, 255, 255, 255, 255, 0]).write(to: url)
        #expect(
            message { _ = try SafetensorsFile(contentsOf: url) }
                == "\(url.path): the header claims 18446744073709551615 bytes, but 1 follow; "
                + "the file is cut short or is not safetensors")
        try Data([1, 2]).write(to: url)
        #expect(
            message { _ = try SafetensorsFile(contentsOf: url) }
                == "\(url.path): 2 bytes is too short for a safetensors file")
    }

    @Test func anyCutOfAFileIsFound() throws {
        let temporary = try TemporaryFolder()
        let whole = try Data(contentsOf: fixture("python.safetensors"))
        let url = temporary.file("cut.safetensors")
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: url)
            #expect(throws: RunError.self) { _ = try SafetensorsFile(contentsOf: url) }
        }
    }

    @Test func anUnknownNameListsTheNamesThereAre() throws {
        let file = try SafetensorsFile(contentsOf: fixture("python.safetensors"))
        let text = message { try file.withBytes(of: "weight") { _ in } }
        #expect(text.contains("there is no array \"weight\"; the file has "))
        #expect(text.contains("layers.1.weight"))
    }
}
