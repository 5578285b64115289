import Foundation
import NightjarRuns
import Testing

@Suite struct RunConfigurationTests {
    @Test func theTextIsSortedAndCompleteAndReadsBack() throws {
        let configuration = RunConfiguration(
            experiment: "memorization", cell: [CellSetting("loss", "rll"), CellSetting("seed", 1)],
            replicates: ["seed"], epochs: 60, parts: ["model": ["name": "mlp"]], environment: ["host": "here"])
        let text = """
            {
              "cell": [
                {
                  "axis": "loss",
                  "value": "rll"
                },
                {
                  "axis": "seed",
                  "value": 1
                }
              ],
              "environment": {
                "host": "here"
              },
              "epochs": 60,
              "experiment": "memorization",
              "model": {
                "name": "mlp"
              },
              "replicates": [
                "seed"
              ]
            }

            """
        #expect(configuration.canonicalText == text)
        let json = try JSONValue(parsing: Data(text.utf8), source: "config.json")
        #expect(try RunConfiguration(parsing: json, source: "config.json") == configuration)
    }

    @Test func theIdentifierIsReadableAndEndsInTheHash() {
        let configuration = exampleConfiguration()
        #expect(configuration.identifier == "rll-rate0.4-seed1-" + configuration.hash.prefix(8))
        #expect(configuration.hash == ContentHash.sha256(configuration.identityText.utf8))
    }

    @Test func ratesThatRoundAlikeKeepDifferentNames() {
        let names = [0.2, 0.25, 0.2500001].map { exampleConfiguration(rate: $0).identifier }
        #expect(names[0].contains("-rate0.2-"))
        #expect(names[1].contains("-rate0.25-"))
        #expect(names[2].contains("-rate0.2500001-"))
    }

    @Test func namesCannotLeaveTheFolder() {
        var configuration = exampleConfiguration(loss: "../../my losses/rll,2.lua")
        configuration.experiment = "../.."
        #expect(configuration.identifier.hasPrefix("rll-2-rate0.4-seed1-"))
        #expect(configuration.experimentFolderName == "experiment")
        configuration.experiment = "lua/experiments/memorization.lua"
        #expect(configuration.experimentFolderName == "memorization")
    }

    @Test func anySettingChangesTheHash() {
        var other = exampleConfiguration()
        other.parts["settings"] = ["learning_rate": 0.2]
        #expect(other.hash != exampleConfiguration().hash)
    }

    @Test func whereItWasMadeChangesNothing() {
        var other = exampleConfiguration()
        other.environment["host"] = "there"
        #expect(other == exampleConfiguration() && other.hash == exampleConfiguration().hash)
        #expect(other.canonicalText != exampleConfiguration().canonicalText)
    }

    @Test func componentsAndListsAreNamedByTheirValues() {
        let component: JSONValue = ["name": "rll", "parameters": ["alpha": 0.45]]
        let configuration = RunConfiguration(
            experiment: "e",
            cell: [CellSetting("loss", component), CellSetting("hidden", [256, 128]), CellSetting("flip", true)])
        #expect(configuration.cell.title == "loss=rll{alpha=0.45} hidden=256,128 flip=true")
        #expect(configuration.identifier.hasPrefix("rll-alpha-0.45-hidden256-128-fliptrue-"))
    }

    @Test func aMissingKeyIsNamed() {
        #expect(
            message { _ = try RunConfiguration(parsing: ["rate": 0.4], source: "c.json") }
                == "c.json: \"experiment\" must be a string, got nothing")
        #expect(
            message { _ = try RunConfiguration(parsing: ["experiment": "a", "cell": "x"], source: "c.json") }
                == "c.json: \"cell\" must be a list of axes and values, got \"x\"")
        #expect(
            message { _ = try RunConfiguration(parsing: ["experiment": "a", "loss": "x"], source: "c.json") }
                == "c.json: \"cell\" must be a list of axes and values, got nothing: this run was written by Nightjar "
                + "before 2.0")
    }

    /// What is shown decides no result.
    @Test func whatAnExperimentShowsIsNoPartOfWhatARunIs() {
        let plain = RunConfiguration(
            experiment: "exp", parts: ["metrics": .array([MetricInfo("j2").json, MetricInfo("loss").json])])
        var shown = plain
        var loss = MetricInfo("loss")
        loss.isHeadline = false
        shown.environment[RunConfiguration.shownKey] = .array([MetricInfo("j2").json, loss.json])
        #expect(shown.hash == plain.hash)
        #expect(shown.metrics.map(\.isHeadline) == [true, false])
        #expect(plain.metrics.map(\.isHeadline) == [true, true])
        #expect(plain.differences(from: shown).isEmpty)
        var other = plain
        other.epochs = 7
        #expect(plain.differences(from: other) == ["epochs (0 there, 7 here)"])
    }
}
