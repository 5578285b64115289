import NightjarGraph
import NightjarTensor

/// Sums over samples that are joined together, and how they lie in the bytes that travel: wide entries first, so that
/// all are aligned, and an entry at the end that says how many processes have failed.
package struct JoinLayout {
    package enum Kind {
        case float32
        case float64
        /// Whole numbers, as float64, which holds their sums.
        case whole
        /// Mean and sum of squared deviations of so many values a sample.
        case moments(values: Int)
        /// The number of processes in which something failed.
        case failures

        var width: Int {
            switch self {
            case .float32: 4
            case .float64, .whole, .failures: 8
            case .moments: 16
            }
        }
    }

    struct Item {
        let kind: Kind
        /// The sum's row; nil for the failures.
        let row: Int?
        /// Entries.
        let count: Int
        fileprivate(set) var first = 0
        fileprivate(set) var offset = 0
    }

    private(set) var items: [Item]
    private(set) var count = 0
    private(set) var byteCount = 0

    package init(_ sums: [(row: Int, kind: Kind, count: Int)]) {
        items =
            sums.map { Item(kind: $0.kind, row: $0.row, count: $0.count) } + [Item(kind: .failures, row: nil, count: 1)]
        // Stable: among equals the order stays.
        let order = items.indices.sorted { (-items[$0].kind.width, $0) < (-items[$1].kind.width, $1) }
        items = order.map { items[$0] }
        for index in items.indices {
            items[index].first = count
            items[index].offset = byteCount
            count += items[index].count
            byteCount += items[index].count * items[index].kind.width
        }
    }

    /// Where an entry begins.
    func offset(of entry: Int) -> Int {
        for item in items where entry < item.first + item.count {
            return item.offset + (entry - item.first) * item.kind.width
        }
        return byteCount
    }

    /// Where the number of failures lies.
    var failuresOffset: Int {
        items.first { if case .failures = $0.kind { true } else { false } }?.offset ?? 0
    }

    /// Adds what two subtrees give: the result is a function of both and of their order.
    /// - Parameters:
    ///   - result: may be either of the two.
    ///   - entries: which of them.
    ///   - samples: how many samples each subtree has. One that has none gives nothing.
    func combine(
        _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, into result: UnsafeMutableRawPointer,
        entries: Range<Int>, samples: (left: Int, right: Int)
    ) {
        for item in items {
            let range = entries.clamped(to: item.first..<item.first + item.count)
            guard !range.isEmpty else { continue }
            let offset = item.offset + (range.lowerBound - item.first) * item.kind.width
            let (one, other, sum) = (left + offset, right + offset, result + offset)
            if case .failures = item.kind {
                JoinLayout.add(one, other, sum, range.count, as: Double.self)
                continue
            }
            guard samples.left > 0, samples.right > 0 else {
                let from = samples.left > 0 ? one : other
                if from != UnsafeRawPointer(sum) {
                    sum.copyMemory(from: from, byteCount: range.count * item.kind.width)
                }
                continue
            }
            switch item.kind {
            case .float32: JoinLayout.add(one, other, sum, range.count, as: Float.self)
            case .float64, .whole, .failures: JoinLayout.add(one, other, sum, range.count, as: Double.self)
            case .moments(let values):
                JoinLayout.join(
                    one, other, sum, range.count, Double(samples.left * values), Double(samples.right * values))
            }
        }
    }

    private static func add<Number: BinaryFloatingPoint>(
        _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ result: UnsafeMutableRawPointer, _ count: Int,
        as type: Number.Type
    ) {
        let one = left.assumingMemoryBound(to: Number.self)
        let other = right.assumingMemoryBound(to: Number.self)
        let sum = result.assumingMemoryBound(to: Number.self)
        for index in 0..<count { sum[index] = one[index] + other[index] }
    }

    /// Means and sums of squared deviations of two sets of values: Chan, Golub and LeVeque 1979.
    private static func join(
        _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ result: UnsafeMutableRawPointer, _ count: Int,
        _ leftValues: Double, _ rightValues: Double
    ) {
        let one = left.assumingMemoryBound(to: Double.self)
        let other = right.assumingMemoryBound(to: Double.self)
        let sum = result.assumingMemoryBound(to: Double.self)
        let share = rightValues / (leftValues + rightValues)
        for index in stride(from: 0, to: 2 * count, by: 2) {
            let difference = other[index] - one[index]
            let mean = one[index] + difference * share
            let spread = one[index + 1] + other[index + 1] + difference * difference * (leftValues * share)
            sum[index] = mean
            sum[index + 1] = spread
        }
    }

    // MARK: Tensors

    /// Writes a shard's shares, which come in the order of ``Segment/exports``, moments as two tensors.
    func pack(_ shares: [Int: [Tensor]], into bytes: UnsafeMutableRawPointer) {
        for item in items {
            let target = bytes + item.offset
            guard let row = item.row, let tensors = shares[row], let first = tensors.first else {
                target.initializeMemory(as: UInt8.self, repeating: 0, count: item.count * item.kind.width)
                continue
            }
            switch item.kind {
            case .float32, .float64, .failures:
                target.copyMemory(from: first.pointer, byteCount: item.count * item.kind.width)
            case .whole:
                let numbers = target.assumingMemoryBound(to: Double.self)
                for index in 0..<item.count { numbers[index] = first.value(at: index) }
            case .moments:
                let numbers = target.assumingMemoryBound(to: Double.self)
                for (part, tensor) in tensors.prefix(2).enumerated() {
                    let values = tensor.pointer.assumingMemoryBound(to: Double.self)
                    for index in 0..<item.count { numbers[2 * index + part] = values[index] }
                }
            }
        }
    }

    /// Writes one sum into a tensor.
    /// - Parameter part: of moments: 0 the mean, 1 the spread.
    /// - Throws: ``EngineError`` for a sum of whole numbers that int32 does not hold.
    func unpack(_ item: Item, part: Int, from bytes: UnsafeRawPointer, into tensor: Tensor) throws {
        let source = bytes + item.offset
        switch item.kind {
        case .float32, .float64, .failures:
            tensor.pointer.copyMemory(from: source, byteCount: item.count * item.kind.width)
        case .whole:
            let numbers = source.assumingMemoryBound(to: Double.self)
            try tensor.withElements(of: Int32.self) { elements in
                for index in elements.indices {
                    guard let whole = Int32(exactly: numbers[index]) else {
                        throw EngineError("the sum over the batch is \(Int(numbers[index])), which int32 does not hold")
                    }
                    elements[index] = whole
                }
            }
        case .moments:
            let numbers = source.assumingMemoryBound(to: Double.self)
            let values = tensor.pointer.assumingMemoryBound(to: Double.self)
            for index in 0..<item.count { values[index] = numbers[2 * index + part] }
        }
    }
}
