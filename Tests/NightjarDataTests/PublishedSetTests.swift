import Foundation
import NightjarData
import NightjarTensor
import Testing

/// Small files in the forms of the published sets, loaded by name.
@Suite struct PublishedSetTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func load(_ name: String) throws -> DataBundle {
        try DataCatalog(environment: [:], systemDirectory: folder.url.appendingPathComponent("system"))
            .load(name, dataDirectory: folder.url)
    }

    private func fault(_ name: String) -> String {
        dataFault { try load(name).train.count }.replacingOccurrences(of: folder.url.path, with: "DIR")
    }

    @Test func kmnistIsOfMNISTsForm() throws {
        try folder.write(
            gzipped(idx([3, 2, 2], [0, 0, 255, 255, 0, 255, 0, 255, 51, 51, 51, 51])),
            to: "kmnist/train-images-idx3-ubyte.gz")
        try folder.write(gzipped(idx([3], [0, 9, 5])), to: "kmnist/train-labels-idx1-ubyte.gz")
        try folder.write(idx([1, 2, 2], [0, 0, 0, 255]), to: "kmnist/t10k-images-idx3-ubyte")
        try folder.write(idx([1], [4]), to: "kmnist/t10k-labels-idx1-ubyte")
        let bundle = try load("kmnist")
        #expect(bundle.train.labels == [0, 9, 5])
        #expect(bundle.classNames == ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"])
        // NumPy: mean and std of these twelve numbers over 255.
        #expect(
            bundle.test.normalization == (try Normalization(scale: 255, mean: [0.4], deviation: [0.432])))
        // Its files have the names of MNIST's, and are never taken for those.
        #expect(fault("mnist").hasPrefix("data set 'mnist' was not found: looked in DIR/mnist, DIR, DIR/system/mnist."))
    }

    /// Images are stored column by column, and letters are counted from 1.
    @Test func emnistIsTurnedAndCountedFromItsFirstLabel() throws {
        for part in ["train", "test"] {
            let stem = "emnist/gzip/emnist-letters-\(part)"
            try folder.write(idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), to: "\(stem)-images-idx3-ubyte")
            try folder.write(idx([2], [1, 26]), to: "\(stem)-labels-idx1-ubyte")
        }
        let bundle = try load("emnist-letters")
        #expect(bundle.train.labels == [0, 25])
        #expect(bundle.classNames.first == "A" && bundle.classNames.last == "Z" && bundle.classes == 26)
        #expect(bundle.inputShape.dimensions == [3, 2, 1])
        #expect(bundle.train.inputs.values == [1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12])
        try folder.write(idx([2], [0, 26]), to: "emnist/gzip/emnist-letters-test-labels-idx1-ubyte")
        #expect(
            fault("emnist-letters")
                == "DIR/emnist/gzip/emnist-letters-test-labels-idx1-ubyte: label 0 at position 0 (counted from 0) is not a "
                + "class: labels are 1 to 26")
    }

    @Test func splitsOfEMNISTHaveTheirClasses() throws {
        for (split, last, classes) in [
            ("balanced", "t", 47), ("bymerge", "t", 47), ("byclass", "z", 62), ("digits", "9", 10), ("mnist", "9", 10),
        ] {
            for part in ["train", "test"] {
                try folder.write(idx([2, 1, 1], [3, 4]), to: "emnist/emnist-\(split)-\(part)-images-idx3-ubyte")
                try folder.write(
                    idx([2], [0, UInt8(classes - 1)]), to: "emnist/emnist-\(split)-\(part)-labels-idx1-ubyte")
            }
            let bundle = try load("emnist-\(split)")
            #expect(bundle.classes == classes)
            #expect(bundle.classNames.last == last)
        }
    }

    @Test func cifar100HasFineAndCoarseLabels() throws {
        let pixels = (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 1024 * 100) }
        try folder.write([4, 0] + pixels + [14, 98] + pixels, to: "cifar-100-binary/train.bin")
        try folder.write(gzipped([18, 90] + pixels), to: "cifar-100-binary/test.bin.gz")
        let fine = try load("cifar100")
        #expect(fine.train.labels.map { fine.classNames[Int($0)] } == ["apple", "woman"])
        #expect(fine.classes == 100 && Set(fine.classNames).count == 100 && fine.classNames == fine.classNames.sorted())
        #expect(fine.train.labelSets.map(\.name) == ["coarse"])
        #expect(fine.train.labelSets[0].targets.classes == [4, 14])
        let coarse = try load("cifar100-coarse")
        #expect(
            coarse.train.labels.map { coarse.classNames[Int($0)] } == ["fruit_and_vegetables", "people"])
        #expect(coarse.test.labels.map { coarse.classNames[Int($0)] } == ["vehicles_1"])
        #expect(coarse.classes == 20 && coarse.classNames == coarse.classNames.sorted())
        #expect(coarse.test.labelSets[0].targets.classes == [90])
        #expect(coarse.train.normalization.mean == [0, 0.3922, 0.7843])
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent("cifar-100-binary/train.bin"))
        #expect(
            fault("cifar100")
                == "data set 'cifar100' in DIR/cifar-100-binary is not complete: missing train.bin (plain or ending in .gz). Put "
                + "train.bin and test.bin (plain or ending in .gz) of the binary version into DIR/cifar100 and give DIR by "
                + "--data-dir or NIGHTJAR_DATA")
    }

    private struct SVHNFacts: Decodable {
        let first: [Double]
        let sum: Int
        let weighted: Int
        let mean: [Double]
        let deviation: [Double]
    }

    /// Files of SciPy in SVHN's form; see `Fixtures/make_mat.py`.
    @Test func svhnIsReadFromMATLABsFiles() throws {
        for part in ["train", "test"] {
            try folder.write(ArrayFixtures.bytes("mat/\(part)_32x32.mat"), to: "svhn/\(part)_32x32.mat")
        }
        let bundle = try load("svhn")
        let facts = try JSONDecoder().decode(SVHNFacts.self, from: Data(ArrayFixtures.bytes("mat/svhn.json")))
        #expect(bundle.train.labels == [0, 1, 9, 5])
        #expect(bundle.test.labels == [0, 1])
        let pixels = try bundle.train.inputs.elements(of: UInt8.self).map(Int.init)
        let rows = [0..<9, 96..<105].flatMap { $0.map { Double(pixels[$0]) } }
        #expect(rows == facts.first)
        #expect(pixels.reduce(0, +) == facts.sum)
        #expect(pixels.indices.reduce(0) { $0 + pixels[$1] * ($1 % 1009) } == facts.weighted)
        #expect(
            bundle.train.normalization
                == (try Normalization(scale: 255, mean: facts.mean, deviation: facts.deviation)))
    }

    @Test func svhnNamesTheArrayThatIsNotRight() throws {
        for part in ["train", "test"] {
            try folder.write(ArrayFixtures.bytes("mat/plain.mat"), to: "svhn/\(part)_32x32.mat")
        }
        #expect(
            fault("svhn")
                == "DIR/svhn/train_32x32.mat: has no array 'X', only 'd', 'whole', 'f', 'i16', 'u8', 'i32', 'flag', 'empty'"
        )
    }

    @Test func uspsIsReadInBothForms() throws {
        let plain = { (label: String, last: String) in
            label + " " + [String](repeating: "-1.0000", count: 255).joined(separator: " ") + " \(last) \n"
        }
        try folder.write(
            gzipped(Array((plain("6.0000", "1.000") + plain("5.0000", "0")).utf8)), to: "usps/zip.train.gz")
        try folder.write(plain("0", "-0.5"), to: "usps/zip.test")
        let bundle = try load("usps")
        #expect(bundle.train.labels == [6, 5])
        #expect(bundle.inputShape.dimensions == [16, 16, 1])
        #expect(bundle.train.inputs.value(at: 255) == 1 && bundle.train.inputs.value(at: 511) == 0.5)
        #expect(bundle.train.inputs.value(at: 3) == 0)
        #expect(bundle.test.inputs.value(at: 255) == 0.25)
        for name in ["zip.train.gz", "zip.test"] {
            try FileManager.default.removeItem(at: folder.url.appendingPathComponent("usps/\(name)"))
        }
        try folder.write("7 1:-1 3:0.5 256:1 \n10 2:-1\n", to: "usps/usps")
        try folder.write("1 1:1\n", to: "usps/usps.t")
        let numbered = try load("usps")
        #expect(numbered.train.labels == [6, 9])
        #expect(numbered.test.labels == [0])
        #expect(Array(numbered.train.inputs.values.prefix(4)) == [0, 0.5, 0.75, 0.5])
        #expect(numbered.train.inputs.value(at: 255) == 1 && numbered.train.inputs.value(at: 257) == 0)
    }

    @Test(arguments: [
        ("7 1:-1 1:0\n", "line 1: has '1:0', expected INDEX:VALUE with rising indices from 1 to 256"),
        ("7 257:0\n", "line 1: has '257:0', expected INDEX:VALUE with rising indices from 1 to 256"),
        ("7 1:2\n", "line 1: has the value '2', expected a number from -1 to 1"),
        ("7 1:nan\n", "line 1: has the value 'nan', expected a number from -1 to 1"),
        ("0 1:1\n", "line 1: the label is '0', expected a whole number from 1 to 10"),
        ("1 1:1\n6 1 2\n", "line 2: has 2 values behind the label, expected 256. Fetch the file again"),
        ("6.5 1 2\n", "line 1: the label is '6.5', expected a whole number from 0 to 9"),
    ])
    func uspsNamesTheLine(_ text: String, _ message: String) throws {
        try folder.write(text, to: "usps/usps")
        try folder.write("1 1:1\n", to: "usps/usps.t")
        #expect(fault("usps") == "DIR/usps/usps, \(message)")
    }

    @Test(arguments: ["kmnist", "emnist-letters", "usps", "cifar100", "svhn"])
    func absentSetsSayWhatToPutWhere(_ name: String) {
        let message = fault(name)
        #expect(message.hasPrefix("data set '\(name)' was not found: looked in DIR/"))
        #expect(message.contains("Put ") && message.contains("and give DIR by --data-dir or NIGHTJAR_DATA"))
        let isFetched = !["emnist-letters", "usps"].contains(name)
        #expect(message.hasSuffix("Or fetch it: nightjar data fetch \(name) --data-dir DIR") == isFetched)
    }

    @Test func placesAreSeenWithoutReading() throws {
        let catalog = DataCatalog(environment: [:], systemDirectory: folder.url.appendingPathComponent("system"))
        try folder.write("no IDX file", to: "kmnist/t10k-labels-idx1-ubyte.gz")
        let place = try catalog.place(of: "kmnist", dataDirectory: folder.url)
        guard case .folder(let url) = place else {
            Issue.record("\(place)")
            return
        }
        #expect(url.path == folder.url.appendingPathComponent("kmnist").path)
        guard case .absent(let remedy, let isFetched) = try catalog.place(of: "usps", dataDirectory: folder.url) else {
            Issue.record("usps is there")
            return
        }
        #expect(remedy.hasPrefix("Put zip.train") && !isFetched)
    }

    /// Digests are 64 digits, names are those that the readers look for, and archives give whole sets.
    @Test func filesAtTheirHomesAreThoseThatAreRead() throws {
        let catalog = DataCatalog(environment: [:])
        var count = 0
        for name in catalog.names {
            guard let (folder, files) = try? catalog.files(of: name) else { continue }
            count += 1
            #expect(!folder.isEmpty)
            for file in files {
                for proof in [file.proof] + file.members.map(\.proof) {
                    #expect(proof.sha256.count == 64 && proof.sha256.allSatisfy { $0.isHexDigit && !$0.isUppercase })
                    #expect(proof.size > 0)
                }
                #expect(file.address.hasSuffix("/\(file.name)"))
            }
            // One empty file of each name: all that the set asks for is there, and is found to be empty.
            let place = try TemporaryFolder()
            for file in files.flatMap(\.results) { try place.write("", to: "\(folder)/\(file.name)") }
            let message = dataFault { try catalog.load(name, dataDirectory: place.url).train.count }
            #expect(!message.contains("not complete") && !message.contains("not found"), "\(message)")
        }
        #expect(count == 7)
        #expect(
            dataFault { try catalog.files(of: "usps").folder }.hasPrefix(
                "data set 'usps' is not fetched. Put zip.train"))
    }

    @Test(.enabled(if: PublishedData.hasMNIST, "MNIST is not at hand"))
    func digestsAreThoseOfTheFilesAtHand() throws {
        for file in try DataCatalog(environment: [:]).files(of: "mnist").files {
            // A file that is there is checked, and not fetched.
            #expect(try Fetcher().fetch(file, into: PublishedData.root.appendingPathComponent("mnist")) == .present)
        }
    }
}
