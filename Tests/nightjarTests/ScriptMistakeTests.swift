import Foundation
import Testing

/// Mistakes in scripts: a message that a student understands, and exit status 1.
@Suite(.serialized) struct ScriptMistakeTests {
    /// Trains a small network with the loss that `--set loss=` names.
    private let training = """
        local nj = require "nightjar"
        local cfg = nj.config { loss = "cce" }
        local data = nj.data.load("digits")
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = data.features, hidden = { 8 }, classes = data.classes },
          loss = nj.losses[cfg.loss] {},
          optimizer = nj.optim.sgd {},
          learning_rate = 0.1,
        }
        trainer:fit(data.train, { epochs = 1 })
        """

    private func errors(_ arguments: [String], _ files: [String: String]) throws -> String {
        let place = try Workplace()
        try place.write(training, to: "train.lua")
        for (name, text) in files { try place.write(text, to: name) }
        let ending = try place.run(["run"] + arguments)
        #expect(ending.status == 1)
        #expect(ending.output == "")
        return ending.errors.replacing(place.url.path, with: "FOLDER")
    }

    @Test func aTypoInAParameterIsNamedWithTheNearest() throws {
        let script = training.replacing("nj.losses[cfg.loss] {}", with: "nj.losses.rll { alhpa = 0.1 }")
        #expect(
            try errors(["typo.lua"], ["typo.lua": script]) == """
                error: typo.lua:6: loss 'rll' has no parameter 'alhpa': did you mean 'alpha'?
                  parameters are alpha

                """)
    }

    @Test func shapesThatDoNotFitAreShownWithTheirOrigin() throws {
        let body = "local p = logits:softmax() return (p - p:pick(labels)):sum(-1)"
        #expect(
            try errors(["train.lua", "--set", "loss=./shape.lua"], ["shape.lua": loss("shape", body)]) == """
                error: shape.lua:6: shapes (128, 10) and (128) do not fit for '-': dimensions must be equal or 1, or the \
                smaller shape must equal the last dimensions of the larger
                  left operand (128, 10) made at shape.lua:6 by softmax
                  right operand (128) made at shape.lua:6 by pick
                called from
                  shape.lua:6 in function 'forward'
                  train.lua:10 in the main chunk

                """)
    }

    @Test func aLossThatIsNoNumberStopsTheRun() throws {
        let body = "return (logits - logits:max(-1, { keep = true })):log():pick(labels)"
        #expect(
            try errors(["train.lua", "--set", "loss=./nan.lua"], ["nan.lua": loss("nan", body)]) == """
                error: train.lua:10: the loss 'nan' became nan in epoch 1 at step 1 (learning rate 0.1)
                  lower the learning rate, clip the gradients, or check the loss for the logarithm of 0 and division by \
                0: --check-numerics shows the line where it began
                  the epochs before this one are kept

                """)
    }

    @Test func aLossOfTheWrongSizeIsShownBothShapes() throws {
        #expect(
            try errors(
                ["train.lua", "--set", "loss=./wide.lua"], ["wide.lua": loss("wide", "return logits:softmax()")])
                    == """
                    error: wide.lua:5: forward of loss 'wide' must return one value per sample, shape (128), it returned shape \
                    (128, 10): sum over the classes with :sum(-1)
                      the result (128, 10) made at wide.lua:6 by softmax

                    """)
    }

    @Test func aFileThatIsNotThereIsNamed() throws {
        #expect(
            try errors(["nothing.lua"], [:]) == "error: there is no file nothing.lua (working directory: FOLDER)\n")
        #expect(
            try errors(["train.lua", "--set", "loss=./nothing.lua"], [:])
                == "error: train.lua:6: there is no file ./nothing.lua (working directory: FOLDER)\n")
    }

    @Test func aFileThatTrainsNothingSaysHowItIsUsed() throws {
        #expect(
            try errors(["mine.lua"], ["mine.lua": loss("mine", "return logits:sum(-1)")])
                == "error: mine.lua defines a loss and trains nothing: use it in an experiment, for example with "
                + "--set loss=mine.lua\n")
    }

    @Test func settingsThatAreNotThereAreRefused() throws {
        #expect(
            try errors(["train.lua", "--set", "los=rll"], [:]) == """
                error: train.lua:2: --set los=rll: this script has no setting 'los': did you mean 'loss'?
                  settings are loss

                """)
        let plain = training.replacing(
            "local cfg = nj.config { loss = \"cce\" }", with: "local cfg = { loss = \"cce\" }")
        #expect(
            try errors(["plain.lua", "--set", "loss=rll"], ["plain.lua": plain])
                == "error: plain.lua:10: --set loss=rll: this script has no settings (it calls neither nj.config nor "
                + "nj.experiment)\n")
    }
}

/// `nightjar run --check-numerics`.
@Suite struct CheckNumericsTests {
    private let script = """
        local nj = require "nightjar"

        local loss = nj.loss {
          name = "mine",
          forward = function(_, logits, labels)
            local p = logits:softmax():pick(labels)
            return -(p - 1):log()
          end,
        } {}
        nj.trainer {
          model = nj.models.mlp { inputs = 64, hidden = { 4 }, classes = 10 },
          loss = loss, optimizer = nj.optim.sgd {}, learning_rate = 0.1,
        }:fit(nj.data.load("digits").train, { epochs = 1 })
        """

    @Test func theOperationThatMadeTheNaNIsNamed() throws {
        let place = try Workplace()
        try place.write(script, to: "train.lua")
        let ending = try place.run(["run", "train.lua", "--check-numerics", "--quiet"])
        #expect(ending.status == 1)
        let lines = ending.errors.split(separator: "\n").map(String.init)
        #expect(lines.first == "error: train.lua:7: log made nan: 128 of 128 numbers of shape (128), the first at [1]")
        #expect(lines.dropFirst().first?.hasPrefix("  from sub (128) float32: -0.") == true)
        #expect(lines.dropFirst().first?.hasSuffix("made at train.lua:7") == true)
        #expect(lines.contains("  in the computation that train.lua:10 asked for"))
    }

    @Test func withoutItTheRunStopsWithAdvice() throws {
        let place = try Workplace()
        try place.write(script, to: "train.lua")
        let ending = try place.run(["run", "train.lua", "--quiet"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains("the loss 'mine' became nan in epoch 1 at step 1"))
        #expect(ending.errors.contains("--check-numerics shows the line where it began"))
    }
}
