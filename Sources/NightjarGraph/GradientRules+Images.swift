import NightjarTensor

/// The rules of convolution and pooling. Each is linear in what it passes on, and closed: a convolution and its two
/// gradients are each other's gradients, and so are pooling and its opposite.
extension GradientRules {
    func convolution(_ reach: Add) throws {
        let (a, b, g) = (node.a, node.b, gradient)
        let window = ConvolutionWindow(attribute: node.attribute)
        switch node.op {
        case .conv:
            try reach(a) { tape.convInput(g, b, like: tape.shape(a), window) }
            try reach(b) { tape.convWeight(a, g, like: tape.shape(b), window) }
        case .convInput:
            // `a` is the output's gradient, `b` the weights, g has the shape of the images.
            try reach(a) { tape.conv(g, b, to: tape.shape(a), window) }
            try reach(b) { tape.convWeight(g, a, like: tape.shape(b), window) }
        case .convWeight:
            // `a` are the images, `b` is the output's gradient, g has the shape of the weights.
            try reach(a) { tape.convInput(b, g, like: tape.shape(a), window) }
            try reach(b) { tape.conv(a, g, to: tape.shape(b), window) }
        default: throw misplaced()
        }
    }

    func pooling(_ reach: Add) throws {
        let (a, b, g) = (node.a, node.b, gradient)
        switch node.op {
        case .poolMax:
            // Where the largest entry lies is piecewise constant: nothing flows to what decides it.
            try reach(b) { tape.unpool(.unpoolMax, g, of: a, like: tape.shape(a), node.attribute) }
        case .unpoolMax: try reach(b) { tape.pool(.poolMax, g, of: a, to: tape.shape(b), node.attribute) }
        case .poolMean: try reach(a) { tape.unpool(.unpoolMean, g, of: nil, like: tape.shape(a), node.attribute) }
        case .unpoolMean: try reach(a) { tape.pool(.poolMean, g, of: nil, to: tape.shape(a), node.attribute) }
        default: throw misplaced()
        }
    }
}
