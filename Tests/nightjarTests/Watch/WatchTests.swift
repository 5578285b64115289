import Foundation
import NightjarRuns
import Testing

/// Scripts that change while a run with `--watch` is going.
@Suite(.serialized) struct WatchTests {
    /// A run that goes on until its callback says so, with every watched part in a file of its own.
    private final class WatchedRun {
        let place: Workplace
        private let process: Process
        private let errors: URL

        static let script = """
            local nj = require "nightjar"
            local cfg = nj.config { loss = "./mine.lua" }
            local trainer = nj.trainer {
              model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 },
              loss = nj.losses[cfg.loss] { scale = 2 },
              optimizer = nj.optim["./rule.lua"] {},
              schedule = nj.schedules["./rate.lua"] {},
              on_epoch = "./each.lua",
              seed = 1,
            }
            trainer:fit(nj.data.load("digits").train:first(256), { epochs = 1000000 })
            """

        /// Cross-entropy times a parameter, and what `more` adds to it.
        static func loss(_ more: String = "", name: String = "mine") -> String {
            """
            local nj = require "nightjar"

            return nj.loss {
              name = "\(name)",
              params = { scale = 1 },
              state = { seen = 0 },
              forward = function(self, logits, labels)
                self.seen = self.seen + 1
                local values = -logits:log_softmax():pick(labels) * self.scale
                \(more)
                return values
              end,
            }
            """
        }

        static func rule(_ state: String = "velocity") -> String {
            """
            return require("nightjar").optimizer {
              name = "rule",
              state = { \(state) = "zeros" },
              update = function(self, w, g, s, lr)
                s.\(state) = 0.5 * s.\(state) + g
                return w - lr * s.\(state)
              end,
            }
            """
        }

        static func rate(_ value: String) -> String {
            "return require(\"nightjar\").schedule { name = \"rate\", value = function() return \(value) end }\n"
        }

        init(_ script: String = WatchedRun.script, files: [String: String] = [:]) throws {
            place = try Workplace()
            for (name, text) in files { try place.write(text, to: name) }
            try place.write(script, to: "run.lua")
            try place.write(WatchedRun.loss(), to: "mine.lua")
            try place.write(WatchedRun.rule(), to: "rule.lua")
            try place.write(WatchedRun.rate("0.01"), to: "rate.lua")
            try place.write("return function() end\n", to: "each.lua")
            errors = try place.write("", to: "errors.txt")
            process = try place.start(["run", "run.lua", "--watch"], errors: try FileHandle(forWritingTo: errors))
            try wait("the first epoch") { try !self.rows().isEmpty }
        }

        deinit { if process.isRunning { process.terminate() } }

        var messages: String { get throws { try String(contentsOf: errors, encoding: .utf8) } }

