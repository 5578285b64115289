return {
  name = "NAME",
  version = "0.1.0",
  -- The versions of Nightjar's interface that it works with.
  api = ">= 1.0, < 2",
  description = "One line: what it is for.",
  license = "",
  -- A folder, or a list of files such as { "losses/mine.lua" }.
  provides = {
    losses = "losses",
  },
  -- Other plugins that it needs: depends = { losses = ">= 1.0" }
}
