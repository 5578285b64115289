import NightjarTensor

/// A label that names no class: one sentence, the same in every operation and every loss, counted as scripts count.
public struct LabelFault: Error, Equatable, Sendable {
    /// As a script wrote it, from 1.
    public let label: Double
    /// Where it stands in the tensor of labels, from 0; row-major.
    public let index: Int
    /// The shape of the labels.
    public let shape: Shape
    /// How many classes there are; nil where only whole numbers are asked for.
    public let classes: Int?

    public init(label: Double, index: Int, shape: Shape, classes: Int?) {
        self.label = label
        self.index = index
        self.shape = shape
        self.classes = classes
    }

    public var message: String {
        let range = classes.map { "labels go from 1 to \($0)" }
        let place = "at position \(shape.place(of: index))"
        guard let whole = Int(exactly: label) else {
            // In the digits that the element type has.
            let text = label.isNaN ? "nan" : Double(Float(label)) == label ? "\(Float(label))" : "\(label)"
            return "label \(text) \(place) is no whole number: "
                + (range ?? "labels are whole numbers from 1 to the number of classes")
        }
        return "label \(whole) \(place) is out of range: "
            + (range ?? "labels go from 1 to the number of classes")
            + (whole == 0 ? " (labels that start at 0? In scripts they start at 1: add 1)" : "")
    }
}

extension Shape {
    /// A position, row-major from 0, as scripts count: `4`, or `(2, 3)` where there are several dimensions.
    public func place(of index: Int) -> String {
        guard rank > 1 else { return "\(index + 1)" }
        var rest = index
        var coordinates: [Int] = []
        for axis in (0..<rank).reversed() {
            coordinates.insert(rest % max(self[axis], 1) + 1, at: 0)
            rest /= max(self[axis], 1)
        }
        return "(" + coordinates.map(String.init).joined(separator: ", ") + ")"
    }
}