        var folder: String { get throws { try #require(try place.runs("runs/run").first) } }

        /// Whole rows of `metrics.csv` so far, as numbers by column.
        func rows() throws -> [[String: Double]] {
            guard let folder = try? place.runs("runs/run").first, let text = try? place.read(folder + "/metrics.csv")
            else { return [] }
            let end = text.lastIndex(of: "\n").map { text[..<$0] } ?? ""
            let lines = end.split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            guard let columns = lines.first else { return [] }
            return lines.dropFirst().map { cells in
                Dictionary(uniqueKeysWithValues: zip(columns, cells.map { Double($0) ?? .nan }))
            }
        }

        /// Waits for something to become true, a minute at the most.
        func wait(_ what: String, until condition: () throws -> Bool) throws {
            let limit = Date().addingTimeInterval(60)
            while try !condition() {
                guard Date() < limit, process.isRunning else {
                    Issue.record("waited for \(what) in vain: \(try messages)")
                    throw CancellationError()
                }
                usleep(20_000)
            }
        }

        /// Saves a file and waits until there is a further message.
        @discardableResult
        func save(_ text: String, to name: String) throws -> String {
            let before = try messages
            // In one go, as editors do: an empty file in between is one that has changed as well.
            try Data(text.utf8).write(to: place.url.appendingPathComponent(name), options: .atomic)
            try wait("a message about \(name)") {
                try self.messages.count > before.count && self.messages.hasSuffix("\n")
            }
            return String(try messages.dropFirst(before.count))
        }

        /// Waits for epochs that began after now.
        func nextRow() throws -> [String: Double] {
            let count = try rows().count
            try wait("two more epochs") { try self.rows().count > count + 2 }
            return try #require(try rows().last)
        }

        /// Lets the callback end the run.
        func finish() throws -> Int32 {
            try place.write("return function() return false end\n", to: "each.lua")
            let limit = Date().addingTimeInterval(60)
            while process.isRunning, Date() < limit { usleep(20_000) }
            #expect(!process.isRunning)
            return process.isRunning ? -1 : process.terminationStatus
        }

        /// What `versions.json` says: name, number and first step of each version.
        func versions() throws -> [(name: String, number: Int, step: Int, stored: String)] {
            let file = place.url.appendingPathComponent(try folder + "/versions.json")
            guard case .array(let items) = try JSONValue(parsing: Data(contentsOf: file), source: file.path) else {
                return []
            }
            return items.compactMap { item in
                guard let name = item["name"]?.stringValue, let number = item["version"]?.intValue,
                    let step = item["first_step"]?.intValue, let stored = item["stored"]?.stringValue
                else { return nil }
                return (name, number, step, stored)
            }
        }
    }

    private func step(in message: String) throws -> Int {
        let text = try #require(message.firstMatch(of: /step ([0-9]+) on/)?.output.1)
        return try #require(Int(text))
    }

    @Test func aChangedLossIsUsedFromTheNextStepOnWithItsParametersAndItsState() throws {
        let run = try WatchedRun()
        #expect(try run.nextRow()["loss"] ?? .nan < 20)
        let new = WatchedRun.loss("values = values + 1000 * self.seen + 500000 * self.scale")
        let message = try run.save(new, to: "mine.lua")
        let first = try step(in: message)
        #expect(message.hasPrefix("note: mine.lua has changed: version 2 of loss 'mine' is used from epoch "))
        let row = try run.nextRow()
        let seen = (row["step"] ?? .nan) - 1
        // The parameter is still 2, and the state counts all steps since the first.
        #expect(abs((row["train_loss_running"] ?? .nan) - (1_000_000 + 1000 * (seen + 0.5))) < 5000)
        #expect(try run.finish() == 0)
        let versions = try run.versions().filter { $0.name == "mine" }
        #expect(versions.map(\.number) == [1, 2])
        #expect(versions.map(\.step) == [1, first])
        #expect(versions.map(\.stored) == ["versions/mine-1.lua", "versions/mine-2.lua"])
        #expect(try run.place.read(run.folder + "/versions/mine-1.lua") == WatchedRun.loss())
        #expect(try run.place.read(run.folder + "/versions/mine-2.lua") == new)
        let folder = try run.folder
        #expect(try run.place.read(folder + "/summary.json").contains("\"status\": \"finished\""))
    }

    @Test func aTermOfACombinationIsReplacedWhereItStands() throws {
        let run = try WatchedRun(
            WatchedRun.script.replacing(
                "nj.losses[cfg.loss] { scale = 2 }", with: "0.5 * nj.losses[cfg.loss] { scale = 2 } + nj.losses.cce {}")
        )
        let message = try run.save(WatchedRun.loss("values = values + 1000 * self.seen"), to: "mine.lua")
        #expect(message.hasPrefix("note: mine.lua has changed: version 2 of loss 'mine' is used from "))
        let row = try run.nextRow()
        // Half of what the term adds, on average over the two steps of the epoch.
        #expect(abs((row["train_loss_running"] ?? .nan) - 500 * ((row["step"] ?? .nan) - 0.5)) < 50)
        #expect(try run.finish() == 0)
    }

    @Test func aBrokenLossIsRolledBackWithItsReasonAndTheRunGoesOn() throws {
        let run = try WatchedRun()
        let head = "note: mine.lua has changed and is not used, the version before it goes on:\n"
        for (text, reason) in [
            ("return nj.loss {\n", "mine.lua:2: unexpected symbol near <eof>"),
            (WatchedRun.loss("values = values:exp_typo()"), "mine.lua:10: "),
            (WatchedRun.loss("values = values * (0 / 0)"), "mine.lua: the loss 'mine' of the batch would be nan"),
            (
                WatchedRun.loss("values = (values - values):sqrt()"),
                "mine.lua: 512 of 512 numbers of parameter 'layers.2.weight' would not be finite after the step"
            ),
            (
                WatchedRun.loss("values = logits"),
                "mine.lua:7: forward of loss 'mine' must return one value per sample, shape (128), it returned shape "
            ),
            (
                WatchedRun.loss(name: "other"),
                "mine.lua defines loss 'other' now: while a run goes on it must define 'mine'\n"
            ),
            (
                WatchedRun.loss("while true do end"),
                "mine.lua: it ran for 100000000 instructions: is there a loop without an end?\n"
            ),
            ("return 1\n", "mine.lua must return nj.loss { ... }, it returned a number\n"),
        ] {
            let message = try run.save(text, to: "mine.lua")
            #expect(message.hasPrefix(head + reason), "\(message)")
            let loss = try #require(try run.nextRow()["loss"])
            #expect(loss < 20, "the version before goes on")
        }
        let message = try run.save(WatchedRun.loss("values = values + 1000"), to: "mine.lua")
        #expect(message.hasPrefix("note: mine.lua has changed: version 2 of loss 'mine' is used from "))
        #expect(try run.nextRow()["loss"] ?? 0 > 1000)
        #expect(try run.finish() == 0)
        #expect(try run.versions().filter { $0.name == "mine" }.map(\.number) == [1, 2])
    }

    @Test func scheduleAndOptimizerAreTakenOverAsWell() throws {
        let run = try WatchedRun()
        #expect(try run.nextRow()["learning_rate"] == 0.01)
        try run.save(WatchedRun.rate("0.005"), to: "rate.lua")
        #expect(try run.nextRow()["learning_rate"] == 0.005)
        let bad = try run.save(WatchedRun.rate("-1"), to: "rate.lua")
        #expect(
            bad.hasPrefix(
                "note: rate.lua has changed and is not used, the version before it goes on:\n"
                    + "rate.lua: schedule 'rate' gave the learning rate -1 for epoch "), "\(bad)")
        let other = try run.save(WatchedRun.rule("momentum"), to: "rule.lua")
        #expect(
            other == """
                note: rule.lua has changed and is not used, the version before it goes on:
                rule.lua: optimizer 'rule' remembers 'momentum' now and 'velocity' before: what an optimizer remembers \
                cannot change while a run goes on

                """)
        let good = try run.save(WatchedRun.rule().replacing("0.5", with: "0.25"), to: "rule.lua")
        #expect(good.hasPrefix("note: rule.lua has changed: version 2 of optimizer 'rule' is used from "))
        #expect(try run.nextRow()["learning_rate"] == 0.005)
        #expect(try run.finish() == 0)
    }

