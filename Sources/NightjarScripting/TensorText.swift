import NightjarTensor

/// How `print` shows a tensor: its numbers, cut in the middle where there are many, its shape and its element type.
enum TensorText {
    /// Along each dimension at most twice this many entries are shown.
    private static let edge = 3
    /// Tensors with at most this many elements are shown whole.
    private static let whole = 100

    static func describe(_ tensor: Tensor) -> String {
        let caption = "tensor \(tensor.shape) \(tensor.dtype)"
        if tensor.count == 0 { return caption + ", empty" }
        let format = NumberFormat(sample(tensor), dtype: tensor.dtype)
        if tensor.shape.rank == 0 { return "tensor(\(format.text(tensor.value(at: 0)))) \(tensor.dtype)" }
        var lines = ""
        append(tensor, axis: 0, offset: 0, indent: 0, format: format, to: &lines)
        return lines + "\n" + caption
    }

    private static func indices(_ extent: Int, _ tensor: Tensor) -> [Int?] {
        if tensor.count <= whole || extent <= 2 * edge { return (0..<extent).map { $0 } }
        return (0..<edge).map { $0 } + [nil] + (extent - edge..<extent).map { $0 }
    }

    private static func append(
        _ tensor: Tensor, axis: Int, offset: Int, indent: Int, format: NumberFormat, to text: inout String
    ) {
        let stride = tensor.shape.strides[axis]
        let isLast = axis == tensor.shape.rank - 1
        text += "{"
        for (number, index) in indices(tensor.shape[axis], tensor).enumerated() {
            if number > 0 {
                text += isLast ? ", " : "," + String(repeating: "\n", count: tensor.shape.rank - axis - 1)
                if !isLast { text += String(repeating: " ", count: indent + 1) }
            }
            guard let index else {
                text += "..."
                continue
            }
            if isLast {
                text += format.text(tensor.value(at: offset + index))
            } else {
                append(
                    tensor, axis: axis + 1, offset: offset + index * stride, indent: indent + 1, format: format,
                    to: &text)
            }
        }
        text += "}"
    }

    private static func sample(_ tensor: Tensor) -> [Double] {
        let step = max(1, tensor.count / 1000)
        return stride(from: 0, to: tensor.count, by: step).map(tensor.value(at:))
    }
}

/// One width and one number of digits for a whole tensor.
struct NumberFormat {
    private enum Style { case whole, fixed, scientific, mask }
    private let style: Style

    init(_ sample: [Double], dtype: DType) {
        if dtype == .bool {
            style = .mask
        } else if !dtype.isFloating {
            style = .whole
        } else {
            let finite = sample.filter(\.isFinite).map(abs)
            let largest = finite.max() ?? 0
            let smallest = finite.filter { $0 > 0 }.min() ?? 1
            if finite.allSatisfy({ $0 == $0.rounded() }) && largest < 1e6 {
                style = .whole
            } else {
                style = largest >= 1e6 || smallest < 1e-4 && largest < 1e-2 ? .scientific : .fixed
            }
        }
    }

    func text(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value > 0 ? "inf" : "-inf" }
        switch style {
        case .mask: return value != 0 ? "true" : "false"
        case .whole where value == value.rounded() && abs(value) < 1e15: return String(Int(value))
        case .whole, .fixed: return NumberFormat.fixed(value, 4)
        case .scientific: return NumberFormat.scientific(value)
        }
    }

    /// `digits` places after the point, without the C library and its locales.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9e15 else { return "\(value)" }
        let number = Int(scaled)
        let fraction = String(number % Int(scale))
        let padded = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
        return (value < 0 && number != 0 ? "-" : "") + "\(number / Int(scale)).\(padded)"
    }

    static func scientific(_ value: Double) -> String {
        if value == 0 { return "0" }
        var exponent = 0
        var mantissa = abs(value)
        while mantissa >= 10 { mantissa /= 10; exponent += 1 }
        while mantissa < 1 { mantissa *= 10; exponent -= 1 }
        return (value < 0 ? "-" : "") + fixed(mantissa, 4) + "e\(exponent)"
    }
}
