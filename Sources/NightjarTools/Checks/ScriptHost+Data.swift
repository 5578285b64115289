import Foundation
import NightjarData
import NightjarScripting

/// What `nightjar data` asks of a host.
extension ScriptHost {
    /// A data set and where it is, as far as one sees without reading it.
    public struct DataPlace: Sendable {
        public let name: String
        /// A folder, or how to get it.
        public let text: String
    }

    private var dataFolder: URL? { options.dataFolder.map { URL(fileURLWithPath: $0) } }

    /// All data sets that are known, by name.
    public func dataPlaces() throws -> [DataPlace] {
        let catalog = try catalog()
        return try catalog.names.map { name in
            switch try catalog.place(of: name, dataDirectory: dataFolder) {
            case .folder(let url): DataPlace(name: name, text: url.path)
            case .absent(_, let isFetched):
                DataPlace(
                    name: name,
                    text: isFetched
                        ? "not here: nightjar data fetch \(name)"
                        : "not here: nightjar data info \(name) says what to put where")
            }
        }
    }

    /// Reads a data set and says what is in it, in lines.
    /// - Throws: what is missing or damaged, and what to do about it.
    public func dataFacts(_ name: String) throws -> String {
        let catalog = try catalog()
        let bundle = try catalog.load(name, dataDirectory: dataFolder)
        var lines = [
            "data set      \(bundle.name)",
            "samples       \(bundle.train.count) to train on, \(bundle.test.count) to test on",
            "a sample      \(bundle.inputShape) of \(bundle.train.inputs.dtype)",
        ]
        let normalization = bundle.train.normalization
        func list(_ values: [Double]) -> String { values.map { ScriptText.number($0) }.joined(separator: ", ") }
        lines.append(
            "a model sees  (value / \(ScriptText.number(normalization.scale)) - \(list(normalization.mean))) / "
                + list(normalization.deviation))
        for set in bundle.train.labelSets { lines.append("label set     \(set.name): \(set.targets.form.words)") }
        if !bundle.credit.isEmpty { lines.append("credit        \(bundle.credit)") }
        if !bundle.license.isEmpty { lines.append("license       \(bundle.license)") }
        if case .folder(let url) = try catalog.place(of: name, dataDirectory: dataFolder) {
            lines.append("read from     \(url.path)")
        }
        lines += bundle.notes.map { "note          \($0)" }
        lines.append("classes       \(bundle.classes), with samples to train and to test on:")
        let (train, test) = (bundle.train.classCounts, bundle.test.classCounts)
        let width = bundle.classNames.prefix(100).map(\.count).max() ?? 0
        for (label, name) in bundle.classNames.prefix(100).enumerated() {
            let title = name.padding(toLength: width, withPad: " ", startingAt: 0)
            lines.append("              \(title)  \(train[label])  \(test[label])")
        }
        if bundle.classes > 100 { lines.append("              and \(bundle.classes - 100) more") }
        return lines.joined(separator: "\n")
    }

    /// The files of a data set at their public home, and the folder below a data directory for them.
    /// - Throws: ``DataError`` for an unknown name, and for a set that is not fetched.
    public func dataFiles(_ name: String) throws -> (folder: String, files: [PublishedFile]) {
        try catalog().files(of: name)
    }

    /// What NIGHTJAR_DATA names.
    public func dataEnvironmentFolder() throws -> URL? { try catalog().environmentFolder }
}
