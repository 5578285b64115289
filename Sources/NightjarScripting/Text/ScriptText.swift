/// Numbers and values as messages and `print` show them.
package enum ScriptText {
    /// The shortest text that reads back as the same number; whole numbers without a point.
    package static func number(_ value: Double) -> String {
        if let whole = Int(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        // Whatever its sign: 0 / 0 has one on some machines.
        if value.isNaN { return "nan" }
        return "\(value)"
    }

    /// A short rendering of an argument for a message: `the number 3`, `"axis"`.
    package static func quoted(_ text: String) -> String {
        text.count > 40 ? "\"\(text.prefix(37))...\"" : "\"\(text)\""
    }
}
