import Foundation
import NightjarData
import NightjarTensor
import Testing

/// Fixtures are those of Python's csv module, read by pandas; see `Fixtures/make_csv.py`.
@Suite struct CSVFileTests {
    private struct Table: Decodable {
        let values: [[String?]]
        let labels: [String]
        let classes: [String]
        let means: [String]
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ text: String, _ change: (inout CSVOptions) -> Void = { _ in }) throws -> CSVFile.Contents {
        try read(folder.write(text, to: "t.csv"), change)
    }

    private func read(_ url: URL, _ change: (inout CSVOptions) -> Void) throws -> CSVFile.Contents {
        var options = CSVOptions()
        change(&options)
        return try CSVFile.read(url, name: "t", options)
    }

    private func fault(_ text: String, _ change: (inout CSVOptions) -> Void = { _ in }) -> String {
        dataFault { try read(text, change) }.replacingOccurrences(of: folder.url.path + "/", with: "")
    }

    @Test func tablesAreReadAsPandasReadsThem() throws {
        let known = try JSONDecoder().decode([String: Table].self, from: Data(ArrayFixtures.bytes("csv/tables.json")))
        #expect(known.count == 10)
        for (name, table) in known {
            let url = try folder.write(ArrayFixtures.bytes("csv/\(name)"), to: name)
            let contents = try read(url) { options in
                options.hasHeader = name != "no_header.csv"
                options.label = options.hasHeader ? .name("kind") : .position(2)
                options.missing = .mean
                if name == "semicolons.csv" { options.separator = UInt8(ascii: ";") }
                if name == "tabs.tsv" { options.separator = UInt8(ascii: "\t") }
                if name == "single_quotes.csv" { options.quote = UInt8(ascii: "'") }
            }
            let data = contents.dataset
            #expect(data.labels.map { data.classNames[Int($0)] } == table.labels, "\(name)")
            #expect(data.classNames == table.classes, "\(name)")
            let means = table.means.compactMap(Double.init)
            let values = table.values.map { row in row.enumerated().map { $1.flatMap(Double.init) ?? means[$0] } }
            for (found, expected) in zip(data.inputs.values, values.joined()) {
                #expect(abs(found - expected) <= 1e-6 * max(1, abs(expected)), "\(name)")
            }
            #expect(data.inputs.shape.dimensions == [7, 3], "\(name)")
            #expect(contents.notes == ["3 missing values taken as the mean of the column"], "\(name)")
        }
    }

