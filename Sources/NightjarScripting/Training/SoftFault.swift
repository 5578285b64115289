import NightjarGraph
import NightjarTensor

/// What is wrong with labels that are no classes: the same words wherever they come in, counted as scripts count.
extension Tensor {
    /// The first row, along the last dimension, that holds no probabilities. Rows may be off by what float32 rounds,
    /// whatever their type: they may have been float32 before.
    /// - Parameter zerosAreLeftOut: whether rows of zeros stand for no label.
    func softFault(zerosAreLeftOut: Bool = false) -> String? {
        let width = shape.last
        guard width > 0 else { return nil }
        for row in 0..<count / width {
            var total = 0.0
            for index in row * width..<(row + 1) * width {
                let number = value(at: index)
                guard number >= 0, number <= 2 else {
                    return
                        "soft label \(ScriptText.number(number)) at position \(shape.place(of: index)) is no probability"
                }
                total += number
            }
            guard abs(total - 1) <= 1e-5 || zerosAreLeftOut && total == 0 else {
                let rows = (try? Shape(shape.dimensions.dropLast())) ?? shape
                // What the type rounds is not what is wrong.
                let shown = ScriptText.number((total * 1e6).rounded() / 1e6)
                return "soft labels at position \(rows.place(of: row)) sum to \(shown), not to 1"
            }
        }
        return nil
    }

    /// What is wrong with the label at a row-major position, which is from 0 to 1; nil where nothing is.
    func binaryFault(at index: Int) -> String? {
        let number = value(at: index)
        guard !(0...1).contains(number) else { return nil }
        return "label \(ScriptText.number(number)) at position \(shape.place(of: index)) is not from 0 to 1"
    }
}
