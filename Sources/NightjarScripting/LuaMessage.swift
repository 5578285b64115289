/// Messages that Lua itself makes, with a line that says what to do where beginners meet them.
enum LuaMessage {
    /// The message, and a hint where one is known.
    static func explained(_ message: String) -> String {
        // The first line is Lua's; what has more was explained already.
        guard !message.contains("\n"), let hint = hint(message) else { return message }
        return message + "\n  " + hint
    }

    private static func hint(_ message: String) -> String? {
        if message.hasSuffix("(number expected, got tensor)") {
            let name = message.firstMatch(of: /bad argument #\d+ to '(\w+)'/).map { String($0.1) } ?? ""
            let isMethod = BindingTable.standard.methodNames.contains(name)
            return
                (isMethod
                ? "of a tensor, write t:\(name)()" : "read the number of a tensor of one element with t:item()")
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