    @Test func samplesWithoutAValueAreRefusedOrDropped() throws {
        let text = "a,b,k\n1,2,x\n,3,y\n4,?,y\n5,6,\n7,8,y\n"
        #expect(
            fault(text)
                == "t.csv, line 3: has no value in column 'a'. missing = \"drop\" leaves such samples out, missing = \"mean\" "
                + "takes the mean of the column")
        let dropped = try read(text) { $0.missing = .drop }
        #expect(dropped.dataset.inputs.values == [1, 2, 7, 8])
        #expect(dropped.notes == ["3 samples with missing values left out"])
        let filled = try read(text) { $0.missing = .mean }
        let third = Double(Float(13) / 3)
        let expected: [Double] = [1, 2, 4, 3, 4, third, 7, 8]
        #expect(filled.dataset.inputs.values == expected)
        #expect(
            filled.notes == [
                "1 sample with missing values left out", "2 missing values taken as the mean of the column",
            ])
        #expect(
            fault("a,k\n-1,x\n2,y\n") { $0.missingTexts = ["-1"] }.hasPrefix(
                "t.csv, line 2: has no value in column 'a'"))
    }

    @Test func errorsNameLineAndColumn() {
        #expect(
            fault("a,b,k\n1,2,x\n1,oh,y\n")
                == "t.csv, line 3: has 'oh' in column 'b', expected a finite number. Name the columns of numbers as inputs, or "
                + "what stands for a missing value")
        #expect(fault("a,k\ninf,x\n").hasPrefix("t.csv, line 2: has 'inf' in column 'a', expected a finite number"))
        #expect(fault("a,k\n0x10,x\n").hasPrefix("t.csv, line 2: has '0x10' in column 'a'"))
        #expect(fault("a,k\n1e39,x\n").hasPrefix("t.csv, line 2: has '1e39' in column 'a'"))
        #expect(
            fault("a,b,k\n1,2,x\n\n\"1\n\",2,x,9\n")
                == "t.csv, line 4: has 4 fields, expected 3 as on the first line. A field that holds a separator is written in "
                + "quotes")
        #expect(
            fault("a,k\n1,x\n2,\"y\n3,z\n")
                == "t.csv, line 3: begins a field with a quote that is closed nowhere. Close it, or name another character for "
                + "quotes")
        #expect(
            fault("a,k\n1,\"x\" y\n")
                == "t.csv, line 2: has text behind the closing quote of a field, expected a separator or the end of the line. "
                + "Inside of quotes, a quote is written twice")
        #expect(fault("") == "t.csv: holds no samples")
        #expect(fault("a,k\n") == "t.csv: holds no samples")
        #expect(
            fault("a;k\n1;x\n")
                == "t.csv: has one field on its first line, expected inputs and a label. Name the character between fields, if "
                + "it is not ','")
        #expect(fault("a,a,k\n1,2,x\n") == "t.csv: names two columns 'a'. Rename one of them")
        #expect(fault("a,k\n1,x\n") == "data set 't' needs at least 2 classes, got 1")
    }

    @Test func columnsGoByNameOrPosition() throws {
        let text = "k,a,b\nx,1,2\ny,3,4\n"
        let byName = try read(text) {
            $0.label = .name("k")
            $0.inputs = [.name("b"), .name("a")]
        }
        #expect(byName.dataset.inputs.values == [2, 1, 4, 3])
        let byPosition = try read(text) {
            $0.label = .position(0)
            $0.inputs = [.position(-1)]
        }
        #expect(byPosition.dataset.inputs.values == [2, 4])
        #expect(fault(text) { $0.label = .name("kk") } == "t.csv: has no column 'kk': did you mean 'k'?")
        #expect(fault(text) { $0.label = .position(3) } == "t.csv: has 3 columns, column 4 was asked for")
        #expect(fault(text) { $0.label = .position(-4) } == "t.csv: has 3 columns, column -4 was asked for")
        #expect(
            fault(text) {
                $0.label = .name("k")
                $0.inputs = [.name("k")]
            } == "t.csv: column 'k' is named as an input and as the label")
    }

    @Test func classesAreSortedByValueOrGiven() throws {
        let text = "a,k\n1,10\n1,9\n1,-1\n"
        #expect(try read(text).dataset.classNames == ["-1", "9", "10"])
        #expect(try read(text).dataset.labels == [2, 1, 0])
        let given = try read(text) { $0.classNames = ["9", "10", "-1", "8"] }
        #expect(given.dataset.labels == [1, 0, 2])
        #expect(given.notes == ["1 of 4 classes of 't' have no sample: '8'"])
        #expect(
            fault("a,k\n1,cat\n") { $0.classNames = ["cats", "dogs"] }
                == "t.csv, line 2: has the class 'cat', which is none of the 2 named: did you mean 'cats'?")
    }

    @Test func columnsAreStandardisedOverTheFileOrAsAnothers() throws {
        let text = "a,b,k\n1,5,x\n3,5,y\n"
        let data = try read(text) { $0.standardizes = true }.dataset
        #expect(data.normalization == (try Normalization(scale: 1, mean: [2, 5], deviation: [1, 1])))
        #expect(try data.normalizedInputs().values == [-1, 0, 1, 0])
        let other = try read("a,b,k\n4,6,x\n0,0,y\n") { $0.normalization = data.normalization }.dataset
        #expect(try other.normalizedInputs().values == [2, 1, -2, -5])
    }

    /// Names that differ in such bytes alone would be one class, or one column. What is not asked for is not looked at.
    @Test func whatIsReadIsTextInUTF8() throws {
        let head = Array("a,b,k\n1,2,".utf8)
        let bytes = head + [0xE9] + Array("\n3,4,".utf8) + [0xE8] + Array("\n".utf8)
        let classes = try folder.write(bytes, to: "t.csv")
        #expect(
            dataFault { try read(classes) { _ in } }.hasSuffix(
                "t.csv, line 2: has '\u{FFFD}', which is no text in UTF-8. Save the file in UTF-8"))
        let column = try folder.write([0x61, 0xE9] + Array(",k\n1,x\n2,y\n".utf8), to: "u.csv")
        #expect(
            dataFault { try read(column) { _ in } }.hasSuffix(
                "u.csv: has 'a\u{FFFD}', which is no text in UTF-8. Save the file in UTF-8"))
        let note = try folder.write(Array("a,note,k\n1,".utf8) + [0xE9] + Array(",x\n2,,y\n".utf8), to: "v.csv")
        #expect(try read(note) { $0.inputs = [.name("a")] }.dataset.count == 2)
    }

    @Test func textInUTF16AndTooMuchOfItAreRefused() throws {
        let url = try folder.write([0xFF, 0xFE, 0x61, 0], to: "t.csv")
        #expect(dataFault { try read(url) { _ in } }.hasSuffix("is text in UTF-16. Save it in UTF-8"))
        #expect(
            fault("a,k\n1,x\n2,y\n") { $0.mostBytes = 5 }
                == "t.csv: holds more than 5 bytes. A larger limit can be given")
    }

    @Test func damagedTablesAreReadOrRefused() throws {
        let random = RandomStream(seed: 20_261_129, purpose: "csv")
        var position: UInt64 = 0
        var refused = 0
        for name in ["crlf.csv", "quoted.csv", "mark.csv", "lf.csv"] {
            let bytes = try ArrayFixtures.bytes("csv/\(name)")
            for _ in 0..<150 {
                let url = try folder.write(ArrayFuzzTests.mutate(bytes, random, &position), to: "t.csv")
                do {
                    let data = try read(url) {
                        $0.label = .position(2)
                        $0.missing = .drop
                    }.dataset
                    #expect(data.inputs.values.allSatisfy { $0.isFinite })
                } catch let error as DataError {
                    #expect(error.file?.contains("t.csv") != false)
                    refused += 1
                }
            }
        }
        #expect(refused > 100)
    }
}
