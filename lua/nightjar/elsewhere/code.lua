-- What many names are answered with.
return {
  grad = 'local g = nj.grad(function(x) return x:square():sum() end, x)',
  fit = 'trainer:fit(data, { epochs = 1 })',
  in_training = 'model:forward(x, { training = true, seed = 1 })',
  by_class = 'local given = { loss = nj.weighted(nj.losses.cce {}, { classes = { 1, 5 } }) }',
  by_sample = 'local given = { loss = nj.weighted(nj.losses.cce {}, { samples = nj.ones(2) }) }',
  clip = 'local given = { clip = { norm = 1 } }',
}
