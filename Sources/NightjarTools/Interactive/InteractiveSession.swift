import Foundation
import NightjarEngine
import NightjarProcess
import NightjarScripting
import NightjarTensor

/// One input after another, in one set of names: what `nightjar repl` and the Jupyter kernel talk to. Texts come in,
/// values go out; there is no terminal here.
///
/// What an input is, and which names stay, is `lua/nightjar/interactive.lua`. Beside Lua, an input can be `?name` (what is
/// known of a name), `!!` and `!7` (an earlier input once more), and `exit` or `quit`.
///
/// One thread at a time, the one that listens to signals (`StopSignal`); not Sendable.
public final class InteractiveSession {
    /// What a text is so far.
    public enum State: Equatable, Sendable {
        case empty
        /// It can be run.
        case complete
        /// More lines are needed.
        case incomplete
        /// Lua's message; more lines do not help.
        case wrong(String)
    }

    public let host: ScriptHost
    /// What was run so far; the first is input 1.
    public private(set) var inputs: [String] = []
    /// Whether figures are drawn for answers.
    public var wantsPictures = false
    private var knownHelp: NameHelp?

    /// - Parameter host: scripts may read the working folder from now on: whoever types could open every file there.
    public init(host: ScriptHost) {
        self.host = host
        host.files.allow(host.options.workingFolder)
    }

    /// What messages call the next input: `[3]`.
    public var nextName: String { "[\(inputs.count + 1)]" }

    /// Names for a run on disk: `run`, and `model`, `data`, `loss`, `noise`, `ledger`, `curves` and `config`, each read when
    /// it is first used.
    /// - Returns: the run in words.
    /// - Throws: ``ScriptError`` where there is no such run.
    public func open(run folder: String) throws -> String {
        try ask("open", .string(folder)).first?.asString ?? ""
    }

    /// How to use a session, for people.
    public static let overview = """
        Type Lua: an expression shows its value, everything else runs. `nj` is the library.
          local x = 1     at the outermost level makes a name that stays, as x = 1 does
          _               the first value that was shown last
          ?name           what is known of a name: ?nj.zeros, ?rll, ?t:sum, ?x
          !!, !7          the last input, or input 7, once more
          exit            leaves; so does Ctrl-D
        Tab completes names, fields, methods, and parameters behind { or a comma. Ctrl-C stops what runs.
        """

    // MARK: Inputs

    /// What a text is; nothing is run.
    public func state(of text: String) -> State {
        if InteractiveCommand(text) != nil { return .complete }
        do {
            let answer = try ask("read", .string(text), .string(nextName))
            switch answer.first?.asString {
            case "empty": return .empty
            case "complete": return .complete
            case "incomplete": return .incomplete
            default: return .wrong(answer.last?.asString.map(explained) ?? "")
            }
        } catch {
            return .wrong(ScriptMessage.text(error))
        }
    }

    private func explained(_ message: String) -> String { LuaMessage.explained(host.wholeNames(message)) }

    /// Runs a text, and says what came of it. A stop that Ctrl-C asked for ends what runs, and is forgotten after that.
    ///
    /// - Parameter isKept: whether it counts as an input.
    public func run(_ text: String, isKept: Bool = true) -> InteractiveAnswer {
        let start = ContinuousClock.now
        var (text, number) = (text, inputs.count + 1)
        var outcome: InteractiveAnswer.Outcome?
        switch InteractiveCommand(text) {
        case .help(let name): outcome = .help(help(name))
        case .leave: outcome = .leave
        case .again(let wanted):
            let position = wanted ?? inputs.count
            if inputs.indices.contains(position - 1) {
                text = inputs[position - 1]
            } else {
                outcome = .failed(
                    inputs.isEmpty
                        ? "there is no input to repeat yet"
                        : "there is no input \(position): the last is \(inputs.count)")
            }
        case nil: break
        }
        if outcome == nil {
            let state = state(of: text)
            if state == .empty {
                outcome = .values([])
            } else {
                let name = nextName
                if isKept { inputs.append(text) }
                number = isKept ? inputs.count : number
                outcome = run(text, state, name: name)
            }
        }
        // Also one that comes when all has run, or nothing yet, whose messages are of its own: whoever asked for a stop is
        // told that there was one.
        if recover() || StopSignal.isRaised {
            switch outcome {
            case .leave?, .help?: break
            case .values?, .failed?, .interrupted?, nil: outcome = .interrupted
            }
        }
        return InteractiveAnswer(
            input: text, number: number, outcome: outcome ?? .values([]),
            seconds: start.duration(to: .now) / .seconds(1))
    }

