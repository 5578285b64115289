import Foundation
import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// What takes one input, whatever its bytes: a reader of files, or what texts, numbers and calls of strangers reach.
///
/// An input is taken, or refused with an error of ours that can be shown to people. `make fuzz-readers` drives the targets by
/// libFuzzer (``testOneInput``), the tests by ``InputMutator``.
public struct FuzzTarget: Sendable {
    /// Also the folder of its first inputs in `Tests/Fuzz/Corpus`.
    public let name: String
    /// How dear one input is, as a part of what the tests and `make fuzz-readers` give to a reader.
    public let share: Double
    /// Makes what takes the inputs of one thread, one after the other.
    private let make: @Sendable () throws -> (UnsafeRawBufferPointer) throws -> Void

    init(
        _ name: String, share: Double = 1,
        _ make: @escaping @Sendable () throws -> (UnsafeRawBufferPointer) throws -> Void
    ) {
        self.name = name
        self.share = share
        self.make = make
    }

    public static let all = arrays + files + runs + scripts + [planner]

    /// What takes inputs.
    public func driver() throws -> Driver { Driver(take: try make()) }

    /// Takes inputs, and says of each what is wrong with how it was answered.
    public struct Driver {
        let take: (UnsafeRawBufferPointer) throws -> Void

        /// How an input was answered.
        public enum Answer: Equatable {
            case taken
            /// With a message that is right.
            case refused
            /// What is wrong.
            case fault(String)
        }

        public func callAsFunction(_ bytes: UnsafeRawBufferPointer) -> Answer {
            do {
                try take(bytes)
                return .taken
            } catch let error as Disagreement {
                return .fault(error.description)
            } catch {
                return Driver.judged(error)
            }
        }

        /// Errors of ours say what is wrong.
        private static func judged(_ error: any Error) -> Answer {
            let text = "\(error)"
            let isOurs =
                error is DataError || error is RunError || error is ScriptError || error is ArgumentError
                || error is LimitError || error is TensorError || error is GraphError || error is EngineError
            guard isOurs else { return .fault("an error of \(type(of: error)) reached the caller: \(text)") }
            guard !text.isEmpty else { return .fault("an error says nothing") }
            // As the program shows it.
            let shown = ShownText.text(text)
            guard shown.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 10 || $0 == 9 }) else {
                return .fault("a message holds what a terminal obeys: \(shown.debugDescription)")
            }
            return .refused
        }
    }

    /// Two ways to the same result did not lead there.
    struct Disagreement: Error, CustomStringConvertible {
        let description: String
    }
}

/// A file that is written anew for each input.
struct InputFile {
    let url: URL

    /// - Parameter name: in a folder of its own, in memory where the system has such a place.
    init(_ name: String) throws { url = try InputFile.folder().appendingPathComponent(name) }

    init(_ url: URL) { self.url = url }

    /// A new folder for what inputs write and read.
    static func folder() throws -> URL {
        _ = cleaning
        let memory = "/dev/shm"
        let root = access(memory, W_OK) == 0 ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
        let folder = root.appendingPathComponent("nightjar-fuzz-\(getpid())/\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Takes away what this process put there, when it ends.
    private static let cleaning: Void = {
        _ = atexit {
            for root in ["/dev/shm", FileManager.default.temporaryDirectory.path] {
                try? FileManager.default.removeItem(atPath: "\(root)/nightjar-fuzz-\(getpid())")
            }
        }
    }()

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        let descriptor = open(url.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(descriptor) }
        guard descriptor >= 0,
            Foundation.write(descriptor, bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1), bytes.count)
                == bytes.count
        else { throw FuzzTarget.Disagreement(description: "\(url.path) cannot be written") }
    }
}
