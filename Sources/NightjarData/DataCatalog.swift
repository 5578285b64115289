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
        guard !PublishedSet.all.contains(where: { $0.name == name }) else {
            throw DataError("data set '\(name)' of \(folder.path) has the name of a built-in one", remedy: "Rename it")
        }
        declared[name] = (folder, load)
    }

    /// Keeps what is wrong with a data plugin until its name is asked for, so that it hides none of the others.
    public mutating func add(fault: String, names: [String]) {
        for name in names where faults[name] == nil { faults[name] = fault }
    }

    /// All names, in alphabetical order.
    public var names: [String] { (PublishedSet.all.map(\.name) + declared.keys).sorted() }

    /// Loads a data set.
    ///
    /// Image sets are looked for in `dataDirectory`, or where that is nil in `NIGHTJAR_DATA`, then where Debian puts
    /// them; in a folder of the set's name, and for mnist and cifar10 in the directory itself.
    /// - Throws: ``DataError`` for an unknown name (it lists the known ones), for missing files (it says where it looked
    ///   and how to get them), and for a damaged file (it names it).
    public func load(_ name: String, dataDirectory: URL? = nil) throws -> DataBundle {
        try check(dataDirectory ?? environmentDirectory, isOption: dataDirectory != nil)
        if let known = declared[name] { return try known.load() }
        let images = try published(name)
        let own = directories(for: images, dataDirectory ?? environmentDirectory)
        return try images.load(from: own, system: systemDirectory.appendingPathComponent(images.name))
    }

    /// Where a data set is, as far as one sees without reading it.
    public enum Place: Sendable, Equatable {
        /// In this folder, or of a plugin there.
        case folder(URL)
        /// Nowhere: what to do about it, and whether it can be fetched.
        case absent(remedy: String, isFetched: Bool)
    }

    /// - Throws: ``DataError`` for an unknown name, or for a data plugin that could not be added.
    public func place(of name: String, dataDirectory: URL? = nil) throws -> Place {
        if let known = declared[name] { return .folder(known.folder) }
        let images = try published(name)
        let own = directories(for: images, dataDirectory ?? environmentDirectory)
        if let place = images.place(in: own + [systemDirectory.appendingPathComponent(images.name)]) {
            return .folder(place)
        }
        return .absent(remedy: images.remedy, isFetched: !images.files.isEmpty)
    }

    /// The folder below a data directory that a data set is fetched into, and its files at their public home.
    /// - Throws: ``DataError`` for an unknown name, and for a set that is not fetched; it says what to put where.
    public func files(of name: String) throws -> (folder: String, files: [PublishedFile]) {
        if let known = declared[name] {
            throw DataError(
                "data set '\(name)' is of a plugin, and lies in \(known.folder.path): there is nothing to fetch")
        }
        let images = try published(name)
        guard !images.files.isEmpty, let folder = images.folders.first else {
            throw DataError("data set '\(name)' is not fetched", remedy: images.remedy)
        }
        return (folder, images.files)
    }

    /// `NIGHTJAR_DATA`.
    public var environmentFolder: URL? { environmentDirectory }

    private func published(_ name: String) throws -> PublishedSet {
        if let images = PublishedSet.all.first(where: { $0.name == name }) { return images }
        if let fault = faults[name] { throw DataError(fault) }
        let nearest = nearestName(to: name, in: names).map { "Did you mean '\($0)'? " } ?? ""
        throw DataError(
            "there is no data set '\(name)'", remedy: nearest + "Known are: \(names.joined(separator: ", "))")
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

    private func directories(for images: PublishedSet, _ directory: URL?) -> [URL] {
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

    private func isFolderOfAnother(_ directory: URL, than images: PublishedSet) -> Bool {
        PublishedSet.all.contains { $0.name != images.name && $0.folders.contains(directory.lastPathComponent) }
    }
}
