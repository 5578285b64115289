---@meta nightjar
-- Made by `make docs` from the binding table: do not edit.

---@alias nightjar.DType "float32"|"float64"|"int32"|"uint8"|"bool"

---A dense array of numbers. It never changes; operations make new ones.
---@class nightjar.Tensor
---@operator add(nightjar.Tensor|number): nightjar.Tensor
---@operator sub(nightjar.Tensor|number): nightjar.Tensor
---@operator mul(nightjar.Tensor|number): nightjar.Tensor
---@operator div(nightjar.Tensor|number): nightjar.Tensor
---@operator mod(nightjar.Tensor|number): nightjar.Tensor
---@operator pow(nightjar.Tensor|number): nightjar.Tensor
---@operator band(nightjar.Tensor|number): nightjar.Tensor
---@operator bor(nightjar.Tensor|number): nightjar.Tensor
---@operator bxor(nightjar.Tensor|number): nightjar.Tensor
---@operator bnot: nightjar.Tensor
---@operator unm: nightjar.Tensor
local Tensor = {}

---A layer that the host holds.
---@class nightjar.Layer
local Layer = {}

---What nj.custom takes.
---@class nightjar.CustomFields
---@field name string # what messages call the function
---@field doc? string # one line
---@field forward fun(ctx: table, ...: any): nightjar.Tensor # forward(ctx, ...) returns a tensor; what it puts into ctx, backward finds there
---@field backward fun(ctx: table, gradient: nightjar.Tensor): nightjar.Tensor?, ... # backward(ctx, gradient) returns one gradient for each argument of forward, nil for none
local CustomFields = {}

---What nj.loss takes.
---@class nightjar.LossFields
---@field name string # what messages, files and tables call the loss
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field forward fun(self: table, logits: nightjar.Tensor, labels: nightjar.Tensor, batch?: nightjar.Batch): nightjar.Tensor # forward(self, logits, labels, batch) returns one value per sample
---@field state? table<string, any> # what it remembers, by name: "zeros", "ones", a number, { "samples", "classes", start = 0 }, or a function
---@field reduction? "none"|"batch" # "none": one value per sample; "batch": one for all
---@field detaches? string # why no gradient flows through a part of it, for nightjar check
---@field example? table<string, any> # parameters with which nightjar check makes one
---@field needs? { draws?: integer, views?: integer, model?: boolean, outputs?: integer, whole?: boolean } # what else the batch has to hold: draws = 2 (as many more samples, twice), views = 1 (another view), model = true, outputs = 2 (of a model that gives so many), whole = true (the labels of all samples that are averaged together)
---@field labels? "classes"|"binary"|"any" # "classes": one of so many, or soft; "binary": 0 to 1 for every logit, and forward returns as many values; "any": not looked at
---@field soft? true|string|fun(self: table, logits: nightjar.Tensor, labels: nightjar.Tensor, batch?: nightjar.Batch): nightjar.Tensor # soft(self, logits, labels, batch) is its value for rows of probabilities, where it is not the mean over labels drawn from them, or where that can be written shorter; true: forward takes them as they are (t:pick does); or a text that says why there is none
---@field together? boolean # whether a value depends on the other samples of the batch: those left out are then taken out of the batch before; assumed of losses that take the batch, remember or return one number
---@field check? fun(self: table, classes?: integer): string? # check(self, classes) returns what is wrong with parameters that do not go together, or with so many classes, or nil; classes are nil when the object is made
local LossFields = {}

---What a loss may know of the samples it is for.
---@class nightjar.Batch
---@field indices nightjar.Tensor # positions of the samples in the training set, from 1
---@field inputs nightjar.Tensor # what the model was given
---@field outputs nightjar.Tensor[] # all that the model gives, the logits included; one unless it has several outputs
---@field count integer # how many samples there are
---@field epoch integer # from 1
---@field step integer # from 1, over the whole run
---@field training boolean # false in evaluation passes
---@field keep? nightjar.Tensor # a mask of the labels' shape: where it is false, the label is left out
---@field label_sets? table<string, nightjar.Tensor> # the labels of the data set's label sets, by name, as they were given
---@field draws? { inputs: nightjar.Tensor, labels: nightjar.Tensor, indices: nightjar.Tensor }[] # for needs = { draws = n }: n times as many samples, drawn from the training set independently of the batch
---@field views? nightjar.Tensor[] # for needs = { views = n }: the inputs again, augmented anew in training, as they are in evaluation
---@field whole? { labels: nightjar.Tensor, indices: nightjar.Tensor } # for needs = { whole = true }: all samples whose values go into the same mean, those of a step with accumulate, of the data set in evaluation
---@field model? fun(inputs: nightjar.Tensor): nightjar.Tensor # for needs = { model = true }: the logits of the model for other inputs, with gradients
local Batch = {}

---A loss with its parameters. Called, it gives one value per sample. Sums and multiples of losses are losses.
---@class nightjar.Loss
---@operator add(nightjar.Loss): nightjar.Loss
---@operator sub(nightjar.Loss): nightjar.Loss
---@operator mul(number): nightjar.Loss
---@operator div(number): nightjar.Loss
---@operator unm: nightjar.Loss
---@overload fun(logits: nightjar.Tensor, labels: nightjar.Tensor, batch?: nightjar.Batch): nightjar.Tensor
local Loss = {}

---What nj.kind takes.
---@class nightjar.KindFields
---@field word string # what messages call one: probe
---@field plural string # what plugins provide and nj finds them by, which is also the name of the file: probes
---@field doc? string # one line
---@field fields { [1]: string, [2]: string, [3]: string, optional?: boolean }[] # what one is defined by, beside name, doc, params, example and check: { name, type, doc, optional = true } each. Functions among them become methods of what is made; `call` is what calling one does
---@field check? fun(object: table): { name: string, run: fun(): table }[] # check(object) returns what nightjar check asks: { name = ..., run = function() return { verdict = "ok", "note" or "FAIL", text = ... } end } each
---@field scaffold? string # the text of a file that defines one, NAME in the place of its name
local KindFields = {}

---A kind of thing that plugins provide.
---@class nightjar.Kind
local Kind = {}

---Random numbers that depend on a seed and a name alone.
---@class nightjar.RandomStream
local RandomStream = {}

---What nj.noise takes.
---@class nightjar.NoiseFields
---@field name string # what messages, files and tables call the model
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field apply? fun(self: table, labels: nightjar.Tensor, ctx: nightjar.NoiseContext): nightjar.Tensor|integer[] # apply(self, labels, ctx) returns noisy labels, a tensor or a list; without it they are drawn from the matrix, and labels of a model that changes inputs stay
---@field inputs? fun(self: table, inputs: nightjar.Tensor, ctx: nightjar.NoiseContext): nightjar.Tensor, nightjar.Tensor? # inputs(self, inputs, ctx) returns changed inputs of the same shape and, where not all are changed, a mask of those that are; without it inputs stay
---@field matrix? fun(self: table, classes: integer, names?: string[]): number[][]|nightjar.Tensor # matrix(self, classes, names) returns the transition matrix, as rows or as a tensor
---@field classes? integer # how many classes data must have, for a model that is about certain ones
---@field caution? fun(self: table, classes: integer, names?: string[]): string? # caution(self, classes, names) returns what is to be known of this noise before its results are believed, or nil; it is said once. What follows from the matrix is said without it
---@field example? table<string, any> # parameters with which nightjar check makes one
---@field check? fun(self: table, classes?: integer, names?: string[]): string? # check(self, classes, names) returns what is wrong with parameters that do not go together, or with so many classes of these names, or nil; classes and names are nil when the object is made
local NoiseFields = {}

---What a noise model may use.
---@class nightjar.NoiseContext
---@field classes? integer # how many classes there are; nil for inputs that come without labels
---@field count integer # how many samples there are
---@field seed integer # the seed of the noise
---@field random nightjar.RandomStream # a stream of its own; another one for labels than for inputs
---@field names? string[] # the names of the classes
---@field ids nightjar.Tensor # int32, the position of each sample in its data set
---@field features? nightjar.Tensor # for `apply`: the inputs, one entry a sample, for noise that depends on them
---@field labels? nightjar.Tensor # for `inputs`: the true labels
local NoiseContext = {}

---A model of noise with its parameters.
---@class nightjar.Noise
local Noise = {}

---What nj.schedule takes.
---@class nightjar.ScheduleFields
---@field name string # what messages and files call the schedule
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field value fun(self: table, epoch: integer, step?: integer, run: nightjar.ScheduleRun, state: table): number # value(self, epoch, step, run, state) returns the number for an epoch and a step, both from 1; run has epochs and steps_per_epoch of the whole training
---@field state? fun(self: table): table # state(self) returns a table of numbers, texts and booleans that observe changes
---@field observe? fun(self: table, record: table<string, number>, state: table) # observe(self, record, state) is called after each epoch with its record and changes the state, which is kept in checkpoints
---@field example? table<string, any> # parameters with which nightjar check makes one
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
local ScheduleFields = {}

---How long a training is, as schedules are told.
---@class nightjar.ScheduleRun
---@field epochs integer # in all
---@field steps_per_epoch integer # updates in one epoch
local ScheduleRun = {}

---A schedule with its parameters. Called with epoch and step, it gives a number; one that depends on how long a training is gets { epochs = 30, steps_per_epoch = 100 } as a third argument when a script calls it.
---@class nightjar.Schedule
---@overload fun(epoch: integer, step?: integer, run?: nightjar.ScheduleRun): number
local Schedule = {}

---The training that a callback is told of.
---@class nightjar.Training
---@field epoch integer # the epoch that is going on, from 1; the last one in on_epoch and later
---@field step integer # the last step that was begun, from 1 over the whole training; 0 before the first
---@field epochs integer # how many epochs there will be
---@field steps_per_epoch integer # updates in one epoch
---@field learning_rate number # of the step that was begun last; nil before the first. Set, it is that of all steps to come, until it is set to nil, which gives it back to the schedule
---@field record table<string, number> # the numbers of the last epoch; nil before the first has ended
---@field evaluation table<string, number> # those of the last epoch with an evaluation pass; nil before
---@field model nightjar.Layer # what is trained; model:parameters() gives copies
local Training = {}

---What nj.callback takes.
---@class nightjar.CallbackFields
---@field name string # what messages and files call the callback
---@field doc? string # one line
---@field params? table<string, any> # its parameters, each { default = ..., min = ..., max = ..., choices = ..., doc = ... }
---@field example? table<string, any> # parameters with which it can be tried
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
---@field state? fun(self: table): table # state(self) returns a table of numbers, texts, booleans, tensors and tables of them: what it remembers, which checkpoints keep
---@field on_start? fun(self: table, outline: nightjar.ScheduleRun, state: table, training: nightjar.Training) # on_start(self, outline, state, training) is called before the first step, with the training's epochs and steps_per_epoch. A training that goes on from a checkpoint had its start before
---@field on_batch? fun(self: table, batch: { inputs: nightjar.Tensor, labels: nightjar.Tensor, indices: nightjar.Tensor, epoch: integer, step: integer }, state: table, training: nightjar.Training) # on_batch(self, batch, state, training) is called before each step, with each of its batches (inputs, labels, indices, epoch, step): what it puts into batch.inputs and batch.labels is trained on instead
---@field on_gradient? fun(self: table, gradients: table<string, nightjar.Tensor>, state: table, training: nightjar.Training) # on_gradient(self, gradients, state, training) is called in each step, with the gradients of all parameters by their paths, before clipping and the optimizer: what it puts into the table is used instead. It is recorded with the step, and reading a value costs time
---@field on_step? fun(self: table, step: { epoch: integer, step: integer, loss: number, learning_rate: number, gradient_norm?: number, skipped?: boolean }, state: table, training: nightjar.Training) # on_step(self, step, state, training) is called after each step, with its epoch, step, loss and learning_rate, and with gradient_norm and skipped where the trainer was asked for these
---@field on_evaluate? fun(self: table, record: table<string, number>, state: table, training: nightjar.Training) # on_evaluate(self, record, state, training) is called after each evaluation pass, with the record of its epoch, while the model has the weights that were judged (averages, where the trainer keeps any)
---@field on_epoch? fun(self: table, record: table<string, number>, state: table, training: nightjar.Training) # on_epoch(self, record, state, training) is called after each epoch, with its record
---@field on_checkpoint? fun(self: table, checkpoint: { epoch: integer, step: integer }, state: table, training: nightjar.Training) # on_checkpoint(self, checkpoint, state, training) is called before a checkpoint is written, with its epoch and step: what it changes in the state is in it. How often that is depends on time, unless the run says --checkpoint-every
---@field on_end? fun(self: table, ending: { status: "completed"|"stopped", epoch: integer, step: integer }, state: table, training: nightjar.Training) # on_end(self, ending, state, training) is called after the last epoch, with status ("completed" or "stopped"), epoch and step. A training that was interrupted has no end yet: it goes on with --resume
---@field on_error? fun(self: table, failure: { message: string, epoch: integer, step: integer }, state: table, training: nightjar.Training) # on_error(self, failure, state, training) is called when an error ends the training, with its message, epoch and step; the error goes on. Not where a limit of the run was met, or somebody stopped it
---@field kept? fun(self: table, state: table): string, table # kept(self, state) returns the name under which weights are kept and { metric, value, epoch }
---@field restores? fun(self: table, state: table): string? # restores(self, state) returns the name of the kept weights that the model has in the end
local CallbackFields = {}

---What is told of the events of a training, with its parameters.
---@class nightjar.Callback
local Callback = {}

---What nj.reporter takes.
---@class nightjar.ReporterFields
---@field name string # what messages and files call the reporter
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field example? table<string, any> # parameters with which it can be tried
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
---@field epoch? fun(self: table, record: table<string, number>, report: nightjar.Report): string? # epoch(self, record, report) returns what is said after an epoch, a text or nil
---@field ending? fun(self: table, report: nightjar.Report): string? # ending(self, report) returns what is said after the last epoch, a text or nil
local ReporterFields = {}

---What a training prints or writes, with its parameters.
---@class nightjar.Reporter
local Reporter = {}

---What a reporter knows of a training.
---@class nightjar.Report
---@field records table<string, number>[] # of all epochs so far, also of those before a resume
---@field columns string[] # the names of the numbers that records have, in order
---@field epochs integer # how many there will be
---@field status string # in the end: "completed" or "stopped"
local Report = {}

---What nj.optimizer takes.
---@class nightjar.OptimizerFields
---@field name string # what messages and files call the optimizer
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field state? table<string, string|number|function> | fun(self: table): table # what it remembers of each parameter, by name: how it starts, which is "zeros", "ones", "weights", a number or function(self, w); or a function(self) that returns such a table
---@field perturb? fun(self: table, w: nightjar.Tensor, g: nightjar.Tensor, total: nightjar.Tensor): nightjar.Tensor # perturb(self, w, g, total) returns other weights, at which the step's gradient is then taken: the trainer records a second pass over the same batch
---@field measure? fun(self: table, w: nightjar.Tensor, g: nightjar.Tensor): nightjar.Tensor # measure(self, w, g) makes a number of each parameter and its gradient; perturb gets their sum, which is that of all squares of gradients where there is no measure
---@field example? table<string, any> # parameters with which nightjar check makes one
---@field update fun(self: table, w: nightjar.Tensor, g: nightjar.Tensor, state: table<string, nightjar.Tensor>, rate: nightjar.Tensor|number, step: nightjar.Tensor|number): nightjar.Tensor # update(self, w, g, state, rate, step) returns the new parameter and puts new states into state
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
local OptimizerFields = {}

---An optimizer with its parameters.
---@class nightjar.Optimizer
local Optimizer = {}

---What nj.clip takes.
---@class nightjar.ClipFields
---@field name string # what messages and files call the clip
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field measure? fun(self: table, gradient: nightjar.Tensor): nightjar.Tensor # measure(self, gradient) makes a number of one gradient; they are added up
---@field factor? fun(self: table, total: nightjar.Tensor): nightjar.Tensor # factor(self, total) makes of the sum what apply gets
---@field apply fun(self: table, gradient: nightjar.Tensor, factor?: nightjar.Tensor): nightjar.Tensor # apply(self, gradient, factor) returns the gradient that the optimizer gets
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
local ClipFields = {}

---A way of clipping gradients with its parameters.
---@class nightjar.Clip
local Clip = {}

---What nj.average takes.
---@class nightjar.AverageFields
---@field name string # what messages and files call the average
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field update fun(self: table, average: nightjar.Tensor, weights: nightjar.Tensor, step: integer): nightjar.Tensor # update(self, average, weights, step) returns the new average
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
local AverageFields = {}

---A way of averaging weights with its parameters.
---@class nightjar.Average
local Average = {}

---What nj.model takes.
---@class nightjar.ModelFields
---@field name string # what messages and files call the model
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field build fun(self: table): nightjar.Layer # build(self) returns a layer
---@field torch_names? fun(self: table): (string|table)[] # torch_names(self) returns the names of PyTorch's modules for the layers with parameters, in their order, for nj.torch_state and nj.load_torch; a dense layer behind flattened maps is { "fc1", maps = { height, width, channels } }
local ModelFields = {}

---What nj.layer takes.
---@class nightjar.LayerFields
---@field name string # what messages call the layer
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field parameters? table<string, table>|fun(self: table): table<string, table> # what training changes: { shape = ..., init = ... } by name, or a function of the layer
---@field buffers? table<string, table>|fun(self: table): table<string, table> # what it keeps besides, by name in the same form
---@field children? fun(self: table): table<string, nightjar.Layer> # children(self) returns the layers inside, by name
---@field forward fun(self: table, ...: nightjar.Tensor): nightjar.Tensor, ... # forward(self, ...) returns what the layer gives
local LayerFields = {}

---How tables, figures and reports show a number that a script records.
---@class nightjar.RecordedFields
---@field doc? string # one line
---@field title? string # what tables and figures call it
---@field unit? string # shown behind it: "%", "s"
---@field direction? string # which way is better: "higher", "lower" or "none"
---@field range? number[] # the lowest and the highest value that it can have: { 0, 1 }
---@field decimals? integer # in tables (default 3, of percentages 1)
local RecordedFields = {}

---What nj.metric takes.
---@class nightjar.MetricFields
---@field name string # the column in metrics.csv
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field title? string # what tables and figures call it
---@field unit? string # shown behind it: "%", "s"
---@field direction? string # which way is better: "higher", "lower" or "none"
---@field range? number[] # the lowest and the highest value that it can have: { 0, 1 }
---@field decimals? integer # in tables (default 3, of percentages 1)
---@field returns? string # what compute returns: a "number" (the default), numbers by "class", whose mean is the column name beside columns name[class], a "matrix", or a number by "sample" of the training set, whose mean is the column name beside name[q10], name[median] and name[q90]; the last two are files of the run's folder arrays, an epoch a row, and by sample a column of its ledger where it has one
---@field compute fun(self: table, evaluation: nightjar.Evaluation): number|nightjar.Tensor|table # compute(self, evaluation) returns a number, or what 'returns' says: a tensor or a list; nil where this epoch has no value
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
local MetricFields = {}

---What an evaluation saw of a set of samples, in its order. Classes and their predictions count from 1. What is not kept anyway is computed when it is read, while the metric is computed.
---@class nightjar.EvaluationSet
---@field labels nightjar.Tensor # the labels given for training; those of the data elsewhere
---@field true_labels? nightjar.Tensor # the labels that the data came with, where they are of the same kind
---@field keep? nightjar.Tensor # a mask of the labels that count, where some are left out
---@field label_sets table<string, nightjar.Tensor> # the labels of the data set's label sets, by name: those given for training; those of the data elsewhere
---@field predictions nightjar.Tensor # the class with the largest logit for every label; of binary ones 0 or 1
---@field logits nightjar.Tensor # samples x classes
---@field probabilities nightjar.Tensor # their softmax, or their sigmoid for binary labels
---@field losses? nightjar.Tensor # one a sample, where the loss gives them
---@field indices nightjar.Tensor # the positions of the samples in their set, from 1
---@field inputs nightjar.Tensor # as the model gets them
local EvaluationSet = {}

---What an evaluation pass saw: sets, and the fields of the training set by themselves.
---@class nightjar.Evaluation
---@field epoch integer # from 1
---@field step integer # the last one before it
---@field kind string # what the labels are: "classes", "soft" or "binary"
---@field classes integer # how many there are
---@field model nightjar.Layer # as it is judged
---@field train nightjar.EvaluationSet # the training set
---@field validation? nightjar.EvaluationSet # where trainer:fit was given one
---@field test? nightjar.EvaluationSet # where there is a test set
---@field test_labels? nightjar.Tensor # where there is a test set
---@field test_predictions? nightjar.Tensor # where there is a test set
---@field test_keep? nightjar.Tensor # as keep, of a test set
---@field labels nightjar.Tensor # train.labels
---@field true_labels? nightjar.Tensor # train.true_labels
---@field keep? nightjar.Tensor # train.keep
---@field label_sets table<string, nightjar.Tensor> # train.label_sets
---@field predictions nightjar.Tensor # train.predictions
---@field logits nightjar.Tensor # train.logits
---@field probabilities nightjar.Tensor # train.probabilities
---@field losses? nightjar.Tensor # train.losses
---@field indices nightjar.Tensor # train.indices
---@field inputs nightjar.Tensor # train.inputs
local Evaluation = {}

---A metric with its parameters.
---@class nightjar.Metric
---@overload fun(evaluation: nightjar.Evaluation): number
local Metric = {}

---What nj.augmentation takes.
---@class nightjar.AugmentationFields
---@field name string # what messages and files call the augmentation
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field forward fun(self: table, batch: nightjar.MixedBatch, other: nightjar.MixedBatch, draw: nightjar.SampleDraw): nightjar.Tensor, nightjar.Tensor # forward(self, batch, other, draw) returns the inputs and the labels of the batch, changed; other has as many samples of the training set, one drawn for each of the batch; draw gives numbers for each sample
---@field keeps_labels? boolean # whether labels come back as they came; a loss then sees classes as they are, and one that takes no soft labels trains (default false)
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
local AugmentationFields = {}

---Samples as an augmentation gets them, and those that they are mixed with. Labels are rows of probabilities (binary ones numbers from 0 to 1), of the type of the inputs.
---@class nightjar.MixedBatch
---@field inputs nightjar.Tensor # one row a sample; of images (n, height, width, channels)
---@field labels nightjar.Tensor # (n, classes); of dense labels (n, height, width, classes)
---@field indices? nightjar.Tensor # of the batch: where its samples stand in the training set, from 1
---@field classes? integer # of the batch: how many there are
---@field epoch? integer # of the batch, from 1
local MixedBatch = {}

---A change of training samples and their labels with its parameters, for the field 'augment' of nj.trainer.
---@class nightjar.Augmentation
local Augmentation = {}

---Random numbers for each sample of a batch, which depend on the seed, the epoch and the sample alone.
---@class nightjar.SampleDraw
local SampleDraw = {}

---Samples with the labels given for training and, beside them, the true ones. #data is their number.
---@class nightjar.Dataset
---@operator len: integer
local Dataset = {}

---What nj.data.csv takes.
---@class nightjar.CSVFields
---@field file string # plain or gzipped, in UTF-8; relative paths start at the working directory
---@field label? string|integer # the column of the classes, by its name or its number from 1 (-1: the last, which is the default)
---@field inputs? (string|integer)[] # the columns of the inputs, likewise (by default all others)
---@field header? boolean # whether the first line names the columns (default true)
---@field separator? string # one character (default ",")
---@field quote? string # one character around fields that hold separators, quotes or line ends (default '"')
---@field missing? "refuse"|"drop"|"mean" # samples that lack a value: "refuse" (an error names the first), "drop", or "mean" (that of the column; samples without a label are dropped)
---@field missing_texts? string[] # what stands for no value (default: nothing, ?, NA, N/A, NaN, nan, NULL, null, None)
---@field standardize? boolean # whether each column is brought to mean 0 and deviation 1 over the file (default false)
---@field most_bytes? integer # the most text that is read (default 2^30)
---@field class_names? string[] # the classes in their order, one text each
---@field like? nightjar.Dataset # a data set whose classes and normalisation are taken: that of the file to train on
---@field name? string # what messages and files call it (by default as the file is called)
local CSVFields = {}

---What nj.data.images takes.
---@class nightjar.ImagesFields
---@field folder string # has a folder for each class, in it .png, .jpg and .jpeg files
---@field size? integer[] # { height, width } to which images are brought (by default all have one size)
---@field channels? integer # 1 for grey, 3 for colours (by default as the first image has it)
---@field most_pixels? integer # the most of one image (default 2^26)
---@field most_images? integer # the most of all (default 2^24)
---@field class_names? string[] # the classes in their order, one text each
---@field like? nightjar.Dataset # a data set whose classes and normalisation are taken: that of the file to train on
---@field name? string # what messages and files call it (by default as the file is called)
local ImagesFields = {}

---What nj.data.arrays takes.
---@class nightjar.ArraysFields
---@field inputs string # a .npy file, or the name of an array in 'file'
---@field labels string # likewise: whole numbers, one a sample
---@field file? string # an .npz or .safetensors file that has both
---@field first_label? integer # the number of the first class (default 0, as Python counts)
---@field classes? integer # how many there are (by default as many as the largest label says)
---@field standardize? boolean # whether each channel (the last dimension) is brought to mean 0 and deviation 1 (default: of bytes, which are images)
---@field class_names? string[] # the classes in their order, one text each
---@field like? nightjar.Dataset # a data set whose classes and normalisation are taken: that of the file to train on
---@field name? string # what messages and files call it (by default as the file is called)
local ArraysFields = {}

