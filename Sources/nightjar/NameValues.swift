import ArgumentParser

/// What `--set` takes: `name=value`, the value as it is.
/// - Throws: `ValidationError` for what has no name or no `=`.
func nameValues(_ texts: [String]) throws -> [(name: String, value: String)] {
    try texts.map { text in
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
            throw ValidationError("--set takes name=value, got '\(text)'")
        }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }
}
