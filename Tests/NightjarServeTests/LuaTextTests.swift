import NightjarServe
import Testing

@Suite struct LuaTextTests {
    @Test(arguments: [
        "", "\n", "local x", "-- a", "--[[ a\nb ]] c", "--[==[ a ]] ]==] b", "[[\na]]", "[=[ never closed",
        "\"a\\\"b\" c", "'a\nb",
        "0x1p-4 + 1e+10 - .5 .. 'x'", "a[b[1]] = {}", "if x ~= nil then return end", "\u{202E}ü -- ß\r\n", "\"\\",
        "a\u{0}b",
    ])
    func nothingIsLost(_ text: String) {
        #expect(LuaText.tokens(text).map(\.text).joined() == text)
    }

    @Test func wordsTextsNumbersAndCommentsAreTold() {
        let tokens = LuaText.tokens("local s = [==[a]]b]==] .. 'c' -- d\nx = 0x1F")
        #expect(
            tokens.map { "\($0.style ?? "") \($0.text)" } == [
                "k-word local", "  s = ", "k-text [==[a]]b]==]", "  .. ", "k-text 'c'", "  ", "k-comment -- d",
                " \nx = ",
                "k-number 0x1F",
            ])
    }

    @Test func eachLineStandsByItself() {
        #expect(
            LuaText.html("--[[ a\nb ]]\n")
                == "<span class=\"l\"><span class=\"k-comment\">--[[ a</span></span>\n"
                + "<span class=\"l\"><span class=\"k-comment\">b ]]</span></span>")
    }
}
