import Foundation
import NightjarData
import NightjarTensor
import Testing

struct TableFileTests {
    private let folder: TemporaryFolder
    private let table = "1,2,0\n3,4,1\n5,6,0\n7,16,1\n"

    init() throws { folder = try TemporaryFolder() }

    private func description(_ change: (inout TableDataDescription) -> Void = { _ in }) throws -> TableDataDescription {
        var result = try TableDataDescription(
            name: "t", file: "t.csv", shape: [2, 1], classes: 2, normalization: Normalization(scale: 16),
            split: TestSplit(testPerMille: 500))
        change(&result)
        return result
    }

    private func complaint(
        _ text: String, _ change: (inout TableDataDescription) -> Void = { _ in }
    ) throws -> String {
        try folder.write(text, to: "t.csv")
        do {
            return "no error: \(try TableFile.load(description(change), folder: folder.url).train.labels)"
        } catch {
            return "\(error)".replacingOccurrences(of: folder.url.path, with: "DIR")
        }
    }

    @Test func linesBecomeSamples() throws {
        try folder.write(table, to: "t.csv")
        let data = try TableFile.read(description(), folder: folder.url)
        #expect(data.inputs.dtype == .uint8)
        #expect(data.inputs.shape == (try Shape([4, 2, 1])))
        #expect(data.inputs.values == [1, 2, 3, 4, 5, 6, 7, 16])
        #expect(data.labels == [0, 1, 0, 1])
        #expect(data.classNames == ["0", "1"])
        #expect(try data.normalizedInputs().value(at: 7) == 1)
    }

    @Test func theTableIsSplitAsDeclared() throws {
        try folder.write(table, to: "t.csv")
        let bundle = try TableFile.load(
            description {
                $0.credit = "someone"
                $0.license = "CC0-1.0"
            }, folder: folder.url)
        #expect(bundle.name == "t")
        #expect(bundle.train.name == "t/train")
        #expect(bundle.test.name == "t/test")
        #expect(bundle.train.classCounts == [1, 1])
        #expect(bundle.test.classCounts == [1, 1])
        #expect(bundle.credit == "someone")
        #expect(bundle.license == "CC0-1.0")
        let values = (bundle.train.inputs.values + bundle.test.inputs.values).sorted()
        #expect(values == [1, 2, 3, 4, 5, 6, 7, 16])
    }

    @Test func gzipHeadersBlanksAndWindowsLineEndsAreRead() throws {
        let text = "left,right,class\r\n 1,2 ,0\r\n3,\t4, 1\r\n\r\n"
        try folder.write(gzipped(Array(text.utf8)), to: "t.csv")
        let data = try TableFile.read(description { $0.hasHeader = true }, folder: folder.url)
        #expect(data.inputs.values == [1, 2, 3, 4])
        #expect(data.labels == [0, 1])
    }

    @Test func theLastLineNeedsNoEnd() throws {
        try folder.write("1,2,0\n3,4,1", to: "t.csv")
        #expect(try TableFile.read(description(), folder: folder.url).count == 2)
    }

    @Test func floatsAreReadWhereDeclared() throws {
        try folder.write("0.5,-1e3,0\n300,0.1,1\n", to: "t.csv")
        let data = try TableFile.read(description { $0.dtype = .float32 }, folder: folder.url)
        #expect(try data.inputs.elements(of: Float.self) == [0.5, -1000, 300, 0.1])
    }

