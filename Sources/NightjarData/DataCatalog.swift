import Foundation
import NightjarTensor

/// The data sets that can be loaded by name: the image sets known here, and those that data plugins declare.
public struct DataCatalog: Sendable {
    /// What plugins declare: where, and how it is loaded.
    private var declared: [String: (folder: URL, load: @Sendable () throws -> DataBundle)] = [:]
    /// What is wrong with data plugins that could not be added, by the names under which they would be asked for.
    private var faults: [String: String] = [:]
    private let environmentDirectory: URL?
    private let systemDirectory: URL

    /// - Parameters:
    ///   - environment: where `NIGHTJAR_DATA` is looked up.
    ///   - systemDirectory: where Debian packages put data sets.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        systemDirectory: URL = URL(fileURLWithPath: "/usr/share/datasets")
    ) {
        environmentDirectory = environment["NIGHTJAR_DATA"].flatMap { path in
            path.isEmpty ? nil : URL(fileURLWithPath: path, isDirectory: true)
        }
        self.systemDirectory = systemDirectory
    }

    /// Adds what a data plugin declares.
    /// - Throws: ``DataError`` when the name is taken.
    public mutating func add(_ description: TableDataDescription, folder: URL) throws {
        try add(description.name, folder) { try TableFile.load(description, folder: folder) }
    }

    /// The same of a file that a native reader reads.
    public mutating func add(_ description: NativeDataDescription, folder: URL) throws {
        try add(description.name, folder) { try description.load(folder: folder) }
    }

    private mutating func add(
        _ name: String, _ folder: URL, _ load: @escaping @Sendable () throws -> DataBundle
    ) throws {
        if let known = declared[name] {
            throw DataError(
                "data set '\(name)' of \(folder.path) is already provided by \(known.folder.path)",
                remedy: "Rename one of the two")
        }
        guard !ImageFolder.all.contains(where: { $0.name == name }) else {
            throw DataError("data set '\(name)' of \(folder.path) has the name of a built-in one", remedy: "Rename it")
        }
        declared[name] = (folder, load)
    }

    /// Keeps what is wrong with a data plugin until its name is asked for, so that it hides none of the others.
    public mutating func add(fault: String, names: [String]) {
        for name in names where faults[name] == nil { faults[name] = fault }
    }

    /// All names, in alphabetical order.
    public var names: [String] { (ImageFolder.all.map(\.name) + declared.keys).sorted() }

    /// Loads a data set.
    ///
    /// Image sets are looked for in `dataDirectory`, or where that is nil in `NIGHTJAR_DATA`, then where Debian puts
    /// them; in a folder of the set's name, and for mnist and cifar10 in the directory itself.
    /// - Throws: ``DataError`` for an unknown name (it lists the known ones), for missing files (it says where it looked
    ///   and how to get them), and for a damaged file (it names it).
    public func load(_ name: String, dataDirectory: URL? = nil) throws -> DataBundle {
        try check(dataDirectory ?? environmentDirectory, isOption: dataDirectory != nil)
        if let known = declared[name] { return try known.load() }
        guard let images = ImageFolder.all.first(where: { $0.name == name }) else {
            if let fault = faults[name] { throw DataError(fault) }
            let nearest = nearestName(to: name, in: names).map { "Did you mean '\($0)'? " } ?? ""
            throw DataError(
                "there is no data set '\(name)'", remedy: nearest + "Known are: \(names.joined(separator: ", "))")
        }
        let own = directories(for: images, dataDirectory ?? environmentDirectory)
        return try images.load(from: own, system: systemDirectory.appendingPathComponent(images.name))
    }

    /// A folder that was named and is not there is a slip, whatever is asked for.
    private func check(_ directory: URL?, isOption: Bool) throws {
        guard let directory, FileKind.of(directory) != .folder else { return }
        let source = isOption ? "--data-dir" : "NIGHTJAR_DATA"
        let reason = FileKind.of(directory) == nil ? "is not there" : "is not a folder"
        throw DataError(
            file: directory.path, "\(reason), and \(source) names it",
            remedy: "Name the folder that holds the data sets, or leave \(isOption ? "the option" : "the variable") out"
        )
    }

    private func directories(for images: ImageFolder, _ directory: URL?) -> [URL] {
        var result: [URL] = []
        if let directory {
            for folder in images.folders {
                // Fashion-MNIST's files have the names of MNIST's: a folder of the one is never taken for the other.
                if folder.isEmpty, isFolderOfAnother(directory, than: images) { continue }
                result.append(folder.isEmpty ? directory : directory.appendingPathComponent(folder))
            }
        }
        return result
    }

    private func isFolderOfAnother(_ directory: URL, than images: ImageFolder) -> Bool {
        ImageFolder.all.contains { $0.name != images.name && $0.folders.contains(directory.lastPathComponent) }
    }
}
