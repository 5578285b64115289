return require "../detection.lua" {
  name = "average_precision", doc = "Average precision of finding wrong labels.",
}