---A data set with its parts and what is known of it.
---@class nightjar.DataBundle
---@field train nightjar.Dataset # what to train on
---@field test nightjar.Dataset # what to test on
---@field classes integer # how many classes there are
---@field class_names string[] # in order
---@field features integer # numbers a sample
---@field shape integer[] # of one sample
---@field name string # as it was asked for
---@field credit string # whom to thank
---@field license string # of the data
---@field notes string[] # what to know before using it
local DataBundle = {}

---What nj.data.from_tensors takes.
---@class nightjar.DatasetFields
---@field inputs nightjar.Tensor # the sample is the first dimension
---@field labels nightjar.Tensor # from 1 to the number of classes, one a sample or (for dense labels) one for each of its places; rows of probabilities; or 0 and 1 for every logit
---@field classes? integer # how many classes there are; needed where labels are classes
---@field kind? "classes"|"soft"|"binary" # "classes" (from 1), "soft" (rows of probabilities) or "binary" (0 to 1 for each logit); by default "soft" for rows of fractions, "binary" for true and false, else "classes"
---@field ignore? integer # the label that stands for none: what has it is left out of training and metrics; rows of zeros where labels are soft
---@field name? string # what files call it
---@field class_names? string[] # one text a class, in order (default "0", "1", ...)
---@field label_sets? table<string, { labels: nightjar.Tensor, classes: integer?, kind: string?, ignore: integer? }> # further labels of the same samples by name, each { labels = ..., classes = ..., kind = ..., ignore = ... }: a loss gets them as batch.label_sets.name; metrics and records are about the first labels
local DatasetFields = {}

---What nj.trainer takes.
---@class nightjar.TrainerFields
---@field model nightjar.Layer|nightjar.Layer[] # for example nj.models.mlp { inputs = 64, classes = 10 }; a list of models makes one whose outputs are theirs in order, with the paths models.1, models.2
---@field loss nightjar.Loss # for example nj.losses.cce {}
---@field optimizer nightjar.Optimizer # for example nj.optim.sgd { momentum = 0.9 }
---@field logits? integer # which output of a model that has several is the logits, from 1: what the loss gets first and metrics look at
---@field groups? table[] # parameters with settings of their own
---@field clip? table # what holds gradients down: { value = 1 }, { norm = 1 } or an object
---@field average? table # of the weights, for example nj.ema { decay = 0.999 }
---@field average_statistics? "recomputed"|"averaged"|"running" # the running statistics (of batch norm) that averages are judged with: "recomputed", over the training set before each evaluation (the default), "averaged" as the weights are, or "running", those of the run
---@field accumulate? integer # batches whose gradients make one step
---@field schedule? nightjar.Schedule # of the learning rate
---@field callbacks? nightjar.Callback[] # what is told of events, for example { nj.callbacks.early_stopping { patience = 5 } }
---@field reporters? nightjar.Reporter[] # what is printed or written into the run's folder, for example { nj.reporters.lines {} }
---@field gradient_norm? boolean # records the Euclidean norm of all gradients, before clipping: its mean over the steps of an epoch in the column gradient_norm, its largest in gradient_norm_max
---@field bad_gradients? string # what happens at gradients that are not finite: "stop" ends with an error that names the parameter and leaves the weights as they were, "skip" leaves the step out and counts it in the column skipped_steps
---@field learning_rate? number # instead of a schedule: always the same
---@field metrics? (string|nightjar.Metric)[] # names and metrics
---@field batch_size? integer # samples a step
---@field augment? nightjar.Augmentation | fun(inputs: nightjar.Tensor): nightjar.Tensor | { crop: integer?, flip: boolean?, [integer]: nightjar.Augmentation|fun(inputs: nightjar.Tensor): nightjar.Tensor } # random changes of training samples: { crop = 4, flip = true } surrounds images by so many pixels of zeros, cuts their size out of that, and mirrors every other one; nj.augmentations.mixup {} and its like mix samples and their labels, which become soft; a function gets the inputs of a batch and returns as many changed ones of the same shape. Several in one table, as { crop = 4, nj.augmentations.mixup {} }, happen in this order
---@field evaluation_batch_size? integer # samples a batch of an evaluation pass
---@field evaluation_interval? integer # epochs from one evaluation pass to the next
---@field seed? integer # of all that is not seeded on its own (default: the run's, see nj.manual_seed)
---@field init_seed? integer # of the first weights
---@field shuffle_seed? integer # of the order of samples
---@field train_seed? integer # of draws in training, such as dropout
---@field ledger? boolean # keeps a row for each epoch and training sample in ledger.npy: prediction, loss, probability of the given label, margin, and what metrics by sample add (default: where that is less than a megabyte)
---@field best? string # the column whose best epoch the run's summary tells, beside the last (default "validation_accuracy", else "test_accuracy")
---@field on_epoch? fun(record: table<string, number>): boolean? # called after each epoch with its record; false ends training
---@field on_step? fun(step: { epoch: integer, step: integer, loss: number, learning_rate: number }): boolean? # called after each step; false ends training
local TrainerFields = {}

---A model, a loss, an optimizer and a schedule brought together.
---@class nightjar.Trainer
---@field model nightjar.Layer # what is trained
local Trainer = {}

---What nj.table takes.
---@class nightjar.TableFields
---@field runs? string|string[] # experiments or runs by their names, or one of them (default all)
---@field where? string # a condition: "loss = 'rll' and rate > 0.2"
---@field dir? string # the runs directory (default that of this program)
---@field rows? string|string[] # axes in rows; axes that vary and are named nowhere stand behind them
---@field columns? string|string[] # axes in columns; {} for metrics in columns
---@field metrics? string|string[] # metrics (default the headline metrics): "j2"; at other epochs than the last "best(j2)", "j1@best(test_accuracy)", "j1@10"; by class or sample "recall[3]", "recall[*]", "entropy[q90]"; of a matrix "confusion[3,5]", "confusion[*,*]"
---@field over? string|string[] # axes that statistics are taken over (default the replicates)
---@field stats? string|string[] # of "mean", "sd", "ci" (95 % t-interval), "n", "median", "min", "max" (default mean, sd)
---@field at? string|integer # "final", "best", "best:METRIC", or the number of an epoch (default final)
---@field against? table<string, any> # adds paired differences to a value of an axis: { loss = "cce" }
local TableFields = {}

---A table of results: which axes, metrics and runs. print shows it; an experiment's report can hold it.
---@class nightjar.ResultTable
local ResultTable = {}

---What nj.figure takes.
---@class nightjar.FigureFields
---@field runs? string|string[] # experiments or runs by their names, or one of them (default all)
---@field where? string # a condition: "loss = 'rll' and rate > 0.2"
---@field dir? string # the runs directory (default that of this program)
---@field y string|string[] # the metrics that go up, up to four; over an axis also those that nj.table takes, such as "best(j2)"
---@field x? string # what goes along: an axis, or "run_epoch", the epochs of training (default; also "epoch" where no axis is called so)
---@field by? string|string[] # the axes that colours stand for; {} for one colour
---@field facet? string|string[] # the axes that panels stand for
---@field over? string|string[] # axes that means are taken over (default the replicates)
---@field band? string # what bands reach over: "range", "sd", "ci" or "none" (default "range")
---@field overlay? table[] # what no run made: { { label = "published", points = { { 0.4, 57.2 } }, cell = { loss = "cce" } }, { label = "chance", level = 10 } }
---@field title? string # a heading
local FigureFields = {}

---A figure: what goes along, what goes up, colours, panels. An experiment's report can hold it.
---@class nightjar.Figure
local Figure = {}

---A run that is on disk.
---@class nightjar.Run
---@field name string # experiment/run, as nightjar runs list shows it
---@field experiment string # what it belongs to
---@field folder string # where it lies
---@field status string # finished, failed, interrupted or running
---@field epochs integer # finished
---@field message? string # why it failed
---@field seconds? number # of training
---@field epoch? integer # whose weights run:weights and run:model give; nil: those of the end
---@field cell table<string, any> # its values by axis
---@field metrics table<string, number> # at the end, by name, and at the best epoch as best(NAME) and OTHER@best(NAME)
local Run = {}

---What nj.runs takes.
---@class nightjar.RunsFields
---@field runs? string|string[] # experiments or runs by their names, or one of them (default all)
---@field where? string # a condition: "loss = 'rll' and rate > 0.2"
---@field dir? string # the runs directory (default that of this program)
---@field sort? string|string[] # names to sort by, the first counting most; "-j2" for the highest first
---@field limit? number # the most runs
local RunsFields = {}

---What nj.load_run takes.
---@class nightjar.LoadRunFields
---@field epoch? integer|string # whose weights are meant, of those that are kept: a number, "best", "best:test_accuracy" or "final"
local LoadRunFields = {}

---What nj.experiment takes.
---@class nightjar.ExperimentFields
---@field name string # the folder below the runs directory
---@field doc? string # one line
---@field settings? table<string, any> # the same in every cell, with their defaults
---@field grid? table # axes { name, { values } }, the first changing slowest; { { name, name }, { { value, value } } } ties values together; a value can be a list, or a component with parameters { "rll", alpha = 0.45 }
---@field where? fun(cell: table<string, any>): boolean # where(cell) is false for cells to leave out
---@field replicates? string[] # the axes that repeat a setting; statistics are taken over them (default { "seed" })
---@field kinds? table<string, string> # what the values of axes and settings are, where the name does not say it: { target = "loss" }
---@field baseline? table<string, any> # what differences are taken to: { loss = "cce" } (default the first axis's first value)
---@field show? string[] # the metrics that table and report show (default those that are declared so), also at other epochs as nj.table takes them: { "j2", "best(j2)", "j2@10" }; the summary has a column for each
---@field recorded? table<string, nightjar.RecordedFields> # how numbers that run returns, or hands to nj.record and trainer:log, are shown: { gap = { title = "gap", unit = "%", direction = "lower" } }
---@field figures? table # what the report draws in place of its usual figures: { { y = { "j2" }, by = "rate", facet = { "loss" } } }, each with the fields of nj.figure
---@field report? table # what the report holds in place of its usual parts: texts, nj.figure { ... }, nj.table { ... }
---@field quick? table<string, any> # settings with other values, and axes with fewer ones, by name, for a look that takes seconds: { epochs = 2, loss = { "cce" } }; --set quick=true takes them, and what is set besides goes on top
---@field state? table<string, any> # what callbacks remember from epoch to epoch: numbers, texts, booleans, tensors and tables of them; run gets a copy for its cell as a second argument, and checkpoints keep what it holds
---@field run fun(cfg: table<string, any>, state: table<string, any>): table<string, number>? # run(cfg, state) does one cell; cfg has the settings and the cell's values. Numbers that it returns by name are recorded as metrics
local ExperimentFields = {}

---What a script returns to be run over its grid.
---@class nightjar.Experiment
local Experiment = {}

---What nj.command takes.
---@class nightjar.CommandFields
---@field name string # what is typed: nightjar <name>
---@field doc? string # one line
---@field usage? string # what is written behind the name beside parameters, such as "FILE..."
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field run fun(self: table, arguments: string[]): any # run(self, arguments) does the work; what it returns is printed, and false means that it failed
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
local CommandFields = {}

---A word for the command line, with its parameters.
---@class nightjar.Command
local Command = {}

---The native library of a plugin, as nj.native.NAME gives it. Its operations are its fields: each takes its tensors, then its numbers in a table by name. Loading one needs --trust, or a folder that the user's configuration trusts.
---@class nightjar.NativeLibrary
---@field readers table<string, fun(path: string): nightjar.Tensor, nightjar.Tensor, integer> # read a file: the inputs, the labels from 1, and how many classes there are
---@field metrics table<string, fun(evaluation: nightjar.Evaluation): number> # work on what an evaluation saw
---@field [string] fun(...: nightjar.Tensor|table<string, number>): nightjar.Tensor # an operation
local NativeLibrary = {}

---Native libraries by the plugin that has one.
---@class nightjar.native
---@field [string] nightjar.NativeLibrary # a library, loaded when it is asked for first
local native = {}

---What nj.auditor takes.
---@class nightjar.AuditorFields
---@field name string # what messages and files call it
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field example? table<string, any> # parameters with which it can be tried
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
---@field call function # auditor(subject) gives a table: labels, suggested, scores and issues by name of the suspicion, matrix, rate, agreement, found, evidence
local AuditorFields = {}

---What nj.detection takes.
---@class nightjar.DetectionFields
---@field name string # what messages and files call it
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field example? table<string, any> # parameters with which it can be tried
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
---@field call function # detection(scores, wrong) gives a number, or nil where all labels are right or all are wrong; scores are a tensor, the larger the more suspicious, and wrong is a mask; or a score and a run
local DetectionFields = {}

---What nj.estimator takes.
---@class nightjar.EstimatorFields
---@field name string # what messages and files call it
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field example? table<string, any> # parameters with which it can be tried
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
---@field members? function # members(self, count, number) gives the positions of the samples that a model is trained on, int32 from 1, of so many; the same for the same number
---@field witness? function # witness(self, model, train, members, test) gives what is kept of a trained model: a table of tensors for nj.save
---@field call function # estimator(sources) gives the estimates, a table of tensors by name; sources are tables of witness, or paths of .npz files
local EstimatorFields = {}

---What nj.score takes.
---@class nightjar.ScoreFields
---@field name string # what messages and files call it
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field example? table<string, any> # parameters with which it can be tried
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
---@field suspicious string # which end of the numbers marks wrong labels: "high" or "low"
---@field call function # score(history) gives a tensor, one number a sample; history is a run or a table of arrays
local ScoreFields = {}

---What nj.summary takes.
---@class nightjar.SummaryFields
---@field name string # what messages and files call it
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field example? table<string, any> # parameters with which it can be tried
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
---@field call function # summary(records, ...) gives a number, or nil where there is none; records are a run, or what trainer:fit returns
local SummaryFields = {}

---What nj.suspicion takes.
---@class nightjar.SuspicionFields
---@field name string # what messages and files call it
---@field doc? string # one line
---@field params? table<string, any> # its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the end itself out, each declares the entries of a list
---@field example? table<string, any> # parameters with which it can be tried
---@field check? fun(self: table): string? # check(self) returns what is wrong with parameters that do not go together, or nil
---@field call function # suspicion(evidence) gives a tensor, one number a sample, the larger the more suspicious; or nil where the evidence lacks what it needs
---@field issues? function # issues(self, evidence) gives a mask of the labels that are taken for wrong, of those that decide and not only rank; or nil
local SuspicionFields = {}

---@class nightjar.losses.ael
---@field a? number # how slowly the loss falls (default: 2.5)

---@class nightjar.losses.agce
---@field a? number # distance from the singularity of the power (default: 0.6)
---@field q? number # the power (default: 0.6)

---@class nightjar.losses.apl
---@field active? "nce"|"nfl"|"ngce" # makes the label probable (default: "nce")
---@field alpha? number # weight of the active loss (default: 1)
---@field beta? number # weight of the passive loss (default: 1)
---@field passive? "rce"|"unhinged"|"mae" # makes other classes improbable (default: "rce")

---@class nightjar.losses.aul
---@field a? number # above 1 (default: 5.5)
---@field q? number # the power; 1 is unhinged (default: 3)

---@class nightjar.losses.backward
---@field matrix? any # rows T[i][j] = P(given j | true i): a table, a tensor, or a noise model that knows its matrix
---@field rate? number # in place of a matrix: uniform noise

---@class nightjar.losses.bce
---@field pos_weight? any # what a positive label counts: a number, or one for each label (numbers above 0) (default: 1)

---@class nightjar.losses.binary_focal
---@field alpha? number # weight of positive labels; negative ones have 1 - alpha (default: 0.25)
---@field gamma? number # 0 is bce (default: 2)

---@class nightjar.losses.bitempered
---@field t1? number # temperature of the logarithm (default: 0.8)
---@field t2? number # temperature of the softmax (default: 1.2)

---@class nightjar.losses.boot_hard
---@field beta? number # share of the label in the target (default: 0.8)

---@class nightjar.losses.boot_soft
---@field beta? number # share of the label in the target (default: 0.95)

---@class nightjar.losses.co_teaching
---@field forget? number # share of a batch that is left out in the end (default: 0.2)
---@field warm_up? integer # epochs until that share is left out (default: 10)

---@class nightjar.losses.cores2
---@field beta? number # weight of the mean in the end (default: 2)
---@field ramp? integer # epochs in which the weight grows (default: 30)
---@field sieve_after? integer # epochs in which no sample is left out (default: 31)
---@field warm_up? integer # epochs with cross-entropy alone (default: 10)

---@class nightjar.losses.dmi
---@field floor? number # what is added to the determinant (default: 0.001)
---@field samples? integer # batches with fewer samples a class are left out: no gradient (default: 4)

---@class nightjar.losses.elr
---@field beta? number # share of the old in the running mean (default: 0.7)
---@field floor? number # p is held between this and 1 minus this (default: 0.0001)
---@field lambda? number # weight of the second term (default: 3)

---@class nightjar.losses.focal
---@field detach? boolean # hold the factor (1 - p_y)^gamma fixed, as code for label noise does (default: false)
---@field gamma? number # 0 is cross-entropy (default: 0.5)

---@class nightjar.losses.forward
---@field matrix? any # rows T[i][j] = P(given j | true i): a table, a tensor, or a noise model that knows its matrix
---@field rate? number # in place of a matrix: uniform noise

---@class nightjar.losses.gce
---@field q? number # how soon the loss gives up on a sample (default: 0.7)

---@class nightjar.losses.gjs
---@field w? number # weight of the label; the views share the rest (default: 0.3)

---@class nightjar.losses.js
---@field w? number # weight of the label in the mean, pi_1 (default: 0.7)

---@class nightjar.losses.logit_mse
---@field k? number # weight of the label's logit; 15 for 1,000 classes there (default: 1)
---@field m? number # M, the logit that the label should have; 30 for 1,000 classes there (default: 1)

---@class nightjar.losses.ls
---@field r? number # share of the uniform target; may be negative (default: 0.1)

---@class nightjar.losses.mixup
---@field alpha? number # both parameters of the beta distribution; larger: more (default: 0.2)
---@field loss? string # the name of the loss, with its own defaults (default: "cce")

---@class nightjar.losses.nfl
---@field detach? boolean # hold the factors (1 - p)^gamma fixed, as the authors' code does (default: false)
---@field gamma? number # 0 is nce (default: 0.5)

---@class nightjar.losses.ngce
---@field q? number # as in gce (default: 0.7)

---@class nightjar.losses.nlnl
---@field floor? number # 1 - p_c is taken to be at least this (default: 1e-05)

---@class nightjar.losses.nmse
---@field scale? number # a factor in front; 0.1 in the authors' experiment (default: 1)

---@class nightjar.losses.peer
---@field alpha? number # weight of the second term in the end (default: 1)
---@field floor? number # what is added to probabilities (default: 1e-05)
---@field ramp? integer # epochs in which its weight grows (default: 20)
---@field warm_up? integer # epochs without the second term (default: 20)

---@class nightjar.losses.phuber_ce
---@field tau? number # the largest slope in p_y; 1 is unhinged (default: 2)

---@class nightjar.losses.phuber_gce
---@field q? number # as in gce (default: 0.7)
---@field tau? number # the largest slope in p_y (default: 10)

---@class nightjar.losses.rce
---@field log_zero? number # A, what stands for log 0 (default: -9.2103403719762)

---@class nightjar.losses.rll
---@field alpha? number # keeps the logarithm finite; sets the bound of the loss (default: 0.1)

---@class nightjar.losses.sce
---@field alpha? number # weight of cross-entropy (default: 0.1)
---@field beta? number # weight of reverse cross-entropy (default: 1)
---@field log_zero? number # what stands for log 0 in reverse cross-entropy (default: -9.2103403719762)

---@class nightjar.losses.taylor
---@field terms? integer # where the series ends (default: 2)

---@class nightjar.losses.tgce
---@field k? number # the probability of the label below which a sample is left out (default: 0.5)
---@field q? number # as in gce (default: 0.7)

---@class nightjar.losses.tgce_pruned
---@field every? integer # epochs from one choice to the next (default: 10)
---@field k? number # the probability of the label below which a sample is left out (default: 0.5)
---@field q? number # as in gce (default: 0.7)
---@field start? integer # the first epoch in which samples are chosen (default: 40)

---Losses by name; a path to a .lua file works as well.
---@class nightjar.losses
---@field ael fun(parameters?: nightjar.losses.ael): nightjar.Loss # Asymmetric exponential loss: exp(-p_y / a), exp(-1/a) to 1.
---@field agce fun(parameters?: nightjar.losses.agce): nightjar.Loss # Asymmetric gce: ((a+1)^q - (a+p_y)^q) / q.
---@field apl fun(parameters?: nightjar.losses.apl): nightjar.Loss # Active passive loss: alpha times a normalised loss + beta times a passive one. Symmetric.
---@field aul fun(parameters?: nightjar.losses.aul): nightjar.Loss # Asymmetric unhinged loss: ((a-p_y)^q - (a-1)^q) / q.
---@field backward fun(parameters?: nightjar.losses.backward): nightjar.Loss # Backward correction: cross-entropy of all labels, weighted by the label's row of the inverse of T.
---@field bce fun(parameters?: nightjar.losses.bce): nightjar.Loss # Binary cross-entropy of every logit, for labels 0 and 1: two classes, or several labels a sample.
---@field binary_focal fun(parameters?: nightjar.losses.binary_focal): nightjar.Loss # Focal loss of every logit, for labels 0 and 1: binary cross-entropy in which what is fit well counts less.
---@field bitempered fun(parameters?: nightjar.losses.bitempered): nightjar.Loss # Bi-tempered logistic loss: bounded for t1 < 1, heavy-tailed for t2 > 1; cross-entropy at t1 = t2 = 1.
---@field boot_hard fun(parameters?: nightjar.losses.boot_hard): nightjar.Loss # Hard bootstrapping: cross-entropy to beta label + (1 - beta) the class predicted.
---@field boot_soft fun(parameters?: nightjar.losses.boot_soft): nightjar.Loss # Soft bootstrapping: cross-entropy to beta label + (1 - beta) prediction.
---@field cce fun(): nightjar.Loss # Categorical cross-entropy: -log of the probability of the label. Neither bounded nor symmetric.
---@field co_teaching fun(parameters?: nightjar.losses.co_teaching): nightjar.Loss # Cross-entropy of each of two models over the samples of the batch that the other finds easy.
---@field cores2 fun(parameters?: nightjar.losses.cores2): nightjar.Loss # Cross-entropy minus beta times its mean over labels; later without samples that are above that mean.
---@field dmi fun(parameters?: nightjar.losses.dmi): nightjar.Loss # Minus the logarithm of the determinant of the joint matrix of labels and predictions over the batch.
---@field elr fun(parameters?: nightjar.losses.elr): nightjar.Loss # Cross-entropy + lambda log(1 - <t, p>), t the running mean of each sample's predictions.
---@field focal fun(parameters?: nightjar.losses.focal): nightjar.Loss # (1 - p_y)^gamma times cross-entropy: samples that are fit well count less.
---@field forward fun(parameters?: nightjar.losses.forward): nightjar.Loss # Forward correction: cross-entropy of the noisy label, with T between prediction and label.
---@field gce fun(parameters?: nightjar.losses.gce): nightjar.Loss # (1 - p_y^q) / q: cross-entropy as q goes to 0, unhinged at q = 1.
---@field gjs fun(parameters?: nightjar.losses.gjs): nightjar.Loss # Scaled Jensen-Shannon divergence of the label and the predictions for two views of the inputs.
---@field js fun(parameters?: nightjar.losses.js): nightjar.Loss # Scaled Jensen-Shannon divergence of label and prediction: cross-entropy as w goes to 0, unhinged as to 1.
---@field logit_mse fun(parameters?: nightjar.losses.logit_mse): nightjar.Loss # Squared distance of the logits from M at the label, k times as heavy there, and 0 elsewhere. No softmax.
---@field ls fun(parameters?: nightjar.losses.ls): nightjar.Loss # Label smoothing: (1 - r) cross-entropy + r times its mean over all labels; r below 0 is negative smoothing.
---@field mae fun(): nightjar.Loss # Absolute distance between the probabilities and the one-hot label, 2 (1 - p_y): symmetric, 0 to 2.
---@field mixup fun(parameters?: nightjar.losses.mixup): nightjar.Loss # Another loss on inputs and labels that are mixed with those of other samples; evaluation sees them unmixed.
---@field mse fun(): nightjar.Loss # Squared distance between the probabilities and the one-hot label (Brier score), summed over classes; 0 to 2.
---@field nce fun(): nightjar.Loss # Cross-entropy over its sum of all labels: symmetric, 0 to 1.
---@field nfl fun(parameters?: nightjar.losses.nfl): nightjar.Loss # Focal loss over its sum of all labels: symmetric, 0 to 1.
---@field ngce fun(parameters?: nightjar.losses.ngce): nightjar.Loss # Generalised cross-entropy over its sum of all labels: symmetric, sums to 1 over labels.
---@field nlnl fun(parameters?: nightjar.losses.nlnl): nightjar.Loss # Negative learning: -log(1 - p_c) for a random class c other than the label.
---@field nmae fun(): nightjar.Loss # (1 - p_y) / (classes - 1), the normalised absolute error: symmetric, sums to 1 over labels.
---@field nmse fun(parameters?: nightjar.losses.nmse): nightjar.Loss # Mean squared error over its sum of all labels (Patel & Sastry 2021): symmetric, sums to 1 over labels.
---@field peer fun(parameters?: nightjar.losses.peer): nightjar.Loss # Cross-entropy minus alpha times that of predictions and labels drawn independently.
---@field phuber_ce fun(parameters?: nightjar.losses.phuber_ce): nightjar.Loss # Partially Huberised cross-entropy: continued by its tangent where p_y is below 1 / tau.
---@field phuber_gce fun(parameters?: nightjar.losses.phuber_gce): nightjar.Loss # Partially Huberised gce: continued by its tangent where p_y is below tau^(1/(q-1)).
---@field rce fun(parameters?: nightjar.losses.rce): nightjar.Loss # Reverse cross-entropy, -A (1 - p_y) with A in place of log 0: symmetric, 0 to -A.
---@field rll fun(parameters?: nightjar.losses.rll): nightjar.Loss # Robust log loss (Kumar & Sastry 2018): symmetric and bounded.
---@field sce fun(parameters?: nightjar.losses.sce): nightjar.Loss # Symmetric cross-entropy: alpha cross-entropy + beta reverse cross-entropy. Not symmetric for alpha > 0.
---@field taylor fun(parameters?: nightjar.losses.taylor): nightjar.Loss # Sum of (1 - p_y)^i / i for i to terms: unhinged at 1 term, cross-entropy with ever more.
---@field tgce fun(parameters?: nightjar.losses.tgce): nightjar.Loss # Truncated gce: (1 - max(p_y, k)^q) / q; samples with p_y below k are left out.
---@field tgce_pruned fun(parameters?: nightjar.losses.tgce_pruned): nightjar.Loss # gce minus its value at k over chosen samples: those whose p_y was above k when last looked at.
---@field unhinged fun(): nightjar.Loss # 1 - p_y, the linear loss: symmetric, 0 to 1.
---@field [string] fun(parameters?: table<string, any>): nightjar.Loss
local losses = {}

