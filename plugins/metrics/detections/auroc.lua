return require "../detection.lua" {
  name = "auroc", doc = "Area under the receiver's curve of finding wrong labels, equal scores by mid-ranks.",
}
