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

    @Test func liveStoragesDoNotOverlap() throws {
        let storages = try (0..<200).map { try Storage(byteCount: 1 + $0 * 37) }
        let spans = storages.map { UInt(bitPattern: $0.pointer)..<UInt(bitPattern: $0.pointer) + UInt($0.byteCount) }
            .sorted { $0.lowerBound < $1.lowerBound }
        for (span, next) in zip(spans, spans.dropFirst()) { #expect(span.upperBound <= next.lowerBound) }
    }

    @Test func aFreedBlockServesTheNextOfItsSize() throws {
        // A size that nothing else in these tests asks for.
        let byteCount = 7_654_321
        var address: UInt?
        do { address = UInt(bitPattern: try Storage(byteCount: byteCount).pointer) }
        let again = try Storage(byteCount: byteCount - 3)
        #expect(UInt(bitPattern: again.pointer) == address)
    }

    @Test func liveBytesCountWhatIsInUse() throws {
        let byteCount = 64 << 20
        let before = Storage.liveByteCount
        let storage = try Storage(byteCount: byteCount)
        // Other tests run meanwhile, with tensors far below this size.
        #expect(Storage.liveByteCount > before + byteCount / 2)
        withExtendedLifetime(storage) {}
    }

    @Test func moreThanTheMachineHasIsAnErrorThatSaysHowMuch() {
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
}
