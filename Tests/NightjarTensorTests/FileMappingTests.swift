import Foundation
import NightjarTensor
import Testing

/// Files as memory.
@Suite(.serialized) struct FileMappingTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("mapping-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))

    private func file(_ bytes: [UInt8], _ name: String = "file") throws -> String {
        let url = folder.appendingPathComponent(name)
        try Data(bytes).write(to: url)
        return url.path
    }

    @Test func theBytesAreThoseOfTheFile() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let bytes = (0..<3 * FileMappingTests.page + 5).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let path = try file(bytes)
        let mapping = try #require(FileMapping(path, byteCount: bytes.count))
        let storage = try Storage(mapping, offset: 16, byteCount: bytes.count - 16)
        let tensor = try Tensor(shape: Shape([bytes.count - 16]), dtype: .uint8, storage: storage)
        #expect(try tensor.elements(of: UInt8.self) == Array(bytes.dropFirst(16)))
        #expect(!mapping.isCut)
        // What is written stays here.
        tensor.pointer.storeBytes(of: 99, as: UInt8.self)
        #expect(tensor.value(at: 0) == 99)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(bytes))
        // A file that takes the place of this one changes nothing.
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path), options: .atomic)
        #expect(tensor.value(at: 1) == Double(bytes[17]))
        #expect(throws: TensorError.self) { try Storage(mapping, offset: 16, byteCount: bytes.count) }
        #expect(throws: TensorError.self) { try Storage(mapping, offset: -1, byteCount: 1) }
    }

    @Test func whatIsNoFileOfThatSizeIsNotMapped() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try file([1, 2, 3])
        #expect(FileMapping(path, byteCount: 2) == nil)
        #expect(FileMapping(path, byteCount: 4) == nil)
        #expect(FileMapping(folder.path, byteCount: 4096) == nil)
        #expect(FileMapping(path + "-none", byteCount: 3) == nil)
        #expect(FileMapping("/dev/zero", byteCount: 0) == nil)
    }

    @Test func aFileThatIsCutShortReadsAsZerosAndIsKnown() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = FileMappingTests.page
        let bytes = [UInt8](repeating: 7, count: 4 * page)
        let path = try file(bytes)
        let mapping = try #require(FileMapping(path, byteCount: bytes.count))
        let other = try #require(FileMapping(try file(bytes, "other"), byteCount: bytes.count))
        #expect(truncate(path, off_t(page)) == 0)
        #expect(mapping.pointer.load(as: UInt8.self) == 7)
        #expect(!mapping.isCut)
        #expect(mapping.pointer.load(fromByteOffset: 2 * page + 3, as: UInt8.self) == 0)
        #expect(mapping.isCut)
        #expect(other.pointer.load(fromByteOffset: 2 * page + 3, as: UInt8.self) == 7)
        #expect(!other.isCut)
    }

    @Test func placesAreUsedAgain() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try file([1, 2, 3])
        var kept: [FileMapping] = []
        while kept.count < 1000, let mapping = FileMapping(path, byteCount: 3) { kept.append(mapping) }
        #expect(kept.count > 100 && kept.count < 1000)
        kept.removeAll()
        #expect(FileMapping(path, byteCount: 3) != nil)
    }
}
