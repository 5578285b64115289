import Foundation
import NightjarTensor
import Testing

@Suite(.serialized) struct StorageTests {
    @Test func memoryIsAlignedAndWritable() throws {
        for byteCount in [0, 1, 63, 64, 65, 100, 4095, 4096, 4097, 5000, 70_001, 1 << 20, (1 << 20) + 1] {
            let storage = try Storage(byteCount: byteCount)
            #expect(storage.byteCount == byteCount)
            #expect(UInt(bitPattern: storage.pointer) % UInt(Storage.alignment) == 0)
            for offset in stride(from: 0, to: byteCount, by: 61) {
                storage.pointer.storeBytes(of: UInt8(truncatingIfNeeded: offset), toByteOffset: offset, as: UInt8.self)
            }
            for offset in stride(from: 0, to: byteCount, by: 61) {
                #expect(
                    storage.pointer.load(fromByteOffset: offset, as: UInt8.self) == UInt8(truncatingIfNeeded: offset))
            }
        }
    }

    @Test func liveStoragesAreListedWithTheirOrigin() throws {
        let origin = StorageOrigin(session: 4_000_000_001, place: -7)
        func own() -> [Int] { Storage.live.filter { $0.origin == origin }.map(\.bytes).sorted() }
        do {
            let storages = try [100, 5000].map { try Storage(byteCount: $0, origin: origin) }
            let later = try Storage(byteCount: 64)
            #expect(later.origin == nil)
            later.origin = origin
            #expect(own() == [64, 128, 5120])
            #expect(storages.allSatisfy { $0.origin == origin })
        }
        #expect(own() == [])
        #expect(try Storage(byteCount: 64).origin == nil)
    }

    @Test func aThreadCanBeMadeToFindNoMemory() throws {
        Storage.failAllocation(after: 2)
        _ = try Storage(byteCount: 64)
        _ = try Storage(byteCount: 64)
        for _ in 0..<2 {
            let error = #expect(throws: TensorError.self) { try Storage(byteCount: 64) }
            #expect(error?.message.hasPrefix("out of memory: no room for 64 bytes") == true)
        }
        #expect(Storage.failAllocation(after: nil))
        _ = try Storage(byteCount: 64)
        #expect(!Storage.failAllocation(after: nil))
    }

    @Test func liveStoragesDoNotOverlap() throws {
        let storages = try (0..<200).map { try Storage(byteCount: 1 + $0 * 37) }
        let spans = storages.map { UInt(bitPattern: $0.pointer)..<UInt(bitPattern: $0.pointer) + UInt($0.byteCount) }
            .sorted { $0.lowerBound < $1.lowerBound }
        for (span, next) in zip(spans, spans.dropFirst()) { #expect(span.upperBound <= next.lowerBound) }
    }

    @Test func aFreedBlockServesTheNextOfItsSize() throws {
        // A size that nothing else in these tests asks for. Other tests may fill the pool meanwhile: a few tries.
        let reused = try (0..<20).contains { _ in
            Storage.trimPool()
            let address = UInt(bitPattern: try Storage(byteCount: 7_654_321).pointer)
            return UInt(bitPattern: try Storage(byteCount: 7_654_318).pointer) == address
        }
        #expect(reused)
    }

    @Test func liveBytesCountWhatIsInUse() throws {
        // Far more than all other tests hold together; the memory is never touched.
        let byteCount = 2 << 30
        #expect(Storage.liveByteCount < byteCount)
        do {
            let storage = try Storage(byteCount: byteCount)
            #expect(Storage.liveByteCount >= byteCount)
            withExtendedLifetime(storage) {}
        }
        #expect(Storage.liveByteCount < byteCount)
    }

    /// Where the kernel promises any amount of memory, asking for too much is not refused.
    private static let refuses =
        (try? String(contentsOfFile: "/proc/sys/vm/overcommit_memory", encoding: .utf8))?
        .hasPrefix("1") != true

    @Test(.enabled(if: StorageTests.refuses, "this kernel promises any amount of memory"))
    func moreThanTheMachineHasIsAnErrorThatSaysHowMuch() {
        let error = #expect(throws: TensorError.self) { try Storage(byteCount: 1 << 43) }
        let message = error?.message ?? ""
        #expect(message.hasPrefix("out of memory: no room for 8796093022208 bytes ("))
        #expect(message.hasSuffix(" in use)"))
    }

    @Test(arguments: [-1, Int.min, (1 << 43) + 1, Int.max])
    func aByteCountThatNoTensorHasIsAnError(byteCount: Int) {
        #expect(throws: TensorError("storage is made for 0 to 2^43 bytes, got \(byteCount)")) {
            try Storage(byteCount: byteCount)
        }
    }

    /// What tests read by mistake is no number, in either type, wherever it begins.
    @Test(arguments: [0, 1, 4, 7, 8, 64, 100]) func poisonedMemoryIsNoNumber(count: Int) throws {
        let storage = try Storage(byteCount: count + 8)
        memset(storage.pointer, 1, count + 8)
        MemoryPoison.fill(storage.pointer, count)
        for place in stride(from: 0, to: count - 3, by: 4) {
            #expect(storage.pointer.load(fromByteOffset: place, as: Float.self).isNaN)
        }
        for place in stride(from: 0, to: count - 7, by: 8) {
            #expect(storage.pointer.load(fromByteOffset: place, as: Double.self).isNaN)
        }
        #expect(storage.pointer.load(fromByteOffset: count, as: UInt8.self) == 1)
    }
}
