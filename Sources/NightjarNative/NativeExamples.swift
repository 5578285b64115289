import CNative
import NightjarTensor

/// Inputs that an operation is tried with: of the shapes that its library names, or of some of our own.
extension NativeOperation {
    /// The shapes of all inputs, as often as there are examples that the shape rule takes.
    public var exampleShapes: [[Shape]] {
        var examples: [[Shape]] = []
        var shapes = [nightjar_shape](repeating: nightjar_shape(), count: Int(NIGHTJAR_MAX_INPUTS))
        var number: Int32 = 0
        while nj_native_example(description, number, &shapes) {
            number += 1
            guard let list = try? shapes.prefix(inputs.count).map({ try Shape($0) }),
                (try? resultShape(list, attributes: standards)) != nil
            else { continue }
            examples.append(list)
        }
        return examples
    }

    /// Tensors of these shapes with elements as the inputs take them; the same every time.
    /// - Parameter dtype: of the floating ones.
    /// - Throws: `TensorError` where there is not enough memory.
    public func example(_ shapes: [Shape], dtype: DType) throws -> [Tensor] {
        var state: UInt64 = 20
        return try zip(inputs.indices, shapes).map { index, shape in
            let tensor = try Tensor(uninitialized: shape, dtype: inputs[index].dtype ?? dtype)
            nj_native_draw(
                tensor.pointer, Int64(tensor.count), nj_native_input(description, Int32(truncatingIfNeeded: index)),
                dtype == .float64, &state)
            return tensor
        }
    }

    /// An example with so many rows that several tiles are made of them; nil where it is not cut into rows.
    public var manyRows: [Shape]? {
        guard let first = exampleShapes.first(where: { shapes in shapes.allSatisfy { $0.count > 0 } }),
            let row = inputs.firstIndex(where: { $0.rowRank != nil }), description.pointee.output_row_rank >= 0
        else { return nil }
        // The first of the dimensions that count rows.
        guard first[row].rank > (inputs[row].rowRank ?? 0) else { return nil }
        let many = try? zip(inputs, first).map { input, shape in
            guard input.rowRank != nil else { return shape }
            var dimensions = shape.dimensions
            dimensions[0] = 20_000
            return try Shape(dimensions)
        }
        guard let many, (try? resultShape(many, attributes: standards)) != nil else { return nil }
        return many
    }
}
