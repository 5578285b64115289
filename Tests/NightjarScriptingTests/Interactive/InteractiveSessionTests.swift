import Foundation
import Testing

import NightjarScripting
import NightjarTools

/// A session whose prints are kept.
final class TestSession {
    let session: InteractiveSession
    var printed = ""

    init(_ options: ScriptOptions = ScriptOptions()) throws {
        session = InteractiveSession(host: try makeHost(options))
        session.host.output = { [unowned self] in printed += $0 }
    }

    /// What an input shows: texts of its values, or how it ended otherwise.
    @discardableResult func say(_ text: String) -> String {
        switch session.run(text).outcome {
        case .values(let values): values.map(\.text).joined(separator: " | ")
        case .failed(let message): "failed: \(message)"
        case .interrupted: "interrupted"
        case .help(let text): text
        case .leave: "leave"
        }
    }
}

@Suite struct InteractiveSessionTests {
    // MARK: What an input is

    @Test(arguments: [
        ("", InteractiveSession.State.empty), ("  \n", .empty), ("-- nothing", .empty), ("1 + 1", .complete),
        ("1 +", .incomplete), ("x =", .incomplete), ("local x", .complete), ("f(", .incomplete),
        ("function f()", .incomplete), ("function f() return 1 end", .complete), ("{", .incomplete),
        ("[[ two\nlines", .incomplete), ("--[[ a comment", .incomplete), ("'two \\", .incomplete), ("=x", .complete),
        ("=x +", .incomplete), ("x = 1\nx +", .incomplete), ("?nj.zeros", .complete), ("!!", .complete),
        ("exit", .complete),
        ("print(\"abc", .wrong("[1]:1: unfinished string near '\"abc'")),
        (")", .wrong("[1]:1: unexpected symbol near ')'")),
        ("1 + + 2", .wrong("[1]:1: unexpected symbol near '+'")),
        ("foo bar", .wrong("[1]:1: unexpected symbol near 'bar'")),
        ("if x then y else", .wrong("[1]:1: syntax error near 'else'")),
        ("x = 1\ny = = 2", .wrong("[1]:2: unexpected symbol near '='")),
    ])
    func aTextIsEmptyCompleteIncompleteOrWrong(_ text: String, _ state: InteractiveSession.State) throws {
        #expect(try TestSession().session.state(of: text) == state)
    }

