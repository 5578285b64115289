local nj = require "nightjar"

-- What many models of parts of one data set say of its samples.
return nj.kind {
  word = "estimator", plural = "estimators",
  doc = "Numbers of each sample from many models: how one is drawn, what is kept of it, and what all of them say",
  fields = {
    { "members", "function", "members(self, count, number) gives the positions of the samples that a model is trained "
      .. "on, int32 from 1, of so many; the same for the same number", optional = true },
    { "witness", "function", "witness(self, model, train, members, test) gives what is kept of a trained model: a "
      .. "table of tensors for nj.save", optional = true },
    { "call", "function", "estimator(sources) gives the estimates, a table of tensors by name; sources are tables of "
      .. "witness, or paths of .npz files" },
  },
}
