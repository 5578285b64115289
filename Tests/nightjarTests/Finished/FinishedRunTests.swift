import Foundation
import NightjarData
import NightjarRuns
import Testing

/// `nightjar evaluate` and `nightjar predict` on a run that has finished.
@Suite(.serialized) struct FinishedRunTests {
    /// A short training on digits with wrong labels, and the folder of its run.
    private func trained(_ place: Workplace, loss: String = "nj.losses.cce {}") throws -> String {
        try place.write(
            """
            local nj = require "nightjar"
            local data = nj.data.load("digits")
            nj.trainer {
              model = nj.models.mlp { inputs = data.features, hidden = { 32 }, classes = data.classes },
              loss = \(loss), optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.1, seed = 1,
            }:fit(data.train:with_labels(nj.noise.uniform { rate = 0.2 }, { seed = 3 }), { test = data.test, epochs = 3 })
            """, to: "small.lua")
        let ending = try place.run(["run", "small.lua", "--quiet"])
        #expect(ending.errors == "")
        return String(try #require(try place.runs("runs/small").first).dropFirst("runs/".count))
    }

    private func json(_ ending: Workplace.Ending) throws -> JSONValue {
        #expect(ending.errors == "")
        #expect(ending.status == 0)
        return try JSONValue(parsing: Data(ending.output.utf8), source: "output")
    }

    private func areClose(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        guard let left = left?.doubleValue, let right = right?.doubleValue else { return false }
        return abs(left - right) < 1e-9
    }

    private func numbers(_ name: String, _ place: Workplace) throws -> [Double] {
        try place.bytes(name).withUnsafeBytes { try NPYFile.read($0, what: name) }.values
    }

    private func counts(_ value: JSONValue?) -> [[Int]] {
        guard case .array(let rows)? = value else { return [] }
        return rows.map { row in
            guard case .array(let entries) = row else { return [] }
            return entries.compactMap(\.intValue)
        }
    }

    /// What the trainer measured after its last epoch is measured again.
    @Test func anEvaluationAgreesWithTheTraining() throws {
        let place = try Workplace()
        let run = try trained(place)
        let summary = try JSONValue(
            parsing: Data(contentsOf: place.url.appendingPathComponent("runs/\(run)/summary.json")), source: "summary")
        let metrics = try #require(summary["metrics"])
        let onTrain = try json(place.run(["evaluate", run, "--part", "train", "--json"]))
        #expect(areClose(onTrain["accuracy"], metrics["j1"]))
        #expect(areClose(onTrain["true_accuracy"], metrics["j2"]))
        #expect(onTrain["samples"]?.intValue == 1437)
        #expect(areClose(onTrain["loss"], metrics["loss"]))

        let onTest = try json(place.run(["evaluate", "runs/\(run)", "--json", "--batch-size", "50"]))
        #expect(areClose(onTest["accuracy"], metrics["test_accuracy"]))
        #expect(onTest["data"] == "digits/test" && onTest["loss_name"] == "cce")
        let confusion = counts(onTest["confusion"])
        try #require(confusion.count == 10)
        #expect(confusion.joined().reduce(0, +) == 360)
        let right = (0..<10).reduce(0) { $0 + confusion[$1][$1] }
        #expect(areClose(onTest["accuracy"], .number(100 * Double(right) / 360)))
        #expect(confusion.map { $0.reduce(0, +) }.allSatisfy { $0 > 20 })
    }

    @Test func anEvaluationIsATable() throws {
        let place = try Workplace()
        let run = try trained(place)
        let ending = try place.run(["evaluate", run])
        let lines = ending.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "\(run) on digits/test, 360 samples")
        #expect(lines.contains { $0.hasPrefix("accuracy       ") && $0.hasSuffix(" %") })
        #expect(lines.contains { $0.hasPrefix("loss           ") && $0.hasSuffix(" (cce)") })
        #expect(lines.contains("true \\ taken for   0   1   2   3   4   5   6   7   8   9  right %"))
        #expect(lines.count { $0.hasSuffix(".0") || $0.contains("  . ") } >= 10)
    }

    @Test func aLossOfAScriptIsLeftOut() throws {
        let place = try Workplace()
        let run = try trained(
            place,
            loss: """
                nj.loss { name = "own", forward = function(self, z, y) return -z:log_softmax():pick(y) end } {}
                """)
        let ending = try place.run(["evaluate", run])
        #expect(ending.status == 0)
        #expect(!ending.output.contains("loss  "))
        #expect(ending.errors.hasPrefix("note: there is no loss: the loss of run \(run), 'own', is no plugin's"))
    }

