import CLuaShim
import Foundation
import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarNative
import NightjarTensor
import NightjarTraining

/// One Lua state and the session that its tensors are recorded on.
///
/// Everything a script can call is in the binding table (``BindingTable``). One thread at a time; not Sendable.
///
/// ```swift
/// let host = try ScriptHost(session: Session(threads: 2))
/// try host.runFile("experiment.lua")
/// ```
public final class ScriptHost {
    public let session: Session
    public let options: ScriptOptions
    /// See ``ScriptOptions/settings``; other ones count from the next call of `nj.config` or `nj.experiment`.
    package var settings: [(name: String, value: String)]
    /// Where scripts, plugins and the Lua side of the library are found.
    public let files: ScriptFiles
    /// The plugins that were found, and what became of each.
    public package(set) var plugins = PluginRegistry()
    /// Where plugins were looked for.
    public private(set) var places = PluginPlaces([])
    /// Takes what scripts print. Standard output unless set.
    public var output: (String) -> Void = { text in FileHandle.standardOutput.write(Data(text.utf8)) }

    /// Takes what people should know of what a script was given; standard error unless set.
    public var notes: (String) -> Void = { text in FileHandle.standardError.write(Data((text + "\n").utf8)) }
    private var saidNotes: Set<String> = []

    /// Hears of training that scripts start.
    public weak var fitListener: (any FitListener)?

    let link = HostLink()
    let state: OpaquePointer
    package let table: BindingTable
    /// What the shim is told about the last error or result lives here until the next call.
    @exclusivity(unchecked) var writer = TokenWriter()
    /// For results of calls from scripts, which are pushed before the next call can come.
    let resultWriter = TokenWriter()
    private var callWriters: [TokenWriter] = []
    private var callDepth = 0
    /// How often scripts looked at a shape, or were told of one in an error; see ``ScriptOptimizer``.
    @exclusivity(unchecked) var shapeReads = 0
    var frames: [String] = []
    /// Where the innermost of them stands: `mine.lua:7`.
    var innermostPlace: String?
    private var shortNames: [String: String] = [:]
    /// The traceback of the error that waits to be raised again.
    var pendingTraceback: [String] = []
    /// More than 0 while a function is being differentiated: its tape must stay.
    @exclusivity(unchecked) var differentiationDepth = 0
    /// For each custom function whose rule is being recorded: whether operations were computed at once before it.
    var recordedRules: [Bool] = []
    /// Native bytes that the current tape keeps alive.
    @exclusivity(unchecked) var tapeBytes = 0
    /// Bytes that recorded operations may take while no value is computed: more than three million small tensors that a
    /// script keeps. Beyond that, recording and collecting go on for minutes before memory is full, and no plan of so many
    /// has room.
    package var mostRecorded = 1 << 30
    /// Places that also name an operation, by (place, binding).
    var operationPlaces: [UInt64: Int32] = [:]
    package var draws = DrawCounter()
    /// What draws, noise and trainers without a seed of their own start from: what `nj.manual_seed` or the replicate of a
    /// cell said last, or the seed of the run.
    var seed: UInt64 { draws.seed ?? options.seed }
    /// See ``ScriptFaults/callback``; negative: none.
    @exclusivity(unchecked) var callbacksUntilFault = -1
    var hasMetCallbackFault = false
    /// Layers in Lua that are being recorded, from the outside in.
    var recordedForwards: [ForwardContext] = []
    /// By which losses that are being recorded ask the model about other inputs; the innermost is last.
    var lossModels: [(NodeID) throws -> NodeID] = []
    /// Layers in Lua by the numbers that their objects carry.
    var scriptLayers: [WeakLayer] = []
    /// See ``catalog()``.
    var knownCatalog: DataCatalog?
    /// What metrics are asked about, while they are.
    var evaluation: EvaluationDetails?
    /// The files that declare data sets, by the names of these.
    package var dataFiles: [String: String] = [:]
    /// What the program gave to scripts.
    let host = HostTable()
    /// Native libraries that were loaded, by the plugin.
    var nativeLibraries: [String: NativeLibrary] = [:]
    /// The limits of the run, while they are in force.
    var limitKeeper: LimitKeeper?
    /// Loads plugin scripts only once.
    package var library: ScriptFunction?

    /// A state with the library loaded.
    /// - Throws: ``ScriptError`` when the Lua side of the library is not found or does not load.
    public init(session: Session, options: ScriptOptions = ScriptOptions()) throws {
        self.session = session
        self.options = options
        settings = options.settings
        files = ScriptFiles(options: options)
        table = BindingTable.standard
        guard let opened = ScriptHost.open() else { throw ScriptError("not enough memory for a Lua state") }
        state = opened.state
        contextBox = opened.context
        contextBox.pointee = Unmanaged.passUnretained(self)
        link.connect(self)
        inject(options.faults)
        if options.limits.bytes != nil, session.account == nil { session.account = MemoryAccount() }
        try counted { try prepare() }
    }

