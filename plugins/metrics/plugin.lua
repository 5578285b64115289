return {
  name = "metrics",
  version = "1.1.0",
  api = ">= 1.0",
  provides = {
    metrics = {
      "exact_match.lua", "mean_iou.lua", "accuracy.lua", "ece.lua", "ece_adaptive.lua", "mce.lua", "brier.lua",
      "nll.lua", "entropy.lua", "confident.lua", "given_probability.lua", "margin.lua", "sample_loss.lua",
      "memorization_excess.lua", "generalization_gap.lua", "learnt_transition.lua", "transition_distance.lua",
      "auroc.lua", "average_precision.lua", "precision_at_wrong.lua", "recall_at_precision.lua", "el2n.lua",
      "normalized_margin.lua", "weighted_entropy.lua", "input_gradient.lua", "input_curvature.lua",
      "sensitivity_gini.lua",
      "gradient_norm_of.lua", "critical_sample_ratio.lua", "weight_norm.lua", "distance_from_init.lua", "lid.lua",
      "susceptibility.lua",
    },
    kinds = { "scores.lua", "summaries.lua", "detections.lua" },
    scores = "scores", summaries = "summaries", detections = "detections",
  },
  license = "Apache-2.0",
  description = "Metrics of memorization, calibration, wrong labels and sensitivity, and what records of a run say.",
}
