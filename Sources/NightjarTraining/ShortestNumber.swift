/// The shortest decimal text that reads back as the same double: `0.1`, `100`, `1e-05`, `nan`.
func shortest(_ value: Double) -> String {
    // Which sign a NaN carries says nothing, and depends on the instruction that made it.
    if value.isNaN { return "nan" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
