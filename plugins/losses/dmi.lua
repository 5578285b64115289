local nj = require "nightjar"

-- Xu et al., "L_DMI: a novel information-theoretic loss function for training deep nets robust to label noise",
-- NeurIPS 2019, equation 10: U = E' P over the batch, with E the labels one-hot and P the predictions. The matrix is
-- not divided by the number of samples, as in the authors' code. Start from a model trained with cross-entropy, at
-- rates about 1e-6: far from a good model the gradient, U^-1, has no bound.
return nj.loss {
  name = "dmi",
  doc = "Minus the logarithm of the determinant of the joint matrix of labels and predictions over the batch.",
  params = {
    floor = { default = 1e-3, min = 1e-12, max = 1, doc = "what is added to the determinant" },
    samples = {
      default = 4, type = "integer", min = 0,
      doc = "batches with fewer samples a class are left out: no gradient",
    },
  },
  reduction = "batch",
  example = { samples = 0 },
  soft = true,
  forward = function(self, logits, labels)
    local rows, classes = logits:size(1), logits:size(-1)
    if rows < self.samples * classes then
      return (logits * 0):sum()
    end
    local given = labels:rank() == 2 and labels or labels:one_hot(classes, { dtype = logits:dtype() })
    local joint = given:matmul(logits:softmax(), { transpose_a = true })
    -- A batch that lacks a class has the determinant 0, and no gradient.
    local _, size = nj.slogdet(joint:detach())
    local regular = size:isfinite()
    local eye = nj.eye(classes, { dtype = logits:dtype() })
    local _, log_size = nj.slogdet(nj.where(regular:expand(classes, classes), joint, eye))
    -- log(|det| + floor), of the logarithm of |det|.
    local floor = math.log(self.floor)
    local largest = log_size:detach():maximum(floor)
    local total = largest + ((log_size - largest):exp() + (floor - largest):exp()):log()
    return -nj.where(regular, total, floor)
  end,
}