---@class nightjar.noise.additive_gaussian
---@field deviation? number # of the noise, as a share of the deviation of the data's channel (default: 0.1)

---@class nightjar.noise.asym_cifar10
---@field count? "iid"|"exact"|"exact_per_class" # each sample by itself, or a fixed number of all, or of each class (default: "iid")
---@field rate? number # share of the samples of a class with a target that get it; theory needs less than 0.5 (default: 0.4)

---@class nightjar.noise.asym_cifar100
---@field contiguous_compat? boolean # blocks of five labels in a row, as published code has it, which are no superclasses: to compare with it (default: false)
---@field count? "iid"|"exact"|"exact_per_class" # each sample by itself, or a fixed number of all, or of each class (default: "iid")
---@field rate? number # share of the samples of a class with a target that get it; theory needs less than 0.5 (default: 0.4)

---@class nightjar.noise.asym_mnist
---@field count? "iid"|"exact"|"exact_per_class" # each sample by itself, or a fixed number of all, or of each class (default: "iid")
---@field rate? number # share of the samples of a class with a target that get it; theory needs less than 0.5 (default: 0.4)

---@class nightjar.noise.asymmetric
---@field count? "iid"|"exact"|"exact_per_class" # each sample by itself, or a fixed number of all, or of each class (default: "iid")
---@field map table # the class that a class becomes, by their names
---@field rate? number # share of the samples of a class with a target that get it; theory needs less than 0.5 (default: 0.4)

---@class nightjar.noise.blur
---@field deviation? number # of the kernel, in pixels; 0 leaves images as they are (default: 1)

---@class nightjar.noise.class_conditional
---@field count? "iid"|"exact_per_class" # each sample by itself, or of each class as many as the matrix says, rounded down (default: "iid")
---@field transition any # one row of probabilities a class, each of sum 1: a table or a tensor

---@class nightjar.noise.human
---@field key? string # which array of a .pt or .npz file 'labels' is
---@field labels any # a file whose labels count from 0, as they are published (.pt of PyTorch, .npy, .npz, or .u8: one byte a label), or a tensor of labels from 1; rows of counts or probabilities by class are drawn from
---@field truth? any # the clean labels of the same file, in the same form: that the order is the data's is then looked at
---@field truth_key? string # which array 'truth' is

---@class nightjar.noise.human_matched
---@field key? string # which array of a .pt or .npz file 'labels' is
---@field labels any # a file whose labels count from 0, as they are published (.pt of PyTorch, .npy, .npz, or .u8: one byte a label), or a tensor of labels from 1; rows of counts or probabilities by class are drawn from
---@field like? "matrix"|"symmetric"|"pair" # people's matrix, or symmetric noise or pair flips of their rate (default: "matrix")
---@field truth any # the clean labels of the same file, in the same form
---@field truth_key? string # which array 'truth' is

---@class nightjar.noise.instance
---@field deviation? number # standard deviation of the samples' rates, before the ends 0 and 1 cut them (default: 0.1)
---@field divide_by_root? boolean # projections divided by the root of the count of numbers a sample, so that wrong classes are drawn and not nearly certain (default: false)
---@field rate? number # mean of the samples' rates (default: 0.4)
---@field scaling? "given"|"standardised"|"unit" # inputs as the model sees them, with mean 0 and deviation 1 of each number, or with length 1 (default: "given")
---@field temperature? number # what projections are divided by besides (default: 1)

---@class nightjar.noise.instance_shared
---@field deviation? number # standard deviation of the samples' rates, before the ends 0 and 1 cut them (default: 0.1)
---@field divide_by_root? boolean # projections divided by the root of the count of numbers a sample, so that wrong classes are drawn and not nearly certain (default: false)
---@field rate? number # mean of the samples' rates (default: 0.4)
---@field scaling? "given"|"standardised"|"unit" # inputs as the model sees them, with mean 0 and deviation 1 of each number, or with length 1 (default: "given")
---@field temperature? number # what projections are divided by besides (default: 1)

---@class nightjar.noise.margin
---@field rate? number # share of the samples that change, the same number for each seed (default: 0.4)
---@field scores? any # of a reference model, (samples, classes), as model:predict gives them; else of the nearest class mean

---@class nightjar.noise.open_set
---@field count? "iid"|"exact" # each sample by itself, or a fixed number of all (default: "iid")
---@field fraction? number # share of images that are replaced (default: 0.4)
---@field images any # the name of another data set, whose training images are taken as a model sees them, or a tensor of images

---@class nightjar.noise.pair_flip
---@field count? "iid"|"exact"|"exact_per_class" # each sample by itself, or a fixed number of all, or of each class (default: "iid")
---@field rate? number # share of the samples of a class with a target that get it; theory needs less than 0.5 (default: 0.4)

---@class nightjar.noise.rand_x
---@field count? "iid"|"exact" # each sample by itself, or a fixed number of all (default: "iid")
---@field fraction? number # share of images that are replaced (default: 0.5)

---@class nightjar.noise.rand_y
---@field count? "iid"|"exact"|"exact_per_class" # each sample by itself, or a fixed number of all, or of each class (default: "iid")
---@field fraction? number # share of labels that are drawn (default: 0.5)

---@class nightjar.noise.random_labels
---@field count? "iid"|"exact"|"exact_per_class" # each sample by itself, or a fixed number of all, or of each class (default: "iid")
---@field rate? number # share of samples whose label is drawn; rate * (K - 1) / K of all become wrong (default: 1)

---@class nightjar.noise.random_transition
---@field count? "iid"|"exact_per_class" # each sample by itself, or of each class as many as the matrix says, rounded down (default: "exact_per_class")
---@field learnable? boolean # whether labels say more than chance: P(given) P(true) < P(given, true) (default: true)
---@field matrix_seed? integer # of the matrix, apart from that of the labels (default: 0)
---@field max_diagonal? number # largest probability of a class to stay itself (default: 1)
---@field max_rate? number # largest probability of one class to become another (default: 0.99999)
---@field max_tries? integer # matrices that are looked at (default: 10000)
---@field min_diagonal? number # least probability of a class to stay itself (default: 1e-05)
---@field min_rate? number # least probability of one class to become another, where it is not 0 (default: 0)
---@field prior? table # shares of the classes, for learnable; or equal
---@field trace? number # sum of the diagonal; 0.6 K where it is left out
---@field zero_share? number # share of the K (K - 1) rates that are 0 (default: 0)

---@class nightjar.noise.salt
---@field salt? number # share of these that become the largest number (default: 0.5)
---@field share? number # of the pixels that change (default: 0.1)

---@class nightjar.noise.uniform
---@field convention? "exclude"|"include" # whether the drawn class can be the true one (include) or not (exclude) (default: "exclude")
---@field count? "iid"|"exact"|"exact_per_class" # each sample by itself, or a fixed number of all, or of each class (default: "iid")
---@field rate? number # share of samples that are chosen (default: 0.4)

---Noise models by name; a path to a .lua file works as well. Called with nightjar.NoiseFields, it defines one.
---@class nightjar.noise
---@field additive_gaussian fun(parameters?: nightjar.noise.additive_gaussian): nightjar.Noise # Normal noise is added to every pixel, the same in every epoch.
---@field asym_cifar10 fun(parameters?: nightjar.noise.asym_cifar10): nightjar.Noise # Asymmetric noise of Patrini et al. 2017 for CIFAR-10: truck to automobile, bird to airplane, deer to horse, cat and dog to each other.
---@field asym_cifar100 fun(parameters?: nightjar.noise.asym_cifar100): nightjar.Noise # Asymmetric noise of Patrini et al. 2017 for CIFAR-100: within its superclass, a label becomes the next class.
---@field asym_mnist fun(parameters?: nightjar.noise.asym_mnist): nightjar.Noise # Asymmetric noise of Patrini et al. 2017 for MNIST: 7 to 1, 2 to 7, 3 to 8, 5 and 6 to each other.
---@field asymmetric fun(parameters: nightjar.noise.asymmetric): nightjar.Noise # Label noise by pairs of classes of one's own: map = { truck = "automobile" } by their names.
---@field blur fun(parameters?: nightjar.noise.blur): nightjar.Noise # Images blurred with a Gaussian kernel; nothing is drawn.
---@field class_conditional fun(parameters: nightjar.noise.class_conditional): nightjar.Noise # Label noise by a transition matrix: each label is drawn from the row of its true class.
---@field gaussian fun(): nightjar.Noise # Every image is normal noise with the data's mean and deviation of each channel, of Zhang et al. 2017.
---@field human fun(parameters: nightjar.noise.human): nightjar.Noise # Labels that people gave, from a file such as those of CIFAR-10N; nothing is drawn.
---@field human_matched fun(parameters: nightjar.noise.human_matched): nightjar.Noise # Synthetic noise with the transition matrix that people's labels have, or with their rate alone.
---@field instance fun(parameters?: nightjar.noise.instance): nightjar.Noise # Instance-dependent noise of Xia et al. 2020: wrong classes by random projections, one for each true class.
---@field instance_shared fun(parameters?: nightjar.noise.instance_shared): nightjar.Noise # Instance-dependent noise as in the code of Cheng et al. 2021: one random projection for all classes.
---@field margin fun(parameters?: nightjar.noise.margin): nightjar.Noise # Noise where it is hardest to tell: samples of the lowest margin get the class next in a reference model.
---@field open_set fun(parameters: nightjar.noise.open_set): nightjar.Noise # Open-set noise of Wang et al. 2018: a fraction of the images comes from another data set, labels stay.
---@field pair_flip fun(parameters?: nightjar.noise.pair_flip): nightjar.Noise # Pair flipping of Han et al. 2018: a label becomes the next class, the last becomes the first.
---@field rand_x fun(parameters?: nightjar.noise.rand_x): nightjar.Noise # randX of Arpit et al. 2017: a fraction of the images is replaced by normal noise of the data's statistics.
---@field rand_y fun(parameters?: nightjar.noise.rand_y): nightjar.Noise # randY of Arpit et al. 2017: a fraction of the labels is drawn from all classes.
---@field random_labels fun(parameters?: nightjar.noise.random_labels): nightjar.Noise # Random labels of Zhang et al. 2017: chosen samples get a label drawn from all classes, the true one included.
---@field random_pixels fun(): nightjar.Noise # A random order of the pixels (and channels) for each image, of Zhang et al. 2017.
---@field random_transition fun(parameters?: nightjar.noise.random_transition): nightjar.Noise # Label noise by a random transition matrix of a given trace, as cleanlab's benchmarks have it.
---@field salt fun(parameters?: nightjar.noise.salt): nightjar.Noise # Salt and pepper: a share of each image's pixels gets the data's largest or least number.
---@field shuffled_pixels fun(): nightjar.Noise # One random order of the pixels (and channels) for all images, of Zhang et al. 2017.
---@field uniform fun(parameters?: nightjar.noise.uniform): nightjar.Noise # Symmetric label noise: chosen samples get a class drawn uniformly.
---@field [string] fun(parameters?: table<string, any>): nightjar.Noise
---@overload fun(fields: nightjar.NoiseFields): fun(parameters?: table<string, any>): nightjar.Noise
local noise = {}

---@class nightjar.schedules.constant
---@field base? number # the rate (default: 0.01)

---@class nightjar.schedules.cosine
---@field base? number # the highest rate (default: 0.1)
---@field epochs? integer # epochs in all (default: 100)
---@field floor? number # the rate at the end (default: 0)
---@field warmup? integer # epochs over which the rate rises to the base (default: 0)

---@class nightjar.schedules.exponential
---@field base? number # the rate in the first epoch (default: 0.01)
---@field decay? number # what the rate is multiplied by after each epoch (default: 0.95)

---@class nightjar.schedules.linear
---@field epochs? integer # the epoch in which it is reached; the last of the training unless given
---@field from? number # the number in the first epoch (default: 0.1)
---@field to? number # the number that is reached (default: 0)

---@class nightjar.schedules.one_cycle
---@field base? number # the number at the turn (default: 0.1)
---@field finish? number # the number of the last step; start / 10000 unless given
---@field shape? "cosine"|"linear" # of both ways (default: "cosine")
---@field start? number # the number of the first step; base / 25 unless given
---@field turn? number # share of the steps before the turn (default: 0.3)

---@class nightjar.schedules.plateau
---@field base? number # the rate at the start (default: 0.1)
---@field cooldown? integer # epochs after a fall in which nothing is counted (default: 0)
---@field factor? number # what the rate is multiplied by (default: 0.1)
---@field floor? number # the least rate (default: 0)
---@field mode? "auto"|"min"|"max" # which is better, less or more (default: "auto")
---@field monitor? string # the column of the records that is watched (default: "loss")
---@field patience? integer # epochs without an improvement that are waited for (default: 10)
---@field relative? boolean # the threshold is a share of the best instead of a difference (default: true)
---@field threshold? number # an improvement is more than this (default: 0.0001)

---@class nightjar.schedules.polynomial
---@field base? number # the rate at the start (default: 0.1)
---@field by_step? boolean # fall from step to step instead of from epoch to epoch (default: false)
---@field epochs? integer # epochs until the floor; those of the training unless given
---@field floor? number # the rate at the end (default: 0)
---@field power? number # 1 falls along a line (default: 1)

---@class nightjar.schedules.step
---@field base? number # the rate at the start (default: 0.1)
---@field drops? table # epochs after which the rate falls, for example { 100, 150 } (default: {  })
---@field every? integer # epochs from one fall to the next, beside the drops
---@field factor? number # what the rate is multiplied by (default: 0.1)

---@class nightjar.schedules.warm_restarts
---@field base? number # the rate after each start (default: 0.1)
---@field by_step? boolean # fall from step to step instead of from epoch to epoch (default: false)
---@field floor? number # the rate that is fallen to (default: 0)
---@field growth? integer # what the period is multiplied by at each restart (default: 1)
---@field period? integer # epochs until the first restart (default: 10)

---@class nightjar.schedules.warmup
---@field delay? boolean # start the other schedule after the warm-up (default: false)
---@field epochs? number # epochs of the warm-up; it rises at each step (default: 5)
---@field schedule schedule # what is warmed up, for example nj.schedules.cosine { base = 0.1 }
---@field start? number # share of the number before the first step (default: 0)
---@field steps? integer # steps of the warm-up, instead of epochs

---Schedules by name; a path to a .lua file works as well.
---@class nightjar.schedules
---@field constant fun(parameters?: nightjar.schedules.constant): nightjar.Schedule # The same rate all along.
---@field cosine fun(parameters?: nightjar.schedules.cosine): nightjar.Schedule # Rises over the first epochs, then falls to a floor along half a cosine.
---@field exponential fun(parameters?: nightjar.schedules.exponential): nightjar.Schedule # The base rate, multiplied by a factor after every epoch.
---@field linear fun(parameters?: nightjar.schedules.linear): nightjar.Schedule # From one number in the first epoch to another, which then stays; also for momentum and weight decay.
---@field one_cycle fun(parameters?: nightjar.schedules.one_cycle): nightjar.Schedule # Rises to the base and falls far below it once in a training, step by step; for a momentum the other way round.
---@field plateau fun(parameters?: nightjar.schedules.plateau): nightjar.Schedule # Falls when a number of the records has not become better for some epochs.
---@field polynomial fun(parameters?: nightjar.schedules.polynomial): nightjar.Schedule # Falls from the base to a floor as a power of what is left of the training.
---@field step fun(parameters?: nightjar.schedules.step): nightjar.Schedule # The base rate, multiplied by a factor after each of the epochs given.
---@field warm_restarts fun(parameters?: nightjar.schedules.warm_restarts): nightjar.Schedule # Falls to a floor along half a cosine and starts again, each time for longer (SGDR).
---@field warmup fun(parameters: nightjar.schedules.warmup): nightjar.Schedule # Another schedule whose number rises linearly to its full size over the first steps or epochs.
---@field [string] fun(parameters?: table<string, any>): nightjar.Schedule
local schedules = {}

---@class nightjar.callbacks.best_weights
---@field mode? "auto"|"min"|"max" # which is better, less or more (default: "auto")
---@field monitor? string # the column of the records that says which epoch is best (default: "test_accuracy")

---@class nightjar.callbacks.early_stopping
---@field min_delta? number # an improvement is more than this (default: 0)
---@field mode? "auto"|"min"|"max" # which is better, less or more (default: "auto")
---@field monitor? string # the column of the records that is watched (default: "test_accuracy")
---@field patience? integer # epochs without an improvement after which it ends (default: 10)
---@field restore_best? boolean # give the model the weights of the best epoch in the end (default: false)

---Callbacks by name; a path to a .lua file works as well.
---@class nightjar.callbacks
---@field best_weights fun(parameters?: nightjar.callbacks.best_weights): nightjar.Callback # Keeps the weights of the best epoch, beside those with which training goes on.
---@field early_stopping fun(parameters?: nightjar.callbacks.early_stopping): nightjar.Callback # Ends a training when a number of its records has not become better for some epochs.
---@field [string] fun(parameters?: table<string, any>): nightjar.Callback
local callbacks = {}

---@class nightjar.reporters.lines
---@field columns? table # names of columns; all that are measured where there are none (default: {  })
---@field digits? integer # significant digits (default: 4)
---@field every? integer # epochs from line to line; the last always has one (default: 1)

---@class nightjar.reporters.markdown
---@field columns? table # names of columns; all that are measured where there are none (default: {  })
---@field digits? integer # significant digits (default: 4)

---Reporters by name; a path to a .lua file works as well.
---@class nightjar.reporters
---@field lines fun(parameters?: nightjar.reporters.lines): nightjar.Reporter # A line after each epoch, which stays where the progress line goes.
---@field markdown fun(parameters?: nightjar.reporters.markdown): nightjar.Reporter # A table of all epochs in Markdown, in the end.
---@field [string] fun(parameters?: table<string, any>): nightjar.Reporter
local reporters = {}

---@class nightjar.optim.adagrad
---@field epsilon? number # keeps the quotient finite (default: 1e-10)
---@field initial_accumulator? number # where the sum of squares starts (default: 0)
---@field lr_decay? number # the rate is divided by 1 + (step - 1) times this (default: 0)
---@field weight_decay? number # multiple of the weights added to the gradient (default: 0)

---@class nightjar.optim.adam
---@field amsgrad? boolean # divide by the largest average so far (Reddi, Kale & Kumar 2018) (default: false)
---@field beta1? number # decay of the average gradient (default: 0.9)
---@field beta2? number # decay of the average squared gradient (default: 0.999)
---@field epsilon? number # keeps the quotient finite (default: 1e-08)
---@field weight_decay? number # multiple of the weights added to the gradient (default: 0)

---@class nightjar.optim.adamax
---@field beta1? number # decay of the average gradient (default: 0.9)
---@field beta2? number # decay of the largest gradient (default: 0.999)
---@field epsilon? number # keeps the quotient finite (default: 1e-08)
---@field weight_decay? number # multiple of the weights added to the gradient (default: 0)

---@class nightjar.optim.adamw
---@field amsgrad? boolean # divide by the largest average so far (Reddi, Kale & Kumar 2018) (default: false)
---@field beta1? number # decay of the average gradient (default: 0.9)
---@field beta2? number # decay of the average squared gradient (default: 0.999)
---@field epsilon? number # keeps the quotient finite (default: 1e-08)
---@field weight_decay? number # share of the weights taken away at each step, times the rate (default: 0.01)

---@class nightjar.optim.asgd
---@field decay? number # share of the weights taken away at each step, times the rate (default: 0.0001)
---@field from? integer # the step after which weights are averaged (default: 1000000)
---@field power? number # power with which the rate falls (default: 0.75)
---@field weight_decay? number # multiple of the weights added to the gradient (default: 0)

---@class nightjar.optim.lion
---@field beta1? number # share of the momentum in the direction of a step (default: 0.9)
---@field beta2? number # decay of the momentum (default: 0.99)
---@field weight_decay? number # share of the weights taken away at each step, times the rate (default: 0)

---@class nightjar.optim.lookahead
---@field alpha? number # share of the way that the slow weights go (default: 0.5)
---@field k? integer # steps forward (default: 5)
---@field optimizer optimizer # what makes the steps, for example nj.optim.sgd { momentum = 0.9 }

---@class nightjar.optim.nadam
---@field beta1? number # decay of the average gradient (default: 0.9)
---@field beta2? number # decay of the average squared gradient (default: 0.999)
---@field epsilon? number # keeps the quotient finite (default: 1e-08)
---@field momentum_decay? number # how soon the momentum reaches beta1 (default: 0.004)
---@field weight_decay? number # multiple of the weights added to the gradient (default: 0)

---@class nightjar.optim.radam
---@field beta1? number # decay of the average gradient (default: 0.9)
---@field beta2? number # decay of the average squared gradient (default: 0.999)
---@field epsilon? number # keeps the quotient finite (default: 1e-08)
---@field weight_decay? number # multiple of the weights added to the gradient (default: 0)

---@class nightjar.optim.rmsprop
---@field alpha? number # decay of the average squared gradient (default: 0.99)
---@field centered? boolean # divide by the deviation of the gradient instead of its root mean square (default: false)
---@field epsilon? number # keeps the quotient finite (default: 1e-08)
---@field momentum? number # share of the velocity that stays from step to step (default: 0)
---@field weight_decay? number # multiple of the weights added to the gradient (default: 0)

---@class nightjar.optim.sam
---@field adaptive? boolean # measure the way by the size of each weight (ASAM) (default: false)
---@field optimizer optimizer # what makes the steps, for example nj.optim.sgd { momentum = 0.9 }
---@field rho? number # how far away the gradient is taken (default: 0.05)

---@class nightjar.optim.sgd
---@field dampening? number # share of the gradient that does not enter the velocity (default: 0)
---@field momentum? number # share of the velocity that stays from step to step (default: 0)
---@field nesterov? boolean # look ahead along the velocity; needs momentum (default: false)
---@field weight_decay? number # multiple of the weights added to the gradient (default: 0)

---Optimizers by name; a path to a .lua file works as well.
---@class nightjar.optim
---@field adagrad fun(parameters?: nightjar.optim.adagrad): nightjar.Optimizer # Adagrad (Duchi, Hazan & Singer 2011): the gradient over the root of the sum of all its squares.
---@field adam fun(parameters?: nightjar.optim.adam): nightjar.Optimizer # Adam (Kingma & Ba 2015); weight decay is added to the gradient.
---@field adamax fun(parameters?: nightjar.optim.adamax): nightjar.Optimizer # Adamax (Kingma & Ba 2015): Adam with the largest gradient in the place of the root mean square.
---@field adamw fun(parameters?: nightjar.optim.adamw): nightjar.Optimizer # Adam with decoupled weight decay (Loshchilov & Hutter 2019).
---@field asgd fun(parameters?: nightjar.optim.asgd): nightjar.Optimizer # Averaged SGD (Polyak & Juditsky 1992): the model is judged by the mean of the weights from a step on.
---@field lion fun(parameters?: nightjar.optim.lion): nightjar.Optimizer # Lion (Chen et al. 2023): steps of one size along the sign of the momentum.
---@field lookahead fun(parameters: nightjar.optim.lookahead): nightjar.Optimizer # Lookahead (Zhang et al. 2019) around another optimizer: k steps forward, then a part of the way.
---@field nadam fun(parameters?: nightjar.optim.nadam): nightjar.Optimizer # NAdam (Dozat 2016): Adam with Nesterov momentum.
---@field radam fun(parameters?: nightjar.optim.radam): nightjar.Optimizer # RAdam (Liu et al. 2020): Adam whose first steps are plain momentum, until the average square can be trusted.
---@field rmsprop fun(parameters?: nightjar.optim.rmsprop): nightjar.Optimizer # RMSprop (Hinton 2012): the gradient over the root of its average square.
---@field sam fun(parameters: nightjar.optim.sam): nightjar.Optimizer # Sharpness-aware minimization (Foret et al. 2021) around another optimizer; each step has two passes.
---@field sgd fun(parameters?: nightjar.optim.sgd): nightjar.Optimizer # Stochastic gradient descent with momentum, Nesterov momentum and weight decay.
---@field [string] fun(parameters?: table<string, any>): nightjar.Optimizer
local optim = {}

---@class nightjar.clips.norm
---@field limit number # the largest norm

---@class nightjar.clips.value
---@field limit number # the largest size of an entry

