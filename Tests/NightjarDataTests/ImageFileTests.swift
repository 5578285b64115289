import Foundation
import NightjarTensor
import Testing

import NightjarData

@Suite struct ImageFileTests {
    private struct Facts: Decodable {
        let shape: [Int]
        let pixels: [UInt8]
    }

    private func read(_ bytes: [UInt8]) throws -> Tensor {
        try bytes.withUnsafeBytes { try ImageFile.read($0, what: "a.png") }
    }

    /// What Pillow wrote, and how Pillow reads it.
    @Test func readsEveryKindOfPixels() throws {
        let known = try JSONDecoder().decode(
            [String: Facts].self, from: Data(ArrayFixtures.bytes("images/images.json")))
        #expect(known.count == 10)
        for (name, facts) in known {
            let image = try read(ArrayFixtures.bytes("images/\(name)"))
            #expect(image.shape.dimensions == facts.shape, "\(name)")
            #expect(try image.elements(of: UInt8.self) == facts.pixels, "\(name)")
        }
    }

    @Test(arguments: [1, 3]) func whatIsWrittenIsReadAgain(_ channels: Int) throws {
        let pixels = (0..<6 * 9 * channels).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let image = try #require(PNGImage(width: 9, height: 6, channels: channels, pixels: pixels))
        let bytes = try #require(image.encoded)
        #expect(try read(bytes).elements(of: UInt8.self) == pixels)
        #expect(try read(bytes).shape.dimensions == [6, 9, channels])
    }

    @Test func whatIsNoImageIsRefused() {
        #expect(PNGImage(width: 2, height: 2, channels: 1, pixels: [1, 2, 3]) == nil)
        #expect(PNGImage(width: 0, height: 2, channels: 1, pixels: []) == nil)
        #expect(PNGImage(width: 1, height: 1, channels: 2, pixels: [1, 2]) == nil)
    }

    @Test func damagedFilesAreNamed() throws {
        let good = try ArrayFixtures.bytes("images/rgb.png")
        var damaged = good
        damaged[60] ^= 1
        // libspng names the part that was damaged, or its checksum.
        let fault = dataFault { try read(damaged) }
        #expect(fault.hasPrefix("a.png: is damaged, or cut off: "))
        #expect(fault.hasSuffix(". Fetch it again, or save it anew"))
        #expect(dataFault { try read(Array(good.prefix(70))) }.hasPrefix("a.png: is damaged, or cut off: "))
        #expect(
            dataFault { try read(Array("GIF89a".utf8)) }
                == "a.png: is neither a PNG nor a JPEG file, nor a binary Netpbm file (P5, P6)")
        #expect(
            dataFault { try read(Array("P5 3 2 255\n12345".utf8)) } == "a.png: ends after 5 of 6 bytes of pixels")
        #expect(
            dataFault { try read(Array("P5 3 2 65535\n12345".utf8)) }
                == "a.png: has 3 x 2 pixels up to 65535, expected extents from 1 to 65535 and values up to 255")
        #expect(dataFault { try read(Array("P6 3".utf8)) } == "a.png: has no height in its header")
    }

    /// Cut and changed anywhere, a file is read or refused.
    @Test func hostileFilesEndInAMessage() throws {
        for name in [
            "images/filters.png", "images/palette.png", "images/one_bit.png", "images/grey16.png", "images/rgb.ppm",
            "pictures/adam7.png", "pictures/colours.jpg", "pictures/progressive.jpg", "pictures/grey.JPG",
        ] {
            let good = try ArrayFixtures.bytes(name)
            for position in good.indices {
                #expect(throws: DataError.self) { try read(Array(good[..<position])) }
                var changed = good
                changed[position] ^= 0xFF
                _ = try? read(changed)
            }
        }
    }

    @Test func netpbmHeadersMayHaveCommentsAndSmallerValues() throws {
        let image = try read(Array("P5\n# by hand\n2 1 # two\n15\n".utf8) + [0, 15])
        #expect(try image.elements(of: UInt8.self) == [0, 255])
    }

    private struct Pictures: Decodable { let images: [String: Facts] }

    /// What Pillow wrote, and how Pillow reads it: JPEG files of each sampling, progressive and grey; PNG interlaced.
    @Test func picturesAreReadAsPillowReadsThem() throws {
        let known = try JSONDecoder().decode(Pictures.self, from: Data(ArrayFixtures.bytes("pictures/pictures.json")))
        #expect(known.images.count == 5)
        for (name, facts) in known.images {
            let image = try read(ArrayFixtures.bytes("pictures/\(name)"))
            #expect(image.shape.dimensions == facts.shape, "\(name)")
            #expect(try image.elements(of: UInt8.self) == facts.pixels, "\(name)")
        }
    }

    @Test func extentsAreComparedWithTheLimitBeforeAnythingIsUnpacked() throws {
        #expect(
            dataFault { try read(ArrayFixtures.bytes("pictures/bomb.png")) }
                == "a.png: has 60000 x 60000 pixels, more than the limit of 67108864. A larger limit can be given")
        let jpeg = try ArrayFixtures.bytes("pictures/colours.jpg")
        #expect(
            dataFault { try jpeg.withUnsafeBytes { try ImageFile.read($0, what: "a.jpg", limit: 100) } }
                == "a.jpg: has 18 x 13 pixels, more than the limit of 100. A larger limit can be given")
    }

    @Test func coloursForPrintingAreRefused() throws {
        #expect(
            dataFault { try read(ArrayFixtures.bytes("pictures/print.jpg")) }
                == "a.png: has four colours for printing (CMYK). Save it as grey, or as RGB")
    }
}
