/// A version as plugins write it: up to three whole numbers with points between, `1`, `1.2` or `1.2.3`.
public struct PluginVersion: Comparable, Sendable, CustomStringConvertible {
    let numbers: [Int]

    /// Nil for what is no version. What follows a `-` or `+` (`1.2.0-beta`) is not compared.
    public init?(_ text: String) {
        let core = text.prefix { $0 != "-" && $0 != "+" }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.allSatisfy(\.isASCIIDigit) && part.count < 10 ? Int(part) : nil
        }
        guard (1...3).contains(parts.count), numbers.count == parts.count else { return nil }
        self.numbers = numbers + Array(repeating: 0, count: 3 - numbers.count)
    }

    public static func < (one: PluginVersion, other: PluginVersion) -> Bool {
        one.numbers.lexicographicallyPrecedes(other.numbers)
    }

    public var description: String { numbers.map(String.init).joined(separator: ".") }
}

/// Conditions on a version, all of which must hold: `>= 1.0`, `>= 1.2, < 2`, `== 1.4`; a version alone means it or a later
/// one with the same first number. Existing ranges stay true for later releases, since nobody lists releases.
package struct VersionRange: CustomStringConvertible {
    private enum Sign: String, CaseIterable {
        // Longer signs first: each is looked for at the front.
        case atLeast = ">="
        case atMost = "<="
        case equal = "=="
        case above = ">"
        case below = "<"
    }
    private let conditions: [(sign: Sign, version: PluginVersion)]
    package let description: String

    /// Nil for what is no range.
    package init?(_ text: String) {
        description = text
        var conditions: [(Sign, PluginVersion)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let condition = part.trimmed
            if let sign = Sign.allCases.first(where: { condition.hasPrefix($0.rawValue) }) {
                guard let version = PluginVersion(condition.dropFirst(sign.rawValue.count).trimmed) else { return nil }
                conditions.append((sign, version))
            } else {
                guard let version = PluginVersion(condition), let next = PluginVersion("\(version.numbers[0] + 1)")
                else { return nil }
                conditions += [(.atLeast, version), (.below, next)]
            }
        }
        guard !conditions.isEmpty else { return nil }
        self.conditions = conditions
    }

    /// How a version stands to the range.
    package enum Verdict: Equatable { case fits, tooOld, tooNew }

    package func verdict(on version: PluginVersion) -> Verdict {
        for (sign, bound) in conditions {
            switch sign {
            case .atLeast where version < bound: return .tooOld
            case .above where version <= bound: return .tooOld
            case .atMost where version > bound: return .tooNew
            case .below where version >= bound: return .tooNew
            case .equal where version != bound: return version < bound ? .tooOld : .tooNew
            default: continue
            }
        }
        return .fits
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

extension String {
    fileprivate var trimmed: String { self[...].trimmed }
}
