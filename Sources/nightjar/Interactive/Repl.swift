import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTools

/// Reads inputs, runs them in a session, and prints what came of them.
final class Repl {
    private let session: InteractiveSession
    private let lines: any LineSource
    /// At a terminal: prompts, times, pictures.
    private let isTerminal: Bool
    private let progress: ProgressLine?
    /// The host holds it weakly.
    private let training: InteractiveTraining
    private var hasFailed = false

    init(_ session: InteractiveSession, lines: any LineSource, isTerminal: Bool) {
        self.session = session
        self.lines = lines
        self.isTerminal = isTerminal
        let progress = isTerminal ? ProgressLine() : nil
        self.progress = progress
        training = InteractiveTraining(progress)
        session.host.fitListener = training
        session.host.output = { text in
            progress?.clear()
            Console.output(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        }
        session.host.notes = { text in
            progress?.clear()
            Console.errors(text)
        }
    }

    /// Runs inputs to the end.
    /// - Returns: 0; 1 where an input from elsewhere than a terminal failed; what names the signal that ended it.
    func loop() -> Int32 {
        var text = ""
        while true {
            let name = session.nextName
            let prompt = text.isEmpty ? "\(name)> " : String(repeating: ".", count: name.count) + "> "
            switch lines.next(prompt: isTerminal ? prompt : "") {
            case .end:
                if !text.isEmpty { run(text) }
                if isTerminal { OutputStream.write("\n", to: STDOUT_FILENO) }
                return isTerminal || !hasFailed ? 0 : 1
            case .stopped:
                text = ""
                guard isTerminal, StopSignal.isFromKeyboard else { return StopSignal.exitStatus }
                session.recover()
                OutputStream.write("\n", to: STDOUT_FILENO)
            case .text(let line):
                text += (text.isEmpty ? "" : "\n") + line
                switch session.state(of: text) {
                case .empty: text = ""
                case .incomplete: break
                case .complete, .wrong:
                    let ending = run(text)
                    text = ""
                    if StopSignal.isRaised { return StopSignal.exitStatus }
                    switch ending {
                    case .leave: return isTerminal || !hasFailed ? 0 : 1
                    // Nobody types who could go on.
                    case .interrupted where !isTerminal: return 128 + SIGINT
                    default: break
                    }
                }
            }
        }
    }

    @discardableResult private func run(_ text: String) -> InteractiveAnswer.Outcome {
        let answer = session.run(text)
        progress?.clear()
        lines.remember(text)
        if answer.input != text, isTerminal { Console.output(answer.input) }
        switch answer.outcome {
        case .leave: break
        case .help(let help): Console.output(help)
        case .values(let values):
            for value in values { show(value) }
            showTime(answer.seconds)
        case .failed(let message):
            hasFailed = true
            Console.errors(message)
            showTime(answer.seconds)
        case .interrupted:
            hasFailed = true
            Console.errors("interrupted")
            showTime(answer.seconds)
        }
        return answer.outcome
    }

    private func show(_ value: InteractiveValue) {
        Console.output(value.text)
        guard isTerminal, let picture = value.picture else { return }
        // Made of numbers alone: these codes come from nobody's text.
        let lines = picture.terminal(columns: Console.width, colours: Console.hasColours)
        OutputStream.write(lines.joined(separator: "\n") + "\n", to: STDOUT_FILENO)
    }

    private func showTime(_ seconds: Double) {
        guard isTerminal else { return }
        let text =
            seconds < 1
            ? NumberText.fixed(seconds * 1000, decimals: 1) + " ms" : NumberText.fixed(seconds, decimals: 2) + " s"
        Console.output(Console.isTerminal ? "\u{1B}[2m\(text)\u{1B}[0m" : text)
    }
}
