-- An experiment whose names and values would act if a report, a figure or a table let them.
local nj = require "nightjar"

local evil = {
  "<script>document.title='acted'</script>", "]]><img src=x onerror=\"document.title='acted'\">",
  "\"onload=\"document.title='acted'", "a_b & 50% of {#1} \\input{x} $x^2$ ~",
}

return nj.experiment {
  name = "hostile",
  doc = "Names with <b>markup</b>, \"quotes\" and ]]> in every place.",
  grid = {
    { "tag\"><script>document.title='acted'</script>", evil }, { "rate", { 0, 0.2, 0.4 } }, { "seed", { 1, 2, 3 } },
  },
  run = function(cfg)
    for epoch = 1, 20 do
      nj.record { epoch = epoch, level = 50 + epoch + 40 * cfg.rate + cfg.seed, loss_value = 3 / epoch + cfg.rate }
    end
    return { level = 70 + 40 * cfg.rate + cfg.seed, loss_value = 0.15 + cfg.rate }
  end,
}
