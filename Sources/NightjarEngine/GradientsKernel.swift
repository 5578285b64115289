import CKernels

/// Both gradients of a convolution: the gradient that they are made of is made ready once, not once for each.
final class GradientsKernel: TileKernel {
    private let input, weights: ConvolutionKernel
    private let partialOffset, firstFault: Int

    /// Images that the gradient of weights takes at a time; 0 where it goes with no other.
    static func imagesAtATime(_ weights: ConvolutionKernel) -> Int { Int(nj_conv_images_at_a_time(weights.conv)) }

    /// Nil where the two do not take the same images at a time.
    init?(input: ConvolutionKernel, weights: ConvolutionKernel) {
        guard nj_conv_goes_with(input.conv, weights.conv) else { return nil }
        self.input = input
        self.weights = weights
        partialOffset = (input.partialBytes + 63) / 64 * 64
        firstFault = input.faultCount
        super.init(
            tileCounts: [input.tileCounts[0]] + weights.tileCounts,
            scratchBytes: nj_conv_scratch_bytes_together(input.conv, weights.conv),
            partialBytes: partialOffset + weights.partialBytes, cost: input.cost + weights.cost)
    }

    override var faultCount: Int { firstFault + weights.faultCount }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) {
        if phase == 0 { return input.run(phase: 0, tile: tile, bindings, scratch) }
        bindings.beginning(partials: partialOffset, faults: firstFault) { own in
            if phase == 1 {
                nj_conv_run_together(input.conv, weights.conv, Int64(tile), bindings, own, scratch)
            } else {
                weights.run(phase: 1, tile: tile, own, scratch)
            }
        }
    }

    override func finish(_ bindings: UnsafePointer<nj_bindings>) {
        input.finish(bindings)
        bindings.beginning(partials: partialOffset, faults: firstFault) { weights.finish($0) }
    }
}
