import Foundation
import Testing

/// Noise in inputs and labels, one after the other: a finished run makes the same data again.
@Suite(.serialized) struct InputNoiseRunTests {
    private let training = """
        local nj = require "nightjar"
        return nj.experiment { name = "noises", settings = { epochs = 1 }, grid = { { "way", { 1, 2, 3 } }, { "seed", { 1 } } },
          run = function(cfg)
            local data = nj.data.load("digits")
            local labels, replaced = nj.noise.uniform { rate = 0.2 }, nj.noise.rand_x { fraction = 0.3 }
            local shuffled, noisy = nj.noise.shuffled_pixels {}, nil
            if cfg.way == 1 then
              noisy = data.train:with_labels(labels, { seed = 1 }):with_noise(replaced, { seed = 2 })
                :with_noise(shuffled, { seed = 7 })
            elseif cfg.way == 2 then
              noisy = data.train:with_noise(shuffled, { seed = 7 }):with_noise(replaced, { seed = 2 })
                :with_labels(labels, { seed = 1 })
            else
              noisy = data.train:with_noise(shuffled, { seed = 7 }):with_labels(data.train:labels() % 10 + 1)
            end
            nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1 }:fit(noisy, { epochs = cfg.epochs })
            local place = nj.arange(64):reshape(1, 8, 8, 1)
            return { inputs = (noisy:inputs() * place):sum():item(), rate = noisy:noise_rate() }
          end }
        """
    private let reading = """
        local nj = require "nightjar"
        for _, run in ipairs(nj.runs {}) do
          local data, place = run:data().train, nj.arange(64):reshape(1, 8, 8, 1)
          assert(math.abs((data:inputs() * place):sum():item() - run.metrics.inputs) < 1e-6, run.name)
          assert(math.abs(data:noise_rate() - run.metrics.rate) < 1e-12, run.name)
          print(run.cell.way, tostring(run:noise()))
        end
        """

    @Test func theDataOfARunIsMadeAgain() throws {
        let place = try Workplace()
        try place.write(training, to: "training.lua")
        try place.write(reading, to: "reading.lua")
        let trained = try place.run(["run", "training.lua", "--quiet"])
        #expect(trained.status == 0, "\(trained.errors)")
        let read = try place.run(["run", "reading.lua"])
        #expect(read.status == 0, "\(read.errors)")
        #expect(
            read.output == "1\tnoise model 'shuffled_pixels'\n2\tnoise model 'uniform'\n3\tnil\n", "\(read.output)")
    }
}