    @Test func wrongRequestsAreAnswered() throws {
        let place = try Workplace()
        #expect(try place.run(["evaluate", "nowhere"]).status == 1)
        let part = try place.run(["evaluate", "x", "--part", "tset"])
        #expect(part.status == 64 && part.errors.contains("--part is test or train, got 'tset'"))
        let size = try place.run(["evaluate", "x", "--batch-size", "0"])
        #expect(size.status == 64 && size.errors.contains("--batch-size must be at least 1, got 0"))
        #expect(try place.run(["predict", "x"]).status == 64)
        #expect(
            try place.run(["predict", "x", "a.npy", "--top", "0"]).errors.contains("--top must be at least 1, got 0"))
    }

    @Test func filesAreToldWhatTheyShow() throws {
        let place = try Workplace()
        let run = try trained(place)
        // The test set as the data set stores it, as the model sees it, and one digit as an image.
        try place.write(
            """
            local nj = require "nightjar"
            local data = nj.data.load("digits")
            local x = data.test:inputs()
            nj.save("seen.npy", x)
            nj.save("many.npz", { inputs = x, labels = data.test:labels() })
            nj.save("both.npz", { a = x, b = x })
            nj.save("short.npy", nj.ones(4, 63))
            nj.save("counts.npy", nj.ones(2, 64):int())
            nj.save("probabilities.npy", nj.load_run("\(run)"):model():predict(x, { as = "probabilities" }))
            """, to: "files.lua")
        #expect(try place.run(["run", "files.lua", "--quiet"]).errors == "")

        let shown = try place.run(["predict", run, "seen.npy"]).output.split(separator: "\n")
        #expect(shown.count == 361)
        #expect(shown.first == "file      row  class  probability")
        #expect(shown.dropFirst().first?.hasPrefix("seen.npy    1  ") == true)
        #expect(try place.run(["predict", run, "seen.npy", "--out", "out.npy"]).output == "")
        #expect(try place.bytes("out.npy") == place.bytes("probabilities.npy"))
        #expect(try place.run(["predict", run, "many.npz", "--out", "again.npy", "--batch-size", "7"]).errors == "")
        let (first, again) = (try numbers("out.npy", place), try numbers("again.npy", place))
        // Products of other sizes add up in another order.
        #expect(first.count == 3600 && zip(first, again).allSatisfy { abs($0 - $1) < 1e-6 })

        #expect(try place.run(["predict", run, "seen.npy", "many.npz", "--out", "out.csv"]).errors == "")
        let csv = try place.read("out.csv").split(separator: "\n")
        try #require(csv.count == 721)
        #expect(csv[0] == "file,row,class,p_0,p_1,p_2,p_3,p_4,p_5,p_6,p_7,p_8,p_9")
        #expect(csv[361].hasPrefix("many.npz,1,"))

        let list = try json(place.run(["predict", run, "many.npz", "--json"]))
        guard case .array(let entries) = list else { throw RunError("no list") }
        #expect(entries.count == 360 && entries.first?["file"] == "many.npz" && entries.first?["row"] == 1)

        for (file, message) in [
            ("both.npz", "both.npz holds 2 arrays (a, b): what is to be predicted is called 'inputs', or stands alone"),
            ("short.npy", "short.npy has shape (4, 63), expected samples of 8 x 8 x 1, one a row"),
            (
                "counts.npy",
                "counts.npy holds int32: inputs are uint8, as the data set has them, or floats as the model sees them"
            ),
        ] {
            let ending = try place.run(["predict", run, file])
            #expect(ending.errors == "error: \(message)\n")
            #expect(ending.status == 1)
        }
        #expect(
            try place.run(["predict", run, "seen.npy", "--out", "out.txt"]).errors
                == "error: --out ends in .npy, .csv or .json, got \"out.txt\"\n")
    }

    /// Bytes and images become what the data set makes of them: a pixel of 255 is the largest value it stores.
    @Test func bytesAndImagesAreNormalised() throws {
        let place = try Workplace()
        let run = try trained(place)
        try place.write(
            """
            local nj = require "nightjar"
            local x = nj.data.load("digits").test:inputs():narrow(1, 1, 3)
            -- From what the model sees back to 0 to 1: the background is the least, the ink the most.
            local low, high = x:min():item(), x:max():item()
            local share = (x - low) / (high - low)
            nj.save("stored.npy", (share * 16):round():to("uint8"))
            for i = 1, 3 do
              local image = (share:narrow(1, i, 1):reshape(8, 8, 1) * 255):round():to("uint8")
              nj.save("digit" .. i .. ".png", image)
              nj.save("colour" .. i .. ".png", nj.cat({ image, image, image }, 3))
            end
            nj.save("seen.npy", x)
            nj.save("wide.png", nj.zeros(8, 9, { dtype = "uint8" }))
            """, to: "files.lua")
        #expect(try place.run(["run", "files.lua", "--quiet"]).errors == "")
        func probabilities(_ files: String...) throws -> [Double] {
            #expect(try place.run(["predict", run] + files + ["--out", "p.npy"]).errors == "")
            return try numbers("p.npy", place)
        }
        let seen = try probabilities("seen.npy")
        #expect(seen.count == 30)
        for other in [
            try probabilities("stored.npy"), try probabilities("digit1.png", "digit2.png", "digit3.png"),
            try probabilities("colour1.png", "colour2.png", "colour3.png"),
        ] {
            // As far as rounding to bytes lets them.
            #expect(zip(seen, other).allSatisfy { abs($0 - $1) < 0.02 })
        }
        #expect(
            try place.run(["predict", run, "wide.png"]).errors
                == "error: wide.png has 8 x 9 x 1 pixels and channels, and the model was trained on 8 x 8 x 1: scale it "
                + "first\n")
    }
}

extension Workplace {
    fileprivate func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url.appendingPathComponent(name)))
    }
}
