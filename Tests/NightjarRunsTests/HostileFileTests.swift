import Foundation
import NightjarRuns
import NightjarTensor
import Testing

/// Hostile files of this room: thousands of changed ones are read, or refused with an error that names them.
///
/// `NIGHTJAR_FILE_CASES` is how many of each kind (`make fuzz-files`); a few hundred otherwise.
@Suite struct HostileFileTests {
    private static let rounds = ProcessInfo.processInfo.environment["NIGHTJAR_FILE_CASES"].flatMap(Int.init) ?? 300

    /// Flips, cuts, splices, repeats, and numbers set to their extremes; the same seed gives the same changes.
    static func mutate(_ bytes: [UInt8], _ random: RandomStream, _ position: inout UInt64) -> [UInt8] {
        func below(_ limit: Int) -> Int {
            position += 1
            return random.below(max(1, limit), position)
        }
        let numbers = [
            "-1", "1e999", "9223372036854775807", "9223372036854775808", "1.5", "nan", "\"", "[", "{", ",", "",
        ]
        var result = bytes
        for _ in 0...below(4) where !result.isEmpty {
            let place = below(result.count)
            switch below(8) {
            case 0: result[place] = UInt8(below(256))
            case 1: result[place] ^= 1 << UInt8(below(8))
            case 2: result.removeSubrange(place..<min(result.count, place + 1 + below(16)))
            case 3: result.insert(contentsOf: numbers[below(numbers.count)].utf8, at: place)
            case 4: result = Array(result.prefix(place))
            case 5: for index in place..<min(result.count, place + 8) { result[index] = below(2) == 0 ? 0xFF : 0x7F }
            case 6: result.insert(contentsOf: [UInt8](repeating: result[place], count: below(300)), at: place)
            default: result.insert(contentsOf: result[place..<min(result.count, place + 1 + below(64))], at: place)
            }
        }
        return result
    }

    private func fuzz(_ whole: [UInt8], _ name: String, _ read: (URL) throws -> Void) throws {
        let folder = try TemporaryFolder()
        let url = folder.file(name)
        let random = RandomStream(seed: 20_261_128, purpose: name)
        var position: UInt64 = 0
        var refused = 0
        for _ in 0..<HostileFileTests.rounds {
            try Data(HostileFileTests.mutate(whole, random, &position)).write(to: url)
            do {
                try read(url)
            } catch let error as RunError {
                #expect(error.description.contains(name))
                refused += 1
            }
        }
        // Most changes are found; which, differs between formats.
        #expect(refused > HostileFileTests.rounds / 10)
    }

