@_exported import NightjarScripting
@_exported import NightjarTensor
import Foundation
import NightjarEngine
import NightjarGraph
import NightjarTraining

/// A value that goes between a program and its scripts.
public typealias LuaValue = ScriptValue

/// Nightjar inside of another program: runs scripts, gives them functions, exchanges tensors, hears of their training.
///
/// One runtime belongs to one thread at a time; several run at once on threads of their own. ``cancel()`` alone may be
/// called from any thread.
///
/// ```swift
/// let runtime = try Runtime()
/// try runtime.register("answer") { _ in [.integer(42)] }
/// let values = try runtime.run("local nj = require 'nightjar' return nj.host.answer() + 1")   // 43
/// ```
public final class Runtime {
    /// What a runtime allows its scripts, and how it computes.
    public struct Options: Sendable {
        /// Threads that compute.
        public var threads = 1
        /// Lifts the sandbox.
        public var isTrusted = false
        /// Folders below which scripts may read, besides those of plugins.
        public var readableFolders: [String] = []
        /// Where relative paths of scripts start, and below which they may write tensors; nil: the working folder.
        public var workingFolder: String?
        /// Where data sets lie; nil: `NIGHTJAR_DATA`, then the system's folder.
        public var dataFolder: String?
        /// Folders of plugins, or plugins; nil: the usual places.
        public var plugins: [String]?
        /// What `nj.config` is told: names and values as text.
        public var settings: [(name: String, value: String)] = []
        /// Where random draws start.
        public var seed: UInt64 = 1
        /// Bytes that Lua may use; 0: no limit.
        public var memoryLimit = 0
        /// Instructions of the Lua machine that each call may use; 0: no limit.
        public var instructionLimit = 0

        public init() {}
    }

    /// An epoch that a script's trainer has done.
    public struct Progress: Sendable {
        /// Counted from 1.
        public let epoch: Int
        /// The last epoch to come.
        public let lastEpoch: Int
        /// Losses, accuracies and metrics by the names of the columns of metrics.csv; NaN where there is none.
        public let values: [String: Double]
    }

    /// What a script did wrong, or ran into.
    public struct Failure: Error, CustomStringConvertible, Sendable {
        /// In words, beginning with the place where one is known.
        public let message: String
        /// The script; nil where the place is not known.
        public let file: String?
        /// The line, from 1; nil where it is not known.
        public let line: Int?
        /// Calls from the inside out.
        public let traceback: [String]
        /// Whether ``Runtime/cancel()`` ended it.
        public let isCancelled: Bool

        public var description: String { message }
    }

    /// The host beneath: everything that the command uses.
    public let host: ScriptHost
    private let options: Options
    private let relay = Relay()
    private let canceller: Canceller

    /// What scripts print. Standard output unless set.
    public var printed: (String) -> Void {
        get { host.output }
        set { host.output = newValue }
    }

    /// Called after each epoch of a training that a script starts, on the runtime's thread.
    public var progress: (Progress) -> Void {
        get { relay.progress }
        set { relay.progress = newValue }
    }

    /// - Throws: ``Failure`` where the Lua side of the library is not found (`NIGHTJAR_HOME`).
    public init(_ options: Options = Options()) throws {
        self.options = options
        var script = ScriptOptions(
            isTrusted: options.isTrusted, readableFolders: options.readableFolders, pluginRoots: options.plugins,
            settings: options.settings, seed: options.seed, memoryLimit: options.memoryLimit)
        if let folder = options.workingFolder { script.workingFolder = folder }
        script.dataFolder = options.dataFolder
        do {
            host = try ScriptHost(session: Session(threads: max(1, options.threads)), options: script)
        } catch {
            throw Failure(error, isCancelled: false)
        }
        canceller = Canceller(host)
        relay.flag = canceller.flag
        host.fitListener = relay
    }

    // MARK: Running

    /// Runs a script and gives what it returns. Its arguments are `...` in it.
    /// - Throws: ``Failure``.
    @discardableResult
    public func run(_ text: String, name: String = "script.lua", arguments: [LuaValue] = []) throws -> [LuaValue] {
        try guarded { try host.run(text, name: name, arguments: arguments) }
    }

    /// Runs a script file. The folder that it lies in becomes readable.
    /// - Throws: ``Failure``.
    @discardableResult
    public func run(file: String, arguments: [LuaValue] = []) throws -> [LuaValue] {
        try guarded { try host.runFile(file, arguments: arguments) }
    }

    /// Calls a function that a script returned.
    /// - Throws: ``Failure``.
    @discardableResult
    public func call(_ function: ScriptFunction, _ arguments: [LuaValue] = []) throws -> [LuaValue] {
        try guarded { try function.call(arguments) }
    }

