import Foundation
import NightjarExperiments
import NightjarRuns
import NightjarScripting

/// Pages for man(1), one for each command, from what the commands say of themselves.
struct ManualPages {
    struct Page {
        /// `nightjar-run.1`
        let file: String
        let text: String
    }

    private let root: JSONValue

    /// - Parameter description: what `--experimental-dump-help` prints.
    /// - Throws: `RunError` where it is not understood.
    init(_ description: String) throws {
        let json = try JSONValue(parsing: Data(description.utf8), source: "the description of the commands")
        guard let command = json["command"] else { throw RunError("the commands are not described") }
        root = command
    }

    /// In the order of the commands.
    var pages: [Page] { pages(root, above: []) }

    private func pages(_ command: JSONValue, above: [String]) -> [Page] {
        guard command["shouldDisplay"] != .bool(false) else { return [] }
        let path = above + [command["commandName"]?.stringValue ?? ""]
        let below = list(command, "subcommands").filter { $0["commandName"] != "help" }
        return [Page(file: path.joined(separator: "-") + ".1", text: text(command, path: path, below: below))]
            + below.flatMap { pages($0, above: path) }
    }

    private func list(_ value: JSONValue, _ key: String) -> [JSONValue] {
        if case .array(let items)? = value[key] { return items }
        return []
    }

    // MARK: A page

    private func text(_ command: JSONValue, path: [String], below: [JSONValue]) -> String {
        let title = path.joined(separator: "-")
        let arguments = list(command, "arguments").filter { $0["shouldDisplay"] != .bool(false) }
        var lines = [
            ".TH \"\(ManualPages.plain(title.uppercased()))\" \"1\" \"\" \"Nightjar \(NightjarVersion.text)\" \"Nightjar\"",
            ".SH NAME", "\(ManualPages.plain(title)) \\- \(ManualPages.plain(command["abstract"]?.stringValue ?? ""))",
            ".SH SYNOPSIS", ".B \(ManualPages.plain(path.joined(separator: " ")))",
        ]
        lines += below.isEmpty ? arguments.map(usage) : [".I command", "[...]"]
        if let discussion = command["discussion"]?.stringValue, !discussion.isEmpty {
            lines += [".SH DESCRIPTION"] + paragraphs(discussion)
        }
        if !below.isEmpty {
            lines.append(".SH COMMANDS")
            for item in below where item["shouldDisplay"] != .bool(false) {
                let name = item["commandName"]?.stringValue ?? ""
                lines += [".TP", ".B \(ManualPages.plain(name))", line(item["abstract"]?.stringValue ?? "")]
            }
        }
        if !arguments.isEmpty {
            lines.append(".SH OPTIONS")
            for argument in arguments {
                lines += [".TP", names(argument), line(description(argument))]
            }
        }
        let related =
            below.compactMap { $0["commandName"]?.stringValue }.map { title + "-" + $0 }
            + (path.count > 1 ? [path.dropLast().joined(separator: "-")] : [])
        if !related.isEmpty {
            lines.append(".SH SEE ALSO")
            for (position, page) in related.enumerated() {
                lines.append(".BR \(ManualPages.plain(page)) (1)\(position + 1 < related.count ? "," : "")")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func value(_ argument: JSONValue) -> String { argument["valueName"]?.stringValue ?? "value" }

    private func spelled(_ name: JSONValue) -> String {
        let text = name["name"]?.stringValue ?? ""
        return ManualPages.plain((name["kind"] == "long" ? "--" : "-") + text)
    }

    /// In the synopsis: `[--set name=value ...]`.
    private func usage(_ argument: JSONValue) -> String {
        let more = argument["isRepeating"] == .bool(true) ? " ..." : ""
        let name = ManualPages.plain(value(argument))
        let word: String
        switch argument["kind"]?.stringValue {
        case "positional": word = "\\fI\(name)\\fR\(more)"
        case "option": word = "\\fB\(argument["preferredName"].map(spelled) ?? "")\\fR \\fI\(name)\\fR\(more)"
        default: word = "\\fB\(argument["preferredName"].map(spelled) ?? "")\\fR\(more)"
        }
        return argument["isOptional"] == .bool(true) ? "[\(word)]" : word
    }

    /// In front of its description: `-v, --verbose`.
    private func names(_ argument: JSONValue) -> String {
        let name = ManualPages.plain(value(argument))
        guard argument["kind"] != "positional" else { return ".I \(name)" }
        let all = list(argument, "names").map { "\\fB\(spelled($0))\\fR" }.joined(separator: ", ")
        return argument["kind"] == "option" ? "\(all) \\fI\(name)\\fR" : all
    }

    private func description(_ argument: JSONValue) -> String {
        let parts = [argument["abstract"]?.stringValue, argument["discussion"]?.stringValue].compactMap { $0 }
        let standard = argument["defaultValue"]?.stringValue.map { "(default: \($0))" }
        return (parts + [standard].compactMap { $0 }).filter { !$0.isEmpty }.joined(separator: " ")
    }

    // MARK: Text

    private func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? ".PP" : line(String($0)) }
    }

    /// A line that no formatter takes for a request.
    private func line(_ text: String) -> String {
        let plain = ManualPages.plain(text.replacing("\n", with: " "))
        return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }

    /// Signs that mean something to a formatter, as they are.
    static func plain(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\"", with: "\\(dq")
    }
}