---Ways of clipping by name; a path to a .lua file works as well.
---@class nightjar.clips
---@field norm fun(parameters: nightjar.clips.norm): nightjar.Clip # Scales all gradients together so that their common Euclidean norm is at most the limit.
---@field value fun(parameters: nightjar.clips.value): nightjar.Clip # Brings every entry of every gradient between -limit and limit.
---@field [string] fun(parameters?: table<string, any>): nightjar.Clip
local clips = {}

---@class nightjar.averages.ema
---@field decay? number # share of the average that stays from step to step (default: 0.999)
---@field warmup? boolean # lets the first steps count more: decay is at most (1 + step) / (10 + step) (default: true)

---@class nightjar.averages.mean
---@field from? integer # the first step that counts (default: 1)

---Averages by name; a path to a .lua file works as well.
---@class nightjar.averages
---@field ema fun(parameters?: nightjar.averages.ema): nightjar.Average # Exponential moving average of the weights (Polyak & Juditsky 1992).
---@field mean fun(parameters?: nightjar.averages.mean): nightjar.Average # Mean of the weights over all steps from one on; the weights themselves before.
---@field [string] fun(parameters?: table<string, any>): nightjar.Average
local averages = {}

---@class nightjar.models.alexnet_small
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field height? integer # rows of an image (default: 28)
---@field width? integer # columns of an image (default: 28)

---@class nightjar.models.cnn4
---@field channels? integer # of an image (default: 1)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field height? integer # rows of an image (default: 28)
---@field width? integer # columns of an image (default: 28)

---@class nightjar.models.cnn6
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field height? integer # rows of an image (default: 32)
---@field width? integer # columns of an image (default: 32)

---@class nightjar.models.cnn8
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field height? integer # rows of an image (default: 32)
---@field width? integer # columns of an image (default: 32)

---@class nightjar.models.cnn9
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dropout? number # share of the channels dropped after the first two blocks (default: 0.25)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")

---@class nightjar.models.inception_lite
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")

---@class nightjar.models.inception_lite_public
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")

---@class nightjar.models.lenet
---@field channels? integer # of an image (default: 1)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field height? integer # rows of an image (default: 28)
---@field width? integer # columns of an image (default: 28)

---@class nightjar.models.mlp
---@field activation? string # the name of a layer in nj.nn without parameters (default: "relu")
---@field classes? integer # logits a sample (default: 10)
---@field dropout? number # share of the hidden values dropped in training (default: 0)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field hidden? table # widths of the hidden layers (default: { 512, 512 })
---@field inputs integer # numbers a sample

---@class nightjar.models.preact_resnet18
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field final_norm? boolean # batch norm and activation after the last block, as in the paper (default: false)

---@class nightjar.models.resnet18
---@field channels? integer # of an image (default: 1)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field stem? "imagenet"|"cifar" # a 7x7 convolution with stride 2 and pooling, or a 3x3 convolution for small images (default: "imagenet")

---@class nightjar.models.resnet20
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")

---@class nightjar.models.resnet32
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")

---@class nightjar.models.resnet34
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field stem? "imagenet"|"cifar" # a 7x7 convolution with stride 2 and pooling, or a 3x3 convolution for small images (default: "cifar")

---@class nightjar.models.resnet44
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")

---@class nightjar.models.resnet50
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field stem? "imagenet"|"cifar" # a 7x7 convolution with stride 2 and pooling, or a 3x3 convolution for small images (default: "cifar")

---@class nightjar.models.resnet56
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")

---@class nightjar.models.vgg11
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")

---@class nightjar.models.vgg16
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")

---@class nightjar.models.wrn28
---@field channels? integer # of an image (default: 3)
---@field classes? integer # logits a sample (default: 10)
---@field dropout? number # share dropped between the convolutions of a block (default: 0)
---@field dtype? "float32"|"float64" # element type of the weights (default: "float32")
---@field k? integer # how many times as wide (default: 10)

---Models by name; a path to a .lua file works as well.
---@class nightjar.models
---@field alexnet_small fun(parameters?: nightjar.models.alexnet_small): nightjar.Layer # Small AlexNet of Zhang et al. 2017, for images of 28x28.
---@field cnn4 fun(parameters?: nightjar.models.cnn4): nightjar.Layer # Four layers, for MNIST: Ma et al. 2018, Wang et al. 2019 (SCE), Ma et al. 2020 (APL).
---@field cnn6 fun(parameters?: nightjar.models.cnn6): nightjar.Layer # Six layers: cnn8 without its third block of convolutions.
---@field cnn8 fun(parameters?: nightjar.models.cnn8): nightjar.Layer # Eight layers, for CIFAR-10: Ma et al. 2018, Wang et al. 2019 (SCE), Ma et al. 2020 (APL).
---@field cnn9 fun(parameters?: nightjar.models.cnn9): nightjar.Layer # Nine layers of Han et al. 2018 (Co-teaching), for images of 32x32.
---@field inception_lite fun(parameters?: nightjar.models.inception_lite): nightjar.Layer # Zhang et al. 2017, Small Inception with batch norm, for images of 28x28.
---@field inception_lite_public fun(parameters?: nightjar.models.inception_lite_public): nightjar.Layer # Small Inception in the variant of the code of Patel and Sastry 2021, for images of 32x32.
---@field lenet fun(parameters?: nightjar.models.lenet): nightjar.Layer # Two 5x5 convolutions with pooling, then 512 units; images (batch, height, width, channels).
---@field mlp fun(parameters: nightjar.models.mlp): nightjar.Layer # Fully connected layers with an activation between them; images are flattened first.
---@field preact_resnet18 fun(parameters?: nightjar.models.preact_resnet18): nightjar.Layer # Pre-activation ResNet of 18 layers for images of 32x32.
---@field resnet18 fun(parameters?: nightjar.models.resnet18): nightjar.Layer # He et al. 2016, 18 layers, with the 7x7 stem or one for small images.
---@field resnet20 fun(parameters?: nightjar.models.resnet20): nightjar.Layer # He et al. 2016 for images of 32x32: 20 layers, shortcuts without parameters (option A).
---@field resnet32 fun(parameters?: nightjar.models.resnet32): nightjar.Layer # He et al. 2016 for images of 32x32: 32 layers, shortcuts without parameters (option A).
---@field resnet34 fun(parameters?: nightjar.models.resnet34): nightjar.Layer # He et al. 2016, 34 layers, with a stem for small images or the 7x7 one.
---@field resnet44 fun(parameters?: nightjar.models.resnet44): nightjar.Layer # He et al. 2016 for images of 32x32: 44 layers, shortcuts without parameters (option A).
---@field resnet50 fun(parameters?: nightjar.models.resnet50): nightjar.Layer # He et al. 2016, 50 layers with bottlenecks, with a stem for small images or the 7x7 one.
---@field resnet56 fun(parameters?: nightjar.models.resnet56): nightjar.Layer # He et al. 2016 for images of 32x32: 56 layers, shortcuts without parameters (option A).
---@field vgg11 fun(parameters?: nightjar.models.vgg11): nightjar.Layer # VGG-11 with batch norm for images of 32x32.
---@field vgg16 fun(parameters?: nightjar.models.vgg16): nightjar.Layer # VGG-16 with batch norm for images of 32x32.
---@field wrn28 fun(parameters?: nightjar.models.wrn28): nightjar.Layer # Wide residual network of 28 layers, k times as wide, for images of 32x32.
---@field [string] fun(parameters?: table<string, any>): nightjar.Layer
local models = {}

---@class nightjar.layers.centre_crop
---@field height integer # rows that stay
---@field width integer # columns that stay

---@class nightjar.layers.channel_dropout
---@field rate? number # share of the channels that is dropped (default: 0.5)

---@class nightjar.layers.concat
---@field branches table # a list of layers

---@class nightjar.layers.local_response_norm
---@field alpha? number # weight of the mean of squares (default: 0.0001)
---@field beta? number # the power (default: 0.75)
---@field k? number # what is added (default: 2)
---@field size? integer # channels in a sum (default: 5)

---@class nightjar.layers.parallel
---@field branches table # a list of layers

---@class nightjar.layers.residual
---@field body any # the layer that is added to
---@field shortcut? any # the way around it; the input itself where there is none

---@class nightjar.layers.strided_pad
---@field channels integer # channels that are added
---@field stride? integer # rows and columns from one to the next (default: 2)

---@class nightjar.layers.together
---@field models table # a list of layers

---Layers by name; a path to a .lua file works as well.
---@class nightjar.layers
---@field centre_crop fun(parameters: nightjar.layers.centre_crop): nightjar.Layer # The middle of each image; of an odd rest, one more row or column is left out below or on the right.
---@field channel_dropout fun(parameters?: nightjar.layers.channel_dropout): nightjar.Layer # Sets whole channels of images to zero in training and scales the others up.
---@field concat fun(parameters: nightjar.layers.concat): nightjar.Layer # What several layers make of one input, joined along the last dimension.
---@field image_whitening fun(): nightjar.Layer # Subtracts each image's own mean and divides by its own deviation.
---@field local_response_norm fun(parameters?: nightjar.layers.local_response_norm): nightjar.Layer # Divides each channel by a power of the squares of the channels beside it.
---@field parallel fun(parameters: nightjar.layers.parallel): nightjar.Layer # The sum of what several layers make of one input.
---@field residual fun(parameters: nightjar.layers.residual): nightjar.Layer # What the body makes of its input plus the input itself, or what a shortcut makes of it.
---@field strided_pad fun(parameters: nightjar.layers.strided_pad): nightjar.Layer # A way around a block without parameters: steps over rows and columns, adds channels of zeros.
---@field together fun(parameters: nightjar.layers.together): nightjar.Layer # Several models side by side, each with the same input: as many outputs, in the same order.
---@field [string] fun(parameters?: table<string, any>): nightjar.Layer
local layers = {}

---@class nightjar.metrics.accuracy
---@field against? "given"|"true" # the labels given for training, or the true ones (default: "given")
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.auroc
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field score? "loss"|"confidence"|"margin"|"normalized_margin"|"weighted_entropy"|"el2n" # what is ranked by: the loss, 1 - p_t, or one of the others, each the larger the more suspicious (default: "loss")

---@class nightjar.metrics.average_precision
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field score? "loss"|"confidence"|"margin"|"normalized_margin"|"weighted_entropy"|"el2n" # what is ranked by: the loss, 1 - p_t, or one of the others, each the larger the more suspicious (default: "loss")

---@class nightjar.metrics.brier
---@field against? "given"|"true" # the labels given for training, or the true ones (default: "given")
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.confident
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")
---@field threshold? number # above which a prediction is confident (default: 0.95)

---@class nightjar.metrics.critical_sample_ratio
---@field iterations? integer # at most (default: 100)
---@field least_new? integer # an iteration that finds fewer is the last (default: 20)
---@field most? integer # at most so many samples, always the same (default: 500)
---@field noise? number # standard deviation of the noise of one iteration (default: 0.0007843137254902)
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "test")
---@field radius? number # half the side of the box, in units of the inputs (default: 0.0011764705882353)
---@field step? number # of one iteration along the sign of the gradient (default: 0.00098039215686275)

---@class nightjar.metrics.distance_from_init
---@field from any # a model of the same form with the first weights: made and initialized as the one that is trained

---@class nightjar.metrics.ece
---@field against? "given"|"true" # the labels given for training, or the true ones (default: "given")
---@field bins? integer # how many bins (default: 15)
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.ece_adaptive
---@field against? "given"|"true" # the labels given for training, or the true ones (default: "given")
---@field bins? integer # how many bins (default: 15)
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.entropy
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.generalization_gap
---@field against? "given"|"true" # the labels given for training, or the true ones (default: "given")

---@class nightjar.metrics.given_probability
---@field against? "given"|"true" # the labels given for training, or the true ones (default: "given")
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.gradient_norm_of
---@field batch? integer # samples that are computed together (default: 250)
---@field loss? any # a loss with one value a sample, as nj.losses.mae {}; cross-entropy where none is given
---@field most? integer # at most so many samples, always the same (default: 2000)
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.input_curvature
---@field batch? integer # samples that are computed together (default: 250)
---@field draws? integer # directions that are tried (default: 10)
---@field loss? any # a loss with one value a sample, as nj.losses.mae {}; cross-entropy where none is given
---@field step? number # length of a step along each number of an input (default: 0.001)

---@class nightjar.metrics.input_gradient
---@field batch? integer # samples that are computed together (default: 250)
---@field loss? any # a loss with one value a sample, as nj.losses.mae {}; cross-entropy where none is given

---@class nightjar.metrics.learnt_transition
---@field soft? boolean # means of the probabilities in the place of counts of predictions (default: false)

---@class nightjar.metrics.lid
---@field batch? integer # samples among which neighbours are looked for (default: 128)
---@field batches? integer # at most (default: 10)
---@field layer? string # path of the layer whose output is looked at; the last but one
---@field neighbours? integer # k (default: 20)
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.margin
---@field against? "given"|"true" # the labels given for training, or the true ones (default: "given")
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.mce
---@field against? "given"|"true" # the labels given for training, or the true ones (default: "given")
---@field bins? integer # how many bins (default: 15)
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.memorization_excess
---@field baseline? number # that share of a model trained on clean labels, in percent (default: 0)

---@class nightjar.metrics.nll
---@field against? "given"|"true" # the labels given for training, or the true ones (default: "given")
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.precision_at_wrong
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field score? "loss"|"confidence"|"margin"|"normalized_margin"|"weighted_entropy"|"el2n" # what is ranked by: the loss, 1 - p_t, or one of the others, each the larger the more suspicious (default: "loss")

---@class nightjar.metrics.recall_at_precision
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field precision? number # which a threshold must reach (default: 0.95)
---@field score? "loss"|"confidence"|"margin"|"normalized_margin"|"weighted_entropy"|"el2n" # what is ranked by: the loss, 1 - p_t, or one of the others, each the larger the more suspicious (default: "loss")

---@class nightjar.metrics.sample_loss
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.sensitivity_gini
---@field batch? integer # samples that are computed together (default: 250)
---@field loss? any # a loss with one value a sample, as nj.losses.mae {}; cross-entropy where none is given
---@field most? integer # at most so many samples, always the same (default: 2000)
---@field on? "all"|"clean"|"wrong" # all samples, or those whose given label is the true one (clean), or is not (wrong) (default: "all")

---@class nightjar.metrics.susceptibility
---@field batch? integer # samples of the batch, always the same (default: 512)
---@field learning_rate? number # of the step, plain gradient descent (default: 0.1)
---@field loss? any # a loss with one value a sample, as nj.losses.mae {}; cross-entropy where none is given
---@field of? "train"|"validation"|"test" # the set of samples; a set that is not there has no value (default: "train")
---@field seed? integer # of the random labels (default: 0)

---@class nightjar.metrics.transition_distance
---@field soft? boolean # means of the probabilities in the place of counts of predictions (default: false)
---@field to? "noise"|"identity" # the shares of the given labels, or no noise (default: "noise")

---Metrics by name; a path to a .lua file works as well.
---@class nightjar.metrics
---@field accuracy fun(parameters?: nightjar.metrics.accuracy): nightjar.Metric # accuracy on the samples and against the labels that its parameters name
---@field auroc fun(parameters?: nightjar.metrics.auroc): nightjar.Metric # how well a score tells wrong labels from right ones: area under the receiver's curve, ties by mid-ranks; in sample
---@field average_precision fun(parameters?: nightjar.metrics.average_precision): nightjar.Metric # how well a score finds wrong labels: mean precision over the recalls that it reaches; in sample
---@field brier fun(parameters?: nightjar.metrics.brier): nightjar.Metric # mean over samples of the squared distance between probabilities and label, 0 to 2
---@field confident fun(parameters?: nightjar.metrics.confident): nightjar.Metric # share of the samples whose largest probability is above a threshold
---@field critical_sample_ratio fun(parameters?: nightjar.metrics.critical_sample_ratio): nightjar.Metric # share of samples for which the prediction changes within a small box around them
---@field distance_from_init fun(parameters: nightjar.metrics.distance_from_init): nightjar.Metric # length of the vector by which all weights have moved
---@field ece fun(parameters?: nightjar.metrics.ece): nightjar.Metric # expected calibration error over bins of equal width of the largest probability
---@field ece_adaptive fun(parameters?: nightjar.metrics.ece_adaptive): nightjar.Metric # expected calibration error over bins with as many samples each
---@field el2n fun(): nightjar.Metric # distance between probabilities and given label of each sample (Paul et al. 2021); early epochs say most
---@field entropy fun(parameters?: nightjar.metrics.entropy): nightjar.Metric # mean entropy of the predicted probabilities, in nats
---@field exact_match fun(): nightjar.Metric # share of training samples all of whose labels are predicted
---@field generalization_gap fun(parameters?: nightjar.metrics.generalization_gap): nightjar.Metric # accuracy on the training set less that on the test set, against given or true labels of the training set
---@field given_probability fun(parameters?: nightjar.metrics.given_probability): nightjar.Metric # mean probability of the label given for training, or of the true one
---@field gradient_norm_of fun(parameters?: nightjar.metrics.gradient_norm_of): nightjar.Metric # length of the gradient of the mean loss of all samples, or of those with right or with wrong labels
---@field input_curvature fun(parameters?: nightjar.metrics.input_curvature): nightjar.Metric # curvature of each sample's loss around its input, by differences of gradients in random directions
---@field input_gradient fun(parameters?: nightjar.metrics.input_gradient): nightjar.Metric # sum of the absolute values of the gradient of each sample's loss with respect to its input
---@field learnt_transition fun(parameters?: nightjar.metrics.learnt_transition): nightjar.Metric # how often each class is predicted for each true one on the training set: beside T, what noise was learnt
---@field lid fun(parameters?: nightjar.metrics.lid): nightjar.Metric # local intrinsic dimensionality of the representation of training samples, mean over batches
---@field margin fun(parameters?: nightjar.metrics.margin): nightjar.Metric # mean over samples of the label's logit less the largest other one
---@field mce fun(parameters?: nightjar.metrics.mce): nightjar.Metric # the largest gap between confidence and accuracy of a bin
---@field mean_iou fun(): nightjar.Metric # mean over classes of intersection over union, on the training set
---@field memorization_excess fun(parameters?: nightjar.metrics.memorization_excess): nightjar.Metric # share of the wrong labels that are predicted, beyond what a model of clean labels predicts of them
---@field nll fun(parameters?: nightjar.metrics.nll): nightjar.Metric # mean of the negative logarithm of the label's probability
---@field normalized_margin fun(): nightjar.Metric # 1 - (p of the given label - largest of the others + 1) / 2 of each sample: cleanlab's score, turned round
---@field precision_at_wrong fun(parameters?: nightjar.metrics.precision_at_wrong): nightjar.Metric # share of wrong labels among as many of the highest scores as there are wrong labels; in sample
---@field recall_at_precision fun(parameters?: nightjar.metrics.recall_at_precision): nightjar.Metric # share of the wrong labels that a score finds at a threshold with a given precision; in sample
---@field sample_loss fun(parameters?: nightjar.metrics.sample_loss): nightjar.Metric # mean loss of the samples, for all, or those with right or with wrong labels
---@field sensitivity_gini fun(parameters?: nightjar.metrics.sensitivity_gini): nightjar.Metric # Gini coefficient over samples of the sensitivity of their losses to their inputs
---@field susceptibility fun(parameters?: nightjar.metrics.susceptibility): nightjar.Metric # fall of the loss on a batch with random labels by one step on it: how easily the model memorizes
---@field transition_distance fun(parameters?: nightjar.metrics.transition_distance): nightjar.Metric # mean over true classes of the distance in total variation between learnt and actual transition rows
---@field weight_norm fun(): nightjar.Metric # length of the vector of all weights
---@field weighted_entropy fun(): nightjar.Metric # cleanlab's confidence-weighted entropy of each sample, turned round: the larger, the more suspicious
---@field [string] fun(parameters?: table<string, any>): nightjar.Metric
local metrics = {}

---@class nightjar.augmentations.colour_jitter
---@field black? any # what a pixel of 0 is in the inputs; a number, or a list by channel (default: 0)
---@field brightness? number # factors are from 1 - this (at least 0) to 1 + this (default: 0.4)
---@field contrast? number # likewise, of the distance to the image's mean grey (default: 0.4)
---@field hue? number # parts of the circle of hues by which all move, to either side; images of three channels (default: 0.1)
---@field saturation? number # likewise, of the distance to grey; images of three channels (default: 0.4)
---@field white? any # what a pixel of 255 is in the inputs; a number, or a list by channel (default: 1)

---@class nightjar.augmentations.cutmix
---@field alpha? number # both parameters of the beta distribution of what stays (default: 1)
---@field rate? number # the share of images that are mixed (default: 1)

---@class nightjar.augmentations.cutout
---@field rate? number # the share of images that are changed (default: 1)
---@field size? integer # side of the square, in pixels (default: 16)
---@field value? number # what its pixels become (default: 0)

---@class nightjar.augmentations.mixup
---@field alpha? number # both parameters of the beta distribution; larger: more (default: 0.2)
---@field rate? number # the share of samples that are mixed (default: 1)

---@class nightjar.augmentations.rand_augment
---@field black? any # what a pixel of 0 is in the inputs; a number, or a list by channel (default: 0)
---@field count? integer # operations on each image (default: 2)
---@field magnitude? number # how strong they are (default: 9)
---@field operations? table # what is drawn from (default: { "identity", "autocontrast", "equalize", "rotate", "solarize", "colour", "posterize", "contrast", "brightness", "sharpness", "shear_x", "shear_y", "translate_x", "translate_y" })
---@field white? any # what a pixel of 255 is in the inputs; a number, or a list by channel (default: 1)

---Changes of training samples and their labels by name; a path to a .lua file works as well.
---@class nightjar.augmentations
---@field colour_jitter fun(parameters?: nightjar.augmentations.colour_jitter): nightjar.Augmentation # Brightness, contrast, saturation and hue of each image change at random.
---@field cutmix fun(parameters?: nightjar.augmentations.cutmix): nightjar.Augmentation # A box of each image comes from another, and labels are mixed by their areas (Yun et al. 2019).
---@field cutout fun(parameters?: nightjar.augmentations.cutout): nightjar.Augmentation # A square of each image becomes grey, at a place of its own (DeVries and Taylor 2017).
---@field mixup fun(parameters?: nightjar.augmentations.mixup): nightjar.Augmentation # Weighted means of two samples and of their labels (Zhang et al. 2018).
---@field rand_augment fun(parameters?: nightjar.augmentations.rand_augment): nightjar.Augmentation # Some of fourteen operations on each image, drawn at random, with one magnitude (Cubuk et al. 2020).
---@field [string] fun(parameters?: table<string, any>): nightjar.Augmentation
local augmentations = {}

---@class nightjar.commands.audit
---@field as? "text"|"csv"|"html" # what is printed; html is one page (default: "text")
---@field batch_size? integer # samples a step (default: 64)
---@field epochs? integer # of each training: few, as a model that has learnt wrong labels by heart predicts worse (default: 10)
---@field errors? string # a file that says which labels are wrong, to see how well they are found: a list of cleanlab/label-errors (.json), positions from 0 or a mask (.npy) (default: "")
---@field features? "inputs"|"gradients" # what models see: the inputs, or of images the orientations of their gradients and the colours of their cells (default: "inputs")
---@field folds? integer # parts, each predicted by a model of the others (default: 5)
---@field label? string # of a table: the column of the classes, by name or number from 1 (-1: the last, which is the default) (default: "")
---@field learning_rate? number # of SGD with momentum 0.9 (default: 0.05)
---@field loss? string # the name of a loss, or a loss (default: "cce")
---@field missing? "refuse"|"drop"|"mean" # of a table: what becomes of samples that lack a value (default: "refuse")
---@field model? string # the name of a model, or a function that gives a fresh one (default: "mlp")
---@field noise? string # noise to put into the labels first, such as uniform{rate=0.2} (default: "")
---@field out? string # an .npz file for everything, which a later --as reads without training again; or a .npy file for the scores (samples, suspicions), suspicions in alphabetical order (default: "")
---@field part? "train"|"test" # of the data set (default: "train")
---@field seed? integer # of folds, first weights and order (default: 1)
---@field separator? string # of a table: the character between values (default by the file's name) (default: "")
---@field size? string # of a folder of images: height and width to which all are brought, such as 32x48 (default: "")
---@field top? integer # how many samples are shown (default: 24)

---@class nightjar.commands.influence
---@field high? number # from where on a memorization is high (default: 0.25)
---@field keep? integer # train samples of the largest influence, for each test sample (default: 10)
---@field least? integer # models with and without a sample (default: 5)
---@field out? string # an .npz file for all estimates (default: "")

---@class nightjar.commands.noise
---@field data? string # the data set whose labels are meant (default: "digits")
---@field part? "train"|"test" # and its part (default: "train")
---@field seed? integer # of the noise (default: 1)
---@field with? string # parameters of the model, as in uniform{rate=0.4,count=exact}: rate=0.4,count=exact (default: "")

---Commands by name; a path to a .lua file works as well.
---@class nightjar.commands
---@field audit fun(parameters?: nightjar.commands.audit): nightjar.Command # Whose labels are wrong? Ranks the labels of a data set (by name, a .csv or .tsv file, a folder of images by class), of an .npz file of probabilities and labels, or of a run with a ledger, by how suspicious they are.
---@field influence fun(parameters?: nightjar.commands.influence): nightjar.Command # Memorization and influence of samples from what was kept of many models, one file each (feldman_zhang.lua).
---@field noise fun(parameters?: nightjar.commands.noise): nightjar.Command # Shows label noise as a heat map, writes its labels to a file, and looks at labels in a file.
---@field [string] fun(parameters?: table<string, any>): nightjar.Command
local commands = {}

---@class nightjar.audit.arrays
---@field class_names? any # one text a class
---@field in_sample? boolean # whether the model had seen these labels (default: false)

