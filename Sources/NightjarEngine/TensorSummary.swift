import NightjarTensor

/// What the numbers of a tensor are like, for messages.
public struct TensorSummary: Sendable {
    public let shape: Shape
    public let dtype: DType
    public let nanCount: Int
    public let infinityCount: Int
    /// Position of the first number that is not finite, counted from 0 in memory order; nil when all are.
    public let firstBad: Int?
    /// Of the finite numbers; nil when there are none.
    public let range: ClosedRange<Double>?
    public let mean: Double?
    public let zeroCount: Int

    public init(_ tensor: Tensor) {
        shape = tensor.shape
        dtype = tensor.dtype
        var (nans, infinities, zeros, count) = (0, 0, 0, 0)
        var first: Int?
        var (low, high, sum) = (Double.infinity, -Double.infinity, 0.0)
        for (index, value) in tensor.values.enumerated() {
            guard value.isFinite else {
                if value.isNaN { nans += 1 } else { infinities += 1 }
                if first == nil { first = index }
                continue
            }
            count += 1
            if value == 0 { zeros += 1 }
            (low, high, sum) = (min(low, value), max(high, value), sum + value)
        }
        (nanCount, infinityCount, zeroCount, firstBad) = (nans, infinities, zeros, first)
        range = count > 0 ? low...high : nil
        mean = count > 0 ? sum / Double(count) : nil
    }

    /// `(128) float32: 0 to 0.98, mean 0.12, 3 zeros`
    var text: String {
        var parts: [String] = []
        if let range { parts.append("\(number(range.lowerBound)) to \(number(range.upperBound))") }
        if let mean { parts.append("mean \(number(mean))") }
        if zeroCount > 0 { parts.append("\(zeroCount) \(zeroCount == 1 ? "zero" : "zeros")") }
        if nanCount > 0 { parts.append("\(nanCount) nan") }
        if infinityCount > 0 { parts.append("\(infinityCount) \(infinityCount == 1 ? "infinity" : "infinities")") }
        return "\(shape) \(dtype): " + (parts.isEmpty ? "empty" : parts.joined(separator: ", "))
    }

    /// Position of the first number that is not finite, from 1 in each dimension, as scripts count.
    var firstBadPosition: String? {
        guard var rest = firstBad else { return nil }
        var position: [Int] = []
        for stride in shape.strides {
            position.append(stride > 0 ? rest / stride + 1 : 1)
            if stride > 0 { rest %= stride }
        }
        return position.isEmpty ? nil : "[" + position.map(String.init).joined(separator: "][") + "]"
    }

    private func number(_ value: Double) -> String {
        let rounded = dtype == .float32 ? "\(Float(value))" : "\(value)"
        return rounded.hasSuffix(".0") ? String(rounded.dropLast(2)) : rounded
    }
}

extension Tensor {
    /// Whether no number is NaN or infinite.
    var isFinite: Bool {
        switch dtype {
        case .float32: (try? withElements(of: Float.self) { $0.allSatisfy(\.isFinite) }) ?? true
        case .float64: (try? withElements(of: Double.self) { $0.allSatisfy(\.isFinite) }) ?? true
        default: true
        }
    }
}
