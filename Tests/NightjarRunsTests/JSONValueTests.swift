import Foundation
import NightjarRuns
import Testing

@Suite struct JSONValueTests {
    @Test func keysAreSortedAndEqualValuesHaveEqualText() {
        let value: JSONValue = ["b": [1, 2.5, "x"], "a": ["z": true, "y": .null], "": [:]]
        #expect(value.text(pretty: false) == #"{"":{},"a":{"y":null,"z":true},"b":[1,2.5,"x"]}"#)
        #expect(JSONValue.number(1) == .integer(1))
        #expect(JSONValue.integer(1) != .string("1"))
    }

    @Test func prettyTextIsIndentedByTwo() {
        let value: JSONValue = ["rate": 0.4, "hidden": [512, 256]]
        #expect(value.text() == "{\n  \"hidden\": [\n    512,\n    256\n  ],\n  \"rate\": 0.4\n}\n")
    }

    @Test func textReadsBackToTheSameValue() throws {
        let value: JSONValue = [
            "text": "quote \" slash \\ line \n tab \t bell \u{07} ü 🌙", "numbers": [0, -1, 0.1, 1e300, 1e-300],
            "words": [true, false, .null], "nested": [["k": []]],
        ]
        for pretty in [true, false] {
            let back = try JSONValue(parsing: Data(value.text(pretty: pretty).utf8), source: "test")
            #expect(back == value)
        }
    }

    @Test func pythonReadsTheSameNumbersAsWeWrite() throws {
        let value = try JSONValue(parsing: Data("[1.0, 1, 1e2, true]".utf8), source: "test")
        #expect(value.text(pretty: false) == "[1,1,100,true]")
    }

    @Test func textThatIsNoJSONNamesItsSource() {
        let text = message { _ = try JSONValue(parsing: Data("{\"a\":".utf8), source: "runs/x/config.json") }
        #expect(text.hasPrefix("runs/x/config.json: not valid JSON ("))
    }
}