---@class nightjar.audit.folds
---@field batch_size? integer # samples a step (default: 64)
---@field epochs? integer # of each training: few, as a model that has learnt wrong labels by heart predicts worse (default: 10)
---@field features? "inputs"|"gradients" # what models see: the inputs, or of images the orientations of their gradients and the colours of their cells (default: "inputs")
---@field files? any # what each sample's file is called, a list of texts
---@field folds? integer # parts, each predicted by a model of the others (default: 5)
---@field history? boolean # whether a training on all samples is watched as well (default: true)
---@field learning_rate? number # of SGD with momentum 0.9 (default: 0.05)
---@field loss? any # the name of a loss, or a loss (default: "cce")
---@field model? any # the name of a model, or a function that gives a fresh one (default: "mlp")
---@field seed? integer # of folds, first weights and order (default: 1)
---@field wrong? any # a mask of the labels that are known to be wrong, to see how well they are found; by default those that are not the true ones

---@class nightjar.audit.ledger
---@field model? boolean # whether the run's model is asked as well, in sample (default: true)

---Whose labels are wrong, from a source of evidence by name; a path to a .lua file works as well.
---@class nightjar.audit
---@field arrays fun(parameters?: nightjar.audit.arrays): table # Whose labels are wrong by arrays: probabilities (samples, classes), labels from 0, and true_labels, inputs and a history (epochs, samples) where there are some; a table, or the path of an .npz file.
---@field folds fun(parameters?: nightjar.audit.folds): table # Whose labels are wrong in a data set, by predictions of models that have not seen them.
---@field ledger fun(parameters?: nightjar.audit.ledger): table # Whose labels are wrong by what a finished run, or a table of arrays as its ledger, has of each sample.
---@field [string] fun(parameters?: table<string, any>): table
local audit = {}

---@class nightjar.detections.recall_at_precision
---@field precision? number # which a threshold must reach (default: 0.95)

---How well numbers of each sample find wrong labels by name; a path to a .lua file works as well.
---@class nightjar.detections
---@field auroc fun(): table # Area under the receiver's curve of finding wrong labels, equal scores by mid-ranks.
---@field average_precision fun(): table # Average precision of finding wrong labels.
---@field precision_at_wrong fun(): table # Share of wrong labels among as many of the highest scores as there are wrong labels.
---@field recall_at_precision fun(parameters?: nightjar.detections.recall_at_precision): table # Share of the wrong labels found at a threshold with a given precision.
---@field [string] fun(parameters?: table<string, any>): table
local detections = {}

---@class nightjar.estimators.published
---@field data? any # the training set; its labels and hash are compared

---@class nightjar.estimators.subsampling
---@field block? integer # test samples that are worked out together (default: 256)
---@field keep? integer # train samples of the largest influence, for each test sample (default: 10)
---@field least? integer # models with and without a sample; of fewer nothing is said (default: 5)
---@field seed? integer # of the parts (default: 1)
---@field share? number # of the samples that each model is trained on (default: 0.7)

---Numbers of each sample from many models: how one is drawn, what is kept of it, and what all of them say by name; a path to a .lua file works as well.
---@class nightjar.estimators
---@field published fun(parameters?: nightjar.estimators.published): table # Memorization or consistency scores from an .npz file, put beside the training set that they are about.
---@field subsampling fun(parameters?: nightjar.estimators.subsampling): table # Memorization and influence of samples by models of random parts of the training set (Feldman and Zhang 2020).
---@field [string] fun(parameters?: table<string, any>): table
local estimators = {}

---@class nightjar.scores.aum
---@field epochs? integer # so many of the first epochs count; all where it is left out

---@class nightjar.scores.confidence
---@field epochs? integer # so many of the first epochs count; all where it is left out

---@class nightjar.scores.csl
---@field epochs? integer # so many of the first epochs count; all where it is left out

---@class nightjar.scores.el2n
---@field epochs? integer # so many of the first epochs count; all where it is left out (default: 10)

---@class nightjar.scores.input_curvature
---@field epochs? integer # so many of the first epochs count; all where it is left out

---@class nightjar.scores.input_gradient
---@field epochs? integer # so many of the first epochs count; all where it is left out

---@class nightjar.scores.last_loss
---@field epochs? integer # so many of the first epochs count; all where it is left out

---@class nightjar.scores.self_confidence
---@field epochs? integer # so many of the first epochs count; all where it is left out

---@class nightjar.scores.variability
---@field epochs? integer # so many of the first epochs count; all where it is left out

---Numbers of each training sample from a run's ledger, or from arrays (epochs, samples) of the same names by name; a path to a .lua file works as well.
---@class nightjar.scores
---@field aum fun(parameters?: nightjar.scores.aum): table # Area under the margin: the mean over epochs of the given label's logit less the largest other.
---@field confidence fun(parameters?: nightjar.scores.confidence): table # Data maps: the mean over epochs of the given label's probability.
---@field correctness fun(): table # Data maps: the share of epochs at which the given label was predicted.
---@field csl fun(parameters?: nightjar.scores.csl): table # Cumulative sample loss: the sum of a sample's losses over the epochs.
---@field el2n fun(parameters?: nightjar.scores.el2n): table # Mean over early epochs of the distance between probabilities and given label.
---@field first_learned fun(): table # The first epoch at which a sample's given label is predicted; never: one after the last.
---@field forgetting fun(): table # How often a sample's given label was predicted and then not; never predicted: every epoch.
---@field input_curvature fun(parameters?: nightjar.scores.input_curvature): table # The mean over epochs of the curvature of a sample's loss around its input.
---@field input_gradient fun(parameters?: nightjar.scores.input_gradient): table # Loss-gradient sensitivity: the mean over epochs of |dL/dx| of each sample.
---@field last_loss fun(parameters?: nightjar.scores.last_loss): table # The loss of each sample at the last of the epochs that count.
---@field last_wrong fun(): table # The last epoch at which a sample's given label is not predicted; 0 where it always is.
---@field self_confidence fun(parameters?: nightjar.scores.self_confidence): table # The given label's probability at the last of the epochs that count, in sample.
---@field variability fun(parameters?: nightjar.scores.variability): table # Data maps: the standard deviation over epochs of the given label's probability.
---@field [string] fun(parameters?: table<string, any>): table
local scores = {}

---@class nightjar.summaries.aulc
---@field column? string # of the records (default: "memorized")

---@class nightjar.summaries.epochs_to
---@field column? string # of the records (default: "memorized")
---@field level? number # which it must reach, in its own units (default: 50)

---@class nightjar.summaries.gini
---@field column? string # of the ledger (default: "input_gradient")

---@class nightjar.summaries.mean
---@field column? string # of the records (default: "test_accuracy")
---@field last? integer # so many of the last epochs; all where it is left out

---@class nightjar.summaries.memorized_bound
---@field rate number # share of labels that are wrong

---@class nightjar.summaries.peak
---@field column? string # of the records (default: "j2")
---@field gives? "value"|"epoch"|"drop" # which of these it is (default: "value")

---@class nightjar.summaries.resistance_gap
---@field gives? "gap"|"ratio" # the difference in percent, or J2 over J1 (default: "gap")

---Numbers of a whole training, from the records that trainer:fit returns or from a run by name; a path to a .lua file works as well.
---@class nightjar.summaries
---@field aulc fun(parameters?: nightjar.summaries.aulc): table # Area under the learning curve of a column, as a mean over the epochs.
---@field epochs_to fun(parameters?: nightjar.summaries.epochs_to): table # The first epoch at which a column reaches a level; none where it does not.
---@field flip_epoch fun(): table # The first epoch at which J1 is above J2; none where it never is.
---@field gini fun(parameters?: nightjar.summaries.gini): table # Gini coefficient over samples of the mean over epochs of a ledger's column.
---@field mean fun(parameters?: nightjar.summaries.mean): table # Mean of a column over the last epochs, or over all.
---@field memorized_bound fun(parameters: nightjar.summaries.memorized_bound): table # The least share of wrong labels that must be memorized, in percent, by the last J1.
---@field peak fun(parameters?: nightjar.summaries.peak): table # The largest value of a column, its epoch, or how far the column falls from there to the end.
---@field resistance_gap fun(parameters?: nightjar.summaries.resistance_gap): table # J1 of a training on clean labels less J2 of one on noisy ones, at their ends.
---@field [string] fun(parameters?: table<string, any>): table
local summaries = {}

---@class nightjar.suspicions.beta_mixture
---@field steps? integer # of the fit (default: 10)

---@class nightjar.suspicions.gaussian_mixture
---@field floor? number # added to variances of losses scaled to 0 to 1 (default: 0.0005)
---@field steps? integer # at most, of the fit (default: 100)
---@field tolerance? number # of the mean log-likelihood, at which the fit ends (default: 1e-06)

---How suspicious the given label of each sample is, from what is known of it (evidence.lua) by name; a path to a .lua file works as well.
---@class nightjar.suspicions
---@field aum fun(): table # Minus the area under the margin over a training.
---@field beta_mixture fun(parameters?: nightjar.suspicions.beta_mixture): table # Posterior of the component of larger losses of two beta distributions (Arazo et al. 2019).
---@field confident_counts fun(): table # Confident learning: samples that are counted off the diagonal of the confident joint.
---@field el2n fun(): table # Mean distance between probabilities and given label over the first epochs of a training.
---@field forgetting fun(): table # How often the given label was predicted and then not over a training.
---@field gaussian_mixture fun(parameters?: nightjar.suspicions.gaussian_mixture): table # Posterior of the component of larger losses of two Gaussians (Li et al. 2020).
---@field normalized_margin fun(): table # 1 - (p of the given label - largest of the others + 1) / 2.
---@field prune_by_both fun(): table # Confident learning: what pruning by class and by noise rate agree on.
---@field prune_by_class fun(): table # Confident learning: of each given class as many of the least probable as the joint says.
---@field prune_by_noise_rate fun(): table # Confident learning: of each pair of classes as many of the largest margin as the joint says.
---@field self_confidence fun(): table # 1 less the probability of the given label.
---@field weighted_entropy fun(): table # cleanlab's confidence-weighted entropy, turned round.
---@field [string] fun(parameters?: table<string, any>): table
local suspicions = {}

---Data sets.
---@class nightjar.data
local data = {}

---Layers.
---@class nightjar.nn
local nn = {}

---The library: local nj = require "nightjar".
---@class nightjar
---@field losses nightjar.losses # Losses by name; a path to a .lua file works as well.
---@field noise nightjar.noise # Noise models by name; a path to a .lua file works as well. Called with nightjar.NoiseFields, it defines one.
---@field schedules nightjar.schedules # Schedules by name; a path to a .lua file works as well.
---@field callbacks nightjar.callbacks # Callbacks by name; a path to a .lua file works as well.
---@field reporters nightjar.reporters # Reporters by name; a path to a .lua file works as well.
---@field optim nightjar.optim # Optimizers by name; a path to a .lua file works as well.
---@field clips nightjar.clips # Ways of clipping by name; a path to a .lua file works as well.
---@field averages nightjar.averages # Averages by name; a path to a .lua file works as well.
---@field models nightjar.models # Models by name; a path to a .lua file works as well.
---@field layers nightjar.layers # Layers by name; a path to a .lua file works as well.
---@field metrics nightjar.metrics # Metrics by name; a path to a .lua file works as well.
---@field augmentations nightjar.augmentations # Changes of training samples and their labels by name; a path to a .lua file works as well.
---@field commands nightjar.commands # Commands by name; a path to a .lua file works as well.
---@field audit nightjar.audit # Whose labels are wrong, from a source of evidence by name; a path to a .lua file works as well.
---@field detections nightjar.detections # How well numbers of each sample find wrong labels by name; a path to a .lua file works as well.
---@field estimators nightjar.estimators # Numbers of each sample from many models: how one is drawn, what is kept of it, and what all of them say by name; a path to a .lua file works as well.
---@field scores nightjar.scores # Numbers of each training sample from a run's ledger, or from arrays (epochs, samples) of the same names by name; a path to a .lua file works as well.
---@field summaries nightjar.summaries # Numbers of a whole training, from the records that trainer:fit returns or from a run by name; a path to a .lua file works as well.
---@field suspicions nightjar.suspicions # How suspicious the given label of each sample is, from what is known of it (evidence.lua) by name; a path to a .lua file works as well.
---@field data nightjar.data # Data sets.
---@field native nightjar.native # Native libraries of plugins, by the plugin.
---@field nn nightjar.nn # Layers.
local nj = {}

---Sum, element by element.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:add(other) end

---Sum, element by element.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.add(t, other) end

---Difference, element by element.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:sub(other) end

---Difference, element by element.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.sub(t, other) end

---Product, element by element.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:mul(other) end

---Product, element by element.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.mul(t, other) end

---Quotient, element by element.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:div(other) end

---Quotient, element by element.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.div(t, other) end

---Remainder with the sign of the divisor, as in Lua.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:mod(other) end

---Remainder with the sign of the divisor, as in Lua.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.mod(t, other) end

---Power, element by element.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:pow(other) end

---Power, element by element.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.pow(t, other) end

---The larger of two, element by element.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:maximum(other) end

---The larger of two, element by element.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.maximum(t, other) end

---The smaller of two, element by element.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:minimum(other) end

---The smaller of two, element by element.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.minimum(t, other) end

---Mask: equal.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:eq(other) end

---Mask: equal.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.eq(t, other) end

---Mask: not equal.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:ne(other) end

---Mask: not equal.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.ne(t, other) end

---Mask: less.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:lt(other) end

---Mask: less.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.lt(t, other) end

---Mask: less or equal.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:le(other) end

---Mask: less or equal.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.le(t, other) end

---Mask: greater.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:gt(other) end

---Mask: greater.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.gt(t, other) end

---Mask: greater or equal.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:ge(other) end

---Mask: greater or equal.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.ge(t, other) end

---Both of two masks.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:logical_and(other) end

---Both of two masks.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.logical_and(t, other) end

---Either of two masks.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:logical_or(other) end

---Either of two masks.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.logical_or(t, other) end

---Exactly one of two masks.
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function Tensor:logical_xor(other) end

---Exactly one of two masks.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number # broadcast
---@return nightjar.Tensor
function nj.logical_xor(t, other) end

---The opposite mask.
---@return nightjar.Tensor
function Tensor:logical_not() end

---The opposite mask.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.logical_not(t) end

---Mask: not a number.
---@return nightjar.Tensor
function Tensor:isnan() end

---Mask: not a number.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.isnan(t) end

---Mask: neither infinite nor NaN.
---@return nightjar.Tensor
function Tensor:isfinite() end

---Mask: neither infinite nor NaN.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.isfinite(t) end

---@class nightjar.tensor.Options
---@field dtype? nightjar.DType # the element type (default: "float32")

---A tensor of the given numbers.
---@param values any # a number or nested lists of numbers
---@param options? nightjar.tensor.Options
---@return nightjar.Tensor
function nj.tensor(values, options) end

---@class nightjar.zeros.Options
---@field dtype? nightjar.DType # the element type (default: "float32")

---A tensor of zeros.
---@param shape integer|integer[] # extents
---@param ... integer|nightjar.zeros.Options
---@return nightjar.Tensor
function nj.zeros(shape, ...) end

---@class nightjar.ones.Options
---@field dtype? nightjar.DType # the element type (default: "float32")

---A tensor of ones.
---@param shape integer|integer[] # extents
---@param ... integer|nightjar.ones.Options
---@return nightjar.Tensor
function nj.ones(shape, ...) end

---@class nightjar.full.Options
---@field dtype? nightjar.DType # the element type (default: "float32")

---A tensor filled with one number.
---@param shape integer[] # extents
---@param value number
---@param options? nightjar.full.Options
---@return nightjar.Tensor
function nj.full(shape, value, options) end

---Zeros of the same shape and dtype.
---@param tensor nightjar.Tensor
---@return nightjar.Tensor
function nj.zeros_like(tensor) end

---Ones of the same shape and dtype.
---@param tensor nightjar.Tensor
---@return nightjar.Tensor
function nj.ones_like(tensor) end

---@class nightjar.arange.Options
---@field dtype? nightjar.DType # the element type (default: "float32")

---Numbers in steps, the end left out, as in NumPy: arange(3) is 0, 1, 2.
---@param first number # the first number; given alone, it is the end, and 0 the first
---@param last? number # the end, itself left out (default: first)
---@param step? number # the distance (default: 1)
---@param options? nightjar.arange.Options
---@return nightjar.Tensor
---@overload fun(first: number, options: nightjar.arange.Options): nightjar.Tensor
function nj.arange(first, last, step, options) end

---@class nightjar.linspace.Options
---@field dtype? nightjar.DType # the element type (default: "float32")

---Numbers at equal distances, both ends included.
---@param first number
---@param last number
---@param count integer # how many, both ends included
---@param options? nightjar.linspace.Options
---@return nightjar.Tensor
function nj.linspace(first, last, count, options) end

---@class nightjar.eye.Options
---@field dtype? nightjar.DType # the element type (default: "float32")

---Ones on the diagonal, zeros elsewhere.
---@param rows integer
---@param columns? integer # (default: rows)
---@param options? nightjar.eye.Options
---@return nightjar.Tensor
---@overload fun(rows: integer, options: nightjar.eye.Options): nightjar.Tensor
function nj.eye(rows, columns, options) end

---The extents, as a list.
---@return table
function Tensor:shape() end

---The extent along one dimension.
---@param dimension integer # from 1, or -1 for the last
---@return integer
function Tensor:size(dimension) end

---The number of dimensions.
---@return integer
function Tensor:rank() end

---The number of elements.
---@return integer
function Tensor:numel() end

---The element type.
---@return string
function Tensor:dtype() end

---The number in a tensor of one element.
---@return number
function Tensor:item() end

---The numbers in nested lists; a single number as a number.
---@return table
function Tensor:totable() end

---The same values, computed now, in memory of their own.
---@return nightjar.Tensor
function Tensor:copy() end

---The same values, computed now, in memory of their own.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.copy(t) end

---Gives the memory back now; the tensor cannot be used any more.
function Tensor:release() end

---The negative.
---@return nightjar.Tensor
function Tensor:neg() end

---The negative.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.neg(t) end

---The absolute value.
---@return nightjar.Tensor
function Tensor:abs() end

---The absolute value.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.abs(t) end

----1, 0 or 1.
---@return nightjar.Tensor
function Tensor:sign() end

----1, 0 or 1.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.sign(t) end

---e to the power of each element.
---@return nightjar.Tensor
function Tensor:exp() end

---e to the power of each element.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.exp(t) end

---exp(x) - 1, exact for small x.
---@return nightjar.Tensor
function Tensor:expm1() end

---exp(x) - 1, exact for small x.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.expm1(t) end

---Natural logarithm.
---@return nightjar.Tensor
function Tensor:log() end

---Natural logarithm.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.log(t) end

---log(1 + x), exact for small x.
---@return nightjar.Tensor
function Tensor:log1p() end

---log(1 + x), exact for small x.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.log1p(t) end

---Square root.
---@return nightjar.Tensor
function Tensor:sqrt() end

---Square root.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.sqrt(t) end

---1 / sqrt(x).
---@return nightjar.Tensor
function Tensor:rsqrt() end

---1 / sqrt(x).
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.rsqrt(t) end

---1 / x.
---@return nightjar.Tensor
function Tensor:reciprocal() end

---1 / x.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.reciprocal(t) end

---Sine of radians.
---@return nightjar.Tensor
function Tensor:sin() end

---Sine of radians.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.sin(t) end

---Cosine of radians.
---@return nightjar.Tensor
function Tensor:cos() end

---Cosine of radians.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.cos(t) end

---Hyperbolic tangent.
---@return nightjar.Tensor
function Tensor:tanh() end

---Hyperbolic tangent.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.tanh(t) end

---1 / (1 + exp(-x)).
---@return nightjar.Tensor
function Tensor:sigmoid() end

---1 / (1 + exp(-x)).
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.sigmoid(t) end

---Error function.
---@return nightjar.Tensor
function Tensor:erf() end

---Error function.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.erf(t) end

---max(x, 0).
---@return nightjar.Tensor
function Tensor:relu() end

---max(x, 0).
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.relu(t) end

---The next lower whole number.
---@return nightjar.Tensor
function Tensor:floor() end

---The next lower whole number.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.floor(t) end

---The next higher whole number.
---@return nightjar.Tensor
function Tensor:ceil() end

---The next higher whole number.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.ceil(t) end

---The nearest whole number, halves to even.
---@return nightjar.Tensor
function Tensor:round() end

---The nearest whole number, halves to even.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.round(t) end

---x * x.
---@return nightjar.Tensor
function Tensor:square() end

---x * x.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.square(t) end

---The same values, through which no gradient flows.
---@return nightjar.Tensor
function Tensor:stop_gradient() end

---The same values, through which no gradient flows.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.stop_gradient(t) end

---The same as stop_gradient.
---@return nightjar.Tensor
function Tensor:detach() end

---The same as stop_gradient.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.detach(t) end

---a where the mask holds, b elsewhere.
---@param a nightjar.Tensor|number
---@param b nightjar.Tensor|number
---@return nightjar.Tensor
function Tensor:where(a, b) end

---a where the mask holds, b elsewhere.
---@param t nightjar.Tensor
---@param a nightjar.Tensor|number
---@param b nightjar.Tensor|number
---@return nightjar.Tensor
function nj.where(t, a, b) end

---The quotient rounded down, `a // b`, as Lua has it for numbers: floor(a / b), exact for int32, whose division by 0 is an error.
---@param other any
---@return nightjar.Tensor
function Tensor:floor_divide(other) end

---The quotient rounded down, `a // b`, as Lua has it for numbers: floor(a / b), exact for int32, whose division by 0 is an error.
---@param t nightjar.Tensor
---@param other any
---@return nightjar.Tensor
function nj.floor_divide(t, other) end

---At least low and at most high; either may be nil.
---@param low? nightjar.Tensor|number # (default: nil)
---@param high? nightjar.Tensor|number # (default: nil)
---@return nightjar.Tensor
function Tensor:clamp(low, high) end

---At least low and at most high; either may be nil.
---@param t nightjar.Tensor
---@param low? nightjar.Tensor|number # (default: nil)
---@param high? nightjar.Tensor|number # (default: nil)
---@return nightjar.Tensor
function nj.clamp(t, low, high) end

---x where positive, slope * x elsewhere.
---@param slope? number # (default: 0.01)
---@return nightjar.Tensor
function Tensor:leaky_relu(slope) end

---x where positive, slope * x elsewhere.
---@param t nightjar.Tensor
---@param slope? number # (default: 0.01)
---@return nightjar.Tensor
function nj.leaky_relu(t, slope) end

---x where positive, alpha * (exp(x) - 1) elsewhere.
---@param alpha? number # (default: 1)
---@return nightjar.Tensor
function Tensor:elu(alpha) end

---x where positive, alpha * (exp(x) - 1) elsewhere.
---@param t nightjar.Tensor
---@param alpha? number # (default: 1)
---@return nightjar.Tensor
function nj.elu(t, alpha) end

---log(1 + exp(x)), without overflow.
---@return nightjar.Tensor
function Tensor:softplus() end

---log(1 + exp(x)), without overflow.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.softplus(t) end

---x times the normal distribution function of x (exact, by erf).
---@return nightjar.Tensor
function Tensor:gelu() end

---x times the normal distribution function of x (exact, by erf).
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.gelu(t) end

---x * sigmoid(x).
---@return nightjar.Tensor
function Tensor:silu() end

---x * sigmoid(x).
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.silu(t) end

---x * log(y), and 0 where x is 0 and y not NaN: the limit of p * log(p) for probabilities, in the gradient as well.
---@param y nightjar.Tensor|number
---@return nightjar.Tensor
function Tensor:xlogy(y) end

---x * log(y), and 0 where x is 0 and y not NaN: the limit of p * log(p) for probabilities, in the gradient as well.
---@param t nightjar.Tensor
---@param y nightjar.Tensor|number
---@return nightjar.Tensor
function nj.xlogy(t, y) end

---The same numbers in another element type; to whole numbers, cut toward zero.
---@param dtype nightjar.DType
---@return nightjar.Tensor
function Tensor:to(dtype) end

---As float32.
---@return nightjar.Tensor
function Tensor:float() end

---As float64.
---@return nightjar.Tensor
function Tensor:double() end

---As int32, cut toward zero.
---@return nightjar.Tensor
function Tensor:int() end

---@class nightjar.Tensor.sum.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---The sum over dimensions.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.sum.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.sum.Options): nightjar.Tensor
function Tensor:sum(dimensions, options) end

---The sum over dimensions.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.sum.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.sum.Options): nightjar.Tensor
function nj.sum(t, dimensions, options) end

---@class nightjar.Tensor.prod.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---The product over dimensions.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.prod.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.prod.Options): nightjar.Tensor
function Tensor:prod(dimensions, options) end

---The product over dimensions.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.prod.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.prod.Options): nightjar.Tensor
function nj.prod(t, dimensions, options) end

---@class nightjar.Tensor.max.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---The largest entry over dimensions.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.max.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.max.Options): nightjar.Tensor
function Tensor:max(dimensions, options) end

---The largest entry over dimensions.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.max.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.max.Options): nightjar.Tensor
function nj.max(t, dimensions, options) end

---@class nightjar.Tensor.min.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---The smallest entry over dimensions.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.min.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.min.Options): nightjar.Tensor
function Tensor:min(dimensions, options) end

---The smallest entry over dimensions.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.min.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.min.Options): nightjar.Tensor
function nj.min(t, dimensions, options) end

---@class nightjar.Tensor.argmax.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---The position, from 1, of the largest entry along a dimension; the first of equals. Of all entries: t:flatten():argmax().
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.argmax.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.argmax.Options): nightjar.Tensor
function Tensor:argmax(dimension, options) end