    @Test func anAugmentationIsUsedFromTheStepOnThatItWasRehearsedWith() throws {
        // Inputs times a number: without it the model learns, with 0 it sees nothing, and every class is as likely.
        func light(_ factor: String, keepsLabels: Bool = true) -> String {
            """
            return require("nightjar").augmentation {
              name = "light", keeps_labels = \(keepsLabels),
              forward = function(_, batch) return batch.inputs * \(factor), batch.labels end,
            }
            """
        }
        let script = WatchedRun.script.replacing(
            "on_epoch = \"./each.lua\",",
            with: "on_epoch = \"./each.lua\", augment = nj.augmentations[\"./light.lua\"] {},")
        let run = try WatchedRun(script, files: ["light.lua": light("1")])
        try run.wait("a model that has learnt") { try run.rows().last?["train_loss_running"] ?? 9 < 3 }
        let head = "note: light.lua has changed and is not used, the version before it goes on:\n"
        for (text, reason) in [
            (light("(0 / 0)"), "light.lua: the loss 'mine' of the batch would be nan"),
            (
                light("1", keepsLabels: false),
                "light.lua: 'keeps_labels' of augmentation 'light' is false now and was true: it cannot change while a run "
                    + "goes on\n"
            ),
        ] {
            let message = try run.save(text, to: "light.lua")
            #expect(message.hasPrefix(head + reason), "\(message)")
        }
        let message = try run.save(light("0"), to: "light.lua")
        #expect(message.hasPrefix("note: light.lua has changed: version 2 of augmentation 'light' is used from epoch "))
        let first = try step(in: message)
        // Twice the logarithm of 10 classes, but for what biases learn.
        #expect(try run.nextRow()["train_loss_running"] ?? 0 > 4)
        #expect(try run.finish() == 0)
        #expect(try run.versions().filter { $0.name == "light" }.map(\.step) == [1, first])
    }

