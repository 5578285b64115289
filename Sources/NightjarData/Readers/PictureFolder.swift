import Foundation
import NightjarTensor

/// A data set as a folder of images: a folder for each class, in it PNG and JPEG files.
public enum PictureFolder {
    /// A data set, and what people should know of it.
    public struct Contents: Sendable {
        public let dataset: Dataset
        /// The file of each sample, relative to the folder.
        public let files: [String]
        public let notes: [String]
    }

    /// Reads all images, `[count, height, width, channels]` of bytes, by class and then by name.
    ///
    /// The first image says what the others are like, so that memory is asked for once, before the rest is read. Hidden
    /// files are passed over; others that are no images are counted in a note. Links may lead nowhere out of the folder.
    /// - Throws: ``DataError`` that names the file.
    public static func read(_ folder: URL, name: String, _ options: PictureOptions = PictureOptions()) throws
        -> Contents
    {
        let classes = try options.classNames ?? folders(in: folder)
        guard classes.count > 1 else {
            throw DataError(
                file: folder.path,
                "has \(classes.count == 1 ? "one folder" : "no folders") inside, expected one a class",
                remedy: "Put the images of each class into a folder of its own")
        }
        var (files, labels, others) = ([String](), [Int32](), 0)
        for (label, name) in classes.enumerated() {
            let found = try pictures(of: name, in: folder)
            others += found.others
            files += found.files
            labels += try [Int32](room: found.files.count, repeating: Int32(clamping: label))
            guard files.count <= options.mostImages else {
                throw DataError(
                    file: folder.path, "holds more than the limit of \(options.mostImages) images",
                    remedy: "A larger limit can be given")
            }
        }
        let inputs = try images(files, in: folder, options)
        let dataset = try Dataset(
            name: name, inputs: inputs, labels: labels, classes: classes.count, classNames: classes,
            normalization: options.normalization ?? Normalization.measured(inputs))
        let note = "\(others) files of \(folder.path) that are no PNG or JPEG files by their names were left out"
        return Contents(dataset: dataset, files: files, notes: others > 0 ? [note] : [])
    }

    private static func entries(of folder: URL) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch {
            let reason = FileKind.of(folder) == nil ? "is not there" : "is not a folder that can be read"
            throw DataError(file: folder.path, reason, remedy: "Name a folder that has a folder for each class")
        }
    }

    private static func folders(in folder: URL) throws -> [String] {
        try entries(of: folder).filter { FileKind.of(folder.appendingPathComponent($0)) == .folder }
    }

    private static func pictures(of name: String, in folder: URL) throws -> (files: [String], others: Int) {
        let own = try ContainedPath.resolve(name, in: folder)
        let names = try entries(of: own)
        let files = names.filter { ["png", "jpg", "jpeg"].contains(($0 as NSString).pathExtension.lowercased()) }
        guard !files.isEmpty else {
            throw DataError(
                file: own.path, "holds no PNG or JPEG files",
                remedy: "Each class needs an image; name the classes where not every folder is one")
        }
        return (files.map { "\(name)/\($0)" }, names.count - files.count)
    }

    private static func images(_ files: [String], in folder: URL, _ options: PictureOptions) throws -> Tensor {
        var result: Tensor?
        var width = 0
        for (index, file) in files.enumerated() {
            let image = try image(file, in: folder, options, channels: result?.shape.last)
            if let result {
                guard image.shape.dimensions == result.shape.dimensions.dropFirst().map({ $0 }) else {
                    throw DataError(
                        file: folder.appendingPathComponent(file).path,
                        "is \(image.shape[0]) x \(image.shape[1]) pixels (height x width), but \(files[0]) is "
                            + "\(result.shape[1]) x \(result.shape[2])",
                        remedy: "Name a size to which all are brought, for example size = { 32, 32 }")
                }
            } else {
                result = try Tensor(
                    uninitialized: Shape([files.count] + image.shape.dimensions), dtype: .uint8)
                width = image.count
            }
            result?.pointer.advanced(by: index * width).copyMemory(from: image.pointer, byteCount: width)
        }
        guard let result else { throw DataError(file: folder.path, "holds no images") }
        return result
    }

    /// An image as the data set has it.
    private static func image(
        _ file: String, in folder: URL, _ options: PictureOptions, channels: Int?
    ) throws -> Tensor {
        let url = try ContainedPath.resolve(file, in: folder)
        // A pixel takes less than eight bytes in either format, but for what is said beside.
        let most = options.mostPixels.multipliedReportingOverflow(by: 8)
        let bytes = try ByteReader(url).readAll(limit: most.overflow ? .max : max(most.partialValue, 1 << 20))
        var image = try bytes.withUnsafeBytes { try ImageFile.read($0, what: url.path, limit: options.mostPixels) }
        if let wanted = options.channels ?? channels { image = try Picture.image(image, channels: wanted) }
        if let size = options.size { image = try Picture.resized(image, height: size.height, width: size.width) }
        return image
    }
}