---The position, from 1, of the largest entry along a dimension; the first of equals. Of all entries: t:flatten():argmax().
---@param t nightjar.Tensor
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.argmax.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.argmax.Options): nightjar.Tensor
function nj.argmax(t, dimension, options) end

---@class nightjar.Tensor.argmin.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---The position, from 1, of the smallest entry along a dimension; the first of equals.
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.argmin.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.argmin.Options): nightjar.Tensor
function Tensor:argmin(dimension, options) end

---The position, from 1, of the smallest entry along a dimension; the first of equals.
---@param t nightjar.Tensor
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.argmin.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.argmin.Options): nightjar.Tensor
function nj.argmin(t, dimension, options) end

---@class nightjar.Tensor.mean.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---The average over dimensions.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.mean.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.mean.Options): nightjar.Tensor
function Tensor:mean(dimensions, options) end

---The average over dimensions.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.mean.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.mean.Options): nightjar.Tensor
function nj.mean(t, dimensions, options) end

---@class nightjar.Tensor.var.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)
---@field correction? number # what is taken off the count; 0: divide by n (default: 1)

---The variance over dimensions, divided by n - 1 unless told otherwise.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.var.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.var.Options): nightjar.Tensor
function Tensor:var(dimensions, options) end

---The variance over dimensions, divided by n - 1 unless told otherwise.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.var.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.var.Options): nightjar.Tensor
function nj.var(t, dimensions, options) end

---@class nightjar.Tensor.std.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)
---@field correction? number # what is taken off the count; 0: divide by n (default: 1)

---The standard deviation over dimensions, divided by n - 1 unless told otherwise.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.std.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.std.Options): nightjar.Tensor
function Tensor:std(dimensions, options) end

---The standard deviation over dimensions, divided by n - 1 unless told otherwise.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.std.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.std.Options): nightjar.Tensor
function nj.std(t, dimensions, options) end

---@class nightjar.Tensor.norm.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)
---@field p? number # which norm: any number, infinities included (default: 2)

---The norm over dimensions.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.norm.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.norm.Options): nightjar.Tensor
function Tensor:norm(dimensions, options) end

---The norm over dimensions.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.norm.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.norm.Options): nightjar.Tensor
function nj.norm(t, dimensions, options) end

---@class nightjar.Tensor.any.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---Whether any entry of a mask holds.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.any.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.any.Options): nightjar.Tensor
function Tensor:any(dimensions, options) end

---Whether any entry of a mask holds.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.any.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.any.Options): nightjar.Tensor
function nj.any(t, dimensions, options) end

---@class nightjar.Tensor.all.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---Whether all entries of a mask hold.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.all.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.all.Options): nightjar.Tensor
function Tensor:all(dimensions, options) end

---Whether all entries of a mask hold.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.all.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.all.Options): nightjar.Tensor
function nj.all(t, dimensions, options) end

---@class nightjar.Tensor.logsumexp.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---log of the sum of exponentials over dimensions, without overflow.
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.logsumexp.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.logsumexp.Options): nightjar.Tensor
function Tensor:logsumexp(dimensions, options) end

---log of the sum of exponentials over dimensions, without overflow.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # which dimensions go (default: all)
---@param options? nightjar.Tensor.logsumexp.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.logsumexp.Options): nightjar.Tensor
function nj.logsumexp(t, dimensions, options) end

---exp(x) / sum of exp(x) along dimensions.
---@param dimensions? integer|integer[] # along which dimensions (default: -1)
---@return nightjar.Tensor
function Tensor:softmax(dimensions) end

---exp(x) / sum of exp(x) along dimensions.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # along which dimensions (default: -1)
---@return nightjar.Tensor
function nj.softmax(t, dimensions) end

---log of the softmax along dimensions, without ever forming it.
---@param dimensions? integer|integer[] # along which dimensions (default: -1)
---@return nightjar.Tensor
function Tensor:log_softmax(dimensions) end

---log of the softmax along dimensions, without ever forming it.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # along which dimensions (default: -1)
---@return nightjar.Tensor
function nj.log_softmax(t, dimensions) end

---One entry of each row: that of its label; for soft labels the mean of the entries, those without a share left out.
---@param labels nightjar.Tensor # one a row, or soft: probabilities in the shape of the tensor
---@return nightjar.Tensor
function Tensor:pick(labels) end

---One entry of each row: that of its label; for soft labels the mean of the entries, those without a share left out.
---@param t nightjar.Tensor
---@param labels nightjar.Tensor # one a row, or soft: probabilities in the shape of the tensor
---@return nightjar.Tensor
function nj.pick(t, labels) end

---@class nightjar.Tensor.one_hot.Options
---@field dtype? nightjar.DType # (default: "float32")

---Rows of zeros with a one at each label.
---@param classes integer
---@param options? nightjar.Tensor.one_hot.Options
---@return nightjar.Tensor
function Tensor:one_hot(classes, options) end

---Rows of zeros with a one at each label.
---@param t nightjar.Tensor
---@param classes integer
---@param options? nightjar.Tensor.one_hot.Options
---@return nightjar.Tensor
function nj.one_hot(t, classes, options) end

---@class nightjar.Tensor.median.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---The middle entry, the mean of the middle two where the count is even (as NumPy; PyTorch takes the lower). NaN where an entry is NaN.
---@param dimension? integer # along which dimension (default: all entries)
---@param options? nightjar.Tensor.median.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.median.Options): nightjar.Tensor
function Tensor:median(dimension, options) end

---The middle entry, the mean of the middle two where the count is even (as NumPy; PyTorch takes the lower). NaN where an entry is NaN.
---@param t nightjar.Tensor
---@param dimension? integer # along which dimension (default: all entries)
---@param options? nightjar.Tensor.median.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.median.Options): nightjar.Tensor
function nj.median(t, dimension, options) end

---@class nightjar.Tensor.quantile.Options
---@field keep? boolean # leave the dimension with extent 1 (default: false)

---The entry below which the share q of the entries lies, on the straight line between neighbours. NaN where an entry is NaN.
---@param q any # from 0 to 1, or a list of such, whose results are stacked in front
---@param dimension? integer # along which dimension (default: all entries)
---@param options? nightjar.Tensor.quantile.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, q: any, options: nightjar.Tensor.quantile.Options): nightjar.Tensor
function Tensor:quantile(q, dimension, options) end

---The entry below which the share q of the entries lies, on the straight line between neighbours. NaN where an entry is NaN.
---@param t nightjar.Tensor
---@param q any # from 0 to 1, or a list of such, whose results are stacked in front
---@param dimension? integer # along which dimension (default: all entries)
---@param options? nightjar.Tensor.quantile.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, q: any, options: nightjar.Tensor.quantile.Options): nightjar.Tensor
function nj.quantile(t, q, dimension, options) end

---@class nightjar.Tensor.histogram.Options
---@field min? number # (default: the smallest entry)
---@field max? number # (default: the largest entry)

---How many entries lie in each bin (int32), and the ends of the bins (float64). The last bin holds its upper end; what lies outside, and NaN, is not counted. Computed now.
---@param bins? integer # how many, of equal width (default: 10)
---@param options? nightjar.Tensor.histogram.Options
---@return nightjar.Tensor
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.histogram.Options): nightjar.Tensor, nightjar.Tensor
function Tensor:histogram(bins, options) end

---How many entries lie in each bin (int32), and the ends of the bins (float64). The last bin holds its upper end; what lies outside, and NaN, is not counted. Computed now.
---@param t nightjar.Tensor
---@param bins? integer # how many, of equal width (default: 10)
---@param options? nightjar.Tensor.histogram.Options
---@return nightjar.Tensor
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.histogram.Options): nightjar.Tensor, nightjar.Tensor
function nj.histogram(t, bins, options) end

---The different entries in ascending order, and how often each comes (int32). Computed now.
---@return nightjar.Tensor
---@return nightjar.Tensor
function Tensor:unique() end

---The different entries in ascending order, and how often each comes (int32). Computed now.
---@param t nightjar.Tensor
---@return nightjar.Tensor
---@return nightjar.Tensor
function nj.unique(t) end

---The product of each entry and those before it.
---@param dimension? integer # along which dimension (default: -1)
---@return nightjar.Tensor
function Tensor:cumprod(dimension) end

---The product of each entry and those before it.
---@param t nightjar.Tensor
---@param dimension? integer # along which dimension (default: -1)
---@return nightjar.Tensor
function nj.cumprod(t, dimension) end

---log of the running sum of exponentials, without overflow.
---@param dimension? integer # along which dimension (default: -1)
---@return nightjar.Tensor
function Tensor:logcumsumexp(dimension) end

---log of the running sum of exponentials, without overflow.
---@param t nightjar.Tensor
---@param dimension? integer # along which dimension (default: -1)
---@return nightjar.Tensor
function nj.logcumsumexp(t, dimension) end

---log(exp(a) + exp(b)), without overflow.
---@param other nightjar.Tensor|number
---@return nightjar.Tensor
function Tensor:logaddexp(other) end

---log(exp(a) + exp(b)), without overflow.
---@param t nightjar.Tensor
---@param other nightjar.Tensor|number
---@return nightjar.Tensor
function nj.logaddexp(t, other) end

---@class nightjar.Tensor.cosine_similarity.Options
---@field eps? number # what norms are at least taken to be (default: 1e-8)

---The product of two vectors over that of their norms, along a dimension. Of a vector of zeros it is 0, and the gradient is that with eps in place of its norm.
---@param other nightjar.Tensor
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.cosine_similarity.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, other: nightjar.Tensor, options: nightjar.Tensor.cosine_similarity.Options): nightjar.Tensor
function Tensor:cosine_similarity(other, dimension, options) end

---The product of two vectors over that of their norms, along a dimension. Of a vector of zeros it is 0, and the gradient is that with eps in place of its norm.
---@param t nightjar.Tensor
---@param other nightjar.Tensor
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.cosine_similarity.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, other: nightjar.Tensor, options: nightjar.Tensor.cosine_similarity.Options): nightjar.Tensor
function nj.cosine_similarity(t, other, dimension, options) end

---The Euclidean distances of all rows (n, d) to all rows (m, d): (n, m). The gradient at distance 0 is 0.
---@param other nightjar.Tensor
---@return nightjar.Tensor
function Tensor:cdist(other) end

---The Euclidean distances of all rows (n, d) to all rows (m, d): (n, m). The gradient at distance 0 is 0.
---@param t nightjar.Tensor
---@param other nightjar.Tensor
---@return nightjar.Tensor
function nj.cdist(t, other) end

---The same elements, in order, in another shape.
---@param shape integer|integer[] # extents; one may be -1: what is left
---@param ... integer
---@return nightjar.Tensor
function Tensor:reshape(shape, ...) end

---The same elements, in order, in another shape.
---@param t nightjar.Tensor
---@param shape integer|integer[] # extents; one may be -1: what is left
---@param ... integer
---@return nightjar.Tensor
function nj.reshape(t, shape, ...) end

---The same as reshape.
---@param shape integer|integer[] # extents; one may be -1: what is left
---@param ... integer
---@return nightjar.Tensor
function Tensor:view(shape, ...) end

---Two dimensions exchanged.
---@param first? integer # (default: -2)
---@param second? integer # (default: -1)
---@return nightjar.Tensor
function Tensor:transpose(first, second) end

---Two dimensions exchanged.
---@param t nightjar.Tensor
---@param first? integer # (default: -2)
---@param second? integer # (default: -1)
---@return nightjar.Tensor
function nj.transpose(t, first, second) end

---A matrix with rows and columns exchanged.
---@return nightjar.Tensor
function Tensor:t() end

---Dimensions in another order: dimension i of the result is dimension order[i].
---@param order integer|integer[] # each dimension once
---@param ... integer
---@return nightjar.Tensor
function Tensor:permute(order, ...) end

---Dimensions in another order: dimension i of the result is dimension order[i].
---@param t nightjar.Tensor
---@param order integer|integer[] # each dimension once
---@param ... integer
---@return nightjar.Tensor
function nj.permute(t, order, ...) end

---Without dimensions of extent 1.
---@param dimension? integer # (default: all)
---@return nightjar.Tensor
function Tensor:squeeze(dimension) end

---Without dimensions of extent 1.
---@param t nightjar.Tensor
---@param dimension? integer # (default: all)
---@return nightjar.Tensor
function nj.squeeze(t, dimension) end

---With a new dimension of extent 1.
---@param dimension integer # where the new one stands; -1: last
---@return nightjar.Tensor
function Tensor:unsqueeze(dimension) end

---With a new dimension of extent 1.
---@param t nightjar.Tensor
---@param dimension integer # where the new one stands; -1: last
---@return nightjar.Tensor
function nj.unsqueeze(t, dimension) end

---Repeated to fill a shape, by the rule of broadcasting.
---@param shape integer|integer[] # -1 keeps an extent
---@param ... integer
---@return nightjar.Tensor
function Tensor:expand(shape, ...) end

---Repeated to fill a shape, by the rule of broadcasting.
---@param t nightjar.Tensor
---@param shape integer|integer[] # -1 keeps an extent
---@param ... integer
---@return nightjar.Tensor
function nj.expand(t, shape, ...) end

---All dimensions from one on joined into one.
---@param from? integer # the first dimension that is joined (default: 1)
---@return nightjar.Tensor
function Tensor:flatten(from) end

---All dimensions from one on joined into one.
---@param t nightjar.Tensor
---@param from? integer # the first dimension that is joined (default: 1)
---@return nightjar.Tensor
function nj.flatten(t, from) end

---A stretch of one dimension.
---@param dimension integer
---@param first integer # from 1
---@param count integer
---@return nightjar.Tensor
function Tensor:narrow(dimension, first, count) end

---A stretch of one dimension.
---@param t nightjar.Tensor
---@param dimension integer
---@param first integer # from 1
---@param count integer
---@return nightjar.Tensor
function nj.narrow(t, dimension, first, count) end

---A box: first to last of each dimension, both included; negative positions count from the end.
---@param ranges any # a list for each dimension: {}, {first, last} or {first, last, step}
---@param ... any
---@return nightjar.Tensor
function Tensor:slice(ranges, ...) end

---A box: first to last of each dimension, both included; negative positions count from the end.
---@param t nightjar.Tensor
---@param ranges any # a list for each dimension: {}, {first, last} or {first, last, step}
---@param ... any
---@return nightjar.Tensor
function nj.slice(t, ranges, ...) end

---Tensors joined along a dimension.
---@param tensors nightjar.Tensor[]
---@param dimension? integer # (default: 1)
---@return nightjar.Tensor
function nj.cat(tensors, dimension) end

---Tensors of equal shape along a new dimension.
---@param tensors nightjar.Tensor[]
---@param dimension? integer # where the new one stands (default: 1)
---@return nightjar.Tensor
function nj.stack(tensors, dimension) end

---A list of pieces along a dimension; with one size, the last piece may be smaller.
---@param sizes any # the size of each piece, or a list of sizes
---@param dimension? integer # along which dimension (default: 1)
---@return table
function Tensor:split(sizes, dimension) end

---A list of pieces along a dimension; with one size, the last piece may be smaller.
---@param t nightjar.Tensor
---@param sizes any # the size of each piece, or a list of sizes
---@param dimension? integer # along which dimension (default: 1)
---@return table
function nj.split(t, sizes, dimension) end

---A list of pieces of equal size along a dimension; the last may be smaller.
---@param count integer # how many pieces at most
---@param dimension? integer # along which dimension (default: 1)
---@return table
function Tensor:chunk(count, dimension) end

---A list of pieces of equal size along a dimension; the last may be smaller.
---@param t nightjar.Tensor
---@param count integer # how many pieces at most
---@param dimension? integer # along which dimension (default: 1)
---@return table
function nj.chunk(t, count, dimension) end

---@class nightjar.Tensor.pad.Options
---@field value? number # what stands in the border (default: 0)

---A border around the tensor.
---@param widths any # {before, after} for each dimension in order, or one number for both ends of each
---@param options? nightjar.Tensor.pad.Options
---@return nightjar.Tensor
function Tensor:pad(widths, options) end

---A border around the tensor.
---@param t nightjar.Tensor
---@param widths any # {before, after} for each dimension in order, or one number for both ends of each
---@param options? nightjar.Tensor.pad.Options
---@return nightjar.Tensor
function nj.pad(t, widths, options) end

---Dimensions in reverse order.
---@param dimensions? integer|integer[] # (default: all)
---@return nightjar.Tensor
function Tensor:flip(dimensions) end

---Dimensions in reverse order.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # (default: all)
---@return nightjar.Tensor
function nj.flip(t, dimensions) end

---Entries moved along a dimension; those that leave at one end come in at the other.
---@param shift integer # by how many places, backwards where negative
---@param dimension? integer # along which dimension (default: 1)
---@return nightjar.Tensor
function Tensor:roll(shift, dimension) end

---Entries moved along a dimension; those that leave at one end come in at the other.
---@param t nightjar.Tensor
---@param shift integer # by how many places, backwards where negative
---@param dimension? integer # along which dimension (default: 1)
---@return nightjar.Tensor
function nj.roll(t, shift, dimension) end

---The whole tensor repeated along each dimension, as NumPy's tile.
---@param counts integer|integer[] # how often along each dimension
---@param ... integer
---@return nightjar.Tensor
function Tensor:tile(counts, ...) end

---The whole tensor repeated along each dimension, as NumPy's tile.
---@param t nightjar.Tensor
---@param counts integer|integer[] # how often along each dimension
---@param ... integer
---@return nightjar.Tensor
function nj.tile(t, counts, ...) end

---Each entry along a dimension several times in a row.
---@param count integer
---@param dimension? integer # along which dimension (default: 1)
---@return nightjar.Tensor
function Tensor:repeat_interleave(count, dimension) end

---Each entry along a dimension several times in a row.
---@param t nightjar.Tensor
---@param count integer
---@param dimension? integer # along which dimension (default: 1)
---@return nightjar.Tensor
function nj.repeat_interleave(t, count, dimension) end

---The entries on and above a diagonal of each matrix in the last two dimensions, zeros below.
---@param offset? integer # which diagonal: above 0 to the right, below 0 downwards (default: 0)
---@return nightjar.Tensor
function Tensor:triu(offset) end

---The entries on and above a diagonal of each matrix in the last two dimensions, zeros below.
---@param t nightjar.Tensor
---@param offset? integer # which diagonal: above 0 to the right, below 0 downwards (default: 0)
---@return nightjar.Tensor
function nj.triu(t, offset) end

---The entries on and below a diagonal of each matrix in the last two dimensions, zeros above.
---@param offset? integer # which diagonal: above 0 to the right, below 0 downwards (default: 0)
---@return nightjar.Tensor
function Tensor:tril(offset) end

---The entries on and below a diagonal of each matrix in the last two dimensions, zeros above.
---@param t nightjar.Tensor
---@param offset? integer # which diagonal: above 0 to the right, below 0 downwards (default: 0)
---@return nightjar.Tensor
function nj.tril(t, offset) end

---A diagonal of each matrix in the last two dimensions.
---@param offset? integer # which diagonal: above 0 to the right, below 0 downwards (default: 0)
---@return nightjar.Tensor
function Tensor:diagonal(offset) end

---A diagonal of each matrix in the last two dimensions.
---@param t nightjar.Tensor
---@param offset? integer # which diagonal: above 0 to the right, below 0 downwards (default: 0)
---@return nightjar.Tensor
function nj.diagonal(t, offset) end

---A square matrix with these entries on its diagonal, zeros elsewhere. The other way: t:diagonal().
---@return nightjar.Tensor
function Tensor:diag() end

---A square matrix with these entries on its diagonal, zeros elsewhere. The other way: t:diagonal().
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.diag(t) end

---The sum of the diagonal of each matrix in the last two dimensions.
---@return nightjar.Tensor
function Tensor:trace() end

---The sum of the diagonal of each matrix in the last two dimensions.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.trace(t) end

---A piece of images (..., height, width, channels).
---@param top integer # the first row, from 1
---@param left integer # the first column, from 1
---@param height integer
---@param width integer
---@return nightjar.Tensor
function Tensor:crop(top, left, height, width) end

---A piece of images (..., height, width, channels).
---@param t nightjar.Tensor
---@param top integer # the first row, from 1
---@param left integer # the first column, from 1
---@param height integer
---@param width integer
---@return nightjar.Tensor
function nj.crop(t, top, left, height, width) end

---Kronecker's product of two matrices: every entry of the first times the whole second.
---@param other nightjar.Tensor
---@return nightjar.Tensor
function Tensor:kron(other) end

---Kronecker's product of two matrices: every entry of the first times the whole second.
---@param t nightjar.Tensor
---@param other nightjar.Tensor
---@return nightjar.Tensor
function nj.kron(t, other) end

---A number in place of the entries at which a mask holds.
---@param mask nightjar.Tensor
---@param value number
---@return nightjar.Tensor
function Tensor:masked_fill(mask, value) end

---A number in place of the entries at which a mask holds.
---@param t nightjar.Tensor
---@param mask nightjar.Tensor
---@param value number
---@return nightjar.Tensor
function nj.masked_fill(t, mask, value) end

---A number in place of NaN.
---@param value? number # in place of NaN (default: 0)
---@return nightjar.Tensor
function Tensor:nan_to_num(value) end

---A number in place of NaN.
---@param t nightjar.Tensor
---@param value? number # in place of NaN (default: 0)
---@return nightjar.Tensor
function nj.nan_to_num(t, value) end

---The point between two tensors: t + weight (other - t).
---@param other nightjar.Tensor
---@param weight number # 0: the first, 1: the other
---@return nightjar.Tensor
function Tensor:lerp(other, weight) end

---The point between two tensors: t + weight (other - t).
---@param t nightjar.Tensor
---@param other nightjar.Tensor
---@param weight number # 0: the first, 1: the other
---@return nightjar.Tensor
function nj.lerp(t, other, weight) end

---@class nightjar.Tensor.isclose.Options
---@field rtol? number # how far apart, relative to the other (default: 1e-5)
---@field atol? number # how far apart besides (default: 1e-8)

---Where |a - b| <= atol + rtol |b|, or both are the same infinity.
---@param other nightjar.Tensor
---@param options? nightjar.Tensor.isclose.Options
---@return nightjar.Tensor
function Tensor:isclose(other, options) end

---Where |a - b| <= atol + rtol |b|, or both are the same infinity.
---@param t nightjar.Tensor
---@param other nightjar.Tensor
---@param options? nightjar.Tensor.isclose.Options
---@return nightjar.Tensor
function nj.isclose(t, other, options) end

---@class nightjar.Tensor.matmul.Options
---@field transpose_a? boolean # transpose the first operand (default: false)
---@field transpose_b? boolean # transpose the second operand (default: false)

---Matrix product of the last two dimensions; a tensor of one dimension is a vector. Leading dimensions are stacks of matrices, which are repeated where they are 1 or missing.
---@param other nightjar.Tensor
---@param options? nightjar.Tensor.matmul.Options
---@return nightjar.Tensor
function Tensor:matmul(other, options) end

---Matrix product of the last two dimensions; a tensor of one dimension is a vector. Leading dimensions are stacks of matrices, which are repeated where they are 1 or missing.
---@param t nightjar.Tensor
---@param other nightjar.Tensor
---@param options? nightjar.Tensor.matmul.Options
---@return nightjar.Tensor
function nj.matmul(t, other, options) end

---Matrix product.
---@param other nightjar.Tensor
---@return nightjar.Tensor
function Tensor:mm(other) end

---Matrix product.
---@param t nightjar.Tensor
---@param other nightjar.Tensor
---@return nightjar.Tensor
function nj.mm(t, other) end

---Products of every entry of one vector with every entry of the other.
---@param other nightjar.Tensor
---@return nightjar.Tensor
function Tensor:outer(other) end

---Products of every entry of one vector with every entry of the other.
---@param t nightjar.Tensor
---@param other nightjar.Tensor
---@return nightjar.Tensor
function nj.outer(t, other) end

---Sums of products written with letters: those that the result does not name are summed over. A letter twice in one operand takes its diagonal; ... stands for further dimensions, which are repeated where they are 1.
---@param equation string # letters for dimensions, for example "bij,bjk->bik" or "...ij->...ji"
---@param first nightjar.Tensor
---@param others? nightjar.Tensor # (default: nil)
---@param ... nightjar.Tensor
---@return nightjar.Tensor
function nj.einsum(equation, first, others, ...) end

---The inverse of each matrix in the last two dimensions.
---@return nightjar.Tensor
function Tensor:inverse() end

---The inverse of each matrix in the last two dimensions.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.inverse(t) end

---The determinant of each matrix in the last two dimensions.
---@return nightjar.Tensor
function Tensor:det() end

---The determinant of each matrix in the last two dimensions.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.det(t) end

---The sign of each determinant, and the logarithm of its magnitude.
---@return nightjar.Tensor
---@return nightjar.Tensor
function Tensor:slogdet() end

---The sign of each determinant, and the logarithm of its magnitude.
---@param t nightjar.Tensor
---@return nightjar.Tensor
---@return nightjar.Tensor
function nj.slogdet(t) end

---@class nightjar.Tensor.cumsum.Options
---@field reverse? boolean # from the end (default: false)

---The sum of each entry and those before it.
---@param dimensions? integer|integer[] # along which dimensions, one after the other (default: -1)
---@param options? nightjar.Tensor.cumsum.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.cumsum.Options): nightjar.Tensor
function Tensor:cumsum(dimensions, options) end

---The sum of each entry and those before it.
---@param t nightjar.Tensor
---@param dimensions? integer|integer[] # along which dimensions, one after the other (default: -1)
---@param options? nightjar.Tensor.cumsum.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.cumsum.Options): nightjar.Tensor
function nj.cumsum(t, dimensions, options) end

---@class nightjar.Tensor.sort.Options
---@field descending? boolean # the largest first (default: false)

