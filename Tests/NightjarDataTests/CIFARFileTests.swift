import Foundation
import NightjarData
import NightjarTensor
import Testing

struct CIFARFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A record whose value in channel c at pixel p is `seed + 50 c + p mod 50`.
    private func record(_ label: UInt8, _ seed: Int) -> [UInt8] {
        [label] + (0..<3072).map { UInt8(truncatingIfNeeded: seed + 50 * ($0 / 1024) + $0 % 1024 % 50) }
    }

    private func complaint(_ bytes: [UInt8]) throws -> String {
        let url = try folder.write(bytes, to: "data_batch_1.bin")
        do {
            return "no error: \(try CIFARFile.cifar10.read([url]).images.shape)"
        } catch {
            return "\(error)".replacingOccurrences(of: folder.url.path, with: "DIR")
        }
    }

    @Test func planesBecomeChannels() throws {
        let first = try folder.write(record(3, 0) + record(9, 7), to: "a.bin")
        let second = try folder.write(gzipped(record(0, 90)), to: "b.bin.gz")
        let (images, labels) = try CIFARFile.cifar10.read([first, second])
        #expect(labels == [[3, 9, 0]])
        #expect(images.shape == (try Shape([3, 32, 32, 3])))
        let values = try images.elements(of: UInt8.self)
        for (image, seed) in [0, 7, 90].enumerated() {
            for pixel in 0..<1024 {
                for channel in 0..<3 {
                    let expected = UInt8(truncatingIfNeeded: seed + 50 * channel + pixel % 50)
                    guard values[image * 3072 + pixel * 3 + channel] == expected else {
                        Issue.record("image \(image), pixel \(pixel), channel \(channel)")
                        return
                    }
                }
            }
        }
    }

    @Test func cutFilesAreNoticed() throws {
        #expect(
            try complaint(Array(record(3, 0).dropLast()))
                == "DIR/data_batch_1.bin: is not a CIFAR-10 file or is cut off: 3072 bytes are no multiple of 3073. "
                + "Take the binary version of CIFAR-10, not the one for Python or Matlab")
        #expect(try complaint([]) == "DIR/data_batch_1.bin: is empty. Fetch the file again")
    }

    @Test func labelsAreChecked() throws {
        #expect(
            try complaint(record(9, 0) + record(10, 0))
                == "DIR/data_batch_1.bin: label 10 at record 1 (counted from 0) is not a class: labels are 0 to 9. "
                + "CIFAR-100 files have two labels a record: they are of the data set 'cifar100'")
    }

    @Test func noFilesAreAnError() {
        #expect(throws: DataError("no CIFAR-10 files were given")) { try CIFARFile.cifar10.read([]) }
    }

    @Test func recordsOfCIFAR100HaveTwoLabels() throws {
        let pixels = Array(record(0, 5).dropFirst())
        let url = try folder.write([19, 99] + pixels + [0, 7] + pixels, to: "train.bin")
        let (images, labels) = try CIFARFile.cifar100.read([url])
        #expect(labels == [[19, 0], [99, 7]])
        #expect(images.shape.dimensions == [2, 32, 32, 3])
        #expect(Array(images.values.prefix(3)) == [5, 55, 105])
        let bad = try folder.write([20, 0] + pixels, to: "bad.bin")
        #expect(
            dataFault { try CIFARFile.cifar100.read([bad]).images.shape }
                == "\(bad.path): coarse label 20 at record 0 (counted from 0) is not a class: labels are 0 to 19. CIFAR-10 "
                + "files have one label a record: they are of the data set 'cifar10'")
        let ten = try folder.write([3] + pixels, to: "ten.bin")
        #expect(
            dataFault { try CIFARFile.cifar100.read([ten]).images.shape }
                == "\(ten.path): is not a CIFAR-100 file or is cut off: 3073 bytes are no multiple of 3074. Take the binary "
                + "version of CIFAR-100, not the one for Python or Matlab")
    }
}