    @Test func safetensorsAreReadOrRefused() throws {
        try fuzz([UInt8](try Data(contentsOf: fixture("python.safetensors"))), "w.safetensors") { url in
            let file = try SafetensorsFile(contentsOf: url)
            for array in file.arrays { try file.withBytes(of: array.name) { #expect($0.count == array.range.count) } }
        }
    }

    @Test func configurationsAreReadOrRefused() throws {
        try fuzz(Array(exampleConfiguration().canonicalText.utf8), "config.json") { url in
            _ = try RunConfiguration(
                parsing: JSONValue(parsing: Data(contentsOf: url), source: url.path), source: url.path
            )
            .canonicalText
        }
    }

    @Test func metricsAreReadOrRefused() throws {
        let rows = (1...20).map { "\($0),\(Double($0) / 3),,nan,-1e-5,\($0 * 7)\n" }.joined()
        try fuzz(Array(("epoch,j1,j2,loss,rate,step\n" + rows).utf8), "metrics.csv") { url in
            for column in try MetricsTable(contentsOf: url).columns {
                _ = try MetricsTable(contentsOf: url).series(column)
            }
        }
    }

    @Test func tablesOfTextAreReadOrRefused() throws {
        try fuzz(Array("index,true,given\n0,1,1\n1,\"2\",\"a\"\"b\"\r\n".utf8), "t.csv") { url in
            _ = try CSV.parse(String(decoding: Data(contentsOf: url), as: UTF8.self), source: url.path)
        }
    }

    // MARK: Headers

    private func safetensors(_ header: String, data: Int = 0) -> [UInt8] {
        let text = Array(header.utf8)
        return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
            + [UInt8](repeating: 0, count: data)
    }

    private func refusal(_ bytes: [UInt8]) throws -> String {
        let folder = try TemporaryFolder()
        let url = folder.file("w.safetensors")
        try Data(bytes).write(to: url)
        return message { _ = try SafetensorsFile(contentsOf: url) }.replacing(url.path, with: "FILE")
    }

    @Test(arguments: [
        (
            #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}"#,
            "FILE: header: not valid JSON (line 1, column 55: the key \"w\" comes twice)"
        ),
        (
            #"{"w":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#,
            "FILE: array \"w\": shape must be a list of whole numbers that are not negative"
        ),
        (
            #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4.0]}}"#,
            "FILE: array \"w\": data_offsets must be two whole numbers, the first not above the second"
        ),
        (
            #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}"#,
            "FILE: array \"w\": it has a field \"more\", which the format does not know"
        ),
        (
            #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}"#,
            "FILE: header: not valid JSON (line 1, column 55: an object ends with a comma: take it away)"
        ),
        (
            "\u{feff}{}",
            "FILE: header: it does not begin with '{'; the file is damaged or is not safetensors"
        ),
    ]) func headersThatSayTwoThingsAreRefused(_ header: String, _ reason: String) throws {
        #expect(try refusal(safetensors(header, data: 4)) == reason)
    }

    @Test(
        arguments: [
            ([0x50, 0x4B, 0x03, 0x04], "a zip archive (.npz, or .pt of PyTorch)"),
            ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0], "a .npy file"), ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
            ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0], "gzipped data"), (Array("{\"a\": 1}".utf8), "JSON"),
        ] as [([UInt8], String)]) func otherFormatsAreNamed(_ start: [UInt8], _ kind: String) throws
    {
        let bytes = start + [UInt8](repeating: 0x41, count: 60)
        #expect(try refusal(bytes) == "FILE: this is no safetensors file: it begins as \(kind) does")
    }

    /// A file with a hole of two gigabytes: its first bytes decide.
    @Test func aLargeFileOfAnotherFormatIsRefusedByItsStart() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("w.safetensors")
        try Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]).write(to: url)
        try #require(truncate(url.path, 2 << 30) == 0)
        let text = message { _ = try SafetensorsFile(contentsOf: url) }
        #expect(text.hasSuffix("this is no safetensors file: it begins as an HDF5 file does"))
    }

    @Test func deepAndWideHeadersTakeTimeInProportion() throws {
        let deep = "{\"a\":" + String(repeating: "[", count: 200_000)
        #expect(try refusal(safetensors(deep)).contains("values are nested deeper than 100 levels"))
        let wide = (0..<20_000).map { #""layer.\#($0)":{"dtype":"U8","shape":[1],"data_offsets":[\#($0),\#($0 + 1)]}"# }
        let folder = try TemporaryFolder()
        let url = folder.file("wide.safetensors")
        try Data(safetensors("{" + wide.joined(separator: ",") + "}", data: 20_000)).write(to: url)
        let file = try SafetensorsFile(contentsOf: url)
        #expect(file.arrays.count == 20_000)
        for array in file.arrays { #expect(try file.withBytes(of: array.name) { $0.count } == 1) }
    }

    @Test func anUnknownElementTypeHidesNoneOfTheOthers() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("w.safetensors")
        try Data(
            safetensors(
                #"{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
                data: 4)
        ).write(to: url)
        let file = try SafetensorsFile(contentsOf: url)
        #expect(file.arrays.map(\.name) == ["b"])
        #expect(file.unreadable.map(\.name) == ["a"])
        #expect(file.unreadable.map(\.reason) == ["\(url.path): array \"a\": unknown dtype F8_E4M3"])
    }
}
