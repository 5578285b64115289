/// A count that a user gave: of classes, of epochs, of entries, a width, a position.
///
/// What comes from a script, a file or a setting may be negative, have a fraction, be no number, or be so large that
/// adding one ends the process. It becomes a count here, within bounds that its reader names, and what is done with counts
/// is checked.
public struct Count: Hashable, Comparable, Sendable {
    public let value: Int

    /// - Parameters:
    ///   - what: as messages call it: "the number of classes".
    ///   - range: what makes sense; by default up to the largest extent of a tensor.
    /// - Throws: ``TensorError`` that names the bound that is broken.
    public init(_ value: Int, _ what: @autoclosure () -> String, in range: ClosedRange<Int> = 0...Int(Int32.max)) throws
    {
        guard range.contains(value) else {
            let bound = value < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
            throw TensorError("\(what()) must be \(bound), got \(value)")
        }
        self.value = value
    }

    /// A count from a number with a point: it must be whole.
    public init(
        _ value: Double, _ what: @autoclosure () -> String, in range: ClosedRange<Int> = 0...Int(Int32.max)
    ) throws {
        guard let whole = Int(exactly: value) else {
            // Past 2^63 a number is whole, and only too large.
            guard value == value.rounded(.towardZero), value.isFinite else {
                throw TensorError("\(what()) must be a whole number, got \(value)")
            }
            let bound = value < 0 ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
            throw TensorError("\(what()) must be \(bound), got \(value)")
        }
        try self.init(whole, what(), in: range)
    }

    /// - Throws: ``TensorError`` where the result is past the largest integer.
    public static func + (left: Count, right: Count) throws -> Count {
        let (sum, overflow) = left.value.addingReportingOverflow(right.value)
        guard !overflow else { throw TensorError("\(left.value) + \(right.value) is too large for a count") }
        return Count(unchecked: sum)
    }

    /// - Throws: ``TensorError`` where the result is past the largest integer.
    public static func * (left: Count, right: Count) throws -> Count {
        let (product, overflow) = left.value.multipliedReportingOverflow(by: right.value)
        guard !overflow else { throw TensorError("\(left.value) * \(right.value) is too large for a count") }
        return Count(unchecked: product)
    }

    public static func < (left: Count, right: Count) -> Bool { left.value < right.value }

    private init(unchecked value: Int) { self.value = value }
}
