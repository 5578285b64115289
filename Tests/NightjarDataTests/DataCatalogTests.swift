import Foundation
import NightjarData
import NightjarTensor
import Testing

struct DataCatalogTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A catalog that looks nowhere but in the folder.
    private func catalog(environment: [String: String] = [:]) -> DataCatalog {
        DataCatalog(environment: environment, systemDirectory: folder.url.appendingPathComponent("system"))
    }

    private func writeIDX(_ place: String, suffix: String = "", pixel: UInt8 = 7, dot: Bool = false) throws {
        func put(_ name: String, _ bytes: [UInt8]) throws {
            let name = dot ? name.replacingOccurrences(of: "-idx", with: ".idx") : name
            try folder.write(suffix == ".gz" ? gzipped(bytes) : bytes, to: "\(place)/\(name)\(suffix)")
        }
        try put("train-images-idx3-ubyte", idx([3, 2, 2], [UInt8](repeating: pixel, count: 12)))
        try put("train-labels-idx1-ubyte", idx([3], [0, 9, 5]))
        try put("t10k-images-idx3-ubyte", idx([1, 2, 2], [0, 0, 0, 255]))
        try put("t10k-labels-idx1-ubyte", idx([1], [4]))
    }

    private func complaint(_ name: String, _ catalog: DataCatalog, _ directory: URL? = nil) -> String {
        do {
            return "no error: \(try catalog.load(name, dataDirectory: directory).train.count)"
        } catch {
            return "\(error)".replacingOccurrences(of: folder.url.path, with: "DIR")
        }
    }

    private let mnistRemedy =
        "Put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte "
        + "(plain or ending in .gz) into DIR/mnist and give DIR by --data-dir or NIGHTJAR_DATA"

    @Test(arguments: ["", ".gz"]) func mnistIsFoundInItsFolderAndInTheDirectoryItself(suffix: String) throws {
        try writeIDX("a/mnist", suffix: suffix, pixel: 1)
        try writeIDX("b", suffix: suffix, pixel: 2, dot: true)
        for (place, pixel) in [("a", 1.0), ("b", 2)] {
            let bundle = try catalog().load("mnist", dataDirectory: folder.url.appendingPathComponent(place))
            #expect(bundle.train.count == 3)
            #expect(bundle.train.labels == [0, 9, 5])
            #expect(bundle.train.inputs.value(at: 0) == pixel)
            #expect(bundle.test.labels == [4])
            #expect(bundle.inputShape == (try Shape([2, 2, 1])))
            #expect(bundle.classNames == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
            #expect(bundle.test.normalization == (try Normalization(scale: 255, mean: [0.1307], deviation: [0.3081])))
        }
    }

    @Test func theEnvironmentIsUsedWhereNoDirectoryIsGiven() throws {
        try writeIDX("a/mnist", pixel: 1)
        try writeIDX("b/mnist", pixel: 2)
        let place = { (name: String) in folder.url.appendingPathComponent(name) }
        let catalog = catalog(environment: ["NIGHTJAR_DATA": place("a").path])
        #expect(try catalog.load("mnist").train.inputs.value(at: 0) == 1)
        #expect(try catalog.load("mnist", dataDirectory: place("b")).train.inputs.value(at: 0) == 2)
    }

    @Test func fashionIsFoundWhereItsPackagePutsIt() throws {
        try writeIDX("system/fashion-mnist", suffix: ".gz")
        let bundle = try catalog().load("fashion-mnist")
        #expect(bundle.train.count == 3)
        #expect(bundle.classNames.last == "Ankle boot")
        #expect(bundle.license == "MIT")
    }

    @Test func fashionIsNeverTakenForMnistNorMnistForFashion() throws {
        try writeIDX("fashion-mnist")
        let directory = folder.url.appendingPathComponent("fashion-mnist")
        #expect(
            complaint("mnist", catalog(), directory)
                == "data set 'mnist' was not found: looked in DIR/fashion-mnist/mnist, DIR/system/mnist. \(mnistRemedy). "
                + "Or fetch it: nightjar data fetch mnist --data-dir DIR"
        )
        try writeIDX("plain")
        #expect(
            complaint("fashion-mnist", catalog(), folder.url.appendingPathComponent("plain")).hasPrefix(
                "data set 'fashion-mnist' was not found: looked in DIR/plain/fashion-mnist, DIR/system/fashion-mnist. ")
        )
    }

    @Test func absentFilesSayWhereItLookedAndHowToGetThem() {
        #expect(
            complaint("mnist", catalog(), folder.url)
                == "data set 'mnist' was not found: looked in DIR/mnist, DIR, DIR/system/mnist. \(mnistRemedy). "
                + "Or fetch it: nightjar data fetch mnist --data-dir DIR")
        #expect(
            complaint("fashion-mnist", catalog())
                == "data set 'fashion-mnist' was not found: looked in DIR/system/fashion-mnist. "
                + "Install it with: apt-get install dataset-fashion-mnist. Or: put train-images-idx3-ubyte, "
                + "train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (plain or ending in .gz) "
                + "into DIR/fashion-mnist and give DIR by --data-dir or NIGHTJAR_DATA. Or fetch it: nightjar data fetch "
                + "fashion-mnist --data-dir DIR")
        #expect(
            complaint("cifar10", catalog(), folder.url)
                == "data set 'cifar10' was not found: looked in DIR/cifar10, DIR/cifar-10-batches-bin, DIR, "
                + "DIR/system/cifar10. Put data_batch_1.bin to data_batch_5.bin and test_batch.bin (plain or ending in "
                + ".gz) of the binary version into DIR/cifar10 and give DIR by --data-dir or NIGHTJAR_DATA. Or "
                + "fetch it: nightjar data fetch cifar10 --data-dir DIR")
    }

    @Test func anIncompleteFolderNamesWhatIsMissing() throws {
        try writeIDX("mnist")
        for name in ["t10k-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
            try FileManager.default.removeItem(at: folder.url.appendingPathComponent("mnist/\(name)"))
        }
        #expect(
            complaint("mnist", catalog(), folder.url)
                == "data set 'mnist' in DIR/mnist is not complete: missing train-labels-idx1-ubyte, "
                + "t10k-images-idx3-ubyte (plain or ending in .gz). \(mnistRemedy)")
    }

    @Test func imagesAndLabelsMustBeEquallyMany() throws {
        try writeIDX("mnist")
        try folder.write(idx([2], [1, 2]), to: "mnist/train-labels-idx1-ubyte")
        #expect(
            complaint("mnist", catalog(), folder.url)
                == "DIR/mnist/train-labels-idx1-ubyte: has 2 labels, but DIR/mnist/train-images-idx3-ubyte has 3 images. "
                + "The two files are not of one set: fetch both again")
    }

    @Test func aDamagedFileIsNamed() throws {
        try writeIDX("mnist")
        try folder.write(idx([1], [10]), to: "mnist/t10k-labels-idx1-ubyte")
        #expect(
            complaint("mnist", catalog(), folder.url)
                == "DIR/mnist/t10k-labels-idx1-ubyte: label 10 at position 0 (counted from 0) is not a class: "
                + "labels are 0 to 9")
    }

    @Test func cifarReadsThePartsThereAreAndSaysSo() throws {
        func record(_ label: UInt8) -> [UInt8] { [label] + [UInt8](repeating: label * 20, count: 3072) }
        try folder.write(record(1) + record(2), to: "cifar10/data_batch_1.bin")
        try folder.write(gzipped(record(3)), to: "cifar10/data_batch_4.bin.gz")
        #expect(
            complaint("cifar10", catalog(), folder.url).hasPrefix(
                "data set 'cifar10' in DIR/cifar10 is not complete: missing test_batch.bin (plain or ending in .gz). "))
        try folder.write(record(9), to: "cifar10/test_batch.bin")
        let bundle = try catalog().load("cifar10", dataDirectory: folder.url)
        #expect(bundle.train.labels == [1, 2, 3])
        #expect(bundle.test.labels == [9])
        #expect(bundle.inputShape == (try Shape([32, 32, 3])))
        #expect(bundle.classNames[9] == "truck")
        let place = folder.url.appendingPathComponent("cifar10").path
        #expect(
            bundle.notes == [
                "trained on 3 images: data_batch_2.bin, data_batch_3.bin, data_batch_5.bin not in \(place)",
                "7 of 10 classes of 'cifar10/train' have no sample: 'airplane', 'deer', 'dog', 'frog', 'horse', ...",
            ])
    }

    private let known =
        "cifar10, cifar100, cifar100-coarse, emnist-balanced, emnist-byclass, emnist-bymerge, emnist-digits, emnist-letters, "
        + "emnist-mnist, fashion-mnist, kmnist, mnist, svhn, usps"

    @Test func anUnknownNameSuggestsTheNearestAndListsAll() throws {
        #expect(
            complaint("fashion_mnist", catalog())
                == "there is no data set 'fashion_mnist'. Did you mean 'fashion-mnist'? "
                + "Known are: \(known)")
        #expect(
            complaint("imagenet", catalog())
                == "there is no data set 'imagenet'. Known are: \(known)")
    }

    @Test func declaredTablesAreLoadedByName() throws {
        try folder.write("1,0\n2,1\n3,0\n4,1\n", to: "plugin/t.csv")
        var catalog = catalog()
        let description = try TableDataDescription(
            name: "tiny", file: "t.csv", shape: [1], classes: 2, normalization: .unit,
            split: TestSplit(testPerMille: 500))
        let plugin = folder.url.appendingPathComponent("plugin")
        try catalog.add(description, folder: plugin)
        #expect(catalog.names.joined(separator: ", ") == known.replacing("usps", with: "tiny, usps"))
        #expect(try catalog.load("tiny").train.count == 2)

        let again = #expect(throws: DataError.self) {
            try catalog.add(description, folder: URL(fileURLWithPath: "/other"))
        }
        #expect(
            again?.description
                == "data set 'tiny' of /other is already provided by \(plugin.path). Rename one of the two")
        var taken = description
        taken.name = "mnist"
        let error = #expect(throws: DataError.self) {
            try catalog.add(taken, folder: URL(fileURLWithPath: "/other"))
        }
        #expect(error?.description == "data set 'mnist' of /other has the name of a built-in one. Rename it")
    }
}
