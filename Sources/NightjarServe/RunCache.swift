// What was read of files, until they change.

import Foundation
import NightjarProcess
import NightjarRuns
import Synchronization

/// Values made of files, by path; each is made anew when its file's size or time has changed.
final class FileCache<Value: Sendable>: Sendable {
    private let most: Int
    private let known = Mutex<[String: (stamp: FileStamp, value: Value)]>([:])

    /// - Parameter most: values that are kept.
    init(most: Int) { self.most = most }

    /// - Returns: nil where there is no such file.
    /// - Throws: what `make` throws.
    func value(_ url: URL, _ make: (URL) throws -> Value) throws -> Value? {
        guard let stamp = FileStamp(url.path) else { return nil }
        if let found = known.withLock({ $0[url.path] }), found.stamp == stamp { return found.value }
        let value = try make(url)
        known.withLock { known in
            if known.count >= most { known.removeAll() }
            known[url.path] = (stamp, value)
        }
        return value
    }
}

/// Curves and configurations of runs, as they are in their files.
final class RunCache: Sendable {
    private let curves = FileCache<MetricsTable>(most: 20_000)
    private let folders = FileCache<RunFolder>(most: 2_000)

    /// - Throws: `RunError` for a file that cannot be read.
    func curves(_ folder: URL) throws -> MetricsTable? {
        try curves.value(folder.appendingPathComponent("metrics.csv")) { try MetricsTable(contentsOf: $0) }
    }

    /// - Throws: `RunError` for a configuration that cannot be read.
    func folder(_ url: URL) throws -> RunFolder? {
        try folders.value(url.appendingPathComponent("config.json")) { _ in try RunFolder.open(url) }
    }
}
