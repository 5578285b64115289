/// Messages that Lua itself makes, with a line that says what to do where beginners meet them.
package enum LuaMessage {
    /// The message, and a hint where one is known.
    package static func explained(_ message: String) -> String {
        // The first line is Lua's; what has more was explained already.
        guard !message.contains("\n"), let hint = hint(message) else { return message }
        return message + "\n  " + hint
    }

    /// Whether the first line names a file and a line, or is the word of a stop, which has none.
    static func hasPlace(_ message: String) -> Bool {
        let first = message.prefix { $0 != "\n" }
        return first == "interrupted" || first.contains(/:\d+:/)
    }

    /// A message without the line of the library's own files, which says nothing to whoever reads it.
    static func withoutInternalPlace(_ message: String) -> String {
        let place = #/\[nightjar\] [a-z_/]+\.lua:\d+: /#
        guard message.hasPrefix("[nightjar] "), let match = message.prefixMatch(of: place) else { return message }
        return String(message[match.range.upperBound...])
    }

    private static func hint(_ message: String) -> String? {
        if message.hasSuffix("(number expected, got tensor)") {
            let name = message.firstMatch(of: /bad argument #\d+ to '(\w+)'/).map { String($0.1) } ?? ""
            let isMethod = BindingTable.standard.methodNames.contains(name)
            return
                (isMethod
                ? "of a tensor, write t:\(name)()" : "read the number of a tensor of one element with t:item()")
        }
        if message.hasSuffix(" value (local 'self')") { return "a method is called with a colon: object:name(...)" }
        // A method that was read like a field: x.shape[1], data.labels:size().
        let readAsField = /attempt to \w+(?: \w+)* a function value \((?:field|method) '(\w+)'\)/
        if let found = message.firstMatch(of: readAsField) {
            return "'\(found.1)' is a method: call it with a colon, as in x:\(found.1)()"
        }
        if message.contains("attempt to call a table value (for iterator") {
            return "a loop over a table says how: for i, value in ipairs(list), or for key, value in pairs(table)"
        }
        if message.hasSuffix("(number has no integer representation)") {
            return "a number with a fraction: use %g or %.2f, or math.floor(x) for a whole one"
        }
        if message.hasSuffix("near '!'") { return "'not equal' is written ~= in Lua" }
        if message.hasSuffix("syntax error near '+'") || message.hasSuffix("syntax error near '-'")
            || message.hasSuffix("syntax error near '*'") || message.hasSuffix("syntax error near '/'")
        {
            return "a value alone is no statement, and Lua has no += and the like: write x = x + 1, or return the value"
        }
        if message.hasSuffix("near '&'") || message.hasSuffix("near '|'") {
            return "Lua writes 'and' and 'or'; masks have & and |"
        }
        return nil
    }
}