    @Test func everyShippedScriptIsOneCompleteInput() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let session = try TestSession().session
        var count = 0
        for folder in ["lua", "plugins"] {
            let files = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
            for case let name as String in files ?? .init() where name.hasSuffix(".lua") {
                let text = try String(
                    contentsOf: root.appendingPathComponent("\(folder)/\(name)"), encoding: .utf8)
                #expect(session.state(of: text) == .complete, "\(name)")
                count += 1
            }
        }
        #expect(count > 150)
    }

    @Test func anInputThatEndsTooSoonFailsWithTheLineOfItsEnd() throws {
        #expect(try TestSession().say("x = {\n1,") == "failed: [1]:2: unexpected symbol near <eof>")
    }

    // MARK: Names

    @Test func namesStayFromInputToInput() throws {
        let session = try TestSession()
        #expect(session.say("local a, b <const> = 1, 2") == "")
        #expect(session.say("c = 3") == "")
        #expect(session.say("local function add(x, y) return x + y end") == "")
        #expect(session.say("add(a, b) + c") == "6")
        #expect(session.say("local a = a + 10") == "")
        #expect(session.say("a") == "11")
        #expect(session.say("b = 20 return add(a, b)") == "31")
    }

    @Test func functionsSeeANameAsItIsWhenTheyRun() throws {
        let session = try TestSession()
        session.say("local count = 0")
        session.say("function step() count = count + 1 return count end")
        #expect(session.say("step(), step()") == "1 | 2")
        session.say("local count = 10")
        #expect(session.say("step()") == "11")
    }

    @Test func aNameWithoutAValueIsNil() throws {
        let session = try TestSession()
        #expect(session.say("local nothing, more") == "")
        #expect(session.say("nothing") == "nil")
        #expect(session.say("more == nil") == "true")
        session.say("local x = 1")
        session.say("x = nil")
        #expect(session.say("x") == "nil")
    }

    @Test func aNameThatIsNowhereIsAnErrorWithTheNearestName() throws {
        let session = try TestSession()
        session.say("local weights = 1")
        #expect(
            session.say("wieghts") == "failed: [2]:1: there is no variable 'wieghts': did you mean 'weights'?")
        #expect(session.say("weights") == "1")
    }

    @Test func localsInsideOfBlocksEndWithThem() throws {
        let session = try TestSession()
        session.say("local x = 1\ndo local x = 2 end\nfor i = 1, 3 do local y = i end")
        #expect(session.say("x") == "1")
        #expect(session.say("y") == "failed: [3]:1: there is no variable 'y'")
    }

    @Test func whatIsClosedEndsWithItsInput() throws {
        let session = try TestSession()
        session.say("local t <close> = nj.ones(2) local kept = t")
        #expect(session.say("t").hasPrefix("failed: [2]:1: there is no variable 't'"))
        #expect(session.say("kept") == "tensor (released)")
    }

    @Test func namesOfLuaCanBeReplacedInOneSessionAlone() throws {
        let session = try TestSession()
        session.say("local print = function() return 'mine' end")
        #expect(session.say("print()") == "\"mine\"")
        #expect(try TestSession().say("print('x')") == "")
    }

    @Test func theSandboxHolds() throws {
        let session = try TestSession()
        #expect(session.say("io.open('x')").hasPrefix("failed: [1]:1: there is no variable 'io'"))
        #expect(
            session.say("nj.zeros = 1") == "failed: [2]:1: this table belongs to Nightjar: 'zeros' cannot be set in it")
    }

    // MARK: Values

    @Test func valuesAreShownAsPrintShowsThem() throws {
        let session = try TestSession()
        #expect(session.say("1 / 2, 'a', nil, true") == "0.5 | \"a\" | nil | true")
        #expect(session.say("{ 1, x = { 2 } }") == "{ 1, x = { 2 } }")
        #expect(session.say("nj.losses.rll { alpha = 0.2 }").hasPrefix("loss 'rll' { alpha = 0.2"))
        #expect(session.say("'two\\nlines'") == "two\nlines")
        #expect(session.say("=1") == "1")
    }

    @Test func theLastLineOfSeveralIsShownWhereItIsAnExpression() throws {
        let session = try TestSession()
        #expect(session.say("local x = 2\nlocal y = 3\nx * y") == "6")
        #expect(session.say("for i = 1, 2 do\n  x = x + i\nend\n-x") == "-5")
        #expect(session.say("function f() return 7 end\nf()") == "7")
        #expect(session.say("print('a')\nlocal z = 1") == "")
        // A bracket belongs to the line before it, as everywhere in Lua.
        #expect(session.say("local p = print\nlocal q = p\n('b')") == "")
        #expect(session.printed == "a\nb\n")
    }

    @Test func theFirstValueShownLastHasAName() throws {
        let session = try TestSession()
        session.say("40, 1")
        #expect(session.say("_ + 2") == "42")
        session.say("local x = 1")
        #expect(session.say("_") == "42")
    }

    @Test func printGoesToTheHost() throws {
        let session = try TestSession()
        #expect(session.say("print('a', 1)") == "")
        #expect(session.printed == "a\t1\n")
    }

    // MARK: Errors

    @Test func errorsNameTheInputAndTheSessionGoesOn() throws {
        let session = try TestSession()
        session.say("function f(x)\n  return x.y.z\nend")
        #expect(
            session.say("f({})")
                == "failed: [1]:2: attempt to index a nil value (field 'y')")
        #expect(session.say("nj.ones(2, 3):matmul(nj.ones(2))").hasPrefix("failed: [3]:1: "))
        #expect(session.say("1") == "1")
    }

    @Test func whatFailsWhileItIsComputedFailsWithItsLine() throws {
        let session = try TestSession()
        session.say("local labels = nj.tensor({ 1, 9 }, { dtype = 'int32' })")
        #expect(session.say("nj.ones(2, 3):pick(labels)").hasPrefix("failed: [2]:1: "))
    }

    // MARK: What is no Lua

    @Test func thereMayBeNoEarlierInput() throws {
        let session = try TestSession()
        #expect(session.say("!!") == "failed: there is no input to repeat yet")
    }

    @Test func anInputIsRepeatedByItsNumber() throws {
        let session = try TestSession()
        session.say("n = 1")
        session.say("n = n + 1")
        let answer = session.session.run("!!")
        #expect(answer.input == "n = n + 1")
        #expect(answer.number == 3)
        #expect(session.say("n") == "3")
        #expect(session.say("!1") == "")
        #expect(session.say("n") == "1")
        #expect(session.say("!40") == "failed: there is no input 40: the last is 6")
    }

    @Test func exitAndQuitLeave() throws {
        for word in ["exit", "quit", "exit()", " quit() "] { #expect(try TestSession().say(word) == "leave") }
    }

    @Test func anInputThatIsNotKeptHasNoNumber() throws {
        let session = try TestSession()
        _ = session.session.run("y = 1", isKept: false)
        #expect(session.session.inputs == [])
        #expect(session.say("y") == "1")
        #expect(session.session.inputs == ["y"])
    }

    // MARK: Help

    @Test func helpSaysWhatTheReferenceSays() throws {
        let session = try TestSession()
        #expect(
            session.say("?nj.eye").hasPrefix(
                "nj.eye("))
        #expect(session.say("?sum").contains("t:sum("))
        #expect(session.say("?rll").hasPrefix("nj.losses.rll { alpha"))
        #expect(session.say("?nj.losses").contains("\n  rll "))
        session.say("local x = nj.ones(2)")
        let text = session.say("?x")
        #expect(text.hasPrefix("x is "))
        #expect(text.contains("nightjar.Tensor"))
        #expect(text.contains("t:sum("))
        #expect(session.say("?x:sum()").hasPrefix("t:sum("))
        #expect(session.say("?zreos") == "nothing is known of 'zreos': did you mean 'zeros'?")
        #expect(session.say("?") == InteractiveSession.overview)
    }

    @Test func helpOfAFunctionInFull() throws {
        #expect(
            try TestSession().say("?t:item") == """
                t:item() -> number
                  The number in a tensor of one element.
                  example
                    nj.tensor({ 1, 2 }):sum():item() --> 3
                """)
    }
}
