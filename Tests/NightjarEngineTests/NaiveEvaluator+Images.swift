import NightjarGraph
import NightjarTensor

/// Convolution and pooling by their definitions: loops over windows and taps.
extension NaiveEvaluator {
    func image(_ row: Node) -> [Double] {
        switch row.op {
        case .conv, .convInput, .convWeight: convolution(row)
        default: pooling(row)
        }
    }

    private func convolution(_ row: Node) -> [Double] {
        let (a, b) = (tape.shape(row.a), tape.shape(row.b))
        let images = row.op == .convInput ? row.shape : a
        let weights = row.op == .convWeight ? row.shape : b
        let output = row.op == .conv ? row.shape : row.op == .convInput ? a : b
        let window = ConvolutionWindow(attribute: row.attribute)
        var result = [Double](repeating: 0, count: row.shape.count)
        let filters = weights[3] / window.groups
        for at in (0..<output.count).map({ Self.coordinates($0, output) }) {
            for tap in (0..<(weights[0] * weights[1] * weights[2])) {
                let (i, j, c) = (tap / (weights[1] * weights[2]), tap / weights[2] % weights[1], tap % weights[2])
                let y = at[1] * window.stride.0 - window.padding.0 + i * window.dilation.0
                let x = at[2] * window.stride.1 - window.padding.1 + j * window.dilation.1
                guard (0..<images[1]).contains(y), (0..<images[2]).contains(x) else { continue }
                let image = [at[0], y, x, at[3] / filters * weights[2] + c]
                let weight = [i, j, c, at[3]]
                switch row.op {
                case .conv: result[Self.offset(at, output)] += read(row.a, image) * read(row.b, weight)
                case .convInput: result[Self.offset(image, images)] += read(row.a, at) * read(row.b, weight)
                default: result[Self.offset(weight, weights)] += read(row.a, image) * read(row.b, at)
                }
            }
        }
        return result
    }

    private func pooling(_ row: Node) -> [Double] {
        let isForward = row.op == .poolMax || row.op == .poolMean
        let images = isForward ? tape.shape(row.a) : row.shape
        let output = isForward ? row.shape : tape.shape(row.op == .unpoolMax ? row.b : row.a)
        let window = PoolingWindow(attribute: row.attribute)
        var result = [Double](repeating: 0, count: row.shape.count)
        for at in (0..<output.count).map({ Self.coordinates($0, output) }) {
            var places: [[Int]] = []
            for i in 0..<window.kernel.0 {
                for j in 0..<window.kernel.1 {
                    let place = [
                        at[0], at[1] * window.stride.0 - window.padding.0 + i,
                        at[2] * window.stride.1 - window.padding.1 + j, at[3],
                    ]
                    guard (0..<images[1]).contains(place[1]), (0..<images[2]).contains(place[2]) else { continue }
                    places.append(place)
                }
            }
            let count = Double(window.countsPadding ? window.kernel.0 * window.kernel.1 : places.count)
            switch row.op {
            case .poolMax, .unpoolMax:
                guard let first = places.first else { continue }
                let best = places.reduce(first) { read(row.a, $1) > read(row.a, $0) ? $1 : $0 }
                if isForward {
                    result[Self.offset(at, output)] = read(row.b, best)
                } else {
                    result[Self.offset(best, images)] += read(row.b, at)
                }
            case .poolMean:
                result[Self.offset(at, output)] = places.reduce(0) { $0 + read(row.a, $1) } / count
            default:
                for place in places { result[Self.offset(place, images)] += read(row.a, at) / count }
            }
        }
        return result
    }
}
