-- What other tools call something, and what is written here instead: the one place that messages about unknown names
-- ask before they look for the nearest name.
--
--   { "kind, another kind", "name another_name", "reason", "code" }
--
-- The message is "reason: write code" without the name that the code gives to its value, and the code works: a test
-- runs each with a tensor x, labels y, a model, a loss, an optimizer, a schedule, a trainer and a data set, data; what
-- is "given" goes to nj.trainer. Kinds are the words of messages: "tensor", "nj.nn", "data set"; "parameter of
-- optimizer" is what an optimizer is made with. A code of nil means that the reason says it all.

local elsewhere = {}

local grad = 'local g = nj.grad(function(x) return x:square():sum() end, x)'
local fit = 'trainer:fit(data, { epochs = 1 })'
local in_training = 'model:forward(x, { training = true, seed = 1 })'
local by_class = 'local given = { loss = nj.weighted(nj.losses.cce {}, { classes = { 1, 5 } }) }'
local by_sample = 'local given = { loss = nj.weighted(nj.losses.cce {}, { samples = nj.ones(2) }) }'
local clip = 'local given = { clip = { norm = 1 } }'

elsewhere.rows = {
  -- Gradients
  { "tensor", "backward grad requires_grad requires_grad_ retain_grad is_leaf grad_fn zero_grad autograd",
    "tensors keep no gradients, a function has one", grad },
  { "nj", "autograd backward value_and_grads", "gradients are of functions", grad },
  { "nj", "no_grad inference_mode enable_grad set_grad_enabled",
    "nothing is recorded for gradients outside nj.grad and trainers, and detach cuts inside",
    'local cut = x:detach()' },
  { "loss", "backward", "a trainer takes the gradient of its loss, and nj.grad that of a function",
    'local g = nj.grad(function(x) return loss(x, y):mean() end, x)' },
  { "loss", "item", "a loss gives one value a sample when it is called with tensors",
    'local number = loss(x, y):mean():item()' },
  { "loss", "reduction size_average", "a loss gives one value a sample, and the trainer takes their mean",
    'local value = loss(x, y):mean()' },
  { "optimizer", "zero_grad minimize apply_gradients", "a trainer steps, and keeps no gradients between steps",
    fit },
  { "optimizer", "param_groups add_param_group", "parameters with settings of their own are the trainer's",
    'local given = { groups = { { match = "bias$", weight_decay = 0 } } }' },
  { "optimizer, layer, trainer", "load_state_dict load_state", "weights are loaded by their paths",
    'model:load(model:state())' },
  { "layer, trainer", "state_dict save_state get_weights named_buffers", "a table of tensors by path",
    'local values = model:state()' },
  { "optimizer, schedule", "state_dict", "a run keeps it in its checkpoints; the weights are",
    'local values = model:state()' },
  { "schedule", "step get_last_lr get_lr last_epoch", "a schedule is a function of the epoch, and the trainer calls it",
    'local rate = schedule(1)' },
  -- Models and layers
  { "layer", "eval", "a layer evaluates unless it is told to train", 'local logits = model:forward(x)' },
  { "layer", "train", "training is asked for in the call, or done by a trainer", in_training },
  { "layer", "training", "training is asked for in the call", in_training },
  { "layer", "fit compile", "a trainer trains it", fit },
  { "layer", "named_parameters weight bias weights trainable_variables variables",
    "copies of the parameters are in a table by path", 'local values = model:parameters()' },
  { "layer", "modules named_modules children named_children layers add append add_module register_buffer apply",
    "print shows the layers; a model of layers is made from a list",
    'local both = nj.nn.sequential { nj.nn.linear(2, 3), nj.nn.relu() }' },
  { "layer", "summary", "print shows layers, shapes and counts", 'print(model)' },
  { "layer", "num_parameters count_params numel", "the number of parameters has a name of its own",
    'local count = model:parameter_count()' },
  { "layer", "reset_parameters init", "values are drawn from a seed", 'model:initialize(1)' },
  { "layer", "zero_grad requires_grad_ freeze", "no gradients are kept; what is to stay has a group of its own",
    'local given = { groups = { { match = "layers.1.*", freeze = true } } }' },
  { "layer", "load_weights set_weights", "weights are loaded by their paths", 'model:load(model:state())' },
  { "layer", "save save_weights", "tensors are saved by path, as nj.save(\"weights.safetensors\", model:state())",
    'local values = model:state()' },
  { "layer, tensor", "cuda cpu", "everything runs on the processor: leave it out" },
  { "layer, tensor", "to_device device", "everything runs on the processor: leave it out" },
  { "nj", "cuda device backends mps", "everything runs on the processor: leave it out" },
  { "layer", "to half bfloat16 float double", "a layer takes its element type when it is made",
    'local layer = nj.nn.linear(2, 3, { dtype = "float64" })' },
  -- Tensors
  { "tensor", "long", "labels are int32", 'local labels = y:to("int32")' },
  { "tensor", "short char byte bool half bfloat16 type astype", "element types have names",
    'local converted = x:to("float64")' },
  { "tensor", "numpy tolist data", "Lua numbers are in tables", 'local numbers = x:totable()' },
  { "tensor", "ndim dim ndimension", "the number of dimensions is a method", 'local count = x:rank()' },
  { "tensor", "len nelement", "", 'local count = x:numel()' },
  { "tensor", "clone", "", 'local same = x:copy()' },
  { "tensor", "contiguous is_contiguous", "tensors have no strides that a script sees: leave it out" },
  { "tensor", "T mT", "", 'local turned = x:t()' },
  { "tensor", "add_ sub_ mul_ div_ zero_ fill_ clamp_ copy_ relu_ normal_ uniform_",
    "a tensor does not change, so there is no name with _", 'local y2 = x:add(1)' },
  { "tensor, nj", "concat concatenate hstack vstack", "", 'local joined = nj.cat({ x, x }, 1)' },
  { "tensor", "amax", "", 'local largest = x:max(-1)' },
  { "tensor", "amin", "", 'local smallest = x:min(-1)' },
  { "tensor", "expand_as view_as reshape_as", "", 'local wide = x:expand(x:shape())' },
  { "tensor", "select index_select take", "", 'local rows = x:index(1, y)' },
  { "tensor, nj", "bmm", "", 'local product = x:matmul(x:transpose(-1, -2))' },
  { "nj", "from_numpy as_tensor Tensor FloatTensor array", "", 'local t = nj.tensor({ 1, 2 })' },
  { "nj", "LongTensor IntTensor", "", 'local t = nj.tensor({ 1, 2 }, { dtype = "int32" })' },
  { "nj", "float32 float64 int32 int64 long uint8", "an element type is a text",
    'local t = nj.zeros({ 2 }, { dtype = "float32" })' },
  { "nj", "empty", "", 'local t = nj.zeros(2)' },
  { "nj", "seed set_seed random", "", 'nj.manual_seed(1)' },
  { "nj", "normal uniform", "", 'local t = nj.randn(2)' },
  -- Modules
  { "nj", "Linear Dense linear Conv2d ReLU Module Sequential sequential dropout Dropout functional F",
    "layers are in nj.nn", 'local layer = nj.nn.linear(2, 3)' },
  { "nj.nn", "Linear Dense dense fc", "", 'local layer = nj.nn.linear(2, 3)' },
  { "nj.nn", "Conv2d Conv2D conv", "", 'local layer = nj.nn.conv2d(2, 3, 3)' },
  { "nj.nn", "ReLU Relu", "", 'local layer = nj.nn.relu()' },
  { "nj.nn", "GELU", "", 'local layer = nj.nn.gelu()' },
  { "nj.nn", "BatchNorm1d BatchNorm2d BatchNorm batchnorm", "", 'local layer = nj.nn.batch_norm(2)' },
  { "nj.nn", "LayerNorm layernorm", "", 'local layer = nj.nn.layer_norm(2)' },
  { "nj.nn", "GroupNorm", "", 'local layer = nj.nn.group_norm(2, 4)' },
  { "nj.nn", "MaxPool2d MaxPool2D maxpool", "", 'local layer = nj.nn.max_pool2d(2)' },
  { "nj.nn", "AvgPool2d AdaptiveAvgPool2d", "", 'local layer = nj.nn.global_avg_pool2d()' },
  { "nj.nn", "Dropout", "", 'local layer = nj.nn.dropout(0.5)' },
  { "nj.nn", "Flatten", "", 'local layer = nj.nn.flatten()' },
  { "nj.nn", "Identity", "", 'local layer = nj.nn.identity()' },
  { "nj.nn", "Sequential", "", 'local both = nj.nn.sequential { nj.nn.linear(2, 3), nj.nn.relu() }' },
  { "nj.nn", "Module", "a layer of one's own is defined",
    'local mine = nj.layer { name = "mine", forward = function(self, x) return x * 2 end }' },
  { "nj.nn", "Softmax softmax LogSoftmax log_softmax", "losses take logits; probabilities are a method",
    'local probabilities = x:softmax(-1)' },
  { "nj.nn", "functional F init utils Parameter", "functions are methods of tensors", 'local y2 = x:relu()' },
  { "nj, nj.nn, nj.losses", "cross_entropy CrossEntropyLoss crossentropy ce NLLLoss nll_loss categorical_crossentropy",
    "losses take logits, and labels from 1", 'local value = nj.losses.cce {} (x, y)' },
  { "nj, nj.nn, nj.losses", "MSELoss mse_loss", "", 'local value = nj.losses.mse {} (x, y)' },
  { "nj, nj.nn, nj.losses", "L1Loss l1_loss", "", 'local value = nj.losses.mae {} (x, y)' },
  { "nj, nj.optim", "SGD", "", 'local optimizer = nj.optim.sgd { momentum = 0.9 }' },
  { "nj, nj.optim", "Adam", "", 'local optimizer = nj.optim.adam {}' },
  { "nj, nj.optim", "AdamW", "", 'local optimizer = nj.optim.adamw {}' },
  { "nj, nj.optim", "RMSprop RMSProp", "", 'local optimizer = nj.optim.rmsprop {}' },
  { "nj.optim", "lr_scheduler", "schedules are in nj.schedules",
    'local schedule = nj.schedules.cosine { base = 0.1, epochs = 10 }' },
  { "nj, nj.optim, nj.schedules", "CosineAnnealingLR", "",
    'local schedule = nj.schedules.cosine { base = 0.1, epochs = 10 }' },
  { "nj, nj.optim, nj.schedules", "StepLR MultiStepLR", "",
    'local schedule = nj.schedules.step { base = 0.1, drops = { 10, 20 } }' },
  { "nj, nj.optim, nj.schedules", "ReduceLROnPlateau", "", 'local schedule = nj.schedules.plateau { base = 0.1 }' },
  { "nj, nj.callbacks", "EarlyStopping", "", 'local callback = nj.callbacks.early_stopping { patience = 5 }' },
  { "nj.callbacks", "ModelCheckpoint checkpoint", "", 'local callback = nj.callbacks.best_weights {}' },
  { "nj", "datasets", "data sets have names or files", 'local data = nj.data.load("digits")' },
  { "nj", "utils DataLoader Dataset TensorDataset",
    "a data set goes to the trainer, which makes the batches",
    'local set = nj.data.from_tensors { inputs = x, labels = y, classes = 2 }' },
  { "nj.data", "DataLoader loader Dataset TensorDataset", "a data set goes to the trainer, which makes the batches",
    'local set = nj.data.from_tensors { inputs = x, labels = y, classes = 2 }' },
  { "field of an experiment", "axes sweep space search_space parameters variables", "what varies is the grid",
    'local e = nj.experiment { name = "a", grid = { { "seed", { 1, 2 } } }, run = function(cfg) end }' },
  { "field of an experiment", "config params hyperparameters defaults options", "what stays the same is in settings",
    'local e = nj.experiment { name = "a", settings = { epochs = 2 }, run = function(cfg) end }' },
  { "field of an experiment", "main train fn func body", "what a cell does is the function run",
    'local e = nj.experiment { name = "a", run = function(cfg) end }' },
  { "global", "torch np numpy tf", "the library is nj", 'local t = nj.zeros(2)' },
  { "global", "optim F", "they are in nj", 'local optimizer = nj.optim.sgd {}' },
  { "global", "len", "", 'local count = #{ 1, 2 }' },
  { "global", "range", "", 'for i = 1, 10 do print(i) end' },
  { "global", "str", "", 'local text = tostring(1)' },
  { "global", "int", "", 'local whole = math.tointeger(2.0)' },
  { "global", "float", "", 'local number = tonumber("1")' },
  { "global", "None null", "nothing is nil", 'local nothing = nil' },
  { "global", "True", "", 'local yes = true' },
  { "global", "False", "", 'local no = false' },
  { "global", "self", "methods that use self are defined with a colon, or have it as their first parameter" },
  -- Data
  { "data set", "loader batches dataloader DataLoader batch", "the trainer makes the batches", fit },
  { "data set", "shape size", "", 'local shape = data:inputs():shape()' },
  { "data set", "len length", "", 'local count = data:count()' },
  { "data set", "targets y", "", 'local labels = data:labels()' },
  { "data set", "data x images features", "", 'local inputs = data:inputs()' },
  { "data set", "subset take head", "", 'local some = data:first(1)' },
  { "data set", "shuffle", "a trainer shuffles in every epoch", fit },
  { "data", "loader batches dataloader labels inputs count",
    "it has the parts train and test, which are data sets", 'local set = nj.data.load("digits").train' },
  { "random stream", "rand random", "", 'local t = nj.random_stream(1):uniform(2)' },
  { "random stream", "randn", "", 'local t = nj.random_stream(1):normal(2)' },
  { "random stream", "randint", "", 'local t = nj.random_stream(1):integers(2, 1, 6)' },
  { "random stream", "randperm shuffle", "", 'local t = nj.random_stream(1):permutation(2)' },
  -- Trainers
  { "trainer", "train run", "", fit },
  { "trainer", "evaluate test validate eval", "the records of fit have what it measures",
    'local records = trainer:fit(data, { epochs = 1, test = data })' },
  { "trainer", "predict", "the model predicts", 'local logits = trainer.model:predict(x)' },
  { "trainer", "parameters state weights", "they are the model's", 'local values = trainer.model:state()' },
  { "trainer", "save", "the model's are saved, as nj.save(\"weights.safetensors\", trainer.model:state())",
    'local values = trainer.model:state()' },
  { "trainer", "history", "fit returns the records", 'local records = trainer:fit(data, { epochs = 1 })' },
  { "nj.trainer", "class_weight class_weights weights", "weigh the loss", by_class },
  { "nj.trainer", "sample_weight sample_weights", "weigh the loss", by_sample },
  { "nj.trainer", "momentum weight_decay", "it is the optimizer's",
    'local given = { optimizer = nj.optim.sgd { momentum = 0.9, weight_decay = 1e-4 } }' },
  { "nj.trainer", "ema", "", 'local given = { average = nj.ema { decay = 0.999 } }' },
  { "nj.trainer", "lr", "", 'local given = { learning_rate = 0.1 }' },
  { "nj.trainer", "early_stopping", "",
    'local given = { callbacks = { nj.callbacks.early_stopping { patience = 5 } } }' },
  { "nj.trainer", "lr_scheduler scheduler", "",
    'local given = { schedule = nj.schedules.cosine { base = 0.1, epochs = 100 } }' },
  { "nj.trainer", "max_norm clip_norm", "", clip },
  { "nj.trainer", "clip_value", "", 'local given = { clip = { value = 0.5 } }' },
  { "nj.trainer", "criterion", "", 'local given = { loss = nj.losses.cce {} }' },
  { "nj.trainer", "epochs", "it is said to fit", fit },
  { "nj.trainer", "data train_data dataset dataloader", "it is said to fit", fit },
  { "trainer:fit", "batch_size learning_rate lr callbacks",
    "it is the trainer's, as in nj.trainer { batch_size = 128 }" },
  { "trainer:fit", "validation validation_data val_data", "",
    'local records = trainer:fit(data, { epochs = 1, test = data })' },
  { "parameter of optimizer", "lr learning_rate", "the rate is the trainer's",
    'local given = { learning_rate = 0.1 }' },
  { "parameter of optimizer", "params parameters model", "the trainer brings the model",
    'local optimizer = nj.optim.sgd {}' },
  { "parameter of optimizer", "betas", "each has a name",
    'local optimizer = nj.optim.adam { beta1 = 0.9, beta2 = 0.999 }' },
  { "parameter of loss", "weight", "weigh the loss", by_class },
}

-- By kind and name, what messages say.
local known = {}

for _, row in ipairs(elsewhere.rows) do
  local reason, code = row[3], row[4]
  local shown = code and code:gsub("^local given = { (.*) }$", "%1"):gsub("^local [%w_]+ = ", "")
  local text = shown == nil and reason or (reason ~= "" and reason .. ": " or "") .. "write " .. shown
  for kind in row[1]:gmatch("[^,%s][^,]*") do
    known[kind] = known[kind] or {}
    for name in row[2]:gmatch("%S+") do
      known[kind][name] = known[kind][name] or text
    end
  end
end

--- What is written here instead of a name that an object of this kind does not have, or nil.
function elsewhere.advice(kind, name)
  return known[kind] and known[kind][name]
end

return elsewhere
