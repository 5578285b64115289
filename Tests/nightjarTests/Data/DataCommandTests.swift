import Foundation
import Testing

/// `nightjar data`: lists, describes and fetches.
@Suite struct DataCommandTests {
    @Test func everySetIsListedWithItsPlace() throws {
        let place = try Workplace()
        try place.write("no IDX file", to: "sets/kmnist/train-images-idx3-ubyte")
        let ending = try place.run(["data", "list", "--data-dir", "sets"])
        #expect(ending.status == 0)
        let lines = ending.output.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("digits ") && $0.hasSuffix("/plugins/digits") })
        #expect(lines.contains { $0.hasPrefix("kmnist ") && $0.hasSuffix("sets/kmnist") })
        #expect(lines.contains { $0.hasPrefix("svhn ") && $0.hasSuffix("  not here: nightjar data fetch svhn") })
        #expect(
            lines.contains { $0.hasPrefix("usps ") && $0.hasSuffix(" nightjar data info usps says what to put where") })
        #expect(lines.count >= 15)
    }

    @Test func aSetIsDescribed() throws {
        let ending = try Workplace().run(["data", "info", "digits"])
        #expect(ending.status == 0)
        for text in [
            "samples       1437 to train on, 360 to test on\n", "a sample      (8, 8, 1) of uint8\n",
            "a model sees  (value / 16 - 0.30526) / 0.37605\n", "license       CC-BY-4.0\n",
            "classes       10, with samples to train and to test on:\n",
        ] { #expect(ending.output.contains(text), "\(ending.output)") }
    }

    @Test func whatIsNotHereSaysWhatToPutWhere() throws {
        let ending = try Workplace().run(["data", "info", "usps"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains("Put zip.train and zip.test of The Elements of Statistical Learning"))
    }

    @Test func fetchingRefusesWhatItCannotDo() throws {
        let place = try Workplace()
        for (arguments, message) in [
            (["usps", "--data-dir", "d"], "error: data set 'usps' is not fetched. Put zip.train and zip.test"),
            (["digits", "--data-dir", "d"], "error: data set 'digits' is of a plugin, and lies in "),
            (["mnst", "--data-dir", "d"], "error: there is no data set 'mnst'. Did you mean 'mnist'? "),
            (["mnist"], "error: where to? Name the folder of the data sets with --data-dir or NIGHTJAR_DATA"),
            (
                ["mnist", "--data-dir", "d", "--from", "http://127.0.0.1:1", "--attempts", "1"],
                "error: http://127.0.0.1:1/train-images-idx3-ubyte.gz: broke off: "
            ),
        ] {
            let ending = try place.run(["data", "fetch"] + arguments)
            #expect(ending.status == 1)
            #expect(ending.errors.hasPrefix(message), "\(ending.errors)")
        }
        #expect(try place.run(["data", "fetch"]).status != 0)
        // Nothing is left where nothing came.
        #expect(try place.names("d/mnist") == [])
    }
}
