import Foundation
import NightjarData
import NightjarTensor
import Testing

struct IDXFileTests {
    private let folder: TemporaryFolder
    private let pixels = (0..<12).map { UInt8($0 * 20) }

    init() throws { folder = try TemporaryFolder() }

    /// What reading these bytes as images of rank 3 says, with the folder's path cut out.
    private func complaint(_ bytes: [UInt8]) throws -> String {
        let url = try folder.write(bytes, to: "file")
        do {
            return "no error: \(try IDXFile.images(url).shape)"
        } catch {
            return "\(error)".replacingOccurrences(of: folder.url.path, with: "DIR")
        }
    }

    @Test func imagesComeOutWithOneChannel() throws {
        let images = try IDXFile.images(folder.write(idx([2, 3, 2], pixels), to: "images"))
        #expect(images.shape == (try Shape([2, 3, 2, 1])))
        #expect(images.dtype == .uint8)
        #expect(try images.elements(of: UInt8.self) == pixels)
    }

    @Test func gzippedImagesAreTheSame() throws {
        let url = try folder.write(gzipped(idx([2, 3, 2], pixels)), to: "images.gz")
        #expect(try IDXFile.images(url).elements(of: UInt8.self) == pixels)
    }

    @Test func labelsAreChecked() throws {
        let url = try folder.write(idx([4], [0, 9, 3, 9]), to: "labels")
        #expect(try IDXFile.labels(url, classes: 10) == [0, 9, 3, 9])
        let error = #expect(throws: DataError.self) { try IDXFile.labels(url, classes: 9) }
        #expect(
            error?.problem == "label 9 at position 1 (counted from 0) is not a class: labels are 0 to 8")
        #expect(error?.file == url.path)
        let empty = try folder.write(idx([0], []), to: "empty")
        #expect(throws: DataError(file: empty.path, "holds no labels")) { try IDXFile.labels(empty, classes: 10) }
    }

    @Test func anEmptyFileIsTooShort() throws {
        let expected = "is too short for an IDX file: 0 bytes, the header alone has 16. Fetch the file again"
        #expect(try complaint([]) == "DIR/file: \(expected)")
    }

    @Test func aWrongMagicNumberIsShown() throws {
        #expect(
            try complaint(Array("\u{7F}ELF, a program".utf8))
                == "DIR/file: is not an IDX file: it begins with 7f 45 4c 46, expected 00 00 08 03")
        #expect(
            try complaint([0, 0, 0x0A, 3] + [UInt8](repeating: 0, count: 12))
                == "DIR/file: is not an IDX file: it begins with 00 00 0a 03, expected 00 00 08 03")
    }

    @Test func anotherElementTypeIsNamed() throws {
        #expect(
            try complaint(idx([1, 1, 1], [0, 0, 0, 0], type: 0x0D))
                == "DIR/file: holds float elements, expected unsigned bytes (type 08)")
    }

    @Test func swappedFilesAreNoticed() throws {
        #expect(
            try complaint(idx([12], pixels))
                == "DIR/file: has 1 dimensions, expected 3. "
                + "Images have 3 (count, height, width), labels 1: were two files swapped?")
    }

    @Test func aCutHeaderIsNoticed() throws {
        #expect(
            try complaint(Array(idx([2, 3, 2], pixels).prefix(9)))
                == "DIR/file: is cut off inside its header: 9 of 16 bytes. Fetch the file again")
    }

    @Test func cutDataAreNoticed() throws {
        let bytes = Array(idx([2, 3, 2], pixels).dropLast())
        #expect(
            try complaint(bytes)
                == "DIR/file: is cut off: its header says (2, 3, 2), 12 bytes of data, but 11 came. "
                + "Fetch the file again")
        #expect(
            try complaint(gzipped(bytes))
                == "DIR/file: is cut off: its header says (2, 3, 2), 12 bytes of data, but 11 came. "
                + "Fetch the file again")
    }

    @Test func dataTooManyAreNoticed() throws {
        let expected = "DIR/file: has more data than the 12 bytes that its header (2, 3, 2) says. Fetch the file again"
        #expect(try complaint(idx([2, 3, 2], pixels) + [0]) == expected)
        #expect(try complaint(gzipped(idx([2, 3, 2], pixels) + [0])) == expected)
    }

    @Test func aHeaderThatClaimsTooMuchTakesNoMemory() throws {
        #expect(
            try complaint(idx([2_000_000_000, 10, 10], pixels))
                == "DIR/file: claims 200000000000 bytes of data (2000000000, 10, 10), more than a file of 28 bytes "
                + "can hold. The file is cut off or its header is damaged: fetch it again")
        #expect(
            try complaint(idx([4_000_000_000, 28, 28], pixels))
                == "DIR/file: has an impossible header: dimension 4000000000 is too large: at most 2147483647. "
                + "Fetch the file again")
        #expect(
            try complaint(idx([.max >> 1, .max >> 1, .max >> 1], pixels))
                == "DIR/file: has an impossible header: a tensor of shape (2147483647, 2147483647, 2147483647) has too "
                + "many elements: at most 2^40. Fetch the file again")
        let packed = try gzipped(idx([1_000_000, 28, 28], pixels))
        #expect(
            try complaint(packed)
                == "DIR/file: claims 784000000 bytes of data (1000000, 28, 28), more than a file of \(packed.count) bytes "
                + "can hold. The file is cut off or its header is damaged: fetch it again")
    }

    @Test func noImagesAreAnError() throws {
        #expect(try complaint(idx([0, 28, 28], [])) == "DIR/file: holds no images: its header says (0, 28, 28)")
        #expect(try complaint(idx([5, 0, 28], [])) == "DIR/file: holds no images: its header says (5, 0, 28)")
    }

    /// Random damage gives an error about the file or a tensor that fits the bytes, never a trap.
    @Test(arguments: [false, true]) func damagedFilesNeverTrap(packed: Bool) throws {
        let whole = idx([2, 3, 2], pixels)
        let original = packed ? try gzipped(whole) : whole
        var errors = 0
        for trial in 0..<400 as Range<UInt64> {
            let stream = RandomStream(seed: 5, purpose: "damage", index: trial)
            var bytes = original
            for change in 0..<UInt64(1 + stream.below(3, 0)) {
                let draws = stream.derive(change)
                let position = draws.below(bytes.count, 1)
                switch draws.below(4, 0) {
                case 0 where !bytes.isEmpty: bytes[position] ^= 1 << UInt8(draws.below(8, 2))
                case 1 where !bytes.isEmpty: bytes[position] = UInt8(draws.below(256, 2))
                case 2: bytes.removeLast(draws.below(bytes.count + 1, 2))
                default: bytes.insert(UInt8(draws.below(256, 2)), at: position)
                }
            }
            let url = try folder.write(bytes, to: "damaged")
            do {
                let tensor = try IDXFile.images(url)
                #expect(tensor.count >= 1)
                if !packed { #expect(tensor.count == bytes.count - 16) }
            } catch let error as DataError {
                #expect(error.file == url.path)
                errors += 1
            }
        }
        // Most damage shows; damage to a pixel of a plain file cannot.
        #expect(errors > (packed ? 380 : 200))
    }

    @Test func randomBytesNeverTrap() throws {
        for trial in 0..<300 as Range<UInt64> {
            let stream = RandomStream(seed: 6, purpose: "random bytes", index: trial)
            let start: [[UInt8]] = [
                [], [0, 0, 8, 3], [0, 0, 8, 1], [0x1F, 0x8B], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3],
            ]
            let bytes =
                start[stream.below(5, 0)] + (0..<UInt64(stream.below(64, 1))).map { UInt8(stream.below(256, $0 + 2)) }
            let url = try folder.write(bytes, to: "random")
            #expect(throws: DataError.self) { try IDXFile.images(url) }
            // 1 in 2^32 random one-dimensional headers is right: these seeds hold none.
            #expect(throws: DataError.self) { try IDXFile.labels(url, classes: 10) }
        }
    }
}