    @Test func aWrongNumberOfFieldsNamesTheLine() throws {
        #expect(
            try complaint("1,2,0\n3,1\n")
                == "DIR/t.csv, line 2: has 2 fields, expected 3: 2 values and the label")
        #expect(
            try complaint("1,2,0,\n") == "DIR/t.csv, line 1: has 4 fields, expected 3: 2 values and the label")
    }

    @Test func aValueThatIsNoNumberNamesLineAndField() throws {
        #expect(
            try complaint("1,2,0\n3,x,1\n")
                == "DIR/t.csv, line 2: field 2 is 'x', expected a whole number 0 to 255")
        #expect(
            try complaint("256,2,0\n") == "DIR/t.csv, line 1: field 1 is '256', expected a whole number 0 to 255")
        #expect(
            try complaint("1.5,2,0\n") == "DIR/t.csv, line 1: field 1 is '1.5', expected a whole number 0 to 255")
        #expect(
            try complaint("\(String(repeating: "9", count: 500)),2,0\n")
                == "DIR/t.csv, line 1: field 1 is '99999999999999999999...', expected a whole number 0 to 255")
        for text in ["nan", "inf", "", "1e99", "one"] {
            #expect(
                try complaint("\(text),2,0\n") { $0.dtype = .float32 }
                    == "DIR/t.csv, line 1: field 1 is '\(text)', expected a finite number")
        }
    }

    @Test func valuesOutsideTheDeclaredRangeAreErrors() throws {
        #expect(
            try complaint(table) { $0.range = 0...15 }
                == "DIR/t.csv, line 4: field 2 is 16, outside the data set's range 0 to 15")
        #expect(
            try complaint("-0.5,1,0\n") {
                $0.range = 0...0.75
                $0.dtype = .float32
            } == "DIR/t.csv, line 1: field 1 is -0.5, outside the data set's range 0 to 0.75")
    }

    @Test func labelsAreChecked() throws {
        for label in ["2", "-1", "a", "", "99999999999"] {
            #expect(
                try complaint("1,2,\(label)\n")
                    == "DIR/t.csv, line 1: the label is '\(label)', expected a class 0 to 1")
        }
    }

    @Test func theNumberOfSamplesIsChecked() throws {
        #expect(
            try complaint(table) { $0.rows = 5 }
                == "DIR/t.csv: has 4 samples, expected 5. Fetch the file again")
        #expect(try complaint("") == "DIR/t.csv: holds no samples")
        #expect(
            try complaint("1,2,0\n")
                == "DIR/t.csv: has label 0 on every line: a data set needs samples of 2 classes at least. "
                + "The label is read from the last field")
    }

    @Test func anEmptyLineInTheMiddleIsAnError() throws {
        #expect(try complaint("1,2,0\n\n3,4,1\n") == "DIR/t.csv, line 3: comes after line 2, which is empty")
    }

    @Test func declarationsThatCannotBeAreErrors() throws {
        #expect(
            try complaint(table) { $0.shape = [2, 0] }
                == "data set 't': the shape of a sample must have 1 to 7 dimensions, none of them 0, got (2, 0)")
        #expect(
            try complaint(table) { $0.shape = [] }
                == "data set 't': the shape of a sample must have 1 to 7 dimensions, none of them 0, got ()")
        #expect(try complaint(table) { $0.shape = [-2] } == "a dimension cannot be negative, got -2 in (-2)")
        #expect(
            try complaint(table) { $0.dtype = .int32 }
                == "data set 't': a table holds uint8 or float32 values, not int32")
        #expect(
            try complaint(table) { $0.classNames = ["only"] } == "data set 't' has 2 classes but 1 class names")
    }

    @Test func bytesThatAreNoTextNeverTrap() throws {
        for trial in 0..<300 as Range<UInt64> {
            let stream = RandomStream(seed: 8, purpose: "table damage", index: trial)
            var bytes = Array(table.utf8)
            for change in 0..<UInt64(1 + stream.below(4, 0)) {
                bytes[stream.below(bytes.count, 10 + change)] = UInt8(stream.below(256, 20 + change))
            }
            try folder.write(bytes, to: "t.csv")
            do {
                let data = try TableFile.read(description(), folder: folder.url)
                #expect(data.labels.allSatisfy { (0...1).contains($0) })
            } catch let error as DataError {
                #expect(error.file?.hasPrefix(folder.url.path) == true)
            }
        }
    }
}