    /// Stops what the runtime is running, or its next call, from any thread: the script at its next instruction, a training
    /// after the step that it is at. The call throws; the runtime can be used again.
    public func cancel() { canceller.cancel() }

    private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        canceller.begin()
        host.limitInstructions(options.instructionLimit)
        do {
            let result = try host.counted(body)
            // A training that was cancelled ends in order, and its script goes on to its end.
            if canceller.end() { throw Failure(CancelledError(), isCancelled: true) }
            return result
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(error, isCancelled: canceller.end())
        }
    }

    // MARK: What scripts are given

    /// Gives scripts a function, `nj.host.name(...)`: see ``ScriptHost/register(_:_:)``.
    public func register(_ name: String, _ body: @escaping HostFunction) throws {
        do { try host.register(name, body) } catch { throw Failure(error, isCancelled: false) }
    }

    /// Makes a type of the program's known to scripts: see ``ScriptHost/register(type:methods:)``.
    public func register(type name: String, methods: [String: HostFunction]) throws {
        do { try host.register(type: name, methods: methods) } catch { throw Failure(error, isCancelled: false) }
    }

    // MARK: Tensors

    /// A tensor as a value for scripts. Nothing is copied: the memory is shared, and must not be written any more.
    public func value(_ tensor: Tensor) -> LuaValue {
        let tape = host.session.tape
        return .tensor(Value(tape, tape.leaf(tensor)))
    }

    /// The tensor that a script gave, computed where that was still to be done. Its memory is the script's: to be read, not
    /// written.
    public func tensor(_ value: LuaValue) throws -> Tensor {
        guard case .tensor(let value) = value else {
            throw Failure(ScriptError("expected a tensor, got \(value.phrase)"), isCancelled: false)
        }
        return try guarded {
            guard let tensor = try host.session.evaluate([value]).first else { throw ScriptError("there is no tensor") }
            return tensor
        }
    }
}

private struct CancelledError: Error, CustomStringConvertible { let description = "cancelled" }

extension Runtime.Failure {
    fileprivate init(_ error: any Error, isCancelled: Bool) {
        let script = error as? ScriptError
        let message = script?.message ?? "\(error)"
        // mine.lua:7: what is wrong
        let head = message.prefix { $0 != "\n" }
        let parts = head.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        let line = parts.count == 3 ? Int(parts[1]) : nil
        self.init(
            message: isCancelled ? "cancelled" : message, file: line == nil ? nil : String(parts[0]), line: line,
            traceback: script?.traceback ?? [], isCancelled: isCancelled)
    }
}

/// How another thread stops a runtime.
private final class Canceller: @unchecked Sendable {
    let flag = InterruptionFlag()
    private let lock = NSLock()
    /// Nobody is told of a cancellation that comes while nothing runs; the next call ends at once then.
    private var isAsked = false
    private weak var host: ScriptHost?
    private var isRunning = false

    init(_ host: ScriptHost) { self.host = host }

    func cancel() {
        lock.withLock {
            isAsked = true
            flag.request()
            // The host lives as long as its runtime, which is what calls this; its hook may be set from any thread.
            if isRunning { host?.interrupt() }
        }
    }

    func begin() {
        lock.withLock {
            isRunning = true
            if isAsked { host?.interrupt() }
        }
    }

    /// Whether it was cancelled; the runtime can be used again then.
    func end() -> Bool {
        lock.withLock {
            isRunning = false
            defer { isAsked = false }
            if isAsked {
                flag.clear()
                host?.revive()
            }
            return isAsked
        }
    }
}

/// Hears of trainings for a runtime.
private final class Relay: FitListener, TrainingObserver {
    var progress: (Runtime.Progress) -> Void = { _ in }
    var flag = InterruptionFlag()
    private var names: [String] = []
    private var lastEpoch = 0

    func fitBegins(_ fit: ScriptFit) throws {
        fit.trainer.interruption = flag
        fit.trainer.observers.append(self)
    }
    func fitEnded(_ fit: ScriptFit, _ result: FitResult) throws { fit.trainer.observers.removeAll { $0 === self } }
    func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error {
        fit.trainer.observers.removeAll { $0 === self }
        return error
    }

    func trainingBegins(_ outline: TrainingOutline) throws {
        names = EpochRecord.columns + outline.extraColumns
        lastEpoch = outline.lastEpoch
    }
    func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        let values = zip(names, record.values).map { ($0, $1 ?? .nan) }
        progress(
            Runtime.Progress(
                epoch: record.epoch, lastEpoch: lastEpoch, values: Dictionary(values, uniquingKeysWith: { $1 })))
    }
}
