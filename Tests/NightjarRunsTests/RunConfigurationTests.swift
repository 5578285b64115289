import Foundation
import NightjarRuns
import Testing

@Suite struct RunConfigurationTests {
    @Test func theTextIsSortedAndCompleteAndReadsBack() throws {
        let configuration = exampleConfiguration()
        let text = """
            {
              "data": "digits",
              "epochs": 60,
              "experiment": "memorization",
              "loss": "rll",
              "model": "mlp",
              "rate": 0.4,
              "seed": 1,
              "settings": {
                "hidden": [
                  512,
                  512
                ],
                "learning_rate": 0.1
              }
            }

            """
        #expect(configuration.canonicalText == text)
        let json = try JSONValue(parsing: Data(text.utf8), source: "config.json")
        #expect(try RunConfiguration(parsing: json, source: "config.json") == configuration)
    }

    @Test func theIdentifierIsReadableAndEndsInTheHash() {
        let configuration = exampleConfiguration()
        #expect(configuration.identifier == "digits-mlp-rll-rate0.4-seed1-" + configuration.hash.prefix(8))
        #expect(configuration.hash == ContentHash.sha256(configuration.canonicalText.utf8))
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
        configuration.data = "/etc/passwd"
        #expect(configuration.identifier.hasPrefix("passwd-mlp-rll-2-rate0.4-seed1-"))
        #expect(configuration.experimentFolderName == "experiment")
        configuration.experiment = "lua/experiments/memorization.lua"
        #expect(configuration.experimentFolderName == "memorization")
    }

    @Test func anySettingChangesTheHash() {
        var other = exampleConfiguration()
        other.settings["learning_rate"] = 0.2
        #expect(other.hash != exampleConfiguration().hash)
    }

    @Test func aMissingKeyIsNamed() {
        #expect(
            message { _ = try RunConfiguration(parsing: ["rate": 0.4, "settings": [:]], source: "c.json") }
                == "c.json: \"experiment\" must be a string, got nothing")
        #expect(
            message { _ = try RunConfiguration(parsing: ["rate": "a lot"], source: "c.json") }
                == "c.json: \"rate\" must be a number, got \"a lot\"")
    }
}
