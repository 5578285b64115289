import CNative
import NightjarTensor

/// A shared library of a plugin: what its table says it has, looked through when it was loaded.
///
/// Loading one runs its code, and it stays in the process for good: what is made of it never becomes invalid. See
/// `nightjar_plugin.h`, which plugins are written against.
public final class NativeLibrary: Sendable {
    /// The version of `nightjar_plugin.h`.
    public static let version = Int(NIGHTJAR_PLUGIN_VERSION)

    /// The file.
    public let path: String
    public let operations: [NativeOperation]
    public let readers: [NativeReader]
    public let metrics: [NativeMetric]

    /// Loads a library that somebody trusts.
    /// - Parameters:
    ///   - path: absolute.
    ///   - owner: the plugin, in front of the names of operations.
    /// - Throws: ``NativeError`` for what is no library, for one of another version or with other structures, and for a
    ///   table that does not fit together.
    public init(path: String, owner: String) throws {
        var message = nj_native_message()
        guard let table = nj_native_open(path, &message) else { throw NativeError(text(message)) }
        self.path = path
        operations = try OperationRegistry.shared.enter(table, owner: owner)
        readers = (0..<table.pointee.reader_count).compactMap { index in
            nj_native_reader(table, index).map { NativeReader($0) }
        }
        metrics = (0..<table.pointee.metric_count).compactMap { index in
            nj_native_metric(table, index).map { NativeMetric($0) }
        }
    }

    public func operation(_ name: String) -> NativeOperation? { operations.first { $0.name == name } }
    public func reader(_ name: String) -> NativeReader? { readers.first { $0.name == name } }
    public func metric(_ name: String) -> NativeMetric? { metrics.first { $0.name == name } }
}

/// The text of a message from C.
func text(_ message: nj_native_message) -> String {
    withUnsafeBytes(of: message.text) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}
