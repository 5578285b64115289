import Foundation
import NightjarScripting

/// What came of one input.
public struct InteractiveAnswer: Sendable {
    public enum Outcome: Sendable {
        /// It ran; what its values look like, often none.
        case values([InteractiveValue])
        /// The message, with the line of the input.
        case failed(String)
        /// Ctrl-C stopped it.
        case interrupted
        /// What was asked for with `?name`.
        case help(String)
        /// `exit` or `quit`.
        case leave
    }

    /// What was run: an earlier input where it was asked for with `!!`.
    public let input: String
    /// From 1.
    public let number: Int
    public let outcome: Outcome
    /// That it took.
    public let seconds: Double
}

/// How a value is shown.
public struct InteractiveValue: Sendable {
    public let text: String
    /// What the numbers of a tensor look like; nil where they are no picture.
    public let picture: TensorPicture?
    /// A figure; only where pictures are wanted.
    public let svg: String?

    init(text: String, picture: TensorPicture? = nil, svg: String? = nil) {
        self.text = text
        self.picture = picture
        self.svg = svg
    }
}

/// What could stand in the place of a word that has begun.
public struct InteractiveCompletion: Equatable, Sendable {
    /// Bytes in front of the word.
    public let start: Int
    /// Bytes up to the cursor.
    public let end: Int
    /// In order; parameters of the function whose braces are open come first.
    public let candidates: [String]

    public init(start: Int, end: Int, candidates: [String] = []) {
        self.start = start
        self.end = end
        self.candidates = candidates
    }

    /// What all candidates begin with.
    public var common: String {
        guard var common = candidates.first else { return "" }
        for other in candidates.dropFirst() { common = String(common.commonPrefix(with: other)) }
        return common
    }
}

/// An input that is no Lua.
enum InteractiveCommand: Equatable {
    case help(String)
    /// An earlier input by its number, or the last.
    case again(Int?)
    case leave

    init?(_ text: String) {
        let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if line.hasPrefix("?") {
            var name = line.drop { $0 == "?" }
            if name.hasSuffix("()") { name = name.dropLast(2) }
            self = .help(name.trimmingCharacters(in: .whitespaces))
        } else if line == "!!" {
            self = .again(nil)
        } else if line.hasPrefix("!"), let number = Int(line.dropFirst()) {
            self = .again(number)
        } else if ["exit", "quit", "exit()", "quit()"].contains(line) {
            self = .leave
        } else {
            return nil
        }
    }
}
