// Whether the files of a run are those that it wrote.

import Foundation

extension RunFolder {
    /// The files whose sums are kept in `summary.json`, by their path in the folder.
    private var summedFiles: [String: URL] {
        let arrays = (try? FileManager.default.contentsOfDirectory(atPath: arraysURL.path)) ?? []
        let own =
            [metricsURL, ledgerURL, labelsURL, weightsURL, averagesURL, stateURL] + bestFiles()
            + arrays.filter { $0.hasSuffix(".npy") }.map { arraysURL.appendingPathComponent($0) }
        var files: [String: URL] = [:]
        for file in own where FileManager.default.fileExists(atPath: file.path) {
            files[String(file.path.dropFirst(url.path.count).drop { $0 == "/" })] = file
        }
        return files
    }

    /// ``Checksum`` of the run's files as they are.
    func fileSums() throws -> [String: String] {
        try summedFiles.mapValues { try FileReason.checksum($0) }
    }

    /// Looks whether the files of a run that has ended are those that it wrote. A run of before there were sums is as good
    /// as its word.
    /// - Throws: `RunError` that names the first file that was changed, cut or is gone.
    public func checkFiles() throws {
        guard FileManager.default.fileExists(atPath: summaryURL.path) else { return }
        let summary = try FileReason.read(summaryURL)
        let json = try JSONValue(parsing: summary, source: summaryURL.path)
        guard SummedJSON.isWhole(summary, json) else { throw RunFolder.changed(summaryURL) }
        guard case .object(let sums)? = json["files"] else { return }
        for (name, sum) in sums.sorted(by: { $0.key < $1.key }) {
            let file = url.appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw RunError("\(file.path): the run wrote this file, and it is gone\n  " + RunFolder.advice)
            }
            guard try FileReason.checksum(file) == sum.stringValue else { throw RunFolder.changed(file) }
        }
        guard json["config_hash"]?.stringValue == configuration.hash else { throw RunFolder.changed(configurationURL) }
    }

    /// Looks whether the checkpoints that a run has kept are those that it wrote.
    /// - Throws: `RunError` that names the first that was changed or cut.
    public func checkCheckpoints() throws {
        for file in [checkpointURL, previousCheckpointURL] + keptEpochs.map(keptCheckpointURL)
        where FileManager.default.fileExists(atPath: file.path) {
            guard try SafetensorsFile(contentsOf: file).checkSum() else { throw RunFolder.changed(file) }
        }
    }

    /// What to do about a file that is not what it was.
    public static let advice = "put the file back, or run it anew: --again keeps what is there until the new run stands"

    /// Looks whether the rows up to an epoch are those that were there when a checkpoint was written.
    /// - Parameters:
    ///   - metrics: ``MetricsWriter/checksum`` of that time.
    ///   - arrays: ``ArrayLog/checksum`` of that time by the file's path in the folder.
    public func checkRows(through epoch: Int, metrics: String, arrays: [String: String]) throws {
        func split(_ text: String) -> (Int, String)? {
            let parts = text.split(separator: ":").map(String.init)
            guard parts.count == 2, let count = Int(parts[0]), count >= 0 else { return nil }
            return (count, parts[1])
        }
        let table = try readMetrics()
        guard let (columns, sum) = split(metrics), table.columns.count >= columns,
            table.checksum(columns: columns, through: epoch) == sum
        else {
            throw RunError(
                "\(metricsURL.path): the rows up to epoch \(epoch) are not those that the run wrote: the file was changed "
                    + "or is damaged")
        }
        for (name, text) in arrays.sorted(by: { $0.key < $1.key }) {
            let file = url.appendingPathComponent(name)
            guard let (rows, sum) = split(text), try ArrayLogFile(file).checksum(rows: rows) == sum else {
                throw RunError(
                    "\(file.path): the rows up to epoch \(epoch) are not those that the run wrote: the file was changed or "
                        + "is damaged")
            }
        }
    }
}
