import Foundation
import NightjarTensor
import Testing

@Suite struct PageMemoryTests {
    @Test func memoryIsAlignedAsAskedAndForLargePagesWhereItFillsOne() throws {
        for (bytes, alignment, expected) in [
            (100, 64, 64), (4096, 4096, 4096), ((2 << 20) - 1, 64, 64), (2 << 20, 64, 2 << 20),
            (5_000_000, 4096, 2 << 20),
        ] {
            let pointer = try #require(PageMemory.allocate(bytes, alignment: alignment))
            defer { free(pointer) }
            #expect(UInt(bitPattern: pointer) % UInt(expected) == 0, "\(bytes) bytes")
            memset(pointer, 7, bytes)
            #expect(pointer.load(fromByteOffset: bytes - 1, as: UInt8.self) == 7)
        }
    }

    @Test func thereIsNoneForMoreThanThereIs() {
        #expect(PageMemory.allocate(1 << 60, alignment: 64) == nil)
    }

    #if os(Linux)
        @Test(
            .enabled(
                if: FileManager.default.fileExists(atPath: "/sys/kernel/mm/transparent_hugepage"), "no large pages"))
        func largeMemoryAsksForLargePages() throws {
            let pointer = try #require(PageMemory.allocate(8 << 20, alignment: 64))
            defer { free(pointer) }
            let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
            let maps = try String(decoding: #require(try file.readToEnd()), as: UTF8.self)
            // The flags of the mapping that holds the first byte.
            var isHere = false
            var flags = ""
            for line in maps.split(separator: "\n") {
                let range = line.split(separator: " ")[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
                if range.count == 2 {
                    isHere = range[0] <= UInt(bitPattern: pointer) && UInt(bitPattern: pointer) < range[1]
                }
                if isHere, line.hasPrefix("VmFlags:") { flags = String(line) }
            }
            #expect(flags.split(separator: " ").contains("hg"), "\(flags)")
        }
    #endif
}
