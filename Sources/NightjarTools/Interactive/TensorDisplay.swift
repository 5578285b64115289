import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// How a session shows a tensor: small ones whole; of others shape, type, least, mean and largest number, the first
/// numbers, how they are spread, and a picture where they look like one.
struct TensorDisplay {
    /// Tensors with at most this many elements are shown whole.
    private static let whole = 100
    private static let firstCount = 8
    private static let bars = 24

    private let tensor: Tensor
    private let numbers: NumberSpread

    /// Cost: two passes over the elements.
    /// - Throws: `StopError` where Ctrl-C comes in between.
    init(_ tensor: Tensor) throws {
        self.tensor = tensor
        numbers = try NumberSpread(tensor, bins: TensorDisplay.bars)
    }

    var value: InteractiveValue {
        let picture = TensorPicture(tensor, range: numbers.range)
        guard tensor.count > TensorDisplay.whole else {
            let summary = tensor.count > 4 && tensor.dtype != .bool ? "\n" + summary : ""
            return InteractiveValue(text: TensorText.describe(tensor) + summary, picture: picture)
        }
        var text = "tensor \(tensor.shape) \(tensor.dtype)\n\(summary)\nfirst \(firstNumbers)"
        if let spread { text += "\n\(spread)" }
        return InteractiveValue(text: text, picture: picture)
    }

    /// `min 0, mean 4.884, max 16, 49 % zeros`
    private var summary: String {
        if tensor.dtype == .bool {
            return "\(numbers.count - numbers.zeros) of \(numbers.count) true"
        }
        var parts: [String] = []
        if let range = numbers.range, let mean = numbers.mean {
            parts = [
                "min \(text(range.lowerBound))", "mean \(ProgressText.significant(mean))",
                "max \(text(range.upperBound))",
            ]
        }
        if numbers.zeros > 0, numbers.count > 0 {
            let percent = 100 * Double(numbers.zeros) / Double(numbers.count)
            let count = numbers.zeros == 1 ? "1 zero" : "\(numbers.zeros) zeros"
            parts.append(percent < 1 ? count : "\(Int(percent.rounded())) % zeros")
        }
        if numbers.nans > 0 { parts.append("\(numbers.nans) nan") }
        if numbers.infinities > 0 { parts.append("\(numbers.infinities) infinite") }
        return parts.joined(separator: ", ")
    }

    private func text(_ value: Double) -> String {
        let isWhole = !tensor.dtype.isFloating || abs(value) < 1e7 && value == value.rounded()
        return isWhole ? ScriptText.number(value) : ProgressText.significant(value)
    }

    private var firstNumbers: String {
        let values = (0..<min(TensorDisplay.firstCount, tensor.count)).map(tensor.value(at:))
        let format = NumberFormat(values, dtype: tensor.dtype)
        return "{" + values.map(format.text).joined(separator: ", ") + ", ...}"
    }

    /// `-3.2 ▁▂▅█▅▂▁ 3.1`: how many numbers lie in each part of the range.
    private var spread: String? {
        guard tensor.dtype != .bool, let range = numbers.range, let most = numbers.histogram.max(), most > 0 else {
            return nil
        }
        let blocks = Array("▁▂▃▄▅▆▇█")
        let bars = numbers.histogram.map { count -> Character in
            guard count > 0 else { return " " }
            let level = (Double(count) / Double(most) * Double(blocks.count)).rounded(.up)
            return blocks[min(blocks.count, max(1, Int(level))) - 1]
        }
        return "\(text(range.lowerBound)) \(String(bars)) \(text(range.upperBound))"
    }
}

/// Range, mean and histogram of a tensor of any size, without a copy of it.
package struct NumberSpread {
    package let count: Int
    package private(set) var zeros = 0
    package private(set) var nans = 0
    package private(set) var infinities = 0
    /// Of the finite numbers; nil when there are none.
    package private(set) var range: ClosedRange<Double>?
    package private(set) var mean: Double?
    /// How many finite numbers lie in each of the equal parts of the range; empty where the range is one number.
    package private(set) var histogram: [Int] = []

    package init(_ tensor: Tensor, bins: Int) throws {
        count = tensor.count
        switch tensor.dtype {
        case .float32: try tensor.withElements(of: Float.self) { try scan($0, bins) { Double($0) } }
        case .float64: try tensor.withElements(of: Double.self) { try scan($0, bins) { $0 } }
        case .int32: try tensor.withElements(of: Int32.self) { try scan($0, bins) { Double($0) } }
        case .uint8, .bool: try tensor.withElements(of: UInt8.self) { try scan($0, bins) { Double($0) } }
        }
    }

    private mutating func scan<E>(_ elements: UnsafeMutableBufferPointer<E>, _ bins: Int, _ number: (E) -> Double)
        throws
    {
        var (low, high, sum, finite) = (Double.infinity, -Double.infinity, 0.0, 0)
        for part in stride(from: 0, to: elements.count, by: 1 << 20) {
            try StopSignal.check()
            for element in elements[part..<min(elements.count, part + 1 << 20)] {
                let value = number(element)
                guard value.isFinite else {
                    if value.isNaN { nans += 1 } else { infinities += 1 }
                    continue
                }
                if value == 0 { zeros += 1 }
                (low, high, sum, finite) = (min(low, value), max(high, value), sum + value, finite + 1)
            }
        }
        guard finite > 0 else { return }
        range = low...high
        mean = sum / Double(finite)
        guard low < high, (high - low).isFinite else { return }
        var counts = [Int](repeating: 0, count: bins)
        let scale = Double(bins) / (high - low)
        for part in stride(from: 0, to: elements.count, by: 1 << 20) {
            try StopSignal.check()
            for element in elements[part..<min(elements.count, part + 1 << 20)] {
                let value = number(element)
                guard value.isFinite else { continue }
                counts[min(bins - 1, max(0, Int((value - low) * scale)))] += 1
            }
        }
        histogram = counts
    }
}
