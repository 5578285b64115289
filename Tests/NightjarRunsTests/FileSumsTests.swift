import Foundation
import NightjarRuns
import Testing

/// Files of runs that were cut, changed or removed are found: at every position, not at a sample of them.
@Suite(.serialized) struct FileSumsTests {
    private func withFolder(_ body: (RunFolder) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        try body(
            RunFolder.create(
                in: url,
                configuration: RunConfiguration(
                    experiment: "exp", epochs: 3, parts: ["loss": ["name": "rll"], "seeds": ["init": 1]],
                    environment: ["threads": 2])))
    }

    private func weights(_ folder: RunFolder, count: Int) throws {
        let values = (0..<count).map { Float($0).squareRoot() }
        try values.withUnsafeBytes {
            try folder.writeWeights([.init(name: "layer.weight", dtype: .float32, shape: [count], bytes: $0)])
        }
    }

    /// A run of three epochs that has finished.
    private func finish(_ folder: RunFolder) throws {
        let writer = try folder.metricsWriter(columns: ["loss", "j2"])
        let ledger = try ArrayLog(folder.ledgerURL, shape: [4, 2], element: .float32)
        for epoch in 1...3 {
            try writer.append(epoch: epoch, [1 / Double(epoch), nil])
            try [Float](repeating: Float(epoch), count: 8).withUnsafeBytes { try ledger.append($0, at: epoch - 1) }
        }
        try weights(folder, count: 40)
        try folder.writeSummary(RunSummary(status: .finished, epochs: 3, metrics: ["j2": 1], seconds: 1))
    }

    /// Puts contents in the place of a file for a moment.
    private func with(_ data: Data, in file: URL, _ body: () throws -> Void) throws {
        let whole = try Data(contentsOf: file)
        try data.write(to: file)
        try body()
        try whole.write(to: file)
    }

