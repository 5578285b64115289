import Foundation
import Testing

/// `nightjar audit` of a user's own files, named on the command line.
@Suite(.serialized) struct AuditCommandTests {
    /// Two classes far apart in two columns; sample 8 (counted from 0) is a rose and called a lily.
    private func flowers(_ separator: String, labelFirst: Bool) -> String {
        let head = labelFirst ? ["kind", "a", "b"] : ["a", "b", "kind"]
        let rows = (0..<24).map { i -> [String] in
            let isRose = i % 2 == 0
            let numbers = ["\(isRose ? 1 : 2).\(10 + i)", "\(isRose ? -1 : -2).\(10 + i)"]
            let kind = isRose && i != 8 ? "rose" : "lily"
            return labelFirst ? [kind] + numbers : numbers + [kind]
        }
        return ([head] + rows).map { $0.joined(separator: separator) }.joined(separator: "\n") + "\n"
    }

    private let training = ["--folds", "3", "--epochs", "20", "--batch_size", "4", "--top", "1"]

    @Test(arguments: [
        (",", false, "flowers.csv", []), ("\t", true, "flowers.tsv", ["--label", "kind"]),
        (";", true, "semi.CSV", ["--label", "1", "--separator", ";"]),
    ])
    func aTableIsAuditedByItsPath(_ separator: String, _ labelFirst: Bool, _ name: String, _ words: [String]) throws {
        let place = try Workplace()
        let file = try place.write(flowers(separator, labelFirst: labelFirst), to: name)
        let ending = try place.run(["audit", name] + words + training)
        #expect(ending.errors == "")
        #expect(ending.output.hasPrefix("24 samples, out-of-fold predictions of 3 folds (epochs: 20). "))
        #expect(ending.output.hasSuffix("\n     8  given lily, suggested rose\n"), "\(ending.output)")
        // From elsewhere, by its whole path: who types it allows it to be read.
        let away = try Workplace().run(["audit", file.path] + words + training)
        #expect(away.output == ending.output)
    }

    @Test func whatIsWrongWithATableIsSaid() throws {
        let place = try Workplace()
        try place.write("a,kind\n1,x\n,y\n", to: "gap.csv")
        let ending = try place.run(["audit", "gap.csv"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains("gap.csv") && ending.errors.contains("line 3"), "\(ending.errors)")
        let missing = try place.run(["audit", "no.csv"])
        #expect(missing.errors.contains("there is no file no.csv"), "\(missing.errors)")
    }

    @Test func aFolderOfImagesIsAuditedByItsPath() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            for class, level in pairs { cat = 40, dog = 200 } do
              for i = 1, 12 do
                local value = class == "cat" and i == 3 and 200 or level
                local image = value + 10 * nj.rand({ 6, 5, 1 }, { seed = 100 * level + i })
                nj.save(string.format("pets/%s/%02d.png", class, i), image:to("uint8"))
              end
            end
            """, to: "make.lua")
        #expect(try place.run(["run", "make.lua", "--quiet"]).errors == "")
        let away = try Workplace()
        let ending = try away.run(["audit", place.url.path + "/pets"] + training)
        #expect(ending.errors == "")
        #expect(ending.output.hasSuffix("\n     2  given cat, suggested dog  cat/03.png\n"), "\(ending.output)")
        let table = try away.run(["audit", place.url.path + "/pets", "--as", "csv"] + training).output
        #expect(table.hasPrefix("sample,given,suggested,true,file,consensus,"), "\(table)")
        #expect(table.contains("\n2,cat,dog,cat,cat/03.png,"), "\(table)")
        let page = try away.run(["audit", place.url.path + "/pets", "--as", "html", "--size", "4x4"] + training).output
        #expect(page.contains("<dt>file</dt><dd>cat/03.png</dd>"))
    }

    /// The benchmark of Northcutt et al. (2021), whose lists have 15 errors among MNIST's test labels and 54 among those of
    /// CIFAR-10.
    @Test(arguments: [("mnist", "0.15 %", 0.9), ("cifar10", "0.54 %", 0.6)])
    func publishedErrorsAreFound(_ name: String, _ share: String, _ least: Double) throws {
        guard let data = AuditCommandTests.data(name) else {
            print("\(name) is not there: the published errors in it are not looked for")
            return
        }
        let list = Workplace.package.appendingPathComponent("plugins/audit/tests/data/\(name)_mturk.json").path
        let ending = try Workplace().run([
            "audit", name, "--part", "test", "--data-dir", data, "--errors", list, "--folds", "2", "--epochs", "3",
        ])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output.contains("Known to be wrong: \(share)."), "\(ending.output)")
        let consensus = try #require(
            ending.output.split(separator: "\n").first { $0.contains(" consensus ") }?.split(separator: " ").last)
        #expect(try #require(Double(consensus)) > least, "\(ending.output)")
        let other = try Workplace().run(["audit", name, "--data-dir", data, "--errors", list])
        #expect(other.errors.contains("it is about another part or order, such as --part test"), "\(other.errors)")
    }

    /// The folder of data sets with this one in it: `NIGHTJAR_TEST_DATA`, or `shared/data` above the checkout.
    private static func data(_ name: String) -> String? {
        var places = [ProcessInfo.processInfo.environment["NIGHTJAR_TEST_DATA"]].compactMap { $0 }
        var folder = Workplace.package
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            places.append(folder.appendingPathComponent("shared/data").path)
        }
        let file = name == "mnist" ? "t10k-labels-idx1-ubyte.gz" : "test_batch.bin.gz"
        return places.first { FileManager.default.fileExists(atPath: "\($0)/\(name)/\(file)") }
    }
}
