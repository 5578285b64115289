import Foundation
import Testing

/// Rules of the sources that the compiler does not know, looked for in their text.
///
/// What a user gives may be any number, so nothing of it may end the process: no trap that is asked for, no conversion of
/// a number with a point that may be NaN, and no array of so many elements that nobody asked whether there is room. Each
/// exception is a line here with its reason.
@Suite struct SourceRulesTests {
    struct Rule: CustomTestStringConvertible, Sendable {
        let name: String
        let pattern: String
        /// Folders of `Sources` it holds in; empty: in all.
        var folders: [String] = []
        /// Parts of lines that are right, each with the reason.
        var allowed: [(part: String, reason: String)] = []
        var testDescription: String { name }
    }

    /// Where numbers of scripts, files and settings arrive.
    private static let outer = [
        "NightjarScripting", "NightjarExperiments", "NightjarTools", "NightjarData", "NightjarRuns", "NightjarTraining",
        "NightjarTensor", "NightjarServe", "nightjar", "nightjar-serve",
    ]

    static let rules: [Rule] = [
        Rule(
            name: "nothing asks for a trap",
            pattern: #"\b(fatalError|preconditionFailure|precondition|assert|assertionFailure)\("#),
        Rule(name: "no try that traps", pattern: #"\btry!"#),
        Rule(name: "no cast that traps", pattern: #"\bas!"#),
        Rule(name: "no unwrapping that traps", pattern: #"[\w)\]]!(?![=\w])"#),
        Rule(
            name: "a number with a point becomes whole by Int(exactly:), or is bounded first",
            pattern:
                #"\bU?Int(8|16|32|64)?\([^()]*(\.rounded|floor\(|ceil\(|Double\(|\.value\(at:|_000 / )"#,
            allowed: [
                ("20_000 / nanoseconds", "a time worked out from a size, above 0"),
                ("Int(seconds.rounded())", "below 1e12, asked the line before"),
                ("Int(result.value(at: 0))", "a count that a kernel made"),
                ("Int(part * Double(sorted.count))", "a bench"),
                ("Int(numbers.value(at: index))", "an element of an int32 or uint8 tensor"),
                ("call.answer(Int(tensor.value(at: 0)))", "an element of an int32 or uint8 tensor"),
                (".constant: return Int(exactly:", "exact"), ("Int(exactly: largest.rounded())", "exact"),
                ("let digit = Int32(exactly: numbers.value(at: index))", "exact"),
            ]),
        Rule(
            name: "a script's whole number is not computed with before it is a count",
            pattern: #"\b(integer\([^)]*\)|asInteger|intValue)\)*( \?\? \d+\)?)? [-+*] "#),
        Rule(
            name: "a list that grows with a user's number is made where there is room for it",
            pattern:
                #"\[(Int|Int32|Double|Float|UInt8|Bool|UInt64)\]\((repeating:|0\.\.<)|\(0\.\.<[\w.]*(count|classes|rows)\w*( \* \w+)?\)\.map|reserveCapacity\(|unsafeUninitializedCapacity:|\bArray\(0\.\.<"#,
            folders: outer,
            allowed: [
                ("count: rank)", "at most 8"), ("count: shape.rank)", "at most 8"),
                ("count: extents.count)", "at most 8"), ("count: tape[node].rank)", "at most 8"),
                ("var counts = [Double](repeating: 0, count: 30)", "bars of a histogram"),
                ("unsafeUninitializedCapacity: size + 1)", "whoever unpacks has asked for the room"),
                ("unsafeUninitializedCapacity: bound)", "whoever packs has asked for the room"),
                ("count: second.count + 1)", "names of at most 100 characters"), ("count: 1 << 16)", "a buffer"),
                ("var isTest = ", "asked for above"),
                ("count: targets.classRange.count)", "room for the names of the classes was more"),
                ("guard knowsTruth else { return", "a byte a label that is there"),
                ("var grouped = [[Int]]", "lines and columns of a table of runs that were read"),
                ("[Int32](repeating: $0, count: width)", "4 bytes a label that is there"),
                ("public var values: [Double]", "for tensors that are known to be small"),
                ("[Int32](0..<Int32(clamping: data.count))", "4 bytes a sample of data that is there"),
                ("var order = [Int32](0..<count)", "whoever permutes has asked for the room"),
                ("below(bound, UInt64($0))", "whoever draws has asked for the room"),
                ("return (0..<count).map { draw in", "whoever draws has asked for the room"),
                ("let indices = (0..<count).map { number in", "a batch"),
                ("var bytes = [UInt8](repeating: 0, count: 32)", "a process number"),
                ("return [UInt8](repeating: UInt8((share * 255).rounded()), count: side)", "at most 256 points"),
                ("(repeating: .nan, count: count).withUnsafeBytes", "one row of an array that is written"),
                ("return (0..<count).map { place in", "one row of an array that was written"),
                ("unsafeUninitializedCapacity: bytes.count / 8)", "numbers of a row of the store that was read"),
                ("count: count * width)", "an epoch's row of a ledger"),
                ("values = try (0..<count).map { index in", "results of one call, at most 250"),
                ("(0..<cluster.count)", "labels beside a picture"), ("Array(0..<height)", "rows of one image"),
                ("Float(stream.uniform(UInt64($0)) - 0.5)", "a bench"),
                ("reserveCapacity(Swift.max(count, 0))", "the room itself"),
                ("reserveCapacity(wanted)", "the room itself"),
                ("classNames : (0..<count).map", "rows of a matrix that was read"),
                ("count: 64 - short.count)", "at most 64"), ("count: bins)", "as many as a picture has"),
                ("rows = [[Int]](repeating: [Int](repeating: 0, count: classes)", "at most 1000 classes"),
                ("count: wide * rows * depth)", "ten pictures of the sides that are shown"),
                ("large.reserveCapacity(pixels.count", "at most 256 times such a picture"),
            ]),
        Rule(
            name: "people get the system's reason in words, never the number of an error of Foundation",
            pattern: #"localizedDescription|NSCocoaErrorDomain|Error Domain"#,
            allowed: [("let words = error.localizedDescription", "looked at for numbers in the next line")]),
        Rule(
            name: "a file is read whole by WholeFile, which asks for its size first",
            pattern:
                #"\b(Data|String)\(contentsOf|contents\(atPath:|readToEnd|readDataToEnd|mappedIfSafe|alwaysMapped"#,
            allowed: [
                ("FileHandle(forReadingAtPath:", "of /proc"), ("let mounts = try?", "of /proc"),
                ("guard let status = try? String(contentsOfFile:", "of /proc"),
                ("let uptime = try? String(contentsOfFile:", "of /proc"),
                ("if let status = try? String(contentsOfFile:", "of /proc"),
                ("let text = (try? String(contentsOfFile:", "of /proc"),
                ("let data = try? file.readToEnd()", "what a worker said since the last look"),
                ("(try? file.readToEnd()) ?? Data()", "the end of an output"),
                ("pipe.fileHandleForReading.readDataToEndOfFile()", "of a program of ours"),
                ("let said = FileHandle(fileDescriptor:", "of a program of ours"),
                ("JSONValue(parsing: Data(contentsOf: url)", "thresholds of the project"),
                ("let known = try? String(contentsOf: url", "a page of the project"),
            ]),
        Rule(
            name: "a file is opened by RegularFile, which no pipe, device or link of a stranger holds up",
            pattern:
                #"(^|[^\w.])open\([^)]*O_|\b(Foundation|Glibc)\.open\(|\bfopen\(|FileHandle\(for\w+: *\w"#,
            allowed: [
                ("O_RDONLY | O_DIRECTORY", "a folder: nothing else is opened so"),
                ("O_CREAT | O_EXCL", "made here: nothing that is there is opened"),
                ("let nothing = open(", "/dev/null"),
                ("FileHandle(forWritingAtPath: file)", "a mark of this process in the user's own folder"),
            ]),
    ]

    private static var sources: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
    }

    /// Lines of code, with what tells their place: no comments, nothing between quotes.
    private static let lines: [(place: String, folder: String, text: String)] = {
        var lines: [(String, String, String)] = []
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift", let text = try? String(contentsOf: file, encoding: .utf8) else {
                continue
            }
            let parts = file.pathComponents.drop { $0 != "Sources" }.dropFirst()
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let code = line.replacing(/"(\\.|[^"\\])*"/, with: "\"\"")
                let bare = code.firstRange(of: "//").map { String(code[..<$0.lowerBound]) } ?? String(code)
                lines.append(("\(parts.joined(separator: "/")):\(number + 1)", parts.first ?? "", bare))
            }
        }
        return lines
    }()

    @Test(arguments: rules) func holds(_ rule: Rule) throws {
        #expect(SourceRulesTests.lines.count > 10_000)
        let pattern = try Regex(rule.pattern).wordBoundaryKind(.simple)
        var used: Set<String> = []
        for line in SourceRulesTests.lines
        where (rule.folders.isEmpty || rule.folders.contains(line.folder)) && line.text.contains(pattern) {
            if let known = rule.allowed.first(where: { line.text.contains($0.part) }) {
                used.insert(known.part)
            } else {
                Issue.record("\(line.place): \(line.text.trimmingCharacters(in: .whitespaces))")
            }
        }
        // What is allowed and not there any more goes.
        for known in rule.allowed where !used.contains(known.part) {
            Issue.record("nothing needs the exception for \"\(known.part)\" any more")
        }
    }

    /// Files that go through the rows of a tape or the launches of a plan, which a deep model has many thousand of.
    private static let planning = [
        "NightjarEngine/Planner", "NightjarEngine/PlanGraph", "NightjarEngine/Simplifier", "NightjarEngine/Grouping",
        "NightjarEngine/GradientExpansion", "NightjarEngine/Rematerialization", "NightjarGraph/Tape+Gradient",
    ]
    private static let overRows =
        #"^\s+for .* in .*(\brows(\.enumerated|\.indices|\.sorted)|source\.count|\bwaves\b|\border \{|\bhosts\b|\bgroups\.enumerated|stride\(from)"#

    /// A loop over all rows asks at each turn whether somebody has asked for a stop. Those of one line are over at once.
    @Test func loopsOverRowsCanBeStopped() throws {
        let pattern = try Regex(SourceRulesTests.overRows).wordBoundaryKind(.simple)
        let lines = SourceRulesTests.lines
        var found = 0
        for (number, line) in lines.enumerated()
        where SourceRulesTests.planning.contains(where: line.place.hasPrefix) && line.text.contains(pattern) {
            let isOneLine = line.text.trimmingCharacters(in: .whitespaces).hasSuffix("}")
            // It looks for something that ends the plan itself.
            let isSearch = line.text.contains(".placeholder")
            if isOneLine || isSearch { continue }
            found += 1
            let next = lines[(number + 1)..<min(number + 4, lines.count)]
            if !next.contains(where: { $0.text.contains("StopPatience.check()") }) {
                Issue.record("\(line.place): \(line.text.trimmingCharacters(in: .whitespaces))")
            }
        }
        #expect(found >= 14)
    }

    /// The patterns find what they are for.
    @Test(arguments: [
        (0, "        fatalError(message)"), (1, "let a = try! b()"), (2, "let a = b as! C"), (3, "let a = b[1]!"),
        (3, "f(a!.b)"), (4, "let n = Int(x.rounded())"), (4, "let n = Int32(tensor.value(at: 3))"),
        (5, "let n = try call.integer(1) + 1"), (5, "let n = (value.asInteger ?? 0) * 2"),
        (6, "let a = [Int](repeating: 0, count: n)"), (6, "let a = (0..<data.count).map { $0 }"),
        (6, "list.reserveCapacity(n)"), (7, "throw E(error.localizedDescription)"),
        (9, "let file = open(url.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)"), (9, "fopen(path, mode)"),
        (9, "try FileHandle(forReadingFrom: url)"), (9, "let file = Foundation.open(path, flags)"),
        (8, "let data = try Data(contentsOf: url)"), (8, "FileManager.default.contents(atPath: path)"),
    ])
    func findsWhatItIsFor(_ rule: Int, _ line: String) throws {
        #expect(line.contains(try Regex(SourceRulesTests.rules[rule].pattern).wordBoundaryKind(.simple)))
    }
}
