return require "cifar_resnet.lua" (44)
