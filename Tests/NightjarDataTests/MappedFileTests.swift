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

    /// Records whose bytes all differ from their neighbours'.
    private func records(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for image in 0..<count {
            bytes.append(UInt8(image % 10))
            for place in 0..<3072 {
                let value = 7 * image + 31 * place + place / 1024
                bytes.append(UInt8(truncatingIfNeeded: value))
            }
        }
        return bytes
    }

    @Test func imagesOfCIFARFilesAreTheSame() throws {
        let urls = try [
            folder.write(records(5), to: "a.bin"), folder.write(gzipped(records(3)), to: "b.bin.gz"),
            folder.write(records(1), to: "c.bin"),
        ]
        // The first and the last are mapped, the packed one never is.
        let mapped = try CIFARFile.cifar10.read(urls, leastMapped: 3073)
        let read = try CIFARFile.cifar10.read(urls)
        #expect(mapped.labels == read.labels && mapped.labels == [[0, 1, 2, 3, 4, 0, 1, 2, 0]])
        #expect(try mapped.images.elements(of: UInt8.self) == read.images.elements(of: UInt8.self))
        #expect(mapped.images.value(at: 3072 + 1) == 8)
    }

    @Test func cutCIFARFilesAreNoticedMappedOrNot() throws {
        let short = try folder.write(Array(records(4).dropLast()), to: "short.bin")
        let wrong = try folder.write(records(2) + [10] + [UInt8](repeating: 0, count: 3072), to: "wrong.bin")
        let empty = try folder.write([], to: "empty.bin")
        for url in [short, wrong, empty] {
            let problem = dataFault { try CIFARFile.cifar10.read([url], leastMapped: 0).images.shape }
            #expect(problem == dataFault { try CIFARFile.cifar10.read([url]).images.shape })
            #expect(problem.hasPrefix(url.path))
        }
    }

    /// What is found wrong in the zeros of a file that was cut short meanwhile is not what is said.
    @Test func aCIFARFileThatIsCutShortWhileItIsReadIsSaid() throws {
        let url = try folder.write([UInt8](repeating: 7, count: 20_000), to: "cut.bin")
        let file = try FileBytes(ByteReader(url), limit: 20_000, leastMapped: 1)
        #expect(try file.withBytes { $0.allSatisfy { $0 == 7 } })
        #expect(truncate(url.path, 4096) == 0)
        let expected =
            "\(url.path): was cut short while it was read: it had 20000 bytes. Fetch or write it again; other "
            + "programs may replace it by another file, but not change it"
        #expect(dataFault { try file.withBytes { $0[19_999] } } == expected)
        #expect(dataFault { try file.withBytes { _ in throw DataError("zeros") } } == expected)
    }

    /// Reading on takes no more memory of the process's own than the images.
    @Test func largeCIFARFilesAreMapped() throws {
        let count = 8192
        let urls = try ["1", "2"].map { name in
            let url = folder.url.appendingPathComponent("batch\(name).bin")
            try Data(repeating: 1, count: count * 3073).write(to: url)
            return url
        }
        Storage.trimPool()
        let before = try ownBytes()
        let found = try CIFARFile.cifar10.read(urls)
        let more = try ownBytes() - before - found.images.byteCount
        #expect(found.images.byteCount == 2 * count * 3072)
        #expect(more < 8 << 20, "\(more >> 20) MiB more than the images")
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