    @Test func everyCutOfAFileOfAFinishedRunIsFound() throws {
        try withFolder { folder in
            try finish(folder)
            try folder.checkFiles()
            for file in [folder.metricsURL, folder.weightsURL, folder.ledgerURL] {
                let whole = try Data(contentsOf: file)
                for count in 0..<whole.count {
                    try with(whole.prefix(count), in: file) {
                        #expect(throws: RunError.self, "\(file.lastPathComponent) cut to \(count)") {
                            try folder.checkFiles()
                        }
                    }
                }
            }
            try folder.checkFiles()
        }
    }

    @Test func everyFlippedBitOfAFileOfAFinishedRunIsFound() throws {
        try withFolder { folder in
            try finish(folder)
            for file in [folder.metricsURL, folder.weightsURL, folder.ledgerURL] {
                let whole = try Data(contentsOf: file)
                for place in whole.indices {
                    for bit in 0..<8 {
                        var other = whole
                        other[place] ^= 1 << UInt8(bit)
                        try with(other, in: file) { #expect(throws: RunError.self) { try folder.checkFiles() } }
                    }
                }
            }
        }
    }

    @Test func everyCutOfAConfigurationIsFound() throws {
        try withFolder { folder in
            let whole = try Data(contentsOf: folder.configurationURL)
            for count in 0..<whole.count {
                try with(whole.prefix(count), in: folder.configurationURL) {
                    #expect(throws: RunError.self, "cut to \(count)") { try RunFolder.open(folder.url) }
                }
            }
            #expect(try RunFolder.open(folder.url).configuration == folder.configuration)
        }
    }

    /// Of the configuration as it is opened, and of the summary as it is looked at.
    @Test func everyFlippedBitOfAConfigurationAndASummaryIsFound() throws {
        try withFolder { folder in
            try finish(folder)
            func missed(_ file: URL, _ look: () throws -> Void) throws -> [Int] {
                let whole = try Data(contentsOf: file)
                var missed: [Int] = []
                for place in whole.indices {
                    for bit in 0..<8 {
                        var other = whole
                        other[place] ^= 1 << UInt8(bit)
                        try with(other, in: file) { if (try? look()) != nil { missed.append(8 * place + bit) } }
                    }
                }
                return missed
            }
            #expect(try missed(folder.configurationURL) { _ = try RunFolder.open(folder.url) } == [])
            #expect(try missed(folder.summaryURL) { try folder.checkFiles() } == [])
            _ = try RunFolder.open(folder.url)
            try folder.checkFiles()
        }
    }

    /// A checkpoint of 20 kB, flipped at every bit (`make bits`), or at one bit of each byte.
    @Test func everyFlippedBitOfACheckpointIsFound() throws {
        try withFolder { folder in
            let values = (0..<4700).map { Float($0).squareRoot() }
            let metadata = [
                "format": "nightjar checkpoint 2", "config_hash": folder.configuration.hash, "epochs": "3",
                "steps": "45",
                "draws": "0:0", "course": "", "rows": "2:0123456789abcdef", "rows of ledger.npy": "3:fedcba9876543210",
            ]
            try values.withUnsafeBytes { bytes in
                try SafetensorsFile.write(
                    ["model/1/weight", "optimizer/1/weight/velocity"].enumerated().map { place, name in
                        .init(
                            name: name, dtype: .float32, shape: [2350],
                            bytes: .init(rebasing: bytes[(place * 9400)..<((place + 1) * 9400)]))
                    }, metadata: metadata, summed: true, to: folder.checkpointURL)
            }
            let whole = try Data(contentsOf: folder.checkpointURL)
            #expect((19_000...21_000).contains(whole.count))
            let isWhole = ProcessInfo.processInfo.environment["NIGHTJAR_EVERY_BIT"] != nil
            var missed: [Int] = []
            var tried = 0
            for place in whole.indices {
                for bit in isWhole ? 0...7 : place % 8...place % 8 {
                    var other = whole
                    other[place] ^= 1 << UInt8(bit)
                    // In its place: a file that is made anew costs the most of it.
                    try Self.put(other[place], at: place, in: folder.checkpointURL)
                    if (try? SafetensorsFile(contentsOf: folder.checkpointURL).checkSum()) == true {
                        missed.append(8 * place + bit)
                    }
                    try Self.put(whole[place], at: place, in: folder.checkpointURL)
                    tried += 1
                }
            }
            #expect(missed == [])
            #expect(tried == whole.count * (isWhole ? 8 : 1))
            #expect(try SafetensorsFile(contentsOf: folder.checkpointURL).checkSum())
        }
    }

    private static func put(_ byte: UInt8, at place: Int, in file: URL) throws {
        let handle = try FileHandle(forUpdating: file)
        try handle.seek(toOffset: UInt64(place))
        try handle.write(contentsOf: Data([byte]))
        try handle.close()
    }

    /// Runs of before there were sums are read.
    @Test func aConfigurationWithoutASumIsAsGoodAsItsWord() throws {
        try withFolder { folder in
            let text = try String(contentsOf: folder.configurationURL, encoding: .utf8)
            let plain = text.replacing(#/ {2}"checksum": "[0-9a-f]{16}",\n/#, with: "")
            #expect(plain == folder.configuration.canonicalText)
            try Data(plain.utf8).write(to: folder.configurationURL)
            #expect(try RunFolder.open(folder.url).configuration == folder.configuration)
        }
    }

    @Test func whatIsGoneOrOthersIsNamed() throws {
        try withFolder { folder in
            try finish(folder)
            let advice = "\n  put the file back, or run it anew: --again keeps what is there until the new run stands"
            try with(Data("epoch,loss,j2\n".utf8), in: folder.metricsURL) {
                #expect(
                    throws: RunError(
                        "\(folder.metricsURL.path): this is not what the run wrote: the file was changed or is damaged"
                            + advice)
                ) { try folder.checkFiles() }
            }
            try FileManager.default.removeItem(at: folder.ledgerURL)
            #expect(
                throws: RunError("\(folder.ledgerURL.path): the run wrote this file, and it is gone" + advice)
            ) { try folder.checkFiles() }
        }
    }

    /// Of a run that goes on, the rows up to its checkpoint count; later ones are written again.
    @Test func everyCutAndEveryFlippedBitOfRowsBesideACheckpointIsFound() throws {
        try withFolder { folder in
            let writer = try folder.metricsWriter(columns: ["loss", "j2"])
            let ledger = try ArrayLog(folder.ledgerURL, shape: [4, 2], element: .float32)
            var sums = (metrics: "", ledger: "")
            for epoch in 1...3 {
                try writer.append(epoch: epoch, [1 / Double(epoch), nil])
                try [Float](repeating: Float(epoch), count: 8).withUnsafeBytes { try ledger.append($0, at: epoch - 1) }
                if epoch == 2 { sums = (writer.checksum, ledger.checksum) }
            }
            func check() throws {
                try folder.checkRows(through: 2, metrics: sums.metrics, arrays: ["ledger.npy": sums.ledger])
            }
            try check()
            let table = try Data(contentsOf: folder.metricsURL)
            // All lines but the last.
            let lines = table.split(separator: UInt8(ascii: "\n"))
            let counted = lines.dropLast().reduce(0) { $0 + $1.count + 1 }
            for count in 0..<counted {
                try with(table.prefix(count), in: folder.metricsURL) {
                    #expect(throws: RunError.self, "cut to \(count)") { try check() }
                }
                for bit in 0..<8 {
                    var other = table
                    other[count] ^= 1 << UInt8(bit)
                    try with(other, in: folder.metricsURL) { #expect(throws: RunError.self) { try check() } }
                }
            }
            try with(table.prefix(counted), in: folder.metricsURL) { try check() }
            let array = try Data(contentsOf: folder.ledgerURL)
            for count in 0..<array.count {
                try with(array.prefix(count), in: folder.ledgerURL) {
                    #expect(throws: RunError.self, "cut to \(count)") { try check() }
                }
            }
            // What counts are two rows of four samples with two numbers, and the third behind them.
            let end = array.count - 32
            for place in end - 64..<end {
                for bit in 0..<8 {
                    var other = array
                    other[place] ^= 1 << UInt8(bit)
                    try with(other, in: folder.ledgerURL) { #expect(throws: RunError.self) { try check() } }
                }
            }
        }
    }

    /// A column that a script adds later changes no row that a checkpoint knows.
    @Test func columnsThatCameLaterPlayNoPart() throws {
        try withFolder { folder in
            let writer = try folder.metricsWriter(columns: ["loss"])
            try writer.append(epoch: 1, [0.5])
            let sum = writer.checksum
            try writer.append(epoch: 2, ["loss": 0.25, "extra": 1])
            #expect(writer.checksum != sum)
            try folder.checkRows(through: 1, metrics: sum, arrays: [:])
        }
    }

    @Test func unfinishedFilesOfTheDeadGoWhenTheFolderIsTakenAgain() throws {
        try withFolder { folder in
            let left = folder.url.appendingPathComponent(".weights.safetensors.4711.1.part")
            try Data("half".utf8).write(to: left)
            _ = try RunFolder.create(
                in: folder.url.deletingLastPathComponent().deletingLastPathComponent(),
                configuration: folder.configuration, keepingResults: true)
            #expect(!FileManager.default.fileExists(atPath: left.path))
        }
    }
}