    @Test func aCallbackThatFailsGivesWayToTheOneBefore() throws {
        let run = try WatchedRun()
        let message = try run.save("return function(record) error('oops') end\n", to: "each.lua")
        #expect(message.hasPrefix("note: each.lua has changed: version 2 of callback 'on_epoch' is used from "))
        try run.wait("the failure of the callback") { try run.messages.contains("oops") }
        #expect(
            try run.messages.contains(
                "note: each.lua has changed and failed when it was first called, the version before it goes on:\n"
                    + "each.lua:1: oops"))
        _ = try run.nextRow()
        let other = try run.save("return 7\n", to: "each.lua")
        #expect(
            other == """
                note: each.lua has changed and is not used, the version before it goes on:
                each.lua must return a function, it returned a number

                """)
        #expect(try run.finish() == 0)
    }

    @Test func aFileOfACallbackMustReturnAFunction() throws {
        let place = try Workplace()
        try place.write(WatchedRun.script, to: "run.lua")
        try place.write(WatchedRun.loss(), to: "mine.lua")
        try place.write(WatchedRun.rule(), to: "rule.lua")
        try place.write(WatchedRun.rate("0.01"), to: "rate.lua")
        try place.write("return 7\n", to: "each.lua")
        let ending = try place.run(["run", "run.lua"])
        #expect(ending.status == 1)
        #expect(
            ending.errors.hasPrefix(
                "error: run.lua:3: 'on_epoch' of nj.trainer: ./each.lua must return a function, it returned a number"),
            "\(ending.errors)")
    }

    @Test func aTrainingWithoutFilesOfItsOwnSaysThatThereIsNothingToWatch() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local mine = nj.loss { name = "mine", forward = function(_, z, labels) return -z:log_softmax():pick(labels) end }
            local rule = nj.optimizer { name = "rule", update = function(_, w, g, _, lr) return w - lr * g end }
            local rate = nj.schedule { name = "rate", value = function() return 0.1 end }
            local trainer = nj.trainer {
              model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }, loss = mine {},
              optimizer = rule {}, schedule = rate {},
            }
            trainer:fit(nj.data.load("digits").train:first(64), { epochs = 1 })
            """, to: "run.lua")
        let ending = try place.run(["run", "run.lua", "--watch"])
        #expect(ending.status == 0)
        #expect(
            ending.errors == """
                note: --watch: this training uses no file that can be watched: give the loss, the schedule, an augmentation \
                or a callback as the path of a file

                """)
    }

    @Test func aFileThatIsSavedUnchangedIsNoNewVersion() throws {
        let run = try WatchedRun()
        try run.place.write(WatchedRun.loss(), to: "mine.lua")
        // What comes after it shows that it was looked at.
        let message = try run.save(WatchedRun.rate("0.005"), to: "rate.lua")
        #expect(message.hasPrefix("note: rate.lua"))
        #expect(try run.finish() == 0)
        #expect(try run.versions().count { $0.name == "mine" } == 1)
    }
}
