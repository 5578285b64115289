return require "cifar_resnet.lua" (32)