    /// Where the callbacks find the host. Outlives the state.
    private let contextBox: UnsafeMutablePointer<Unmanaged<ScriptHost>?>

    deinit {
        link.cut()
        liftLimits()
        njl_close(state)
        contextBox.deallocate()
    }

    private static func open() -> (state: OpaquePointer, context: UnsafeMutablePointer<Unmanaged<ScriptHost>?>)? {
        let context = UnsafeMutablePointer<Unmanaged<ScriptHost>?>.allocate(capacity: 1)
        context.initialize(to: nil)
        var callbacks = scriptCallbacks()
        callbacks.context = UnsafeMutableRawPointer(context)
        guard let state = njl_open(&callbacks) else {
            context.deallocate()
            return nil
        }
        return (state, context)
    }

    private func prepare() throws {
        try protected { njl_prepare(state, options.isBare ? 2 : options.isTrusted ? 1 : 0, $0) }
        try table.register(with: self)
        let initial = try files.library("init.lua")
        let start = try load(initial.text, chunkName: "=[nightjar] init.lua", in: .library)
        library = try start.callForReferences([]).first?.asFunction
        njl_limit_memory(state, options.memoryLimit)
        places = options.pluginRoots.map { PluginPlaces($0) } ?? .standard()
        if places.besideScripts {
            let configuration = UserConfiguration.current(self)
            plugins.prefer(configuration.preferred)
            if !options.distrustsAll { files.trusted = TrustedFolders(configuration.trusted) }
        }
        PluginLoader(host: self).load(places, into: &plugins)
        try beginLimits()
    }

    /// Runs work of the host's, or of whoever has it, as part of its session's: memory that it takes counts there.
    package func counted<Result>(_ body: () throws -> Result) rethrows -> Result {
        let work = MemoryAccount.begin(session.account)
        defer { work.end() }
        return try body()
    }

    /// Reads a script that is to be run. Plugins in a folder `plugins` beside it are found from now on.
    package func script(_ path: String) throws -> ScriptFiles.File {
        let file = try files.script(path)
        findPlugins(in: (file.path as NSString).deletingLastPathComponent)
        return file
    }

    /// Adds the plugins of the folder `plugins` below a folder, where such are looked for.
    public func findPlugins(in folder: String) {
        let root = folder + "/plugins"
        guard places.besideScripts, FileManager.default.fileExists(atPath: root) else { return }
        files.holdsPlugins(root)
        PluginLoader(host: self).load(PluginPlaces([root]), into: &plugins)
        knownCatalog = nil
    }

    /// Adds the plugin that a folder is.
    func addPlugin(_ folder: String) {
        guard !plugins.entries.contains(where: { $0.folder == folder }) else { return }
        PluginLoader(host: self).load(PluginPlaces([folder]), into: &plugins)
        knownCatalog = nil
    }

    /// Whether the user's configuration trusts what lies at a path.
    func trusts(_ path: String) -> Bool { files.trusted.cover(path) }

    /// Says a note, once however often it comes.
    func say(note: String) {
        if saidNotes.insert(note).inserted { notes("note: " + note) }
    }

    // MARK: Running scripts

    /// Runs a script file and returns what it returns.
    /// - Throws: ``ScriptError`` with the script's line, also when the file is missing or does not compile.
    @discardableResult
    public func runFile(_ path: String, arguments: [ScriptValue] = []) throws -> [ScriptValue] {
        return try load(script(path)).call(arguments)
    }

    /// Runs a script given as text; `name` is what messages call it.
    @discardableResult
    public func run(_ text: String, name: String = "script.lua", arguments: [ScriptValue] = []) throws -> [ScriptValue]
    {
        try load(text, chunkName: "@" + name).call(arguments)
    }

    /// Compiles a script that was read: without the sandbox where the user's configuration trusts its folder.
    package func load(_ file: ScriptFiles.File) throws -> ScriptFunction {
        try load(file.text, chunkName: "@" + file.displayName, in: files.trust(file) ? .trusted : .sandbox)
    }

    /// Compiles a script in an environment of its own.
    public func load(_ text: String, chunkName: String) throws -> ScriptFunction {
        try load(text, chunkName: chunkName, in: .sandbox)
    }

    /// What a script can reach.
    package enum Environment: Int32 {
        /// What the state allows its scripts.
        case sandbox = 0
        /// The library's own files.
        case library = 1
        /// All standard libraries.
        case trusted = 2
    }

