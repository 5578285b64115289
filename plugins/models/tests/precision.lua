-- float32 against float64 through a residual network of 3x3 convolutions, whose float32 products are Winograd's.
--
-- With a smooth activation, every gradient is within 1e-4 of float64's. With rectifiers some number always lies so
-- close to zero that it falls on the other side in float32: that alone moves gradients by up to a few hundredths of
-- their largest entry, with plain sums of products as well (measured: 3e-3 to 3e-2, smooth 1e-5).
local nj = require "nightjar"
local test = require "nightjar.test"

local function network(dtype)
  local function conv(inputs, outputs)
    return nj.nn.conv2d(inputs, outputs, 3, { padding = 1, bias = false, dtype = dtype })
  end
  local layers = { conv(3, 16), nj.nn.batch_norm(16, { dtype = dtype }), nj.nn.silu() }
  for _ = 1, 3 do
    layers[#layers + 1] = nj.nn.residual(nj.nn.sequential {
      conv(16, 16), nj.nn.batch_norm(16, { dtype = dtype }), nj.nn.silu(),
      conv(16, 16), nj.nn.batch_norm(16, { dtype = dtype }),
    })
    layers[#layers + 1] = nj.nn.silu()
  end
  layers[#layers + 1] = nj.nn.global_avg_pool2d()
  layers[#layers + 1] = nj.nn.linear(16, 10, { dtype = dtype })
  return nj.nn.sequential(layers)
end

local function gradients(seed, dtype)
  local model = network(dtype)
  model:initialize(seed)
  local inputs = nj.randn(4, 24, 24, 3, { seed = seed, dtype = "float64" }):to(dtype)
  local labels = nj.tensor({ 1, 2, 3, 4 }, { dtype = "int32" })
  return nj.value_and_grad(function(net)
    return -nj.mean(nj.log_softmax(net:forward(inputs, { training = true }), 2):pick(labels))
  end, model)
end

test("float32 gradients of a smooth residual network are those of float64", function(t)
  for seed = 1, 4 do
    local value, exact = gradients(seed, "float64")
    local single, near = gradients(seed, "float32")
    t.near(single:item(), value:item(), 1e-5)
    local largest = 0
    for _, gradient in pairs(exact) do
      largest = math.max(largest, nj.max(nj.abs(gradient)):item())
    end
    for name, gradient in pairs(exact) do
      local error = nj.max(nj.abs(near[name]:to("float64") - gradient)):item()
      local scale = math.max(nj.max(nj.abs(gradient)):item(), 1e-3 * largest)
      t.ok(error <= 1e-4 * scale, ("%s, seed %d: %g of %g"):format(name, seed, error, scale))
    end
  end
end)
