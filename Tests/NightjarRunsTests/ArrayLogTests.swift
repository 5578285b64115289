import Foundation
import NightjarRuns
import Testing

@Suite struct ArrayLogTests {
    private func append(_ log: ArrayLog, _ values: [Float], at row: Int) throws {
        try values.withUnsafeBytes { try log.append($0, at: row) }
    }

    @Test func rowsComeBackAndEpochsWithoutOneAreNaN() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("a.npy")
        let log = try ArrayLog(url, shape: [2, 2], element: .float32)
        try append(log, [1, 2, 3, 4], at: 0)
        try append(log, [5, 6, 7, 8], at: 2)
        let file = try ArrayLogFile(url)
        #expect(file.shape == [2, 2] && file.rows == 3 && file.element == .float32)
        #expect(try file.row(0) == [1, 2, 3, 4])
        #expect(try file.row(1).allSatisfy(\.isNaN))
        #expect(try file.row(2) == [5, 6, 7, 8])
        #expect(message { _ = try file.row(3) } == "there is no row 4: the array has 3")
        // As NumPy's format has it: the header ends with a newline at a multiple of 64.
        let data = try Data(contentsOf: url)
        let start = 10 + Int(data[8]) + Int(data[9]) << 8
        #expect(start.isMultiple(of: 64) && data[start - 1] == 10)
        #expect(
            String(decoding: data[10..<start], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                == "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 2), }")
    }

    /// What a kill left behind the last whole row is cut off, and so are rows of epochs that are done again.
    @Test func goingOnKeepsTheRowsThatAreDone() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("a.npy")
        do {
            let log = try ArrayLog(url, shape: [2], element: .float32)
            for row in 0..<4 { try append(log, [Float(row), 9], at: row) }
        }
        let handle = try FileHandle(forWritingTo: url)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([1, 2, 3]))
        try handle.close()
        let whole = try ArrayLogFile(url)
        #expect(whole.rows == 4)
        let log = try ArrayLog(url, shape: [2], element: .float32, keepingRows: 2)
        try append(log, [7, 7], at: 2)
        let file = try ArrayLogFile(url)
        #expect(try (0..<file.rows).map { try file.row($0) } == [[0, 9], [1, 9], [7, 7]])
        #expect(
            message { _ = try ArrayLog(url, shape: [3], element: .float32, keepingRows: 1) }
                == "\(url.path): it holds rows of shape [2], and this run has rows of shape [3]: run it anew with --again"
        )
    }

    @Test func filesThatAreNoneAreRefused() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("a.npy")
        try append(try ArrayLog(url, shape: [2], element: .float32), [1, 2], at: 0)
        let good = try Data(contentsOf: url)
        for (bytes, problem) in [
            (Data("no array".utf8), "this is no .npy file of version 1"),
            (good.dropLast(1), "it is shorter than its header says"),
            (good.prefix(50), "its header is not that of a run's array"),
            (
                Data(String(decoding: good, as: UTF8.self).replacing("(1, 2)", with: "(1,-2)").utf8),
                "this is no .npy file of version 1"
            ),
        ] {
            try bytes.write(to: url)
            #expect(message { _ = try ArrayLogFile(url) } == "\(url.path): \(problem)")
        }
        var other = good
        if let place = good.range(of: Data("(1, 2)".utf8)) { other.replaceSubrange(place, with: Data("(1,-2)".utf8)) }
        try other.write(to: url)
        #expect(message { _ = try ArrayLogFile(url) } == "\(url.path): its shape is none that an array has")
    }
}
