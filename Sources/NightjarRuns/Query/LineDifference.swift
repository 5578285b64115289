// In what two texts differ, line by line.

/// A unified diff, as `diff -u` writes it: `-` lines of the first text, `+` lines of the second, three lines around.
enum LineDifference {
    private enum Line { case both(Int, Int), removed(Int), added(Int) }

    /// Texts with more lines than this are compared as wholes: the time grows with the differences times the lines.
    private static let mostLines = 20_000

    /// Nothing for equal texts.
    static func unified(_ old: String, _ new: String, around: Int = 3) -> String {
        guard old != new else { return "" }
        let (old, new) = (lines(old), lines(new))
        guard old.count + new.count <= mostLines else {
            return "  (\(old.count) and \(new.count) lines: too long to compare)\n"
        }
        let script = steps(old, new)
        let changed = script.indices.filter { if case .both = script[$0] { false } else { true } }
        var text = ""
        var place = 0
        while place < changed.count {
            let start = max(0, changed[place] - around)
            var end = changed[place]
            while place < changed.count, changed[place] <= end + 2 * around + 1 {
                end = changed[place]
                place += 1
            }
            let part = script[start..<min(script.count, end + around + 1)]
            text += header(part)
            for line in part {
                switch line {
                case .both(let number, _): text += " \(old[number])\n"
                case .removed(let number): text += "-\(old[number])\n"
                case .added(let number): text += "+\(new[number])\n"
                }
            }
        }
        return text
    }

    private static func lines(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func steps(_ old: [Substring], _ new: [Substring]) -> [Line] {
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.map { if case .remove(let offset, _, _) = $0 { offset } else { -1 } })
        let added = Set(difference.insertions.map { if case .insert(let offset, _, _) = $0 { offset } else { -1 } })
        var script: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if removed.contains(left) {
                script.append(.removed(left))
                left += 1
            } else if added.contains(right) {
                script.append(.added(right))
                right += 1
            } else if left < old.count, right < new.count {
                script.append(.both(left, right))
                (left, right) = (left + 1, right + 1)
            } else {
                break
            }
        }
        return script
    }

    /// `@@ -3,7 +3,8 @@`.
    private static func header(_ part: ArraySlice<Line>) -> String {
        var (olds, news): ([Int], [Int]) = ([], [])
        for line in part {
            switch line {
            case .both(let left, let right):
                olds.append(left)
                news.append(right)
            case .removed(let left): olds.append(left)
            case .added(let right): news.append(right)
            }
        }
        func range(_ numbers: [Int]) -> String { numbers.isEmpty ? "0,0" : "\(numbers[0] + 1),\(numbers.count)" }
        return "@@ -\(range(olds)) +\(range(news)) @@\n"
    }
}
