-- nj.model and nj.models: a model by name and parameters.
local part = ...
local declare = part "declare" "Models and layers"
local definitions = part "definitions"

local known_fields, required = declare.fields("nightjar.ModelFields", "What nj.model takes.", {
  { "name", "string", "what messages and files call the model" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "build", "function", "build(self) returns a layer", annotation = "fun(self: table): nightjar.Layer" },
  { "torch_names", "function", "torch_names(self) returns the names of PyTorch's modules for the layers with "
    .. "parameters, in their order, for nj.torch_state and nj.load_torch; a dense layer behind flattened maps is "
    .. "{ \"fc1\", maps = { height, width, channels } }", optional = true,
    annotation = "fun(self: table): (string|table)[]" },
})

local kind = {
  word = "model", maker = "model", registry = "models", class = "nightjar.Layer", doc = "Models",
  fields = known_fields, required = required, axis = "model", scaffold = "model", explained = true,
}

local models = {}

function models.is_layer(value)
  return type(value) == "userdata" and not nj.is_tensor(value)
end

-- What came in place of a layer, as messages say it.
function models.kind_of(value)
  local word = definitions.kind(value)
  if word then
    return word .. "'s definition: call it with its parameters, for example nj.models.mlp { inputs = 64 }"
  end
  return nj.is_tensor(value) and "tensor" or type(value)
end

local Parameters = {}

function Parameters.__index(self, field)
  return definitions.unknown_field(self, field)
end

-- What build returns is the model: parameters exist only while it is built.
function kind.make(definition, values)
  local parameters = definitions.object(Parameters, definition, values)
  local model = definition.build(parameters)
  if model == nil then
    error(definitions.place_of(definition.build) .. ": build of " .. definition.owner
      .. " returned nothing: did it forget 'return'?", 0)
  elseif not models.is_layer(model) then
    error(definitions.place_of(definition.build) .. ": build of " .. definition.owner
      .. " must return a layer, it returned a " .. models.kind_of(model), 0)
  end
  part "torch".note(model, definition, parameters)
  native.name_model(model, definition.name, part "record".of(parameters))
  return model
end

declare.call("nj.model", {
  doc = "Defines a model. What comes back is called with values for its parameters.",
  parameters = { { "fields", "nightjar.ModelFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Layer",
  example = [[
local probe = nj.model {
  name = "probe",
  params = { inputs = { type = "integer" }, classes = { type = "integer" } },
  build = function(self) return nj.nn.linear(self.inputs, self.classes) end,
}
probe { inputs = 4, classes = 3 }:parameter_count() --> 15]],
})

part "kinds".declare(kind, declare)

return models
