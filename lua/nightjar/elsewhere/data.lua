-- Names around data sets, noise, augmentations and random numbers. See elsewhere.lua.
local part = ...
local code = part "elsewhere/code"

return {
  rows = {
    -- What is done with parts of a training, once more
    { "noise model", "inject corrupt flip labels __call__ add_noise", "",
      'local noisy = data:with_labels(nj.noise.uniform { rate = 0.4 }, { seed = 1 })' },
    { "noise model", "transition transition_matrix T", "one with a matrix is made with it",
      'local noise = nj.noise.class_conditional { transition = { { 0.9, 0.1 }, { 0.2, 0.8 } } }' },
    { "data set", "add_noise noise corrupt", "",
      'local noisy = data:with_labels(nj.noise.uniform { rate = 0.4 }, { seed = 1 })' },
    { "data set", "true_targets clean_labels", "", 'local labels = data:true_labels()' },
    { "data set", "class_to_idx", "names are in the order of the labels", 'local names = data:class_names()' },
    { "data set", "samples imgs tensors", "", 'local inputs, labels = data:inputs(), data:labels()' },
    { "data set", "skip select indices dataset", "parts are chosen by position", 'local one = data:subset { 1 }' },
    { "data set", "cache prefetch iter next sampler collate_fn __getitem__", "the trainer makes the batches",
      code.fit },
    { "data set", "target_transform normalize", "a set of changed inputs is made of tensors",
      'local changed = nj.data.from_tensors { inputs = data:inputs() / 255, labels = data:labels(), classes = 2 }' },
    { "data set", "mean std", "", 'local mean, spread = data:inputs():mean(1), data:inputs():std(1)' },
    { "data set", "save", "tensors are saved, as nj.save(\"inputs.npy\", data:inputs())",
      'local inputs = data:inputs()' },
    { "data set", "to cuda", "everything runs on the processor: leave it out" },
    -- Modules
    { "nj.data", "DataLoader loader Dataset TensorDataset", "a data set goes to the trainer, which makes the batches",
      'local set = nj.data.from_tensors { inputs = x, labels = y, classes = 2 }' },
    -- Data
    { "data set", "loader batches dataloader DataLoader batch", "the trainer makes the batches", code.fit },
    { "data set", "shape size", "", 'local shape = data:inputs():shape()' },
    { "data set", "len length", "", 'local count = data:count()' },
    { "data set", "targets y", "", 'local labels = data:labels()' },
    { "data set", "data x images features", "", 'local inputs = data:inputs()' },
    { "data set", "take head", "", 'local some = data:first(1)' },
    { "data set", "num_classes nclasses", "", 'local count = data:classes()' },
    { "data set", "random_split Subset", "", 'local rest, held = data:split { share = 0.5 }' },
    { "data set", "concat concatenate ConcatDataset", "", 'local all = nj.data.concat { data, data }' },
    { "data set", "map transform apply filter", "a set of changed inputs is made of tensors",
      'local changed = nj.data.from_tensors { inputs = data:inputs() / 255, labels = data:labels(), classes = 2 }' },
    { "data set", "shuffle", "a trainer shuffles in every epoch", code.fit },
    { "data", "loader batches dataloader labels inputs count",
      "it has the parts train and test, which are data sets", 'local set = nj.data.load("digits").train' },
    { "random stream", "rand random", "", 'local t = nj.random_stream(1):uniform(2)' },
    { "random stream", "randn", "", 'local t = nj.random_stream(1):normal(2)' },
    { "random stream", "randint", "", 'local t = nj.random_stream(1):integers(2, 1, 6)' },
    { "random stream", "randperm shuffle", "", 'local t = nj.random_stream(1):permutation(2)' },
    -- Trainers
    { "nj.augmentations", "MixUp Mixup", "", 'local given = { augment = nj.augmentations.mixup { alpha = 0.2 } }' },
    { "nj.augmentations", "CutMix", "", 'local fields = { augment = nj.augmentations.cutmix {} }' },
    { "nj.augmentations", "crop flip RandomCrop RandomHorizontalFlip", "a trainer changes images",
      'local fields = { augment = { crop = 4, flip = true } }' },
    -- Losses, noise models, metrics, callbacks, averages, clips: what the trainer does with them
    { "nj.noise", "symmetric", "", 'local noise = nj.noise.uniform { rate = 0.4 }' },
    { "nj.noise", "pair pairflip", "", 'local noise = nj.noise.pair_flip { rate = 0.4 }' },
    { "noise model", "fit transform fit_transform sample generate", "",
      'local noisy = data:with_labels(nj.noise.uniform { rate = 0.4 }, { seed = 1 })' },
    -- Names that are rarer, or that another module would have
    { "data set", "batch_size num_workers drop_last pin_memory shuffle_ persistent_workers __len__ __iter__",
      "it is the trainer's, as in nj.trainer { batch_size = 128 }", code.fit },
    { "nj.data", "random_split Subset", "", 'local rest, held = data:split { share = 0.5 }' },
    { "nj.data", "ConcatDataset ChainDataset StackDataset", "", 'local all = nj.data.concat { data, data }' },
    { "nj.data", "IterableDataset MapDataset", "a set is made of tensors",
      'local half = nj.data.from_tensors { inputs = x:narrow(1, 1, 1), labels = y:narrow(1, 1, 1), classes = 2 }' },
    { "nj.data", "Sampler RandomSampler SequentialSampler BatchSampler SubsetRandomSampler WeightedRandomSampler "
      .. "DistributedSampler sampler",
      "the trainer draws the batches, and a loss weighs samples", code.by_sample },
    { "nj.data", "default_collate default_convert get_worker_info dataloader dataset",
      "the trainer makes the batches", code.fit },
  },
  families = {},
}
