import NightjarTensor

/// How `print` shows a tensor: its numbers in aligned columns, cut in the middle where there are many, its shape and
/// its element type. The rules are NumPy's: more than 1000 elements are cut to three at each end of a dimension, lines
/// are at most 80 characters wide.
package struct TensorText {
    /// Tensors with at most this many elements are shown whole.
    private static let whole = 1000
    /// Of others, this many at each end of a dimension.
    private static let edge = 3
    private static let lineWidth = 80

    package static func describe(_ tensor: Tensor) -> String {
        let caption = "tensor \(tensor.shape) \(tensor.dtype)"
        if tensor.count == 0 { return caption + ", empty" }
        if tensor.shape.rank == 0 {
            let value = tensor.value(at: 0)
            return "tensor(\(NumberFormat([value], dtype: tensor.dtype).text(value))) \(tensor.dtype)"
        }
        var text = TensorText(tensor)
        text.append(axis: 0, offset: 0)
        return text.lines + "\n" + caption
    }

    private let tensor: Tensor
    /// Positions shown of each dimension; nil stands for what is left out.
    private let shown: [[Int?]]
    private let format: NumberFormat
    private var width = 0
    private var lines = ""

    private init(_ tensor: Tensor) {
        self.tensor = tensor
        let shown: [[Int?]] = tensor.shape.dimensions.map { extent in
            if tensor.count <= TensorText.whole || extent <= 2 * TensorText.edge { return (0..<extent).map { $0 } }
            return (0..<TensorText.edge).map { $0 } + [nil] + (extent - TensorText.edge..<extent).map { $0 }
        }
        var offsets = [0]
        for (axis, stride) in tensor.shape.strides.enumerated() {
            offsets = offsets.flatMap { offset in shown[axis].compactMap { $0.map { offset + $0 * stride } } }
        }
        let values = offsets.map(tensor.value(at:))
        let format = NumberFormat(values, dtype: tensor.dtype)
        self.format = format
        self.shown = shown
        width = values.map { format.text($0).utf8.count }.max() ?? 0
    }

    /// Appends the part of the tensor that begins at `offset` and spans the dimensions from `axis` on.
    private mutating func append(axis: Int, offset: Int) {
        lines += "{"
        let stride = tensor.shape.strides[axis]
        if axis == tensor.shape.rank - 1 {
            appendRow(offset: offset, stride: stride)
        } else {
            for (number, index) in shown[axis].enumerated() {
                // One empty line more for each dimension that ends.
                if number > 0 {
                    let breaks = index == nil || shown[axis][number - 1] == nil ? 1 : tensor.shape.rank - axis - 1
                    lines += "," + String(repeating: "\n", count: breaks) + String(repeating: " ", count: axis + 1)
                }
                if let index {
                    append(axis: axis + 1, offset: offset + index * stride)
                } else {
                    lines += "..."
                }
            }
        }
        lines += "}"
    }

    private mutating func appendRow(offset: Int, stride: Int) {
        let indices = shown[tensor.shape.rank - 1]
        // Every row starts after its braces; longer ones go on under their first number.
        let indent = tensor.shape.rank
        var column = indent
        for (number, index) in indices.enumerated() {
            let text = index.map { padded(format.text(tensor.value(at: offset + $0 * stride))) } ?? "..."
            if number > 0 {
                lines += ","
                // Room for a comma, or for the braces that close.
                if column + 2 + text.utf8.count + indent > TensorText.lineWidth {
                    lines += "\n" + String(repeating: " ", count: indent)
                    column = indent
                } else {
                    lines += " "
                    column += 2
                }
            }
            lines += text
            column += text.utf8.count
        }
    }

    private func padded(_ text: String) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }
}

/// One number of digits for all numbers that are shown together.
package struct NumberFormat {
    private enum Style { case whole, mask, fixed(Int), scientific(Int) }
    private let style: Style
    /// Places after the point at most.
    private static let most = 4

    package init(_ values: [Double], dtype: DType) {
        let finite = values.filter(\.isFinite).map(abs)
        let largest = finite.max() ?? 0
        let smallest = finite.filter { $0 > 0 }.min() ?? 1
        if dtype == .bool {
            style = .mask
        } else if !dtype.isFloating || largest < 1e8 && finite.allSatisfy({ $0 == $0.rounded() }) {
            style = .whole
        } else if largest >= 1e8 || smallest < 1e-4 {
            style = .scientific(finite.map { NumberFormat.places(NumberFormat.parts($0).mantissa) }.max() ?? 0)
        } else {
            style = .fixed(finite.map(NumberFormat.places).max() ?? 0)
        }
    }

    package func text(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value > 0 ? "inf" : "-inf" }
        switch style {
        case .mask: return value != 0 ? "true" : "false"
        case .whole: return NumberFormat.fixed(value, 0)
        case .fixed(let places): return NumberFormat.fixed(value, places)
        case .scientific(let places): return NumberFormat.scientific(value, places)
        }
    }

    /// Places after the point that are not zeros, at most four.
    private static func places(_ value: Double) -> Int {
        let digits = fixed(value, most).reversed().prefix { $0 != "." }
        return most - digits.prefix { $0 == "0" }.count
    }

    /// `digits` places after the point, without the C library and its locales. Values are below 2^53 in size.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        guard let number = Int(exactly: (abs(value) * Double(scale)).rounded()) else { return "\(value)" }
        let sign = value < 0 && number != 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(number)" }
        let fraction = String(number % scale)
        return "\(sign)\(number / scale).\(String(repeating: "0", count: max(0, digits - fraction.count)))\(fraction)"
    }

    /// The mantissa, from 1 to less than 10 once it is rounded to four places, and the exponent.
    private static func parts(_ value: Double) -> (mantissa: Double, exponent: Int) {
        guard value != 0 else { return (0, 0) }
        var (mantissa, exponent) = (abs(value), 0)
        while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return mantissa >= 9.99995 ? (1, exponent + 1) : (mantissa, exponent)
    }

    private static func scientific(_ value: Double, _ digits: Int) -> String {
        let (mantissa, exponent) = parts(value)
        let power = String(abs(exponent))
        let sign = exponent < 0 ? "-" : "+"
        return "\(value < 0 ? "-" : "")\(fixed(mantissa, digits))e\(sign)\(power.count < 2 ? "0" : "")\(power)"
    }
}