---Entries in order, and their positions from 1. Equal entries keep their order; NaN counts as the largest.
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.sort.Options
---@return nightjar.Tensor
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.sort.Options): nightjar.Tensor, nightjar.Tensor
function Tensor:sort(dimension, options) end

---Entries in order, and their positions from 1. Equal entries keep their order; NaN counts as the largest.
---@param t nightjar.Tensor
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.sort.Options
---@return nightjar.Tensor
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.sort.Options): nightjar.Tensor, nightjar.Tensor
function nj.sort(t, dimension, options) end

---@class nightjar.Tensor.argsort.Options
---@field descending? boolean # the largest first (default: false)

---The positions, from 1, that put the entries in order.
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.argsort.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.argsort.Options): nightjar.Tensor
function Tensor:argsort(dimension, options) end

---The positions, from 1, that put the entries in order.
---@param t nightjar.Tensor
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.argsort.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.argsort.Options): nightjar.Tensor
function nj.argsort(t, dimension, options) end

---@class nightjar.Tensor.topk.Options
---@field largest? boolean # false: the smallest (default: true)

---The largest entries in descending order, and their positions from 1.
---@param count integer # how many
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.topk.Options
---@return nightjar.Tensor
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, count: integer, options: nightjar.Tensor.topk.Options): nightjar.Tensor, nightjar.Tensor
function Tensor:topk(count, dimension, options) end

---The largest entries in descending order, and their positions from 1.
---@param t nightjar.Tensor
---@param count integer # how many
---@param dimension? integer # along which dimension (default: -1)
---@param options? nightjar.Tensor.topk.Options
---@return nightjar.Tensor
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, count: integer, options: nightjar.Tensor.topk.Options): nightjar.Tensor, nightjar.Tensor
function nj.topk(t, count, dimension, options) end

---Entries by position along a dimension: positions have the tensor's shape but for that dimension.
---@param dimension integer
---@param positions nightjar.Tensor|integer[]|integer # from 1
---@return nightjar.Tensor
function Tensor:gather(dimension, positions) end

---Entries by position along a dimension: positions have the tensor's shape but for that dimension.
---@param t nightjar.Tensor
---@param dimension integer
---@param positions nightjar.Tensor|integer[]|integer # from 1
---@return nightjar.Tensor
function nj.gather(t, dimension, positions) end

---Slices by position along a dimension: the shape of the positions takes the dimension's place.
---@param dimension integer
---@param positions nightjar.Tensor|integer[]|integer # from 1
---@return nightjar.Tensor
function Tensor:index(dimension, positions) end

---Slices by position along a dimension: the shape of the positions takes the dimension's place.
---@param t nightjar.Tensor
---@param dimension integer
---@param positions nightjar.Tensor|integer[]|integer # from 1
---@return nightjar.Tensor
function nj.index(t, dimension, positions) end

---The tensor with values added at positions along a dimension, one position a value; equal ones add up.
---@param dimension integer
---@param positions nightjar.Tensor|integer[]|integer # from 1
---@param values nightjar.Tensor|number
---@return nightjar.Tensor
function Tensor:scatter_add(dimension, positions, values) end

---The tensor with values added at positions along a dimension, one position a value; equal ones add up.
---@param t nightjar.Tensor
---@param dimension integer
---@param positions nightjar.Tensor|integer[]|integer # from 1
---@param values nightjar.Tensor|number
---@return nightjar.Tensor
function nj.scatter_add(t, dimension, positions, values) end

---@class nightjar.Tensor.bincount.Options
---@field weights? nightjar.Tensor # what each label counts, instead of 1 (default: nil)

---How often each label comes: int32, or sums of the weights.
---@param bins? integer # how many counts; without it labels are read now (default: the largest label)
---@param options? nightjar.Tensor.bincount.Options
---@return nightjar.Tensor
---@overload fun(self: nightjar.Tensor, options: nightjar.Tensor.bincount.Options): nightjar.Tensor
function Tensor:bincount(bins, options) end

---How often each label comes: int32, or sums of the weights.
---@param t nightjar.Tensor
---@param bins? integer # how many counts; without it labels are read now (default: the largest label)
---@param options? nightjar.Tensor.bincount.Options
---@return nightjar.Tensor
---@overload fun(t: nightjar.Tensor, options: nightjar.Tensor.bincount.Options): nightjar.Tensor
function nj.bincount(t, bins, options) end

---A list of the entries at which a mask holds. Computed now; not where gradients are taken.
---@param mask nightjar.Tensor
---@return nightjar.Tensor
function Tensor:masked_select(mask) end

---A list of the entries at which a mask holds. Computed now; not where gradients are taken.
---@param t nightjar.Tensor
---@param mask nightjar.Tensor
---@return nightjar.Tensor
function nj.masked_select(t, mask) end

---The positions, from 1, of entries that are not 0: a list, or one row a position. Computed now.
---@return nightjar.Tensor
function Tensor:nonzero() end

---The positions, from 1, of entries that are not 0: a list, or one row a position. Computed now.
---@param t nightjar.Tensor
---@return nightjar.Tensor
function nj.nonzero(t) end

---@class nightjar.Tensor.conv2d.Options
---@field stride? integer|integer[] # from one window to the next (default: 1)
---@field padding? integer|integer[] # around the images (default: 0)
---@field dilation? integer|integer[] # from one tap of the window to the next (default: 1)
---@field groups? integer # channels in so many parts that do not see each other (default: 1)

---Convolution (cross-correlation) of images with weights: (batch, height, width, filters).
---@param weights nightjar.Tensor # (height, width, channels / groups, filters)
---@param options? nightjar.Tensor.conv2d.Options
---@return nightjar.Tensor
function Tensor:conv2d(weights, options) end

---Convolution (cross-correlation) of images with weights: (batch, height, width, filters).
---@param t nightjar.Tensor
---@param weights nightjar.Tensor # (height, width, channels / groups, filters)
---@param options? nightjar.Tensor.conv2d.Options
---@return nightjar.Tensor
function nj.conv2d(t, weights, options) end

---@class nightjar.Tensor.max_pool2d.Options
---@field stride? integer|integer[] # from one window to the next (default: kernel)
---@field padding? integer|integer[] # around the images (default: 0)

---The largest entry of each window; padding is never the largest.
---@param kernel integer|integer[] # rows and columns of a window
---@param options? nightjar.Tensor.max_pool2d.Options
---@return nightjar.Tensor
function Tensor:max_pool2d(kernel, options) end

---The largest entry of each window; padding is never the largest.
---@param t nightjar.Tensor
---@param kernel integer|integer[] # rows and columns of a window
---@param options? nightjar.Tensor.max_pool2d.Options
---@return nightjar.Tensor
function nj.max_pool2d(t, kernel, options) end

---@class nightjar.Tensor.avg_pool2d.Options
---@field stride? integer|integer[] # from one window to the next (default: kernel)
---@field padding? integer|integer[] # around the images (default: 0)
---@field count_padding? boolean # whether padding counts among what a mean divides by (default: true)

---The mean of each window.
---@param kernel integer|integer[] # rows and columns of a window
---@param options? nightjar.Tensor.avg_pool2d.Options
---@return nightjar.Tensor
function Tensor:avg_pool2d(kernel, options) end

---The mean of each window.
---@param t nightjar.Tensor
---@param kernel integer|integer[] # rows and columns of a window
---@param options? nightjar.Tensor.avg_pool2d.Options
---@return nightjar.Tensor
function nj.avg_pool2d(t, kernel, options) end

---@class nightjar.conv2d.Options
---@field stride? integer|integer[] # from one window to the next (default: 1)
---@field padding? integer|integer[] # around the images (default: 0)
---@field dilation? integer|integer[] # from one tap of the window to the next (default: 1)
---@field groups? integer # channels in so many parts that do not see each other (default: 1)
---@field bias? boolean # whether an offset is learnt for each output (default: true)
---@field init? "default"|"zeros"|"ones"|"kaiming_uniform"|"kaiming_normal"|"xavier_uniform"|"xavier_normal" # how the first weights are drawn (default: "default")
---@field dtype? nightjar.DType # (default: "float32")

---A convolution over images (batch, height, width, inputs), with weights (height, width, inputs, outputs).
---@param inputs integer
---@param outputs integer
---@param kernel integer|integer[] # rows and columns of a window
---@param options? nightjar.conv2d.Options
---@return nightjar.Layer
function nn.conv2d(inputs, outputs, kernel, options) end

---@class nightjar.max_pool2d.Options
---@field stride? integer|integer[] # from one window to the next (default: kernel)
---@field padding? integer|integer[] # around the images (default: 0)

---The largest entry of each window.
---@param kernel integer|integer[] # rows and columns of a window
---@param options? nightjar.max_pool2d.Options
---@return nightjar.Layer
function nn.max_pool2d(kernel, options) end

---@class nightjar.avg_pool2d.Options
---@field stride? integer|integer[] # from one window to the next (default: kernel)
---@field padding? integer|integer[] # around the images (default: 0)
---@field count_padding? boolean # whether padding counts among what a mean divides by (default: true)

---The mean of each window.
---@param kernel integer|integer[] # rows and columns of a window
---@param options? nightjar.avg_pool2d.Options
---@return nightjar.Layer
function nn.avg_pool2d(kernel, options) end

---The mean of each channel over the whole image.
---@return nightjar.Layer
function nn.global_avg_pool2d() end

---@class nightjar.rand.Options
---@field seed? integer # draws that depend on this seed and the name alone (default: the script's)
---@field name? string # what the numbers are for (default: "script")
---@field dtype? nightjar.DType # (default: "float32")

---Uniform numbers in [0, 1).
---@param shape integer|integer[]
---@param ... integer|nightjar.rand.Options
---@return nightjar.Tensor
function nj.rand(shape, ...) end

---@class nightjar.randn.Options
---@field seed? integer # draws that depend on this seed and the name alone (default: the script's)
---@field name? string # what the numbers are for (default: "script")
---@field dtype? nightjar.DType # (default: "float32")

---Numbers from the normal distribution with mean 0 and standard deviation 1.
---@param shape integer|integer[]
---@param ... integer|nightjar.randn.Options
---@return nightjar.Tensor
function nj.randn(shape, ...) end

---Starts the script's own draws again from this seed, which noise and trainers take as well where they are given none. In an experiment's cell it is the value of the replicate, such as `seed`, until this is called; elsewhere that of `--seed`, or 1.
---@param seed integer
function nj.manual_seed(seed) end

---@class nightjar.randint.Options
---@field seed? integer # draws that depend on this seed and the name alone (default: the script's)
---@field name? string # what the numbers are for (default: "script")

---Whole numbers (int32) from low to high, both included, as in math.random.
---@param low integer
---@param high integer # included
---@param shape integer|integer[]
---@param ... integer|nightjar.randint.Options
---@return nightjar.Tensor
function nj.randint(low, high, shape, ...) end

---@class nightjar.randperm.Options
---@field seed? integer # draws that depend on this seed and the name alone (default: the script's)
---@field name? string # what the numbers are for (default: "script")

---The numbers 1 to count in random order (int32).
---@param count integer
---@param options? nightjar.randperm.Options
---@return nightjar.Tensor
function nj.randperm(count, options) end

---@class nightjar.bernoulli.Options
---@field seed? integer # draws that depend on this seed and the name alone (default: the script's)
---@field name? string # what the numbers are for (default: "script")
---@field dtype? nightjar.DType # (default: "float32", or that of the tensor)

---Ones with a probability, zeros otherwise.
---@param probability nightjar.Tensor|number # a number and then a shape, or a tensor, whose shape is taken
---@param shape? integer|integer[] # (default: {})
---@param ... integer|nightjar.bernoulli.Options
---@return nightjar.Tensor
function nj.bernoulli(probability, shape, ...) end

---@class nightjar.choice.Options
---@field seed? integer # draws that depend on this seed and the name alone (default: the script's)
---@field name? string # what the numbers are for (default: "script")
---@field replace? boolean # whether one may come several times (default: true)
---@field weights? nightjar.Tensor # how likely each is, up to a factor (default: nil)

---Random entries.
---@param from nightjar.Tensor|number # a tensor, whose slices along dimension 1 are drawn, or n for 1 to n
---@param count integer
---@param options? nightjar.choice.Options
---@return nightjar.Tensor
function nj.choice(from, count, options) end

---@class nightjar.gamma.Options
---@field seed? integer # draws that depend on this seed and the name alone (default: the script's)
---@field name? string # what the numbers are for (default: "script")
---@field dtype? nightjar.DType # (default: "float32", or that of the tensor)
---@field rate? number # what the numbers are divided by, above 0 (default: 1)

---Numbers from the gamma distribution with density x^(alpha-1) exp(-rate x), up to a factor.
---@param alpha nightjar.Tensor|number # the shape parameter, above 0; a tensor for one each
---@param shape? integer|integer[] # left out where a tensor of parameters has one (default: {})
---@param ... integer|nightjar.gamma.Options
---@return nightjar.Tensor
function nj.gamma(alpha, shape, ...) end

---@class nightjar.beta.Options
---@field seed? integer # draws that depend on this seed and the name alone (default: the script's)
---@field name? string # what the numbers are for (default: "script")
---@field dtype? nightjar.DType # (default: "float32", or that of the tensor)

---Numbers from 0 to 1 from the beta distribution with density x^(alpha-1) (1-x)^(beta-1), up to a factor.
---@param alpha nightjar.Tensor|number # above 0; a tensor for one each
---@param beta nightjar.Tensor|number # above 0; a tensor for one each
---@param shape? integer|integer[] # left out where a tensor of parameters has one (default: {})
---@param ... integer|nightjar.beta.Options
---@return nightjar.Tensor
function nj.beta(alpha, beta, shape, ...) end

---@class nightjar.dirichlet.Options
---@field seed? integer # draws that depend on this seed and the name alone (default: the script's)
---@field name? string # what the numbers are for (default: "script")
---@field dtype? nightjar.DType # (default: "float32", or that of the tensor)

---Rows of probabilities that sum to 1, from the Dirichlet distribution.
---@param alpha nightjar.Tensor # parameters above 0, along the last dimension; its rows are drawn for one each
---@param count? integer # how many rows, of one row of parameters (default: one of each)
---@param options? nightjar.dirichlet.Options
---@return nightjar.Tensor
---@overload fun(alpha: nightjar.Tensor, options: nightjar.dirichlet.Options): nightjar.Tensor
function nj.dirichlet(alpha, count, options) end

---@class nightjar.linear.Options
---@field bias? boolean # whether an offset is learnt for each output (default: true)
---@field init? "default"|"zeros"|"ones"|"kaiming_uniform"|"kaiming_normal"|"xavier_uniform"|"xavier_normal" # how the first weights are drawn (default: "default")
---@field dtype? nightjar.DType # (default: "float32")

---A fully connected layer: x W + b, with W of shape (inputs, outputs).
---@param inputs integer
---@param outputs integer
---@param options? nightjar.linear.Options
---@return nightjar.Layer
function nn.linear(inputs, outputs, options) end

---max(x, 0) + slope * min(x, 0).
---@param slope? number # (default: 0.01)
---@return nightjar.Layer
function nn.leaky_relu(slope) end

---x where positive, alpha * (exp(x) - 1) elsewhere.
---@param alpha? number # (default: 1)
---@return nightjar.Layer
function nn.elu(alpha) end

---Sets elements to zero in training and scales the others up.
---@param rate number # share of the elements that is dropped
---@return nightjar.Layer
function nn.dropout(rate) end

---(batch, ...) becomes (batch, features).
---@return nightjar.Layer
function nn.flatten() end

---Gives back what it gets.
---@return nightjar.Layer
function nn.identity() end

---Layers one after another.
---@param layers table
---@return nightjar.Layer
function nn.sequential(layers) end

---@class nightjar.batch_norm.Options
---@field eps? number # what is added to variances (default: 1e-5)
---@field momentum? number # the share of a batch in the running mean and variance (default: 0.1)
---@field affine? boolean # whether a factor and an offset are learnt (default: true)
---@field dtype? nightjar.DType # (default: "float32")

---Mean 0 and variance 1 for each channel over the batch; running ones in evaluation.
---@param channels integer # entries of the last dimension
---@param options? nightjar.batch_norm.Options
---@return nightjar.Layer
function nn.batch_norm(channels, options) end

---@class nightjar.layer_norm.Options
---@field eps? number # what is added to variances (default: 1e-5)
---@field affine? boolean # whether a factor and an offset are learnt (default: true)
---@field bias? boolean # whether the offset is (default: true)
---@field dtype? nightjar.DType # (default: "float32")

---Mean 0 and variance 1 over the last dimension.
---@param features integer # entries of the last dimension
---@param options? nightjar.layer_norm.Options
---@return nightjar.Layer
function nn.layer_norm(features, options) end

---@class nightjar.group_norm.Options
---@field eps? number # what is added to variances (default: 1e-5)
---@field affine? boolean # whether a factor and an offset are learnt (default: true)
---@field dtype? nightjar.DType # (default: "float32")

---Mean 0 and variance 1 for each sample and group of channels.
---@param groups integer
---@param channels integer # entries of the last dimension
---@param options? nightjar.group_norm.Options
---@return nightjar.Layer
function nn.group_norm(groups, channels, options) end

---@class nightjar.rms_norm.Options
---@field eps? number # what is added to mean squares (default: 1e-5)
---@field affine? boolean # whether a factor is learnt (default: true)
---@field dtype? nightjar.DType # (default: "float32")

---The last dimension divided by its root mean square.
---@param features integer # entries of the last dimension
---@param options? nightjar.rms_norm.Options
---@return nightjar.Layer
function nn.rms_norm(features, options) end

---Applies nj.relu to every element.
---@return nightjar.Layer
function nn.relu() end

---Applies nj.sigmoid to every element.
---@return nightjar.Layer
function nn.sigmoid() end

---Applies nj.tanh to every element.
---@return nightjar.Layer
function nn.tanh() end

---Applies nj.gelu to every element.
---@return nightjar.Layer
function nn.gelu() end

---Applies nj.silu to every element.
---@return nightjar.Layer
function nn.silu() end

---Applies nj.softplus to every element.
---@return nightjar.Layer
function nn.softplus() end

---How many numbers training can change.
---@return integer
function Layer:parameter_count() end

---The paths of the parameters, in order.
---@return table
function Layer:parameter_paths() end

---Draws the first values of parameters that have none.
---@param seed integer
function Layer:initialize(seed) end

---Copies of the parameters by their paths.
---@return table<string, nightjar.Tensor>
function Layer:parameters() end

---Copies of the buffers (running means and the like) by their paths.
---@return table<string, nightjar.Tensor>
function Layer:buffers() end

---Copies of the parameters and buffers by their paths.
---@return table<string, nightjar.Tensor>
function Layer:state() end

---Takes over values of all parameters and buffers, given by their paths: what nj.load read, or another's state.
---@param values table<string, nightjar.Tensor> # exactly what layer:state() has
function Layer:load(values) end

---@class nightjar.Layer.forward.Options
---@field training? boolean # whether it behaves as in training; buffers then change (default: false)
---@field seed? integer # of draws in training (default: 1)
---@field step? integer # the training step, of which draws depend (default: 1)
---@field parameters? table<string, nightjar.Tensor> # tensors that stand in for parameters, by path (default: its own)

---What the layer gives for a batch: in evaluation mode unless told otherwise.
---@param inputs any
---@param ... any|nightjar.Layer.forward.Options
---@return nightjar.Tensor
function Layer:forward(inputs, ...) end

---@class nightjar.Layer.predict.Options
---@field batch_size? integer # rows that are computed together (default: 512)
---@field as? string # "logits": what the model gives; "probabilities": their softmax; "classes": the position of the largest, from 1; "sigmoid": the probability of 1 for labels 0 and 1; "binary": 1 where that is above one half, else 0 (default: "logits")
---@field output? integer # which output of a model that has several (default: 1)
---@field layer? string # the path of a layer inside, whose output is wanted (default: the model)

---What a model gives for many inputs: in evaluation mode, without gradients, in batches, so that memory is bounded by inputs, results and one batch.
---@param inputs any # a tensor whose rows are samples, or a data set
---@param options? nightjar.Layer.predict.Options
---@return nightjar.Tensor
function Layer:predict(inputs, options) end

---The paths of all layers inside, in order, for layer:predict(inputs, { layer = path }).
---@return string[]
function Layer:layer_paths() end

---How many samples there are.
---@return integer
function Dataset:count() end

---How many classes there are; of labels 0 and 1 how many a sample has.
---@param set? string # the name of a label set; nil: the labels themselves (default: nil)
---@return integer
function Dataset:classes(set) end

---What print shows of it: name, samples, their shape and labels, and how many of these are wrong or left out.
---@return string
function Dataset:summary() end

---What the labels given for training are: "classes", "soft" (rows of probabilities) or "binary" (0 to 1).
---@param set? string # the name of a label set; nil: the labels themselves (default: nil)
---@return string
function Dataset:label_kind(set) end

---A mask of the labels that are not left out.
---@param set? string # the name of a label set; nil: the labels themselves (default: nil)
---@return nightjar.Tensor
function Dataset:keep(set) end

---The same of the labels that the data came with, or nil where none is left out.
---@return nightjar.Tensor
function Dataset:true_keep() end

---What stands for no label among those that the data came with, or nil.
---@return integer
function Dataset:true_ignore() end

---The names of the classes, in order.
---@return table
function Dataset:class_names() end

---The labels given for training, counted from 1; soft and binary ones as they were given.
---@param set? string # the name of a label set; nil: the labels themselves (default: nil)
---@return nightjar.Tensor
function Dataset:labels(set) end

---The labels that the data came with, counted from 1; soft and binary ones as they were.
---@param set? string # the name of a label set; nil: the labels themselves (default: nil)
---@return nightjar.Tensor
function Dataset:true_labels(set) end

---The share of labels that are not the true ones, of those that are not left out.
---@param set? string # the name of a label set; nil: the labels themselves (default: nil)
---@return number
function Dataset:noise_rate(set) end

---All inputs, normalised, float32.
---@return nightjar.Tensor
function Dataset:inputs() end

---The first samples, at most so many.
---@param count integer
---@return nightjar.Dataset
function Dataset:first(count) end

---The names of its label sets, in order.
---@return table
function Dataset:label_sets() end

---The samples with the labels of a set in the place of their own; nil where there is none.
---@param name string
---@return nightjar.Dataset
function Dataset:label_set(name) end

---The SHA-256 (FIPS 180-4) of the bytes of texts and tensors, as 64 hexadecimal digits. The bytes of a tensor are its elements in their type, row by row, little-endian.
---@param value any # a text or a tensor; further ones are put behind it
---@param ... any
---@return string
function nj.hash(value, ...) end

---@class nightjar.save.Options
---@field compress? boolean # pack the arrays of an .npz file (default: false)
---@field metadata? table # texts by name, kept in the header of a .safetensors file (default: {})

---Writes tensors to a file, whole or not at all. Scripts write below the working directory and below the folder of the runs, unless --trust is given.
---@param path string # ends in .npy, .npz, .safetensors, .u8 for plain bytes, or .png for an image; relative paths start at the working directory
---@param value any # a tensor for .npy, .u8 and .png, a table of tensors by name for the others
---@param options? nightjar.save.Options
function nj.save(path, value, options) end

---@class nightjar.load.Options
---@field metadata? boolean # the texts of a .safetensors file as a second result (default: false)

---Reads tensors: one from .npy and from plain bytes (.u8), a table by name from .npz and .safetensors, and from images (.png, .pgm, .ppm) bytes of shape (height, width, 1 or 3). Of what torch.save wrote (.pt and .pth, since PyTorch 1.6) it reads tensors and NumPy's arrays, with the names of dictionaries joined by dots; nothing in such a file is ever run. An array that cannot be read, such as one of strings, is left out, and says why when it is asked for by its name. A .json file becomes the table, text or number that it holds, without its nulls. int8, int16 and whole numbers of 64 bits become int32 where they fit, float16 and bfloat16 float32.
---@param path string # ends in .npy, .npz, .safetensors, .pt or .pth of PyTorch, .u8 for plain bytes, .png, .pgm or .ppm for an image, or .json; relative paths start at the working directory
---@param options? nightjar.load.Options
---@return nightjar.Tensor|table<string, nightjar.Tensor>
---@return table<string, string>?
function nj.load(path, options) end

---Computes every operation at once, on its own.
---@param on boolean
function nj.eager(on) end

---Whether a value is a tensor.
---@param value any
---@return boolean
function nj.is_tensor(value) end

---The plans that this run keeps: how many there are (`count`) and may be (`capacity`; the least recently used goes), how often one was found (`hits`) and how often one had to be made (`misses`). A step that makes a plan each time is slow: a shape or an axis changes.
---@return table
function nj.plans() end

---The value of f at x, the gradient there in the form of x, and what else f returned.
---@param f fun(x: any, ...: any): nightjar.Tensor, ... # returns a tensor of one element
---@param x nightjar.Tensor|nightjar.Layer|table # a tensor, a model (its parameters), or tables of tensors
---@param ... nightjar.Tensor|nightjar.Layer|table
---@return nightjar.Tensor
---@return any
---@return any ...
function nj.value_and_grad(f, x, ...) end

---The gradient of f at x, in the form of x, and what else f returned. Gradients of gradients nest.
---@param f fun(x: any, ...: any): nightjar.Tensor, ... # returns a tensor of one element
---@param x nightjar.Tensor|nightjar.Layer|table # a tensor, a model (its parameters), or tables of tensors
---@param ... nightjar.Tensor|nightjar.Layer|table
---@return any
---@return any ...
function nj.grad(f, x, ...) end

---A function that brings its own gradient. backward is recorded once a call and becomes part of the plan; ctx.output stands for the function's result there. Where backward can be differentiated, so can the gradient.
---@param fields nightjar.CustomFields
---@return fun(...: any): nightjar.Tensor
function nj.custom(fields) end

