import NightjarScripting
import Testing

/// The mistakes of somebody's first week, each with its whole message. Line 1 of every script is the require.
@Suite struct BeginnerMistakeTests {
    /// A mistake, the script that makes it, and the message after `script.lua:`.
    struct Mistake: CustomTestStringConvertible, Sendable {
        let what: String
        let script: String
        let message: String
        var testDescription: String { what }

        init(_ what: String, _ script: String, _ message: String) {
            self.what = what
            self.script = script
            self.message = message
        }
    }

    private static let labels = "local labels = nj.tensor({ 1, 2 }, { dtype = \"int32\" })\n"
    private static func lossThat(_ body: String) -> String {
        labels + "local loss = nj.loss { name = \"mine\", forward = function(self, logits, labels)\n  \(body)\nend }\n"
            + "return loss {} (nj.ones(2, 3), labels)"
    }

    static let mistakes: [Mistake] = [
        // Names
        Mistake(
            "a method that is not there", "local t = nj.ones(2)\nreturn t:sofmax()",
            "3: tensors have no method 'sofmax': did you mean 'softmax'?"),
        Mistake("a function that is not there", "return nj.zeroes(2)", "2: nj has no 'zeroes': did you mean 'zeros'?"),
        Mistake(
            "a misspelt variable", "local total = 1\nreturn totl + 1", "3: there is no variable 'totl'"),
        Mistake(
            "assignment to a global", "count = 1",
            "2: 'count' is not declared: write 'local count = ...' (scripts have no global variables)"),
        Mistake(
            "assignment into the library", "function nj.mine() end",
            "2: this table belongs to Nightjar: 'mine' cannot be set in it"),
        Mistake(
            "a misspelt parameter", "return nj.losses.rll { alhpa = 0.1 }",
            "2: loss 'rll' has no parameter 'alhpa': did you mean 'alpha'?\n  parameters are alpha"),
        Mistake(
            "PyTorch's keepdim", "return nj.ones(2, 3):sum(-1, { keepdim = true })",
            "2: 'sum' has no option 'keepdim': write x:sum(1, { keep = true })\n  usage: t:sum([dimensions], [{ keep }])"
        ),
        Mistake(
            "an option without its name", "return nj.ones(2, 3):sum(-1, true)",
            "2: 'sum' takes at most 1 argument, got 2\n  usage: t:sum([dimensions], [{ keep }])\n"
                + "  what stands in braces is given by name, in a table at the end"),
        Mistake(
            "a dtype that is not there", "return nj.zeros({ 2 }, { dtype = \"flaot32\" })",
            "2: there is no dtype \"flaot32\": did you mean \"float32\"?\n  dtypes are \"float32\", \"float64\", \"int32\", "
                + "\"uint8\", \"bool\""),
        Mistake(
            "a data set that is not there", "return nj.data.load(\"digts\")",
            "2: there is no data set 'digts'. Did you mean 'digits'? Known are: cifar10, cifar100, "
                + "cifar100-coarse, digits, emnist-balanced, emnist-byclass, emnist-bymerge, emnist-digits, emnist-letters, "
                + "emnist-mnist, fashion-mnist, kmnist, mnist, svhn, usps"),
        // Colons and calls
        Mistake(
            "'.' instead of ':'", "local t = nj.ones(2, 3)\nreturn t.sum(-1)",
            "3: 'sum' expects a tensor in front, got the number -1\n  a method is called with a colon: "
                + "t:sum([dimensions], [{ keep }])"),
        Mistake(
            "'.' instead of ':' without arguments", "return nj.ones(1).item()",
            "2: 'item' expects a tensor in front, got nothing\n  a method is called with a colon: t:item()"),
        Mistake(
            "'.' instead of ':' on data", "local data = nj.data.load(\"digits\")\nreturn data.train.count()",
            "3: 'count' is called with a colon: data:count()"),
        Mistake(
            "a tensor called like a function", "local t = nj.ones(2)\nreturn t(1)",
            "3: a tensor is not called: methods have a name and a colon, as in t:sum(); to go through its numbers, write "
                + "for i, x in ipairs(t:totable())"),
        Mistake(
            "a loop over a tensor", "for x in nj.ones(2) do print(x) end",
            "2: a tensor is not called: methods have a name and a colon, as in t:sum(); to go through its numbers, write "
                + "for i, x in ipairs(t:totable())"),
        Mistake(
            "a nil field that is called", "local helpers = {}\nreturn helpers.scale(nj.ones(2))",
            "3: attempt to call a nil value (field 'scale')"),
        Mistake(
            "a definition called like the loss", labels + "return nj.losses.cce(nj.ones(2, 3), labels)",
            "3: loss 'cce' is not made yet: call its definition with parameters first, {} for the defaults, and then what "
                + "that returns with tensors"),
        Mistake(
            "a value where a function is to come", "local x = nj.ones(3)\nreturn nj.grad(x:sum(), x)",
            "3: nj.grad expects a function first, got a tensor: hand over the function itself, for example function(x) "
                + "return x:sum() end\n  usage: nj.grad(f, x, ...)"),
        // Comparisons and conditions
        Mistake(
            "comparison with '<'", "local t = nj.ones(2)\nif t < 1 then return t end",
            "3: tensors are not compared with '<' or '>': use a:lt(b), a:gt(b), which give a tensor of true and false"),
        Mistake(
            "comparison with '>='", "return 1 >= nj.ones(2)",
            "2: tensors are not compared with '<=' or '>=': use a:le(b), a:ge(b), which give a tensor of true and false"
        ),
        Mistake(
            "a mask of several as a condition", "local t = nj.ones(2)\nif t:gt(0):item() then return 1 end",
            "3: 'item' needs a tensor of one element, got shape (2): reduce it first, for example with :mean(), or use "
                + ":totable()\n  operand (2) made at script.lua:3 by gt"),
        // Positions
        Mistake(
            "an index in brackets", "local t = nj.ones(2)\nreturn t[1]",
            "3: tensors are not indexed with []: use t:slice({ first, last }) for rows, t:narrow(dimension, first, count), "
                + "or t:totable() for Lua numbers"),
        Mistake(
            "assignment to an element", "local t = nj.ones(2)\nt[1] = 5",
            "3: a tensor does not change: choose with nj.where(mask, a, b), or make a new one with nj.tensor or nj.cat"),
        Mistake(
            "0 as a position", "local t = nj.ones(2, 2)\nreturn t:slice({ 0, 1 })",
            "3: positions count from 1: there is no position 0\n  operand (2, 2) made at script.lua:2 by ones"),
        Mistake(
            "0 as a dimension", "local t = nj.ones(2, 3)\nreturn t:softmax(0)",
            "3: dimensions count from 1 (or from -1, the last, backwards): there is no dimension 0\n  operand (2, 3) made "
                + "at script.lua:2 by ones"),
        Mistake(
            "a dimension too many", "local t = nj.ones(2, 3)\nreturn t:sum(3)",
            "3: there is no dimension 3 in (2, 3), which has 2\n  operand (2, 3) made at script.lua:2 by ones"),
        Mistake(
            "labels that start at 0",
            "local labels = nj.tensor({ 0, 1 }, { dtype = \"int32\" })\nreturn nj.ones(2, 3):pick(labels):totable()",
            "3: label 0 at position 1 is out of range: labels go from 1 to 3 (labels that start at 0? In scripts they start "
                + "at 1: add 1)\n  in what was recorded at script.lua:3"),
        Mistake(
            "a label too large",
            "local labels = nj.tensor({ 1, 4 }, { dtype = \"int32\" })\nreturn nj.ones(2, 3):pick(labels):totable()",
            "3: label 4 at position 2 is out of range: labels go from 1 to 3\n  in what was recorded at script.lua:3"),
        Mistake(
            "labels that are no whole numbers", "local labels = nj.rand(2)\nreturn nj.ones(2, 3):pick(labels)",
            "3: labels must be int32, got float32: convert them with :to(\"int32\")\n  operand (2) made at script.lua:2 by "
                + "rand"),
        Mistake(
            "the length of a tensor", "return #nj.ones(2)",
            "2: a tensor has no '#': use t:size(1) for the first extent, or t:numel()"),
        // Shapes
        Mistake(
            "a column against a row", "local p = nj.ones(4, 1)\nlocal q = nj.ones(4)\nreturn p - q",
            "4: shapes (4, 1) and (4) do not fit for '-': dimensions must be equal or 1, or the smaller shape must equal "
                + "the last dimensions of the larger\n  left operand (4, 1) made at script.lua:2 by ones\n"
                + "  right operand (4) made at script.lua:3 by ones"),
        Mistake(
            "matrices that do not fit", "local a, b = nj.ones(2, 3), nj.ones(2, 3)\nreturn a:matmul(b)",
            "3: 'matmul' does not fit: (2, 3) times (2, 3) needs 3 == 2\n  left operand (2, 3) made at script.lua:2 by ones"
                + "\n  right operand (2, 3) made at script.lua:2 by ones"),
        Mistake(
            "rows of different lengths", "return nj.tensor({ { 1, 2 }, { 3 } })",
            "2: entry [2] has 1 entries where the ones before it have 2"),
        Mistake(
            "tensors in a list", "return nj.tensor({ nj.ones(2), nj.ones(2) })",
            "2: entry [1] is a tensor: join tensors with nj.cat or nj.stack"),
        Mistake(
            "an empty list of dimensions", "return nj.ones(2, 3):sum({})",
            "2: 'sum' got an empty list of dimensions: name one at least, or leave the list out for all of them"),
        Mistake(
            "an empty list of dimensions beside options", "return nj.ones(2, 3):mean({}, { keep = true })",
            "2: 'mean' got an empty list of dimensions: name one at least, or leave the list out for all of them"),
        Mistake(
            "several dimensions for a position", "return nj.ones(2, 3):argmax({ 1, 2 })",
            "2: 'argmax' goes along one dimension: for the position among all entries in row-major order, write "
                + "t:flatten():argmax()"),
        // Types
        Mistake(
            "mixed dtypes", "local a = nj.ones(2)\nlocal b = a:double()\nreturn a + b",
            "4: '+' does not work on float32 and float64: convert one, for example with :to(\"float32\")\n  left operand (2) made at "
                + "script.lua:2 by ones\n  right operand (2) made at script.lua:3 by cast"),
        Mistake(
            "an integer division", "local n = nj.tensor({ 3, 4 }, { dtype = \"int32\" })\nreturn n / 2",
            "3: int32 tensors cannot be divided with '/': a // b rounds down, and a:double() / b:double() keeps fractions\n"
                + "  left operand (2) made at script.lua:2 by tensor\n  right operand is the number 2"),
        Mistake(
            "a mask and a number", "return nj.ones(2):gt(0) & 1",
            "2: 'logical_and' needs two masks, got the number 1\n  operand (2) made at script.lua:2 by gt"),
        Mistake(
            "'//' by a text", "return nj.ones(2) // \"2\"",
            "2: '//' does not work on a float32 tensor of shape (2) and the string \"2\": operands are tensors and numbers"
        ),
        Mistake(
            "'//' of a misspelt variable", "local t = {}\nreturn t.weight // nj.ones(2)",
            "3: '//' does not work on nil and a float32 tensor of shape (2): is a variable misspelt, or did a function "
                + "forget to return?"),
        Mistake(
            "'//' of a mask", "return nj.ones(2):gt(0) // 2",
            "2: '//' does not work on a number and a bool tensor: convert the tensor first, for example with "
                + ":to(\"float32\")\n  operand (2) made at script.lua:2 by gt"),
        Mistake(
            "a bound with a fraction", "local n = nj.tensor({ 5 }, { dtype = \"int32\" })\nreturn n:clamp(0, 2.5)",
            "3: 'clamp' does not work on 2.5 and an int32 tensor: convert the tensor first with :to(\"float32\")\n"
                + "  operand (1) made at script.lua:2 by tensor"),
        Mistake(
            "the norm of a mask", "return nj.ones(2):gt(0):norm()",
            "2: 'norm' needs a float32 or float64 tensor, got bool: convert it first with :to(\"float32\")\n"
                + "  operand (2) made at script.lua:2 by gt"),
        Mistake(
            "counts of labels from 0", "return nj.tensor({ 0, 0 }, { dtype = \"int32\" }):bincount()",
            "2: 'bincount' counts labels from 1, the largest is 0"),
        Mistake("'<<'", "return nj.ones(2) << 2", "2: tensors are not shifted with '<<': use t * 2 ^ n"),
        Mistake("'>>'", "return nj.ones(2) >> 2", "2: tensors are not shifted with '>>': use t // 2 ^ n"),
        Mistake(
            "half added to whole numbers", "local n = nj.tensor({ 3 }, { dtype = \"int32\" })\nreturn n + 0.5",
            "3: '+' does not work on 0.5 and an int32 tensor: convert the tensor first with :to(\"float32\")\n  operand (1) made at "
                + "script.lua:2 by tensor"),
        Mistake(
            "a nil operand", "local batch = {}\nreturn nj.ones(2) + batch.weights",
            "3: '+' does not work on a float32 tensor of shape (2) and nil: is a variable misspelt, or did a function forget to "
                + "return?"),
        Mistake(
            "a string operand", "return nj.ones(2) + \"2x\"",
            "2: '+' does not work on a float32 tensor of shape (2) and the string \"2x\": operands are tensors and numbers"
        ),
        Mistake(
            "the wrong type of an argument", "return nj.ones(2, 3):sum(\"rows\")",
            "2: 'sum' expects a dimension or a list of dimensions for 'dimensions', got the string \"rows\"\n"
                + "  usage: t:sum([dimensions], [{ keep }])"),
        Mistake(
            "the wrong type for a function of the Lua side", "return nj.data.load(3)",
            "2: 'load' expects a string for 'name', got the number 3\n  usage: nj.data.load(name)"),
        Mistake(
            "a tensor joined to a string", "print(\"loss: \" .. nj.ones(1))",
            "2: a tensor is not joined with '..': use tostring(t), t:item(), or nj.cat for tensors"),
        Mistake(
            "math.log of a tensor", "return math.log(nj.ones(2))",
            "2: bad argument #1 to 'log' (number expected, got tensor)\n  of a tensor, write t:log()"),
        Mistake(
            "a tensor where Lua wants a number", "return string.format(\"%.3f\", nj.ones(1))",
            "2: bad argument #2 to 'format' (number expected, got tensor)\n  read the number of a tensor of one element with "
                + "t:item()"),
        // Losses and gradients
        Mistake(
            "a forgotten return", lossThat("local p = logits:softmax():pick(labels)"),
            "3: forward of loss 'mine' returned nothing: did it forget 'return'?"),
        Mistake(
            "a Lua number returned", lossThat("return logits:sum():item()"),
            "3: forward of loss 'mine' returned the number 6.0: it must return a tensor (a Lua number has no gradient; "
                + "leave out :item())"),
        Mistake(
            "the mean returned", lossThat("return -logits:log_softmax():pick(labels):mean()"),
            "3: forward of loss 'mine' must return one value per sample, shape (2), it returned shape (): return one value "
                + "per sample and leave the average to the trainer, or declare reduction = \"batch\"\n  the result () made at "
                + "script.lua:4 by unary minus"),
        Mistake(
            "the gradient of many numbers", "return nj.grad(function(x) return x * x end, nj.ones(3))",
            "2: the function must return a single number to differentiate, got shape (3): reduce it first, for example "
                + "with :mean()\n  operand (3) made at script.lua:2 by '*'"),
        Mistake(
            "the gradient of a Lua number", "return nj.grad(function(x) return x:sum():item() end, nj.ones(3))",
            "2: the function to differentiate must return a tensor, it returned a number (a Lua number has lost its "
                + "history: leave out :item())"),
        Mistake(
            "a released tensor", "local t = nj.ones(2)\nt:release()\nreturn t + 1",
            "4: this tensor was released at script.lua:3: it cannot be used any more"),
        Mistake(
            "a model without weights", "return nj.nn.linear(2, 1):forward(nj.ones(1, 2))",
            "2: model (linear): the weights have no values yet: initialize the model with a seed, or load weights"),
        Mistake(
            "a trainer without a learning rate",
            "return nj.trainer { model = nj.nn.linear(2, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {} }",
            "2: nj.trainer needs 'schedule' or 'learning_rate', for example learning_rate = 0.1"),
        // Values that are almost right
        Mistake(
            "a list that starts at 0", "return nj.tensor({ [0] = 5, 6, 7 })",
            "2: the list has fields besides 1, 2, 3 ...: a tensor is made of lists of numbers, which start at 1 and leave "
                + "none out"),
        Mistake(
            "a row that is nil", "return nj.tensor({ { 1, 2 }, nil, { 3, 4 } })",
            "2: entry [2] is nil: is a variable misspelt, or was an entry left out?"),
        Mistake(
            "a weight below 0", "return nj.choice(3, 5, { weights = nj.tensor({ 1, -1, 0 }) })",
            "2: 'choice' needs weights that are finite and at least 0: weight 2 is -1\n"
                + "  operand (3) made at script.lua:2 by tensor"),
        Mistake(
            "two extents to be found out", "return nj.zeros(6):reshape(-1, -1)",
            "2: cannot reshape (6) to (-1, -1): only one extent may be -1, what is left\n"
                + "  operand (6) made at script.lua:2 by zeros"),
        Mistake(
            "a metric that asks for what no evaluation has",
            "local m = nj.metric { name = \"m\", compute = function(_, e) return e.gradients:max() end }\n"
                + "return m {} { labels = nj.ones(1) }",
            "2: an evaluation has no field 'gradients'\n  fields are epoch, step, kind, classes, model, train, validation, test, "
                + "test_labels, test_predictions, test_keep, labels, true_labels, keep, label_sets, predictions, logits, "
                + "probabilities, losses, indices, inputs"),
        Mistake(
            "entries that are texts", "return nj.schedules.step { drops = { \"2\" } }(3)",
            "2: entry 1 of parameter 'drops' of schedule 'step' must be an integer, got a string"),
        Mistake(
            "half a class", "return nj.noise.uniform {}:apply(nj.tensor({ 1, 2 }), { classes = 2.5, seed = 1 })",
            "2: 'classes' of apply of noise model 'uniform' must be an integer, got 2.5"),
        Mistake(
            "a layer in brackets", "return nj.nn.linear(2, 3)[1]",
            "2: a layer is not indexed with []: print(model) shows its layers by their paths, and model:parameters() has "
                + "copies of what is in them"),
        Mistake(
            "a method of a layer that is not there", "return nj.nn.linear(2, 3):predct(nj.ones(2))",
            "2: a layer has no 'predct': did you mean 'predict'?"),
        Mistake(
            "a way of drawing that is not there", "return nj.random_stream(1):unifrom(2)",
            "2: a stream of random numbers has no 'unifrom': did you mean 'uniform'?"),
        // What PyTorch has
        Mistake(
            "PyTorch's backward", "return nj.ones(2):sum():backward()",
            "2: tensors have no method 'backward': tensors keep no gradients, a function has one: write nj.grad(function(x) "
                + "return x:square():sum() end, x)"),
        Mistake(
            "PyTorch's eval", "return nj.nn.linear(2, 3):eval()",
            "2: a layer has no 'eval': a layer evaluates unless it is told to train: write model:forward(x)"),
        Mistake(
            "torch itself", "return torch.zeros(2)",
            "2: there is no variable 'torch': the library is nj: write nj.zeros(2)"),
        Mistake(
            "PyTorch's learning rate", "return nj.optim.sgd { lr = 0.1 }",
            "2: optimizer 'sgd' has no parameter 'lr': the rate is the trainer's: write learning_rate = 0.1"),
        // What other languages write
        Mistake(
            "'+='", "local x = 1\nx += 1",
            "3: syntax error near '+'\n"
                + "  a value alone is no statement, and Lua has no += and the like: write x = x + 1, or return the value"
        ),
        Mistake(
            "'!='", "local x = 1\nif x != 1 then return 1 end",
            "3: 'then' expected near '!'\n  'not equal' is written ~= in Lua"),
        Mistake(
            "'&&'", "local x = true\nif x && x then return 1 end",
            "3: unexpected symbol near '&'\n  Lua writes 'and' and 'or'; masks have & and |"),
    ]

    @Test(arguments: mistakes) func isAnsweredInFull(_ mistake: Mistake) throws {
        #expect(try failure(mistake.script) == "script.lua:" + mistake.message)
    }

    /// What Lua gives no chance to catch does not raise; docs/from-pytorch.md says so.
    @Test func aTensorAsAConditionIsAlwaysTrue() throws {
        let script = """
            local mask = nj.zeros(2):gt(0)
            local taken = 0
            if mask then taken = taken + 1 end
            return taken, not mask, mask == true, mask and 1 or 2
            """
        #expect(try numbers(script) == [1, 0, 0, 1])
    }
}
