import Foundation
import NightjarRuns
import Testing

/// What no two readers would take in the same way is refused, with its place.
@Suite struct JSONParserTests {
    private func reading(_ bytes: [UInt8]) -> String {
        do {
            return try JSONValue(parsing: Data(bytes), source: "a.json").text(pretty: false)
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("", "line 1, column 1: a value was expected, the text ends"),
        ("[1,]", "line 1, column 4: a list ends with a comma: take it away"),
        (#"{"a":1,}"#, "line 1, column 8: an object ends with a comma: take it away"),
        (#"{"a":1,"a":2}"#, "line 1, column 8: the key \"a\" comes twice"),
        (#"{"\u0061":1,"a":2}"#, "line 1, column 13: the key \"a\" comes twice"),
        ("{\"\u{e9}\":1,\"e\u{301}\":2}", "line 1, column 9: the key \"e\u{301}\" comes twice"),
        (#"{"a":{"b":1,"b":1}}"#, "line 1, column 13: the key \"b\" comes twice"),
        ("{'a':1}", "line 1, column 2: a key in double quotes was expected, got '''"),
        ("{a:1}", "line 1, column 2: a key in double quotes was expected, got 'a'"),
        (#"{"a" 1}"#, "line 1, column 6: a colon was expected, got '1'"),
        (#"{"a":1 "b":2}"#, "line 1, column 8: a comma or '}' was expected, got '\"'"),
        ("[1 2]", "line 1, column 4: a comma or ']' was expected, got '2'"),
        ("[1,\n 2", "line 2, column 3: a comma or ']' was expected, got the end of the text"),
        ("1 2", "line 1, column 3: text goes on after the end of the value"),
        ("NaN", "line 1, column 1: a value was expected, got 'N'"),
        ("Infinity", "line 1, column 1: a value was expected, got 'I'"),
        ("-Infinity", "line 1, column 2: a digit was expected, got 'I'"),
        ("// no\n1", "line 1, column 1: a value was expected, got '/'"),
        ("True", "line 1, column 1: a value was expected, got 'T'"),
        ("nul", "line 1, column 1: a value was expected, got 'n'"),
        ("01", "line 1, column 1: a number begins with 0"),
        ("+1", "line 1, column 1: a value was expected, got '+'"),
        (".5", "line 1, column 1: a value was expected, got '.'"),
        ("1.", "line 1, column 3: a digit was expected after the point, got the end of the text"),
        ("1e", "line 1, column 3: a digit was expected in the exponent, got the end of the text"),
        ("1e999", "line 1, column 1: 1e999 is too large"),
        ("-1e999", "line 1, column 1: -1e999 is too large"),
        ("0x10", "line 1, column 2: text goes on after the end of the value"),
        (#""abc"#, "line 1, column 1: a text is never closed"),
        (#""\x""#, "line 1, column 3: there is no escape \\ and 'x'"),
        (#""\u12g4""#, "line 1, column 6: four hexadecimal digits were expected, got 'g'"),
        (#""\ud800""#, "line 1, column 2: half a surrogate pair stands alone"),
        (#""\udc00""#, "line 1, column 2: half a surrogate pair stands alone"),
        (#""\ud800\u0041""#, "line 1, column 2: half a surrogate pair stands alone"),
        ("\"a\nb\"", "line 1, column 3: a text holds a control character: write it as an escape such as \\n"),
        ("\u{feff}{}", "line 1, column 1: it begins with a byte order mark: save it as UTF-8 without one"),
    ]) func whatIsNoJSONIsRefusedWithItsPlace(_ text: String, _ reason: String) {
        #expect(reading(Array(text.utf8)) == "a.json: not valid JSON (\(reason))")
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00], "it is UTF-16 or UTF-32: save it as UTF-8"),
            ([0x7B, 0x00, 0x7D, 0x00], "it is UTF-16 or UTF-32: save it as UTF-8"),
            ([0x00, 0x7B, 0x00, 0x7D], "it is UTF-16 or UTF-32: save it as UTF-8"),
            ([0x22, 0xFF, 0x22], "a text is not UTF-8"), ([0x22, 0xC0, 0x80, 0x22], "a text is not UTF-8"),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], "a text is not UTF-8"),
        ] as [([UInt8], String)]) func otherEncodingsAreNamed(_ bytes: [UInt8], _ reason: String)
    {
        #expect(reading(bytes) == "a.json: not valid JSON (line 1, column 1: \(reason))")
    }

    @Test(arguments: [
        ("[1.0, 1, 1e2, -0, -0.0]", "[1,1,100,-0,-0]"), ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"), (#""\ud83c\udf19\/\b\f""#, "\"🌙/\\u0008\\u000c\""),
        (" \t\r\n{ } ", "{}"), ("[[],{\"\":null}]", "[[],{\"\":null}]"), ("true", "true"),
    ]) func whatIsJSONIsRead(_ text: String, _ same: String) {
        #expect(reading(Array(text.utf8)) == same)
    }

    @Test func depthIsBounded() {
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        #expect(reading(Array(deep(100).utf8)) == deep(100))
        #expect(reading(Array(deep(102).utf8)).hasSuffix("values are nested deeper than 100 levels)"))
        #expect(reading([UInt8](repeating: 0x5B, count: 1_000_000)).hasSuffix("nested deeper than 100 levels)"))
        let objects = String(repeating: "{\"a\":", count: 100_000)
        #expect(reading(Array(objects.utf8)).hasSuffix("nested deeper than 100 levels)"))
    }
}