    private func run(_ text: String, _ state: State, name: String) -> InteractiveAnswer.Outcome {
        if case .wrong(let message) = state { return .failed(message) }
        do {
            if state == .incomplete {
                return .failed(explained(try ask("read", .string(text), .string(name)).last?.asString ?? "unfinished"))
            }
            let answer = try ask("run", .string(text), .string(name), .boolean(wantsPictures))
            return .values(try (answer.first?.asTable?.array ?? []).compactMap(\.asTable).map(shown))
        } catch  where StopSignal.isRaised {
            return .interrupted
        } catch {
            return .failed(ScriptMessage.text(error))
        }
    }

    private func shown(_ entry: ScriptTable) throws -> InteractiveValue {
        guard let value = entry["tensor"]?.asTensor else {
            return InteractiveValue(text: entry["text"]?.asString ?? "", svg: entry["svg"]?.asString)
        }
        do {
            return try TensorDisplay(host.session.evaluate([value])[0]).value
        } catch let error as StopError {
            throw error
        } catch {
            let tape = value.tape
            let place = tape.contains(value.id) ? tape.place(of: value.id) : 0
            throw ScriptError(host.message(for: error, place: place))
        }
    }

    /// After an interruption scripts run again. A signal that ends programs stays asked for.
    /// - Returns: whether there was one that was taken back.
    @discardableResult public func recover() -> Bool {
        guard StopSignal.isRaised, StopSignal.isFromKeyboard else { return false }
        StopSignal.takeBack()
        host.goOn()
        return true
    }

    // MARK: Names

    /// What could stand where the cursor is.
    /// - Parameter cursor: bytes of UTF-8 in front of it.
    public func complete(_ text: String, cursor: Int) -> InteractiveCompletion {
        let bytes = Array(text.utf8)
        let end = min(max(0, cursor), bytes.count)
        let front = String(decoding: bytes[..<end], as: UTF8.self)
        let none = InteractiveCompletion(start: end, end: end, candidates: [])
        guard let answer = try? ask("complete", .string(front)), answer.count >= 2,
            let start = answer[0].asInteger, let list = answer[1].asTable?.array.compactMap(\.asString)
        else { return none }
        let begun = String(decoding: bytes[max(0, min(start - 1, end))..<end], as: UTF8.self)
        var candidates = list
        if answer.count > 2, let callee = answer[2].asString {
            let names = (try? nameHelp())?.parameters(of: callee).filter { $0.hasPrefix(begun) } ?? []
            candidates = begun.isEmpty && !names.isEmpty ? names : names + list.filter { !names.contains($0) }
        }
        return InteractiveCompletion(start: max(0, start - 1), end: end, candidates: candidates)
    }

    /// What is known of a name: what it stands for now, and what the reference says; nil where nothing is.
    public func knowledge(of name: String) throws -> String? {
        let live = try ask("describe", .string(name))
        return try nameHelp().text(
            about: name, value: live.first?.asString, class: live.count > 1 ? live[1].asString : nil)
    }

    /// The same for people. An empty name: how to use a session.
    public func help(_ name: String) -> String {
        guard !name.isEmpty else { return InteractiveSession.overview }
        do {
            return try knowledge(of: name) ?? nameHelp().nothing(about: name)
        } catch {
            return ScriptMessage.text(error)
        }
    }

    private func nameHelp() throws -> NameHelp {
        if let knownHelp { return knownHelp }
        let made = NameHelp(try Reference(host))
        knownHelp = made
        return made
    }

    private func ask(_ what: String, _ arguments: ScriptValue...) throws -> [ScriptValue] {
        try host.library?.call([.string("session"), .string(what)] + arguments) ?? []
    }
}
