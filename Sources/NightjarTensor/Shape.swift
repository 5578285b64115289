/// The extent of a tensor along each of its dimensions.
///
/// A shape has between 0 (a single number) and ``maxRank`` dimensions. A dimension may be 0, which makes the tensor
/// empty. Shapes are values of fixed size: copying one allocates nothing, comparing two costs a few instructions.
/// Dimensions count from 0 here; scripts count from 1, and only the binding table knows both.
public struct Shape: Hashable, Sendable {
    /// The largest number of dimensions.
    public static let maxRank = 8
    /// The largest number of elements: byte counts of every type stay far from overflow.
    public static let maxCount = 1 << 40

    /// The extents; entries past ``rank`` are 0.
    public let extents: SIMD8<Int32>
    /// The number of dimensions.
    public let rank: Int

    /// A shape of known-good extents. Callers guarantee that entries past `rank` are 0 and that the product is in range.
    @inlinable public init(uncheckedExtents extents: SIMD8<Int32>, rank: Int) {
        self.extents = extents
        self.rank = rank
    }

    /// Checks and builds a shape.
    /// - Throws: ``TensorError`` when there are too many dimensions, a negative one, or too many elements.
    public init(_ dimensions: [Int]) throws {
        guard dimensions.count <= Shape.maxRank else {
            throw TensorError("a tensor has at most \(Shape.maxRank) dimensions, got \(dimensions.count)")
        }
        var extents = SIMD8<Int32>(repeating: 0)
        var count = 1
        for (index, dimension) in dimensions.enumerated() {
            guard dimension >= 0 else {
                throw TensorError("a dimension cannot be negative, got \(dimension) in (\(Shape.list(dimensions)))")
            }
            guard let extent = Int32(exactly: dimension) else {
                throw TensorError("dimension \(dimension) is too large: at most \(Int32.max)")
            }
            extents[index] = extent
            let (product, overflow) = count.multipliedReportingOverflow(by: max(dimension, 1))
            guard !overflow, product <= Shape.maxCount else {
                throw TensorError("a tensor of shape (\(Shape.list(dimensions))) has too many elements: at most 2^40")
            }
            count = product
        }
        self.init(uncheckedExtents: extents, rank: dimensions.count)
    }

    /// The shape of a single number.
    public static let scalar = Shape(uncheckedExtents: SIMD8(repeating: 0), rank: 0)

    /// The extent of dimension `index`, 0 <= `index` < `rank`.
    @inlinable public subscript(index: Int) -> Int { Int(extents[index]) }

    /// The number of elements; 1 for rank 0.
    @inlinable public var count: Int {
        var product = 1
        for index in 0..<rank { product *= Int(extents[index]) }
        return product
    }

    /// The extents as an array.
    public var dimensions: [Int] { (0..<rank).map { Int(extents[$0]) } }

    /// The last extent, or 1 for rank 0.
    @inlinable public var last: Int { rank == 0 ? 1 : Int(extents[rank - 1]) }

    /// Element strides of the dense row-major layout.
    public var strides: [Int] {
        var result = [Int](repeating: 1, count: rank)
        var step = 1
        for index in (0..<rank).reversed() {
            result[index] = step
            step *= self[index]
        }
        return result
    }

    static func list(_ dimensions: [Int]) -> String {
        dimensions.map(String.init).joined(separator: ", ")
    }
}

extension Shape: CustomStringConvertible {
    /// As messages show it: `(128, 10)`, `(5)`, `()`.
    public var description: String { "(\(Shape.list(dimensions)))" }
}
