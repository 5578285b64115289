-- Runs that take as long as they are told: an epoch every `pace` seconds.
local nj = require "nightjar"

return nj.experiment {
  name = "grow",
  doc = "Curves that grow while one looks.",
  settings = { epochs = 8, pace = 0 },
  grid = { { "rate", { 0, 0.4 } }, { "seed", { 1, 2 } } },
  run = function(cfg)
    for epoch = 1, cfg.epochs do
      local start = os.clock()
      while os.clock() - start < cfg.pace do
      end
      nj.record { epoch = epoch, level = 50 + 4 * epoch - 40 * cfg.rate + cfg.seed, loss_value = 3 / epoch + cfg.rate }
    end
    return { level = 80 - 40 * cfg.rate + cfg.seed, loss_value = 0.3 + cfg.rate }
  end,
}