    /// Compiles a script.
    package func load(_ text: String, chunkName: String, in environment: Environment) throws -> ScriptFunction {
        noteShortName(chunkName)
        let receiver = Receiver(host: self)
        let work = MemoryAccount.begin(session.account)
        defer { work.end() }
        // A first line for the system's loader, #!/usr/bin/env -S nightjar run, is a comment, and stays a line.
        var copy = text.hasPrefix("#!") ? "--" + text.dropFirst(2) : text
        let status = copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                njl_load(
                    state, characters.baseAddress, characters.count, chunkName, environment.rawValue, receiver.pointer)
            }
        }
        let values = try receiver.answer(status)
        guard case .function(let function)? = values.first else { throw ScriptError("\(chunkName) did not compile") }
        return function
    }

    /// Lua cuts long file names in its own messages ("...losses/mine.lua"); they are put back whole.
    private func noteShortName(_ chunkName: String) {
        let name = chunkName.dropFirst()
        guard chunkName.hasPrefix("@"), name.utf8.count > 59 else { return }
        shortNames["..." + String(decoding: name.utf8.suffix(56), as: UTF8.self)] = String(name)
    }

    /// A message with whole file names.
    package func wholeNames(_ message: String) -> String {
        guard message.hasPrefix("...") else { return message }
        for (short, name) in shortNames where message.hasPrefix(short) { return name + message.dropFirst(short.count) }
        return message
    }

    // MARK: Calls

    /// Keeps the value in a stack slot of the running call.
    @inline(never)
    func keep(slot: Int32) throws -> ScriptFunction {
        let reference = njl_reference(state, slot)
        guard reference > 0 else { throw ScriptError("not enough memory") }
        return ScriptFunction(host: self, reference: reference)
    }

    func call(_ function: ScriptFunction, _ arguments: [ScriptValue], raw: Bool) throws -> [ScriptValue] {
        try call(function, count: arguments.count, raw: raw) { writer in
            for argument in arguments { writer.write(argument, place: 0) }
        }
    }

    /// Calls with the `count` arguments that `fill` writes.
    func call(
        _ function: ScriptFunction, count: Int, raw: Bool, _ fill: (TokenWriter) -> Void
    ) throws -> [ScriptValue] {
        let outer = session.profiler?.enter(.script(function.role))
        defer { if let outer { session.profiler?.leave(outer) } }
        let work = MemoryAccount.begin(session.account)
        defer { work.end() }
        // Calls nest; each depth has a writer, which is used again.
        if callDepth == callWriters.count { callWriters.append(TokenWriter()) }
        let writer = callWriters[callDepth]
        callDepth += 1
        defer {
            callDepth -= 1
            writer.reset()
        }
        fill(writer)
        self.writer = writer
        let receiver = Receiver(host: self)
        let status = writer.tokens.withUnsafeBufferPointer { tokens in
            njl_call(
                state, function.reference, tokens.baseAddress, Int32(tokens.count), Int32(count), raw ? 1 : 0,
                receiver.pointer)
        }
        return try receiver.answer(status)
    }

    func field(of function: ScriptFunction, _ name: String, raw: Bool) throws -> ScriptValue {
        let receiver = Receiver(host: self)
        return try counted {
            let status = njl_get_field(state, function.reference, name, raw ? 1 : 0, receiver.pointer)
            return try receiver.answer(status).first ?? .nil
        }
    }

    /// Runs a protected call that answers nothing.
    func protected(_ body: (UnsafeMutableRawPointer) -> Int32) throws {
        let receiver = Receiver(host: self)
        _ = try counted { try receiver.answer(body(receiver.pointer)) }
    }

    // MARK: Limits

    /// For tests: what fails from now on.
    /// - Returns: whether a fault that was asked for before has come.
    @discardableResult
    package func inject(_ faults: ScriptFaults) -> Bool {
        let met = njl_met_fault(state) || hasMetCallbackFault
        hasMetCallbackFault = false
        njl_fail_allocation(state, Int64(faults.allocation ?? -1))
        njl_fail_call(state, Int64(faults.call ?? -1))
        callbacksUntilFault = faults.callback ?? -1
        return met
    }

    /// Bytes that the Lua state itself uses; tensors are not counted.
    public var luaByteCount: Int { njl_lua_bytes(state) }

    /// Collects everything that scripts no longer refer to.
    public func collectGarbage() {
        njl_drop_anchor(state)
        njl_collect(state)
    }

    /// Stops the script that runs on this host, at its next instruction, for good; it cannot catch this. What a signal
    /// asks for (`StopSignal`) does the same by itself.
    public func interrupt() { njl_interrupt(state, scriptInterrupted) }

    /// Lets scripts run again after a stop that was taken back. Not while one runs.
    package func goOn() { njl_go_on(state) }

    /// Scripts run at most about this many VM instructions from now on; 0: no limit. Does not lift an interruption.
    public func limitInstructions(_ count: Int) { njl_limit_instructions(state, Int64(count)) }

    /// Counts work that the host did for a script, such as output, as so many instructions.
    func spend(_ instructions: Int) { njl_spend(state, Int64(instructions)) }

    /// Runs `body`, whose scripts may use about so many instructions together, so many bytes more than are used now, and so
    /// much time of the processor. The limit on instructions stays.
    /// - Throws: ``LimitError`` where a script met that limit, or the one on memory; what `body` throws.
    package func limited<Result>(
        instructions: Int, bytes: Int? = nil, milliseconds: Int = 0, _ body: () throws -> Result
    ) throws -> Result {
        limitInstructions(instructions)
        let before = options.memoryLimit
        let memory = bytes.map { before == 0 ? luaByteCount + $0 : min(before, luaByteCount + $0) } ?? before
        njl_limit_memory(state, memory)
        defer { njl_limit_memory(state, before) }
        if milliseconds > 0 { njl_limit_time(state, Int64(milliseconds)) }
        defer { if milliseconds > 0 { njl_limit_time(state, 0) } }
        do {
            return try body()
        } catch let error as ScriptError {
            switch njl_met_limit(state) {
            case NJL_OUT_OF_INSTRUCTIONS:
                throw LimitError(
                    message: error.message,
                    advice: "it ran for \(instructions) instructions: is there a loop without an end?")
            case NJL_OUT_OF_MEMORY:
                throw LimitError(
                    message: error.message,
                    advice:
                        "scripts get \((bytes ?? options.memoryLimit) >> 20) MiB for Lua: does a table grow without an end?"
                )
            case NJL_OUT_OF_TIME:
                throw LimitError(
                    message: error.message,
                    advice: "it took \(milliseconds) ms: does it work on something large again and again?")
            default: throw error
            }
        }
    }
}

