/// The candidate that someone who typed `name` most likely meant, or nil where none is near.
///
/// Near is a Damerau-Levenshtein distance (insert, delete, replace, swap of neighbours; letter case ignored) of at most
/// a third of the longer name, and at least 1. Where none is near in that sense, a single candidate that begins with the
/// three or more letters typed, has them as a word of its own ("flip" for "pair_flip"), or whose four or more letters
/// begin what was typed ("keepdim" for "keep"), is taken. Of several equally near, the alphabetically first, so that a message does not depend on the order of a dictionary. Cost:
/// lengths multiplied, for each candidate; so names of more than 100 characters have none, nor are they one.
public func nearestName(to name: String, in candidates: some Sequence<String>) -> String? {
    let longest = 100
    guard !name.isEmpty, name.utf8.count <= 4 * longest, name.count <= longest else { return nil }
    let typed = Array(name.lowercased())
    var best: (distance: Int, name: String)?
    var completions: [String] = []
    for candidate in candidates where candidate.utf8.count <= 4 * longest && candidate.count <= longest {
        let letters = Array(candidate.lowercased())
        let isCompletion = letters.starts(with: typed) || letters.count >= 4 && typed.starts(with: letters)
        if typed.count >= 3, isCompletion || letters.split(whereSeparator: { "_-".contains($0) }).contains(typed[...]) {
            completions.append(candidate)
        }
        let longer = max(typed.count, letters.count)
        let distance = editDistance(typed, letters)
        // A distance as long as the name means that nothing of it is left.
        guard distance <= max(1, longer / 3), distance < longer else { continue }
        if let known = best, (known.distance, known.name) <= (distance, candidate) { continue }
        best = (distance, candidate)
    }
    if let best { return best.name }
    return completions.count == 1 ? completions.first : nil
}

/// The number of insertions, deletions, replacements and swaps of neighbours that turn one name into the other, no
/// letter being edited twice ("optimal string alignment").
private func editDistance(_ first: [Character], _ second: [Character]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: second.count + 1)
    var previous = Array(0...second.count)
    var current = previous
    for (row, letter) in first.enumerated() {
        current[0] = row + 1
        for (column, other) in second.enumerated() {
            let replaced = previous[column] + (letter == other ? 0 : 1)
            var least = min(replaced, previous[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, letter == second[column - 1], first[row - 1] == other {
                least = min(least, beforePrevious[column - 1] + 1)
            }
            current[column + 1] = least
        }
        (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[second.count]
}
