// The folder of cells that run elsewhere: what they are, and what they tell.

import Foundation
import NightjarTensor

/// A folder in `.batches` of an experiment, for cells that a scheduler or another program starts.
///
/// | file | holds |
/// |---|---|
/// | `manifest.json` | what the workers are told: the request, the texts, the cells |
/// | `job.sh` | what the scheduler runs for each cell |
/// | `job` | the number of the scheduler's job |
/// | `N.jsonl` | what the worker of cell N of the manifest reports, a line each |
/// | `N.log` | what it, and the scheduler about it, wrote to standard output and standard error |
/// | `over` | nothing: all of its cells have ended |
///
/// Each file has one writer, so that the folder may lie on a network file system.
public struct CellBatch: Sendable, Equatable {
    public let url: URL

    public init(_ url: URL) { self.url = url }

    public var manifestURL: URL { url.appendingPathComponent("manifest.json") }
    public var scriptURL: URL { url.appendingPathComponent("job.sh") }
    public func reportURL(_ element: Int) -> URL { url.appendingPathComponent("\(element).jsonl") }
    public func logURL(_ element: Int) -> URL { url.appendingPathComponent("\(element).log") }
    private var jobURL: URL { url.appendingPathComponent("job") }
    private var overURL: URL { url.appendingPathComponent("over") }

    /// Makes the folder of a manifest. Equal texts share one, which `isNew` refuses: then it is one with a number.
    public static func make(
        of manifest: String, in experiment: ExperimentFolder, isNew: Bool
    ) throws -> CellBatch {
        let batches = folder(of: experiment)
        let name = String(ContentHash.sha256(manifest.utf8).prefix(12))
        do {
            try FileManager.default.createDirectory(at: batches, withIntermediateDirectories: true)
            for number in 1... {
                let url = batches.appendingPathComponent(number == 1 ? name : "\(name)-\(number)", isDirectory: true)
                if mkdir(url.path, 0o755) == 0 || errno == EEXIST && !isNew {
                    let batch = CellBatch(url)
                    try AtomicFile.write(manifest, to: batch.manifestURL)
                    return batch
                }
                guard errno == EEXIST else {
                    throw RunError("\(url.path): could not make the folder (\(String(cString: strerror(errno))))")
                }
            }
        } catch let error as RunError {
            throw error
        } catch {
            throw RunError("\(batches.path): could not make the folder (\(FileReason.of(error)))")
        }
        throw RunError("\(batches.path): it has too many folders")
    }

    /// Those of an experiment that a scheduler knows and that are not over, by name.
    public static func going(in experiment: ExperimentFolder) -> [CellBatch] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(of: experiment).path)) ?? []
        return names.sorted().map { CellBatch(folder(of: experiment).appendingPathComponent($0, isDirectory: true)) }
            .filter { $0.job != nil && !FileManager.default.fileExists(atPath: $0.overURL.path) }
    }

    private static func folder(of experiment: ExperimentFolder) -> URL {
        experiment.url.appendingPathComponent(".batches", isDirectory: true)
    }

    /// The number of its job; nil where it was not handed over.
    public var job: String? {
        let text = try? WholeFile.text(jobURL.path, most: WholeFile.headBytes)?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    public func note(job: String) throws { try AtomicFile.write(job + "\n", to: jobURL) }

    /// Nobody asks the scheduler for it any more.
    public func noteOver() { try? AtomicFile.write("", to: overURL) }

    /// Takes a batch that was not handed over away.
    public func remove() { try? FileManager.default.removeItem(at: url) }
}
