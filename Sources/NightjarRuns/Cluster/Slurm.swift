// Slurm by its own programs: sbatch, squeue, scontrol, scancel.

import Foundation
import NightjarProcess

/// The cluster's scheduler, as far as cells need it. Its programs are those of `PATH`.
public struct Slurm: Sendable {
    /// What Slurm says of one element of an array.
    public struct Element: Sendable, Equatable {
        /// `RUNNING`, `TIMEOUT`, ... as squeue writes it.
        public let state: String
        /// Why it waits or ended; `None` where nothing is to be said.
        public let reason: String
        /// The node that it runs on; empty while it waits.
        public let node: String

        package init(state: String, reason: String, node: String) {
            self.state = state
            self.reason = reason
            self.node = node
        }

        /// Whether it has ended. States that are none of the known ones pass.
        public var isOver: Bool { Slurm.ends.contains(state) }
        /// Whether it waits, perhaps once more.
        package var waits: Bool { Slurm.waits.contains(state) }
    }

    private static let ends: Set = [
        "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED",
        "REVOKED", "TIMEOUT",
    ]
    private static let waits: Set = ["PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT"]

    public init() {}

    /// An array has so many elements at most, where Slurm's `MaxArraySize` is as it comes.
    public static let mostElements = 1000

    /// The words behind `sbatch` for the elements 0 to `count - 1` of a batch.
    /// - Parameters:
    ///   - folder: the working folder of the cells.
    ///   - after: a job that must have ended before.
    public static func arguments(
        _ wish: ClusterWish, name: String, batch: CellBatch, count: Int, folder: String, after: String?
    ) -> [String] {
        let most = wish.mostAtOnce.map { "%\($0)" } ?? ""
        var words = [
            "--parsable", "--job-name=\(name)", "--array=0-\(max(0, count - 1))\(most)", "--chdir=\(folder)",
            "--output=\(batch.url.path)/%a.log", "--open-mode=append", "--requeue",
            "--signal=B:USR1@\(wish.notice ?? ClusterScript.notice)",
        ]
        for (option, value) in [
            ("partition", wish.partition), ("account", wish.account), ("time", wish.time),
            ("cpus-per-task", wish.cpus.map(String.init)), ("mem", wish.memory),
        ] {
            if let value { words.append("--\(option)=\(value)") }
        }
        words += wish.others.map { other in "--\(other.name)" + (other.value.map { "=\($0)" } ?? "") }
        if let after { words.append("--dependency=afterany:\(after)") }
        return words + [batch.scriptURL.path]
    }

    /// Hands a batch over.
    /// - Returns: the number of the job.
    public func submit(_ arguments: [String]) throws -> String {
        let answer = try ask("sbatch", arguments)
        // "number;cluster" where there are several clusters.
        let number = answer.split(whereSeparator: { $0.isNewline || $0 == ";" }).first.map(String.init) ?? ""
        guard !number.isEmpty, number.allSatisfy(\.isNumber) else {
            throw RunError("sbatch was to print the number of a job, and printed '\(answer)'")
        }
        return number
    }

    /// The elements of a job, by their numbers; nil where Slurm knows the job no more.
    /// - Throws: `RunError` where Slurm does not answer.
    public func elements(of job: String) throws -> [Int: Element]? {
        let words = ["--noheader", "--array", "--states=all", "--jobs=\(job)", "--format=%K|%T|%r|%N"]
        let text: String
        do {
            text = try ask("squeue", words)
        } catch let error as RunError where error.description.contains("Invalid job id") {
            return nil
        }
        let elements = Slurm.elements(text)
        return elements.isEmpty ? nil : elements
    }

    /// Reads what ``elements(of:)`` asked for.
    package static func elements(_ text: String) -> [Int: Element] {
        var elements: [Int: Element] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 4, let number = Int(parts[0]) else { continue }
            elements[number] = Element(state: parts[1], reason: parts[2], node: parts[3])
        }
        return elements
    }

    /// What Slurm has noted of an element that ended badly, a line; nil where it has nothing any more.
    public func account(of job: String, _ element: Int) -> String? {
        guard let text = try? ask("scontrol", ["--oneliner", "show", "job", "\(job)_\(element)"]) else { return nil }
        return Slurm.account(text)
    }

    package static func account(_ text: String) -> String? {
        let wanted = ["JobState", "Reason", "ExitCode", "Restarts", "RunTime", "TimeLimit", "NodeList"]
        var facts: [String: Substring] = [:]
        for word in text.split(whereSeparator: \.isWhitespace) {
            let parts = word.split(separator: "=", maxSplits: 1)
            if parts.count == 2, facts[String(parts[0])] == nil { facts[String(parts[0])] = parts[1] }
        }
        let known = wanted.compactMap { name in facts[name].map { "\(name)=\($0)" } }
        return known.isEmpty ? nil : "Slurm: " + known.joined(separator: " ")
    }

    /// The status and the signal with which an element ended, from what ``account(of:_:)`` says.
    package static func exit(in account: String) -> (status: Int32, signal: Int32)? {
        guard let word = account.split(separator: " ").first(where: { $0.hasPrefix("ExitCode=") }) else { return nil }
        let numbers = word.dropFirst("ExitCode=".count).split(separator: ":").compactMap { Int32($0) }
        return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }

    public func cancel(_ job: String) throws { _ = try ask("scancel", [job]) }

    /// What a program of Slurm prints.
    private func ask(_ program: String, _ words: [String]) throws -> String {
        let answer: ProgramAnswer
        do {
            answer = try ProgramAnswer.of(program, words)
        } catch let error as ChildProcess.StartError where error.number == ENOENT {
            throw RunError(
                "\(program) was not found: --on slurm runs where Slurm's own programs are on PATH, such as the login node; "
                    + "elsewhere 'nightjar cells' prints a command for each cell")
        } catch {
            throw RunError("\(error)")
        }
        guard answer.end == .exited(0) else {
            let said = answer.errors.trimmingCharacters(in: .whitespacesAndNewlines)
            throw RunError("\(program) failed" + (said.isEmpty ? " and said nothing" : ": \(said)"))
        }
        return answer.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