---@class nightjar.gradcheck.Options
---@field epsilon? number # the step of the differences, times the size of the entry where that is above 1 (default: 1e-05)
---@field tolerance? number # how far both may lie apart, times their size where that is above 1 (default: 1e-06)
---@field order? integer # 2 checks gradients of gradients (default: 1)
---@field entries? integer # at most so many entries are checked, chosen by the seed (default: 1000)
---@field seed? integer # of the weights that make one number of what f returns (default: 1)
---@field raise? boolean # false: a wrong gradient is reported and no error (default: true)

---Compares the gradient of f with central differences in float64. Returns true and a report (error, input, position, gradient, difference of the worst entry; checked, wrong), or fails with the worst entry. f may return a tensor of any shape; whole numbers among the inputs (labels) are left as they are.
---@param f fun(inputs: any): nightjar.Tensor
---@param inputs nightjar.Tensor|table # a tensor, or tables of tensors
---@param options? nightjar.gradcheck.Options
---@return boolean
---@return table
function nj.gradcheck(f, inputs, options) end

---@class nightjar.memory.Options
---@field collect? boolean # whether garbage is collected first (default: true)

---The tensors that are alive, by the lines that made them: a table that prints as a report.
---@param options? nightjar.memory.Options
---@return table
function nj.memory(options) end

---The mean of a batch as the trainer takes it: over all labels that are not left out, 0 where none is kept.
---@param logits nightjar.Tensor
---@param labels nightjar.Tensor
---@param batch? nightjar.Batch # what is known of it
---@return nightjar.Tensor
function Loss:mean(logits, labels, batch) end

---Gives the state of a loss that remembers its first values, for use without a trainer. Returns the loss.
---@param setting { samples: integer, classes: integer, dtype?: nightjar.DType } # what the training set would say
---@return nightjar.Loss
function Loss:prepare(setting) end

---Defines a loss. What comes back is called with values for its parameters.
---@param fields nightjar.LossFields
---@return fun(parameters?: table<string, any>): nightjar.Loss
function nj.loss(fields) end

---Declares a kind of thing that plugins provide, beside losses and the like: nj.<word> { ... } defines one, nj.<plural> finds them, nightjar check and nightjar new know it. It stands in a file of its own, which the plugin lists under provides.kinds.
---@param fields nightjar.KindFields
---@return nightjar.Kind
function nj.kind(fields) end

---@class nightjar.weighted.Options
---@field classes? number[] # one weight a class, by the given label (default: nil)
---@field samples? number[] # one weight a training sample, in the order of the data set (default: nil)
---@field normalize? boolean # divide by the mean weight of the samples that are averaged together: those of a step (with accumulate, of all its batches), in evaluation those of the data set (default: false)

---A loss whose values are multiplied by weights.
---@param loss nightjar.Loss
---@param options? nightjar.weighted.Options
---@return nightjar.Loss
function nj.weighted(loss, options) end

---Uniform numbers in [0, 1): n of them as a float64 tensor, or one Lua number.
---@param n? integer # how many
---@return nightjar.Tensor|number
function RandomStream:uniform(n) end

---Numbers with mean 0 and standard deviation 1: n of them as a float64 tensor, or one Lua number.
---@param n? integer # how many
---@return nightjar.Tensor|number
function RandomStream:normal(n) end

---Whole numbers from low to high, both included: n of them as an int32 tensor, or one Lua integer for n = nil.
---@param n integer? # how many
---@param low integer
---@param high integer
---@return nightjar.Tensor|integer
function RandomStream:integers(n, low, high) end

---The numbers 1 to n in random order, as an int32 tensor. Each call gives another order.
---@param n integer
---@return nightjar.Tensor
function RandomStream:permutation(n) end

---Ones with probability p, zeros otherwise: n of them as a float64 tensor, or one Lua number.
---@param n integer? # how many
---@param p number # from 0 to 1
---@return nightjar.Tensor|number
function RandomStream:bernoulli(n, p) end

---@class nightjar.RandomStream.choice.Options
---@field replace? boolean # false: none of them twice (default: true)

---n of the positions 1 to count, as an int32 tensor.
---@param n integer # how many
---@param count integer
---@param options? nightjar.RandomStream.choice.Options
---@return nightjar.Tensor
function RandomStream:choice(n, count, options) end

---A stream of its own for a part of what this one is for.
---@param name string
---@return nightjar.RandomStream
function RandomStream:derive(name) end

---A stream of random numbers that depends on the seed and the name alone.
---@param seed integer
---@param name? string # what the numbers are for
---@return nightjar.RandomStream
function nj.random_stream(seed, name) end

---What is to be known before results with this noise are believed, as a list of sentences: that a bound of the theory is passed, and what the model itself has to say. Drawing labels says them once.
---@param classes integer
---@param names? string[] # of the classes
---@return string[]
function Noise:cautions(classes, names) end

---@class nightjar.Noise.apply.Options
---@field seed? integer # the same seed gives the same noise (default: the run's)
---@field classes? integer # how many classes there are (default: the largest label)
---@field names? string[] # the names of the classes (default: nil)
---@field features? nightjar.Tensor # for noise that depends on them (default: nil)

---Noisy labels for true ones; the true ones stay as they are.
---@param labels nightjar.Tensor # from 1 to the number of classes
---@param options? nightjar.Noise.apply.Options
---@return nightjar.Tensor
function Noise:apply(labels, options) end

---@class nightjar.Noise.inputs.Options
---@field seed? integer # the same seed gives the same noise (default: the run's)
---@field labels? nightjar.Tensor # the true ones, from 1, for noise that depends on them (default: nil)
---@field classes? integer # how many classes there are (default: the largest label)
---@field names? string[] # the names of the classes (default: nil)

---Inputs as this noise leaves them, in the same shape, and a mask of the samples that it changed. Sample i of the same count, shape and seed always becomes the same. A model of label noise leaves all as they are.
---@param inputs nightjar.Tensor # one entry a sample, float32 or float64
---@param options? nightjar.Noise.inputs.Options
---@return nightjar.Tensor
---@return nightjar.Tensor
function Noise:inputs(inputs, options) end

---The transition matrix as rows, T[i][j] = P(noisy = j | true = i), where the model has one.
---@param classes integer # from 2 to 10000
---@param names? string[] # of the classes, for a model that goes by names
---@return number[][]
function Noise:matrix(classes, names) end

---Draws a label for each true one from the rows of a matrix.
---@param labels nightjar.Tensor
---@param rows number[][]|nightjar.Tensor
---@param ctx nightjar.NoiseContext
---@return integer[]
function noise.draw(labels, rows, ctx) end

---Fails unless rows is a matrix of probabilities whose rows sum to 1, within the rounding of float32. Returns them as lists of numbers.
---@param owner string # what the message calls the model
---@param rows number[][]|nightjar.Tensor|nightjar.Noise
---@param classes integer
---@return number[][]
function noise.check_matrix(owner, rows, classes) end

---The rows of a matrix as lists of numbers, or nil and what is wrong with it: for `check` of a definition. Without classes the matrix says how many there are.
---@param matrix number[][]|nightjar.Tensor|nightjar.Noise
---@param classes? integer
---@return number[][]?
---@return string?
function noise.rows(matrix, classes) end

---The inverse of a matrix as a float64 tensor, or nil and why there is none: also where the rows are so near to depending on each other that the inverse turns the rounding of float32 into numbers of size 1.
---@param matrix number[][]|nightjar.Tensor|nightjar.Noise
---@param classes? integer
---@return nightjar.Tensor?
---@return string?
function noise.inverse(matrix, classes) end

---What noise came to: the shares of given labels by true class, T[i][j] = share of class i that was given as j (a row of a class without samples is nan), the share of wrong labels, and a mask of them.
---@param labels nightjar.Tensor # the true ones
---@param noisy nightjar.Tensor # those given
---@param classes integer
---@return number[][]
---@return number
---@return nightjar.Tensor
function noise.realised(labels, noisy, classes) end

---Defines a schedule. What comes back is called with values for its parameters.
---@param fields nightjar.ScheduleFields
---@return fun(parameters?: table<string, any>): nightjar.Schedule
function nj.schedule(fields) end

---Ends the training after this step, or this epoch in on_epoch.
---@return nil
function Training:stop() end

---Keeps the weights that were judged last under a name, for trainer:best and the run's folder. In on_evaluate and on_epoch.
---@param name string # letters, digits and underscores
---@return nil
function Training:keep(name) end

---Copies of all tensors of a part of the training, by path.
---@param of string # "model" (weights and buffers), "optimizer" (what it remembers, as parameter/name), "averages" or "loss" (its state)
---@return table<string, nightjar.Tensor>
function Training:tensors(of) end

---Defines a callback for nj.trainer { callbacks = { ... } }: it is told of the events of a training (on_start, on_batch, on_gradient, on_step, on_evaluate, on_epoch, on_checkpoint, on_end, on_error), remembers what checkpoints keep, and can change the learning rate, batches and gradients, keep weights, and end the training.
---@param fields nightjar.CallbackFields
---@return fun(parameters?: table<string, any>): nightjar.Callback
function nj.callback(fields) end

---Whether less or more of a record's column is better, where its name says so: less of a loss, an error or a norm, more of an accuracy. Nil where it does not.
---@param column string
---@return "min"|"max"|nil
function nj.direction(column) end

---Whether a value is better than the best so far. NaN never is.
---@param direction string # "min" where less is better, "max" where more is
---@param value number
---@param best? number # nil: nothing is best yet
---@param min_delta? number # what is gained must be more than this
---@return boolean
function nj.improves(direction, value, best, min_delta) end

---Defines a reporter for nj.trainer { reporters = { ... } }: what is printed, or written into the run's folder, after each epoch and in the end.
---@param fields nightjar.ReporterFields
---@return fun(parameters?: table<string, any>): nightjar.Reporter
function nj.reporter(fields) end

---The state of one parameter before the first update.
---@param w nightjar.Tensor # the parameter
---@return table<string, nightjar.Tensor>
function Optimizer:start(w) end

---The parameter after one update, and its state after it. Nothing that was given changes.
---@param w nightjar.Tensor # the parameter
---@param g nightjar.Tensor # its gradient
---@param state table<string, nightjar.Tensor>
---@param rate nightjar.Tensor|number # the learning rate
---@param step nightjar.Tensor|number # from 1
---@return nightjar.Tensor
---@return table<string, nightjar.Tensor>
function Optimizer:step(w, g, state, rate, step) end

---For an optimizer that wraps another, which it has as a parameter of type "optimizer": the parameter after an update by the one inside. What that one remembers is part of the state.
---@param w nightjar.Tensor # the parameter
---@param g nightjar.Tensor # its gradient
---@param state table<string, nightjar.Tensor>
---@param rate nightjar.Tensor|number # the learning rate
---@param step nightjar.Tensor|number # from 1
---@return nightjar.Tensor
function Optimizer:inner(w, g, state, rate, step) end

---Where the gradient of a step is taken, for a parameter that is alone in its model: w itself, but for an optimizer such as SAM.
---@param w nightjar.Tensor # the parameter
---@param g nightjar.Tensor # its gradient
---@return nightjar.Tensor
function Optimizer:perturbed(w, g) end

---Defines an optimizer: the rule by which one parameter changes. What comes back is called with values for its parameters.
---@param fields nightjar.OptimizerFields
---@return fun(parameters?: table<string, any>): nightjar.Optimizer
function nj.optimizer(fields) end

---Defines a way of clipping gradients before the optimizer gets them.
---@param fields nightjar.ClipFields
---@return fun(parameters?: table): nightjar.Clip
function nj.clip(fields) end

---Defines an average of the weights over time.
---@param fields nightjar.AverageFields
---@return fun(parameters?: table): nightjar.Average
function nj.average(fields) end

---The exponential moving average of the weights, for nj.trainer { average = ... }.
---@param parameters? table # such as { decay = 0.999 }
---@return nightjar.Average
function nj.ema(parameters) end

---Defines a model. What comes back is called with values for its parameters.
---@param fields nightjar.ModelFields
---@return fun(parameters?: table<string, any>): nightjar.Layer
function nj.model(fields) end

---Copies of a model's parameters and running statistics under the names, and in the layouts, of PyTorch: those of torchvision for resnet18, resnet34 and resnet50, for others those of the public code that a model follows or that the README of the models gives. Saved as .safetensors, they are what load_state_dict takes.
---@param model nightjar.Layer
---@return table<string, nightjar.Tensor>
function nj.torch_state(model) end

---Takes over PyTorch's weights of the same network, by its names and in its layouts: what nj.load read of a .safetensors file. Counters (num_batches_tracked) and the prefix of DataParallel (module.) are passed over; all others have to be there, with their shapes, and nothing else.
---@param model nightjar.Layer
---@param values table<string, nightjar.Tensor>
function nj.load_torch(model, values) end

---Defines a layer whose forward is Lua. What comes back is called with values for its parameters.
---@param fields nightjar.LayerFields
---@return fun(parameters?: table<string, any>): nightjar.Layer
function nj.layer(fields) end

---Records numbers by name in the run that is going on: in the row of the epoch of a training, or of a loop that the script has written itself. Without an epoch they are final values. The second table says how numbers are shown, by name: once is enough.
---@param values table<string, number>
---@param shown? table<string, nightjar.RecordedFields> # as in { gap = { unit = "%", direction = "lower" } }
---@return nil
function nj.record(values, shown) end

---Defines a metric. What comes back is called with values for its parameters, and with as = "name" for another column than its name, so that one metric can be asked for with several parameters.
---@param fields nightjar.MetricFields
---@return fun(parameters?: table<string, any>): nightjar.Metric
function nj.metric(fields) end

---A number in [low, high) for each sample.
---@param low? number # 0 where it is left out
---@param high? number # 1 where it is left out
---@return nightjar.Tensor
function SampleDraw:uniform(low, high) end

---A number of the normal distribution with mean 0 and standard deviation 1 for each sample.
---@return nightjar.Tensor
function SampleDraw:normal() end

---A number of the beta distribution for each sample, as nj.beta.
---@param alpha number # above 0
---@param beta number # above 0
---@return nightjar.Tensor
function SampleDraw:beta(alpha, beta) end

---Defines a change of training samples and their labels, such as mixup.
---@param fields nightjar.AugmentationFields
---@return fun(parameters?: table<string, any>): nightjar.Augmentation
function nj.augmentation(fields) end

---body(x) + x, or body(x) + shortcut(x) where the shapes differ.
---@param body nightjar.Layer
---@param shortcut? nightjar.Layer? # what goes around it
---@return nightjar.Layer
function nn.residual(body, shortcut) end

---The sum of what several layers make of one input.
---@param layers nightjar.Layer[]
---@return nightjar.Layer
function nn.parallel(layers) end

---What several layers make of one input, joined along the last dimension.
---@param layers nightjar.Layer[]
---@return nightjar.Layer
function nn.concat(layers) end

---@class nightjar.Dataset.with_labels.Options
---@field seed? integer # of the noise (default: the run's)
---@field kind? string # of a tensor of labels: "classes" (from 1), "soft" (rows of probabilities) or "binary" (0 to 1 for each logit) (default: "soft" for rows of fractions, "binary" for true and false, else "classes")
---@field ignore? number # the label that stands for none: what has it is left out of training and metrics; rows of zeros where labels are soft (default: nil)
---@field set? string # the name of the label set whose labels are exchanged (default: the labels themselves)

---The same samples with other labels for training: those of a noise model, or a tensor of labels of any kind: one a sample, rows of probabilities, one for each place of a sample, 0 and 1 for several labels a sample. The true ones stay beside.
---@param labels nightjar.Noise|nightjar.Tensor
---@param options? nightjar.Dataset.with_labels.Options
---@return nightjar.Dataset
function Dataset:with_labels(labels, options) end

---@class nightjar.Dataset.with_noise.Options
---@field seed? integer # the same seed gives the same noise (default: the run's)

---The same samples after a noise model that changes inputs, labels or both, and a mask of the samples whose inputs it changed. What is drawn is drawn once, here, so that every epoch and every loss sees the same. True labels stay beside; labels given before are kept where the model changes inputs alone.
---@param noise nightjar.Noise
---@param options? nightjar.Dataset.with_noise.Options
---@return nightjar.Dataset
---@return nightjar.Tensor
function Dataset:with_noise(noise, options) end

---The samples at positions counted from 1, in that order; repeats are allowed. Given and true labels, label sets and noise go with them.
---@param positions nightjar.Tensor|integer[]
---@return nightjar.Dataset
function Dataset:subset(positions) end

---@class nightjar.Dataset.only.Options
---@field by? string # "given" or "true": the labels by which a sample is of a class (default: "given")
---@field renumber? boolean # whether the classes are counted anew, in the order in which they are named; samples whose other label is none of them are then left out too (default: false)

---The samples of some classes, in the order in which they stand.
---@param classes (string|integer)[] # names, or numbers from 1
---@param options? nightjar.Dataset.only.Options
---@return nightjar.Dataset
function Dataset:only(classes, options) end

---@class nightjar.Dataset.split.Options
---@field share? number # of the samples that the second part gets, rounded to a whole number of them (default: 0.1)
---@field count? integer # so many samples instead of a share (default: nil)
---@field stratified? boolean # whether each class gives its share (default: true)
---@field by? string # "given" or "true": the labels that say of which class a sample is (default: "given")
---@field labels? string # "given" (noisy where those are) or "true" (clean): what the samples of the second part have (default: "given")
---@field seed? integer # which samples they are (default: the run's)

---The samples in two parts, drawn at random, each in the order in which they stood: the rest, and the share that is held out. Classes keep their shares as nearly as whole numbers allow. Whether a part to validate with has clean or noisy labels is said by 'labels'.
---@param options? nightjar.Dataset.split.Options
---@return nightjar.Dataset
---@return nightjar.Dataset
function Dataset:split(options) end

---@class nightjar.concat.Options
---@field name? string # what messages call it (default: the names with +)

---The samples of some data sets, one after another. They have the same classes, shapes, label sets and normalisation.
---@param parts nightjar.Dataset[]
---@param options? nightjar.concat.Options
---@return nightjar.Dataset
function data.concat(parts, options) end

---A data set in a file of separated values (RFC 4180): numbers in columns, and the class of each sample as a text in one. Classes that are not named are sorted, whole numbers by value. Errors name line and column.
---@param fields nightjar.CSVFields
---@return nightjar.Dataset
function data.csv(fields) end

---A data set as a folder of images, with a folder for each class; and the file of each sample. Classes are sorted by name, and so are the images of each. Pixels stay bytes; mean and deviation are measured over all. In another size, pixels are means weighted by triangles (bilinear with antialiasing).
---@param fields nightjar.ImagesFields
---@return nightjar.Dataset
---@return string[]
function data.images(fields) end

---A data set of two arrays in NumPy's files: inputs of any shape with the sample first, and labels. Bytes stay bytes, other numbers become float32.
---@param fields nightjar.ArraysFields
---@return nightjar.Dataset
function data.arrays(fields) end

---Loads a data set by name.
---@param name string
---@return nightjar.DataBundle
function data.load(name) end

---The names of the data sets that can be loaded.
---@return string[]
function data.names() end

---A data set of a script's own.
---@param fields nightjar.DatasetFields
---@return nightjar.Dataset
function data.from_tensors(fields) end

---Copies of the averages of the weights, by the paths of the parameters, where the trainer was given 'average'.
---@return table<string, nightjar.Tensor>
function Trainer:averages() end

---Copies of the weights and running statistics that a callback has kept, by path, for model:load, and which epoch they are of.
---@param name? string # as the callback keeps them, for example "test_accuracy"; needed where several are kept
---@return table<string, nightjar.Tensor>
---@return { metric: string, value: number, epoch: integer }
function Trainer:best(name) end

---Brings the parts of a training together.
---@param fields nightjar.TrainerFields
---@return nightjar.Trainer
function nj.trainer(fields) end

---@class nightjar.Trainer.fit.Options
---@field epochs integer # how often all samples are seen
---@field test? nightjar.Dataset # what to test on (default: nil)
---@field validation? nightjar.Dataset # what to choose by: its accuracy is in the column validation_accuracy (default: nil)

---Trains on a data set. Returns one record an epoch and why it ended: "completed", "interrupted" or "stopped".
---@param data nightjar.Dataset # what to train on
---@param options nightjar.Trainer.fit.Options
---@return table<string, number>[]
---@return string
function Trainer:fit(data, options) end

---Records numbers by name in the row of the epoch that is going on, as nj.record does. The second table says how numbers are shown, by name: once is enough.
---@param values table<string, number>
---@param shown? table<string, nightjar.RecordedFields> # as in { gap = { unit = "%", direction = "lower" } }
---@return nil
function Trainer:log(values, shown) end

---Settings of a script: defaults, overridden from the command line with --set name=value. Types are those of the defaults; lists are split at commas. A component may have parameters, rll{alpha=0.45} or loss.alpha=0.45, which nj.losses[cfg.loss] and the other registries take.
---@param defaults table<string, any>
---@return table<string, any>
function nj.config(defaults) end

---The table as text with lines.
---@return string
function ResultTable:text() end

---The table as comma-separated values in full precision.
---@return string
function ResultTable:csv() end

---The table as Markdown.
---@return string
function ResultTable:markdown() end

---The table as LaTeX, with the rules of booktabs.
---@return string
function ResultTable:latex() end

---The numbers: for each setting { cell, runs, metrics }; metrics.j2 has mean, sd, low, high, n and values.
---@return table[]
function ResultTable:rows() end

---A table of results. Statistics are taken over replicates: no number is a mean of runs that differ otherwise.
---@param fields nightjar.TableFields
---@return nightjar.ResultTable
function nj.table(fields) end

---Writes the figure for a paper, by the end of the name as SVG or PDF.
---@param path string
---@return nil
function Figure:save(path) end

---The figure as SVG.
---@return string
function Figure:svg() end

---A figure of runs. Means are taken over replicates; axes that vary and are named nowhere have panels.
---@param fields nightjar.FigureFields
---@return nightjar.Figure
function nj.figure(fields) end

---Everything that was asked for: config.json as a table.
---@return table
function Run:config() end

---Metrics by epoch: the epochs, and for each metric a list of numbers; nan where it is not defined.
---@return table<string, number[]>
function Run:curves() end

---Weights by their paths: the final ones, or those of the epoch that nj.load_run was asked for; "averages" of the same, or those that a callback kept ("best_accuracy").
---@param which? string
---@return table<string, nightjar.Tensor>
function Run:weights(which) end

---The model made again from its name and parameters, with weights as run:weights names them (the final ones).
---@param which? string
---@return nightjar.Layer
function Run:model(which) end

---The loss made again from its name and parameters.
---@return nightjar.Loss
function Run:loss() end

---The model of noise made again from its name and parameters; nil where no model made the labels.
---@return nightjar.Noise?
function Run:noise() end

---The true labels of the training set and those that were given.
---@return nightjar.Tensor
---@return nightjar.Tensor
function Run:labels() end

---The data set with the labels of the run: train has those given, noise included, beside the true ones.
---@return nightjar.DataBundle
function Run:data() end

---What was kept of each training sample at each epoch, as (epochs, samples) arrays by name: prediction, loss, p_given, margin, and what metrics by sample added; nil for a run without a ledger.
---@return table<string, nightjar.Tensor>?
function Run:ledger() end

---What metrics gave at each epoch that is no column, by their names: matrices as (epochs, rows, columns), values by sample as (epochs, samples) where no ledger has them; nan for an epoch without one.
---@return table<string, nightjar.Tensor>
function Run:arrays() end

---The runs on disk that a condition holds for, in the order of their names.
---@param fields? nightjar.RunsFields
---@return nightjar.Run[]
function nj.runs(fields) end

---The epochs whose checkpoints are kept, in order (run --checkpoint-keep, --checkpoint-best).
---@return integer[]
function Run:kept() end

---A run on disk, by the path of its folder, or by its name as nightjar runs list shows it. With an epoch, run:weights and run:model give those of its checkpoint, where the run has kept it.
---@param folder string
---@param fields? nightjar.LoadRunFields
---@return nightjar.Run
function nj.load_run(folder, fields) end

---An experiment: run(cfg) once for each cell of the grid. The script returns it; nightjar run does the rest.
---@param fields nightjar.ExperimentFields
---@return nightjar.Experiment
function nj.experiment(fields) end

---Defines a command: a plugin that provides it under commands gives the command line a word. Parameters are written as --name value.
---@param fields nightjar.CommandFields
---@return fun(parameters?: table<string, any>): nightjar.Command
function nj.command(fields) end

---Defines one of the audit: Whose labels are wrong, from a source of evidence.
---@param fields nightjar.AuditorFields
---@return fun(parameters?: table<string, any>): table
function nj.auditor(fields) end

---Defines one of the detections: How well numbers of each sample find wrong labels.
---@param fields nightjar.DetectionFields
---@return fun(parameters?: table<string, any>): table
function nj.detection(fields) end

---Defines one of the estimators: Numbers of each sample from many models: how one is drawn, what is kept of it, and what all of them say.
---@param fields nightjar.EstimatorFields
---@return fun(parameters?: table<string, any>): table
function nj.estimator(fields) end

---Defines one of the scores: Numbers of each training sample from a run's ledger, or from arrays (epochs, samples) of the same names.
---@param fields nightjar.ScoreFields
---@return fun(parameters?: table<string, any>): table
function nj.score(fields) end

---Defines one of the summaries: Numbers of a whole training, from the records that trainer:fit returns or from a run.
---@param fields nightjar.SummaryFields
---@return fun(parameters?: table<string, any>): table
function nj.summary(fields) end

---Defines one of the suspicions: How suspicious the given label of each sample is, from what is known of it (evidence.lua).
---@param fields nightjar.SuspicionFields
---@return fun(parameters?: table<string, any>): table
function nj.suspicion(fields) end

return nj
