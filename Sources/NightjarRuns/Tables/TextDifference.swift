// In what two texts differ, line by line.

import Foundation

/// The lines that one text has and another has not, in order.
public struct TextDifference: Sendable, Equatable {
    public enum Change: Sendable, Equatable {
        /// A line of the old text that is gone; its number counts from 1.
        case removed(line: Int, String)
        /// A line of the new text that is new.
        case added(line: Int, String)
    }

    public let changes: [Change]

    /// Compares by the longest common subsequence of lines (Myers 1986, as Foundation's difference of collections does it).
    public init(from old: String, to new: String) {
        let (before, after) = (TextDifference.lines(old), TextDifference.lines(new))
        changes = after.difference(from: before).map { change in
            switch change {
            case .remove(let offset, let line, _): .removed(line: offset + 1, line)
            case .insert(let offset, let line, _): .added(line: offset + 1, line)
            }
        }.sorted { TextDifference.order($0) < TextDifference.order($1) }
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static func order(_ change: Change) -> (Int, Int) {
        switch change {
        case .removed(let line, _): (line, 0)
        case .added(let line, _): (line, 1)
        }
    }

    /// For people: `- 12: rate = 0.1` and `+ 12: rate = 0.2`, at most so many lines, then how many more there are.
    public func text(most: Int = 10) -> String {
        var lines = changes.prefix(most).map { change in
            switch change {
            case .removed(let line, let text): "- \(line): \(text)"
            case .added(let line, let text): "+ \(line): \(text)"
            }
        }
        if changes.count > most { lines.append("... and \(changes.count - most) more lines") }
        return lines.joined(separator: "\n")
    }
}