/// Text that outlives every state.
private nonisolated(unsafe) let scriptInterrupted: UnsafePointer<CChar>? = {
    let text = "interrupted"
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
    for (index, byte) in text.utf8.enumerated() { copy[index] = CChar(bitPattern: byte) }
    copy[text.utf8.count] = 0
    return UnsafePointer(copy)
}()

/// What a host allows its scripts.
public struct ScriptOptions: Sendable {
    /// Lifts the sandbox: all standard libraries, files anywhere, globals.
    public var isTrusted: Bool
    /// Trusts nothing but what ``isTrusted`` says, whatever the user's configuration trusts: for strangers' files.
    public var distrustsAll = false
    /// Folders below which scripts may read, besides the plugin folders and the folder of the script.
    public var readableFolders: [String]
    /// Where relative paths of `nj.save` and `nj.load` start, and below which scripts may write tensors.
    public var workingFolder = FileManager.default.currentDirectoryPath
    /// Further folders below which scripts may write tensors.
    public var writableFolders: [String] = []
    /// Where data sets lie: `--data-dir`.
    public var dataFolder: String?
    /// Folders in which plugins are looked for, first to last; nil: the usual places.
    public var pluginRoots: [String]?
    /// Texts that stand in the place of files; nil: all is read from the disk.
    public var texts: ScriptTexts?
    /// `name=value` from the command line, for `nj.config`.
    public var settings: [(name: String, value: String)]
    /// Files of metrics that every trainer measures besides its own.
    public var metrics: [String] = []
    /// Reporters that every trainer has behind its own, such as `markdown{file="table.md"}`.
    public var reporters: [String] = []
    /// What seeds a script's own draws unless it says so itself.
    public var seed: UInt64
    /// At most this many bytes for Lua itself; 0: no limit.
    public var memoryLimit: Int
    /// What the run may use; nothing is limited unless it is set.
    public var limits = ScriptLimits()
    /// For tests: trusted, with the standard library as it is, where no stop reaches what loops in C.
    package var isBare = false
    /// For tests: what fails while the host is made, and after.
    package var faults = ScriptFaults()

    public init(
        isTrusted: Bool = false, readableFolders: [String] = [], pluginRoots: [String]? = nil,
        settings: [(name: String, value: String)] = [], seed: UInt64 = 1, memoryLimit: Int = 0
    ) {
        self.isTrusted = isTrusted
        self.readableFolders = readableFolders
        self.pluginRoots = pluginRoots
        self.settings = settings
        self.seed = seed
        self.memoryLimit = memoryLimit
    }
}
