import NightjarGraph
import NightjarTensor

/// Rows that one launch computes together: a region, or a matrix product with the region that runs on its tiles.
///
/// The domain is a shape, cut after `split` dimensions into rows and columns. While a group grows, `splits` holds
/// every cut that all its members agree with.
struct Group {
    /// How a member's value extends over the domain.
    enum Extent: Equatable {
        case full
        /// One value for each row of the domain.
        case rows
    }

    var domain: Shape
    /// Bit s: cutting after s dimensions suits all members.
    var splits: UInt16
    /// Members in recording order.
    var members: [Int] = []
    /// Instructions of the members, about; see ``PlanGraph/weight``.
    var weight = 0
    /// What is in registers: values of members that are not results of a reduction over rows or over everything.
    var extents: [Int: Extent] = [:]
    /// Members that are reductions over rows or over everything: known when the launch is over.
    var accumulated: Set<Int> = []
    /// The matrix product whose tiles the region runs on.
    var product: Int?
    /// Groups that must run before.
    var after: Set<Int> = []
    var isFallible = false
    /// The domain is the operand of a reduction with its dimensions in another order.
    var isPermuted = false
    /// Reductions along a row: a tile then spans whole rows.
    var needsWholeRows = false

    /// The cut that is used: the first that suits all.
    var split: Int { splits.trailingZeroBitCount }

    static func allSplits(_ domain: Shape) -> UInt16 { (1 << UInt16(max(domain.rank, 1))) - 1 }

    /// Cuts s such that the dimensions from s on are exactly `axes`, dimensions of extent 1 counting as either.
    static func splits(_ domain: Shape, trailing axes: UInt8) -> UInt16 {
        var result: UInt16 = 0
        for split in 0..<max(domain.rank, 1) {
            let fits = (0..<domain.rank).allSatisfy { axis in
                domain[axis] == 1 || (axes & (1 << UInt8(axis)) != 0) == (axis >= split)
            }
            if fits { result |= 1 << UInt16(split) }
        }
        return result
    }

    /// Cuts for which a view with these element strides over the domain can be loaded: the columns must be one run.
    static func splits(_ domain: Shape, strides: [Int]) -> UInt16 {
        var result: UInt16 = 0
        for split in (0..<max(domain.rank, 1)).reversed() {
            guard View.columnStride(domain, strides, from: split) != nil else { break }
            result |= 1 << UInt16(split)
        }
        return result
    }
}

/// A dense tensor seen through strides, over the dimensions of a domain.
struct View {
    var base: Int
    var strides: [Int]
    var offset = 0

    /// The one stride that walks all dimensions from `split` on in order, or nil if there is none.
    static func columnStride(_ domain: Shape, _ strides: [Int], from split: Int) -> Int? {
        var step: Int?
        var expected = 0
        for axis in (split..<domain.rank).reversed() where domain[axis] != 1 {
            if step == nil {
                step = strides[axis]
                expected = strides[axis] * domain[axis]
            } else if strides[axis] == expected {
                expected *= domain[axis]
            } else {
                return nil
            }
        }
        return step ?? 0
    }
}
