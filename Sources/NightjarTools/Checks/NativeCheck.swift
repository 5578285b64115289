import NightjarEngine
import NightjarGraph
import NightjarNative
import NightjarScripting
import NightjarTensor

/// What `nightjar plugins check` asks of a plugin's native library: that nothing reaches beyond its memory, that threads
/// change no bit, that float32 is float64 in fewer digits, and that gradients are those of the values.
///
/// A library can do anything to the process: it belongs into one of its own, which nothing else needs.
public struct NativeCheck {
    public enum Verdict: Equatable, Sendable { case fine, note, failed }

    public struct Finding: Equatable, Sendable {
        /// `operation 'smoothed'`
        public let subject: String
        public let verdict: Verdict
        public let text: String
    }

    private let host: ScriptHost
    private let plugin: String

    /// - Parameter host: trusted.
    public init(_ host: ScriptHost, plugin: String) { (self.host, self.plugin) = (host, plugin) }

    /// Asks all of it, one thing after the other.
    /// - Returns: whether nothing failed.
    /// - Throws: ``ScriptError`` for a plugin without a library, or one that does not load.
    public func run(_ report: (Finding) -> Void) throws -> Bool {
        let library: NativeLibrary
        do {
            library = try host.nativeLibrary(plugin).library
        } catch let error as ArgumentError {
            throw ScriptError("\(error)")
        }
        var failed: Set<String> = []
        func tell(_ finding: Finding) {
            if finding.verdict == .failed { failed.insert(finding.subject) }
            report(finding)
        }
        // First, as long as there is one thread: it takes the signals of bad memory.
        _ = NativeTrial.run(library) { finding in
            tell(
                Finding(
                    subject: finding.subject, verdict: finding.fault == nil ? .fine : .failed,
                    text: finding.fault ?? "\(finding.subject) keeps to its memory"))
        }
        for operation in library.operations {
            let subject = "operation '\(operation.name)'"
            guard !failed.contains(subject) else { continue }
            if let finding = try threads(operation, subject) { tell(finding) }
            guard !failed.contains(subject) else { continue }
            tell(try values(operation, subject))
        }
        return failed.isEmpty
    }

    /// Whether one thread and several give the same bits; nil where there are no rows to share.
    private func threads(_ operation: NativeOperation, _ subject: String) throws -> Finding? {
        guard let shapes = operation.manyRows else { return nil }
        let numbers = operation.attributes.map(\.standard)
        for dtype in [DType.float32, .float64] {
            let inputs = try operation.example(shapes, dtype: dtype)
            func value(threads: Int) throws -> Tensor {
                let session = Session(threads: threads)
                let tape = session.tape
                let node = try tape.native(operation, inputs.map { tape.leaf($0) }, attributes: numbers)
                return try session.evaluate([Value(tape, node)])[0]
            }
            let alone = try value(threads: 1)
            for _ in 0..<5 {
                let shared = try value(threads: 4)
                let isSame = UnsafeRawBufferPointer(start: alone.pointer, count: alone.byteCount).elementsEqual(
                    UnsafeRawBufferPointer(start: shared.pointer, count: shared.byteCount))
                guard isSame else {
                    return Finding(
                        subject: subject, verdict: .failed,
                        text:
                            "\(subject) gives other bits when several threads call it (\(dtype)): it keeps something that "
                            + "they share, such as a static variable")
                }
            }
        }
        return Finding(
            subject: subject, verdict: .fine, text: "\(subject) gives the same bits for any number of threads")
    }

    /// Types and gradients, as scripts see them.
    private func values(_ operation: NativeOperation, _ subject: String) throws -> Finding {
        let examples = try operation.exampleShapes.prefix(3).map { shapes in
            let tensors = try operation.example(shapes, dtype: .float64)
            let tape = host.session.tape
            return ScriptValue.table(ScriptTable(array: tensors.map { .tensor(Value(tape, tape.leaf($0))) }))
        }
        let answer = try host.library?.call([
            .string("check_native"), .string(plugin), .string(operation.name), .table(ScriptTable(array: examples)),
        ]).first?.asTable
        let verdict: Verdict =
            switch answer?["verdict"]?.asString {
            case "ok": .fine
            case "note": .note
            default: .failed
            }
        return Finding(subject: subject, verdict: verdict, text: "\(subject): \(answer?["text"]?.asString ?? "")")
    }
}
