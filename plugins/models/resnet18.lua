-- 11,175,370 parameters with one channel and ten classes; 11,173,962 with three and the stem for small images.
return require "resnet.lua" {
  name = "resnet18", doc = "He et al. 2016, 18 layers, with the 7x7 stem or one for small images.",
  blocks = { 2, 2, 2, 2 }, channels = 1, stem = "imagenet",
}
