import Foundation
import NightjarData
import NightjarTensor
import Testing

/// Large files whose elements stay where they are.
@Suite(.serialized) struct MappedFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func npy(_ tensor: Tensor) -> [UInt8] {
        NPYFile.header(of: tensor) + Array(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount))
    }

    @Test func imagesOfAnIDXFileAreTheSame() throws {
        let pixels = (0..<3 * 40 * 50).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let url = try folder.write(idx([3, 40, 50], pixels), to: "images")
        let mapped = try IDXFile.images(url, leastMapped: 1000)
        #expect(mapped.storage.mapping != nil)
        #expect(mapped.shape == (try Shape([3, 40, 50, 1])))
        #expect(try mapped.elements(of: UInt8.self) == pixels)
        #expect(try IDXFile.images(url).storage.mapping == nil)
        // What is packed, or not as long as its header says, is read as before.
        let packed = try folder.write(gzipped(idx([3, 40, 50], pixels)), to: "images.gz")
        #expect(try IDXFile.images(packed, leastMapped: 1).storage.mapping == nil)
        let short = try folder.write(Array(idx([3, 40, 50], pixels).dropLast()), to: "short")
        #expect(throws: DataError.self) { try IDXFile.images(short, leastMapped: 1) }
    }

    @Test(arguments: [DType.float32, .float64, .int32, .uint8])
    func anArrayIsTheSame(_ dtype: DType) throws {
        let tensor = try Tensor.made(Shape([90, 70]), dtype: dtype) { Double($0 % 251) }
        let url = try folder.write(npy(tensor), to: "a.npy")
        let mapped = try #require(try NPYFile.mapped(url, what: "a.npy", leastMapped: 1000))
        #expect(mapped.storage.mapping != nil)
        #expect(mapped.dtype == dtype && mapped.shape == tensor.shape)
        #expect(try mapped.doubles() == tensor.doubles())
    }

    @Test func whatLiesOtherwiseIsRead() throws {
        let tensor = try Tensor.made(Shape([30, 70]), dtype: .float32) { Double($0) }
        let good = npy(tensor)
        func mapped(_ bytes: [UInt8]) throws -> Tensor? {
            try NPYFile.mapped(folder.write(bytes, to: "b.npy"), what: "b.npy", leastMapped: 1000)
        }
        #expect(try mapped(good) != nil)
        #expect(try mapped(Array(good.dropLast())) == nil)
        #expect(try mapped(good + [0]) == nil)
        for (word, other) in [("<f4", ">f4"), ("False", "True ")] {
            let head = String(decoding: good[10..<128], as: UTF8.self).replacingOccurrences(of: word, with: other)
            #expect(try mapped(Array(good[..<10]) + Array(head.utf8) + Array(good[128...])) == nil)
        }
        #expect(try mapped([UInt8](repeating: 7, count: 9000)) == nil)
        #expect(try NPYFile.mapped(folder.url.appendingPathComponent("none.npy"), what: "none.npy") == nil)
    }

    @Test func aFileThatIsCutShortIsSaidAtTheNextBatch() throws {
        let tensor = try Tensor.made(Shape([2000, 10]), dtype: .float32) { Double($0) }
        let url = try folder.write(npy(tensor), to: "c.npy")
        let mapped = try #require(try NPYFile.mapped(url, what: "c.npy", leastMapped: 1000))
        let data = try Dataset(
            name: "c", inputs: mapped, labels: [Int32](repeating: 0, count: 1999) + [1], classes: 2,
            normalization: .identity)
        let loader = try BatchLoader(LabelledDataset(data), batchSize: 4, shuffleSeed: nil)
        #expect(try loader.batch(at: [1999][...]).inputs.value(at: 0) == 19990)
        #expect(truncate(url.path, 4096) == 0)
        #expect(mapped.value(at: 19999) == 0)
        let error = #expect(throws: DataError.self) { try loader.batch(at: [0][...]) }
        #expect(error?.file == url.path)
        #expect(error?.problem == "was cut short while it was read: it had 80128 bytes")
    }

    /// A data set of a large file takes hardly any memory of the process's own.
    @Test func aLargeArrayIsNotCopied() throws {
        let rows = 1 << 14
        let url = folder.url.appendingPathComponent("large.npy")
        do {
            let tensor = try Tensor.zeros(Shape([rows, 1024]), dtype: .float32)
            try Data(npy(tensor)).write(to: url)
        }
        Storage.trimPool()
        let before = try ownBytes()
        let mapped = try #require(try NPYFile.mapped(url, what: "large.npy"))
        let data = try Dataset(
            name: "large", inputs: mapped, labels: (0..<rows).map { Int32($0 % 2) }, classes: 2,
            normalization: .identity)
        let loader = try BatchLoader(LabelledDataset(data), batchSize: 64, shuffleSeed: 1)
        let order = loader.order(epoch: 1)
        for number in 0..<loader.batchesPerEpoch { _ = try loader.batch(number, of: order) }
        let more = try ownBytes() - before
        #expect(mapped.byteCount == 64 << 20)
        #expect(more < 16 << 20, "\(more >> 20) MiB more")
    }

    /// Resident memory that lies in no file (RssAnon of /proc/self/status).
    private func ownBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
        return try #require(Int(line.split(separator: " ").dropFirst().first ?? "")) << 10
    }
}
