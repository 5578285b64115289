import Foundation
import NightjarTensor
import Testing

import NightjarData

@Suite struct PictureFolderTests {
    private struct Pictures: Decodable {
        struct Facts: Decodable {
            let shape: [Int]
            let pixels: [UInt8]
        }
        let images: [String: Facts]
        let resized: [String: [UInt8]]
        let grey: [UInt8]
    }

    private let folder: TemporaryFolder
    private let known: Pictures

    init() throws {
        folder = try TemporaryFolder()
        known = try JSONDecoder().decode(Pictures.self, from: Data(ArrayFixtures.bytes("pictures/pictures.json")))
    }

    private func put(_ fixture: String, _ name: String) throws {
        try folder.write(ArrayFixtures.bytes("pictures/\(fixture)"), to: name)
    }

    private func read(_ change: (inout PictureOptions) -> Void = { _ in }) throws -> PictureFolder.Contents {
        var options = PictureOptions()
        change(&options)
        return try PictureFolder.read(folder.url, name: "pets", options)
    }

    private func fault(_ change: (inout PictureOptions) -> Void = { _ in }) -> String {
        dataFault { try read(change).files }.replacingOccurrences(of: folder.url.path, with: "DIR")
    }

    @Test func foldersAreClassesAndFilesSamples() throws {
        try put("adam7.png", "dog/b.png")
        try put("colours.jpg", "dog/a.JPG")
        try put("full.jpeg", "cat/z.jpeg")
        try put("grey.JPG", "cat/y.jpg")
        try folder.write("notes", to: "cat/README.txt")
        try folder.write("", to: "dog/.hidden")
        try folder.write("x", to: "labels.txt")
        let contents = try read { $0.channels = 3 }
        #expect(contents.files == ["cat/y.jpg", "cat/z.jpeg", "dog/a.JPG", "dog/b.png"])
        #expect(contents.dataset.classNames == ["cat", "dog"])
        #expect(contents.dataset.labels == [0, 0, 1, 1])
        #expect(contents.dataset.inputs.shape.dimensions == [4, 13, 18, 3])
        let pixels = try contents.dataset.inputs.elements(of: UInt8.self)
        let size = 13 * 18 * 3
        let full = try #require(known.images["full.jpeg"]).pixels
        let turned = try #require(known.images["adam7.png"]).pixels
        let grey = try #require(known.images["grey.JPG"]).pixels.flatMap { [$0, $0, $0] }
        #expect(Array(pixels.prefix(size)) == grey)
        #expect(Array(pixels[size..<(2 * size)]) == full)
        #expect(Array(pixels.suffix(size)) == turned)
        #expect(
            contents.notes.map { $0.replacingOccurrences(of: folder.url.path, with: "DIR") } == [
                "1 files of DIR that are no PNG or JPEG files by their names were left out"
            ])
        #expect(contents.dataset.normalization == (try Normalization.measured(contents.dataset.inputs)))
    }

    /// Pillow's luma to the bit, and its bilinear filter up to one level, which its fixed-point weights round otherwise.
    @Test func greyAndOtherSizesAreThoseOfPillow() throws {
        let image = try ArrayFixtures.bytes("pictures/adam7.png").withUnsafeBytes {
            try ImageFile.read($0, what: "adam7.png")
        }
        #expect(try Picture.image(image, channels: 1).elements(of: UInt8.self) == known.grey)
        #expect(known.resized.count == 5)
        for (size, pixels) in known.resized {
            let extents = size.split(separator: "x").compactMap { Int($0) }
            let own = try Picture.resized(image, height: extents[0], width: extents[1]).elements(of: UInt8.self)
            #expect(own.count == pixels.count)
            let worst = zip(own, pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(worst <= 1, "\(size): \(worst)")
        }
    }

    @Test func imagesOfOtherSizesAreNamedOrBroughtToOne() throws {
        try put("adam7.png", "a/1.png")
        try folder.write(ArrayFixtures.bytes("images/rgb.png"), to: "b/2.png")
        #expect(
            fault()
                == "DIR/b/2.png: is 5 x 7 pixels (height x width), but a/1.png is 13 x 18. Name a size to which all are "
                + "brought, for example size = { 32, 32 }")
        let contents = try read { $0.size = (6, 7) }
        #expect(contents.dataset.inputs.shape.dimensions == [2, 6, 7, 3])
    }

    @Test func classesCanBeNamedAndLimitsAreSaid() throws {
        try put("adam7.png", "a/1.png")
        try put("adam7.png", "b/1.png")
        try put("adam7.png", "c/1.png")
        #expect(try read { $0.classNames = ["c", "a"] }.dataset.classNames == ["c", "a"])
        #expect(try read { $0.classNames = ["c", "a"] }.files == ["c/1.png", "a/1.png"])
        #expect(
            fault { $0.mostPixels = 100 }
                == "DIR/a/1.png: has 18 x 13 pixels, more than the limit of 100. A larger limit can be given")
        #expect(
            fault { $0.mostImages = 2 } == "DIR: holds more than the limit of 2 images. A larger limit can be given")
    }

    @Test func whatCannotBeADataSetIsSaid() throws {
        #expect(
            fault()
                == "DIR: has no folders inside, expected one a class. Put the images of each class into a folder of its own"
        )
        try put("adam7.png", "a/1.png")
        #expect(fault().hasPrefix("DIR: has one folder inside, expected one a class"))
        try folder.write("x", to: "b/c.txt")
        #expect(
            fault()
                == "DIR/b: holds no PNG or JPEG files. Each class needs an image; name the classes where not every folder is one"
        )
        try folder.write("GIF89a", to: "b/c.png")
        #expect(fault() == "DIR/b/c.png: is neither a PNG nor a JPEG file, nor a binary Netpbm file (P5, P6)")
        let gone = folder.url.appendingPathComponent("gone")
        #expect(
            dataFault { try PictureFolder.read(gone, name: "x").files }
                == "\(gone.path): is not there. Name a folder that has a folder for each class")
        #expect(fault { $0.classNames = ["a", "../b"] }.hasPrefix("'../b' leads upwards"))
    }

    @Test func linksMayNotLeadOutOfTheFolder() throws {
        let outside = try TemporaryFolder()
        let secret = try outside.write(ArrayFixtures.bytes("pictures/adam7.png"), to: "1.png")
        try put("adam7.png", "a/1.png")
        try put("adam7.png", "b/1.png")
        try FileManager.default.createSymbolicLink(
            at: folder.url.appendingPathComponent("b/2.png"), withDestinationURL: secret)
        #expect(fault().hasPrefix("'b/2.png' leads out of its folder by a link"))
    }
}
