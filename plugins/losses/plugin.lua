return {
  name = "losses",
  version = "1.3.0",
  api = ">= 1.0",
  license = "Apache-2.0",
  description = "Losses for classification with noisy labels: those of Patel and Sastry (PAKDD 2021) and of the papers "
    .. "around it.",
  provides = {
    losses = {
      "cce.lua", "mse.lua", "nmse.lua", "mae.lua", "rll.lua", "unhinged.lua", "nmae.lua", "gce.lua", "tgce.lua",
      "rce.lua", "sce.lua", "focal.lua", "nce.lua", "nfl.lua", "ngce.lua", "apl.lua", "agce.lua", "aul.lua",
      "ael.lua", "taylor.lua", "phuber_ce.lua", "phuber_gce.lua", "boot_soft.lua", "boot_hard.lua", "ls.lua",
      "js.lua", "bitempered.lua", "logit_mse.lua", "nlnl.lua", "forward.lua", "backward.lua", "dmi.lua",
      "elr.lua", "peer.lua", "cores2.lua", "gjs.lua", "tgce_pruned.lua", "bce.lua", "binary_focal.lua", "mixup.lua",
      "co_teaching.lua",
    },
  },
}
