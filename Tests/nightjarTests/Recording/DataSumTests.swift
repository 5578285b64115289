import Foundation
import NightjarData
import NightjarExperiments
import NightjarTensor
import Testing

/// The fingerprint of data that stay in their files is kept, and holds for that file in that state alone.
@Suite struct DataSumTests {
    private static let count = 64

    /// An .npy of bytes, changed for the last time so many seconds before now.
    private func write(_ place: Workplace, _ value: UInt8, age: Double, at time: Double, rows: Int = count) throws
        -> URL
    {
        let head = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(rows), 64), }"
        let padded = head + String(repeating: " ", count: 117 - head.utf8.count) + "\n"
        var data = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(padded.utf8.count), 0]) + Data(padded.utf8)
        data.append(contentsOf: (0..<(rows * 64)).map { UInt8(truncatingIfNeeded: $0) ^ value })
        let url = place.url.appendingPathComponent("x.npy")
        try data.write(to: url)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: time - age)], ofItemAtPath: url.path)
        return url
    }

    private func dataset(_ url: URL) throws -> Dataset {
        let inputs = try #require(try NPYFile.mapped(url, what: "x.npy", leastMapped: 1))
        #expect(inputs.storage.mapping != nil)
        return try Dataset(
            name: "own", inputs: inputs, labels: (0..<inputs.shape[0]).map { Int32($0 % 4) }, classes: 4,
            normalization: .identity)
    }

    private func known(_ place: Workplace) -> Int { ((try? place.names("runs/.sums")) ?? []).count }

    @Test func aFileIsReadOnceAndAnewWhenItChanges() throws {
        let place = try Workplace()
        let time = Date().timeIntervalSince1970
        let sums = DataSum(runsDirectory: place.url.appendingPathComponent("runs"), now: { time })
        let url = try write(place, 0, age: 3600, at: time)
        let set = try dataset(url)
        let first = sums.text([set, nil])
        #expect(known(place) == 1)
        // What is written to the memory never reaches the file: the sum that is kept is not worked out again.
        set.inputs.pointer.storeBytes(of: 77, as: UInt8.self)
        #expect(sums.text([set, nil]) == first)
        #expect(
            DataSum(runsDirectory: place.url.appendingPathComponent("other"), now: { time }).text([set, nil]) != first)
        // The same bytes that are mapped or in memory are the same data.
        let plain = try Dataset(
            name: "own", inputs: try dataset(url).inputs.copy(), labels: set.labels, classes: 4,
            normalization: .identity)
        #expect(plain.inputs.storage.mapping == nil)
        #expect(sums.text([plain, nil]) == first)
        #expect(known(place) == 1)
        // Other bytes of the same size in the same file, also where its time is set back to what it was.
        let other = sums.text([try dataset(write(place, 1, age: 3600, at: time)), nil])
        #expect(other != first)
        // Another file of the same size and time.
        let moved = place.url.appendingPathComponent("y.npy")
        try FileManager.default.moveItem(at: write(place, 2, age: 3600, at: time), to: moved)
        _ = try write(place, 3, age: 3600, at: time)
        #expect(rename(moved.path, url.path) == 0)
        let third = sums.text([try dataset(url), nil])
        #expect(third != first && third != other)
        // More of it, and at another time.
        let longer = sums.text([try dataset(write(place, 0, age: 3600, at: time, rows: 65)), nil])
        #expect(![first, other, third].contains(longer))
        #expect(sums.text([try dataset(write(place, 0, age: 1800, at: time)), nil]) == first)
    }

    /// The clock of a file system can be coarse: a second change may leave the time as it is.
    @Test func aFileThatWasChangedJustNowIsNotTrusted() throws {
        let place = try Workplace()
        let time = Date().timeIntervalSince1970
        let sums = DataSum(runsDirectory: place.url.appendingPathComponent("runs"), now: { time })
        for age in [0, 1.5, -100] {
            let set = try dataset(write(place, 5, age: age, at: time))
            let first = sums.text([set])
            set.inputs.pointer.storeBytes(of: 77, as: UInt8.self)
            #expect(sums.text([set]) != first)
            #expect(known(place) == 0)
        }
        _ = sums.text([try dataset(write(place, 5, age: 3, at: time))])
        #expect(known(place) == 1)
    }

    @Test func aSumThatWasDamagedIsWorkedOutAgain() throws {
        let place = try Workplace()
        let time = Date().timeIntervalSince1970
        let sums = DataSum(runsDirectory: place.url.appendingPathComponent("runs"), now: { time })
        let set = try dataset(write(place, 9, age: 100, at: time))
        let first = sums.text([set])
        let name = "runs/.sums/" + (try #require(try place.names("runs/.sums").first))
        let text = try place.read(name)
        for position in text.utf8.indices.dropLast() {
            var bytes = Array(text.utf8)
            bytes[text.utf8.distance(from: text.utf8.startIndex, to: position)] ^= 1
            try place.write(String(decoding: bytes, as: UTF8.self), to: name)
            #expect(sums.text([set]) == first)
            #expect(try place.read(name) == text)
        }
    }

    /// What is in memory costs nothing to look at, and is never kept.
    @Test func whatIsInMemoryIsNotKept() throws {
        let place = try Workplace()
        let sums = DataSum(runsDirectory: place.url.appendingPathComponent("runs"))
        let inputs = try Tensor.from([Double](repeating: 1, count: 8), shape: Shape([4, 2]), dtype: .float32)
        let set = try Dataset(name: "own", inputs: inputs, labels: [0, 1, 0, 1], classes: 2, normalization: .identity)
        #expect(sums.text([set]).utf8.count == 16)
        #expect(known(place) == 0)
    }
}
