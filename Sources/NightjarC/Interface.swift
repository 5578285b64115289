import CNightjar
import Foundation
import Nightjar

// The C interface of nightjar.h over `Runtime`. Pointers are retained Swift objects; a call with NULL in the place of one
// fails and does not crash.

/// A runtime, and what its last failure was, as C sees it.
final class Handle {
    let runtime: Runtime
    var failure = Note()

    init(_ runtime: Runtime) { self.runtime = runtime }

    /// Runs `body` and notes what it throws.
    func guarded(_ body: () throws -> Void) -> Int32 {
        do {
            try body()
            return 0
        } catch {
            failure.set(error)
            return 1
        }
    }
}

/// Words that stay where they are until there are others.
final class Note {
    private var text: UnsafeMutablePointer<CChar>?
    private var file: UnsafeMutablePointer<CChar>?
    private(set) var line: Int32 = 0

    deinit { clear() }

    private func clear() {
        free(text)
        free(file)
    }

    func set(_ error: any Error) {
        clear()
        let failure = error as? Runtime.Failure
        text = strdup(failure?.message ?? "\(error)")
        file = failure?.file.flatMap { strdup($0) }
        line = failure?.line.flatMap { Int32(exactly: $0) } ?? 0
    }

    var words: UnsafePointer<CChar>? { UnsafePointer(text) }
    var place: UnsafePointer<CChar>? { UnsafePointer(file) }
}

/// Values for C, with the texts and tensors that it was shown.
final class ValueList {
    var values: [LuaValue]
    private var texts: [Int: UnsafeMutablePointer<CChar>] = [:]
    /// Tensors that were made for C and are not given to a runtime yet, by position.
    var fresh: [Int: Tensor] = [:]
    /// Tensors that C looks at.
    var shown: [Int: Tensor] = [:]

    init(_ values: [LuaValue] = []) { self.values = values }
    deinit { texts.values.forEach { free($0) } }

    subscript(index: Int64) -> LuaValue? {
        guard let index = Int(exactly: index), values.indices.contains(index) else { return nil }
        return values[index]
    }

    func text(_ index: Int64) -> UnsafeMutablePointer<CChar>? {
        guard case .string(let text)? = self[index], let position = Int(exactly: index) else { return nil }
        if let known = texts[position] { return known }
        let bytes = Array(text.utf8)
        guard let copy = malloc(bytes.count + 1)?.assumingMemoryBound(to: CChar.self) else { return nil }
        for (place, byte) in bytes.enumerated() { copy[place] = CChar(bitPattern: byte) }
        copy[bytes.count] = 0
        texts[position] = copy
        return copy
    }

    /// The values as a runtime takes them.
    func given(to runtime: Runtime) -> [LuaValue] {
        var given = values
        for (position, tensor) in fresh { given[position] = runtime.value(tensor) }
        return given
    }
}

private func handle(_ pointer: OpaquePointer?) -> Handle? {
    pointer.map { Unmanaged<Handle>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}
private func list(_ pointer: OpaquePointer?) -> ValueList? {
    pointer.map { Unmanaged<ValueList>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}
private func handedOver(_ list: ValueList) -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(list).toOpaque()) }

/// Why the last runtime did not open.
private nonisolated(unsafe) let openFailure = Note()
private let openLock = NSLock()

@c(nightjar_api) public func api() -> Int32 { NIGHTJAR_API }

// MARK: Runtimes

@c(nightjar_open) public func open(_ options: UnsafePointer<nightjar_options>?) -> OpaquePointer? {
    var known = Runtime.Options()
    if let given = options?.pointee {
        known.threads = Int(max(given.threads, 1))
        known.isTrusted = given.trusted != 0
        known.seed = given.seed == 0 ? 1 : given.seed
        known.memoryLimit = Int(clamping: given.memory_limit)
        known.instructionLimit = Int(clamping: given.instruction_limit)
        known.workingFolder = given.working_folder.map { String(cString: $0) }
        known.dataFolder = given.data_folder.map { String(cString: $0) }
    }
    do {
        return OpaquePointer(Unmanaged.passRetained(Handle(try Runtime(known))).toOpaque())
    } catch {
        openLock.withLock { openFailure.set(error) }
        return nil
    }
}

@c(nightjar_close) public func close(_ runtime: OpaquePointer?) {
    if let runtime { Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(runtime)).release() }
}

@c(nightjar_error) public func error(_ runtime: OpaquePointer?) -> UnsafePointer<CChar>? {
    handle(runtime)?.failure.words ?? openLock.withLock { openFailure.words }
}

@c(nightjar_error_file) public func errorFile(_ runtime: OpaquePointer?) -> UnsafePointer<CChar>? {
    handle(runtime)?.failure.place
}

@c(nightjar_error_line) public func errorLine(_ runtime: OpaquePointer?) -> Int32 { handle(runtime)?.failure.line ?? 0 }

@c(nightjar_run) public func run(
    _ runtime: OpaquePointer?, _ text: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
    _ arguments: OpaquePointer?,
    _ results: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    guard let handle = handle(runtime), let text else { return 1 }
    return handle.guarded {
        let values = try handle.runtime.run(
            String(cString: text), name: name.map { String(cString: $0) } ?? "script.lua",
            arguments: list(arguments)?.given(to: handle.runtime) ?? [])
        results?.pointee = handedOver(ValueList(values))
    }
}

@c(nightjar_run_file) public func runFile(
    _ runtime: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ arguments: OpaquePointer?,
    _ results: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    guard let handle = handle(runtime), let path else { return 1 }
    return handle.guarded {
        let values = try handle.runtime.run(
            file: String(cString: path), arguments: list(arguments)?.given(to: handle.runtime) ?? [])
        results?.pointee = handedOver(ValueList(values))
    }
}

@c(nightjar_cancel) public func cancel(_ runtime: OpaquePointer?) { handle(runtime)?.runtime.cancel() }

@c(nightjar_on_progress) public func onProgress(
    _ runtime: OpaquePointer?, _ function: nightjar_progress?, _ context: UnsafeMutableRawPointer?
) {
    nonisolated(unsafe) let context = context
    handle(runtime)?.runtime.progress = { progress in
        guard let function else { return }
        let columns = progress.values.sorted { $0.key < $1.key }
        let names = columns.map { strdup($0.key) }
        defer { names.forEach { free($0) } }
        let shown = names.map { UnsafePointer($0) }
        shown.withUnsafeBufferPointer { names in
            columns.map(\.value).withUnsafeBufferPointer { values in
                function(
                    context, Int64(progress.epoch), Int64(progress.lastEpoch), Int64(columns.count), names.baseAddress,
                    values.baseAddress)
            }
        }
    }
}

@c(nightjar_on_print) public func onPrint(
    _ runtime: OpaquePointer?, _ function: nightjar_print?, _ context: UnsafeMutableRawPointer?
) {
    nonisolated(unsafe) let context = context
    handle(runtime)?.runtime.printed = { text in
        function?(context, text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
}

@c(nightjar_register) public func register(
    _ runtime: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ function: nightjar_function?,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let handle = handle(runtime), let name, let function else { return 1 }
    nonisolated(unsafe) let context = context
    return handle.guarded {
        unowned let runtime = handle.runtime
        try runtime.register(String(cString: name)) { arguments in
            let (given, results) = (ValueList(arguments), ValueList())
            let status = withExtendedLifetime((given, results)) {
                function(
                    context, OpaquePointer(Unmanaged.passUnretained(given).toOpaque()),
                    OpaquePointer(Unmanaged.passUnretained(results).toOpaque()))
            }
            guard status == 0 else {
                throw ProgramError(description: results.values.last?.asString ?? "the program's function failed")
            }
            return results.given(to: runtime)
        }
    }
}

/// What a function of the program said was wrong.
private struct ProgramError: Error, CustomStringConvertible { let description: String }

// MARK: Values

@c(nightjar_values_new) public func valuesNew() -> OpaquePointer? { handedOver(ValueList()) }

@c(nightjar_values_free) public func valuesFree(_ values: OpaquePointer?) {
    if let values { Unmanaged<ValueList>.fromOpaque(UnsafeRawPointer(values)).release() }
}

@c(nightjar_count) public func count(_ values: OpaquePointer?) -> Int64 { Int64(list(values)?.values.count ?? 0) }

@c(nightjar_kind_at) public func kind(_ values: OpaquePointer?, _ index: Int64) -> nightjar_kind {
    guard let list = list(values) else { return NIGHTJAR_NIL }
    if let position = Int(exactly: index), list.fresh[position] != nil { return NIGHTJAR_TENSOR }
    switch list[index] {
    case nil, .nil?: return NIGHTJAR_NIL
    case .boolean?: return NIGHTJAR_BOOLEAN
    case .integer?: return NIGHTJAR_INTEGER
    case .number?: return NIGHTJAR_NUMBER
    case .string?: return NIGHTJAR_STRING
    case .tensor?: return NIGHTJAR_TENSOR
    case .table?: return NIGHTJAR_TABLE
    case .function?, .object?, .other?: return NIGHTJAR_OTHER
    }
}

@c(nightjar_number_at) public func number(_ values: OpaquePointer?, _ index: Int64) -> Double {
    let value = list(values)?[index]
    if case .boolean(let flag)? = value { return flag ? 1 : 0 }
    return value?.asNumber ?? .nan
}

@c(nightjar_integer_at) public func integer(_ values: OpaquePointer?, _ index: Int64) -> Int64 {
    switch list(values)?[index] {
    case .integer(let number)?: return Int64(number)
    case .number(let number)?: return Int64(exactly: number) ?? 0
    case .boolean(let flag)?: return flag ? 1 : 0
    default: return 0
    }
}

@c(nightjar_string_at) public func string(
    _ values: OpaquePointer?, _ index: Int64, _ length: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
    guard let list = list(values), case .string(let text)? = list[index] else { return nil }
    length?.pointee = text.utf8.count
    return UnsafePointer(list.text(index))
}

@c(nightjar_tensor_at) public func tensor(
    _ runtime: OpaquePointer?, _ values: OpaquePointer?, _ index: Int64, _ dtype: UnsafeMutablePointer<nightjar_dtype>?,
    _ rank: UnsafeMutablePointer<Int32>?, _ extents: UnsafeMutablePointer<Int64>?
) -> UnsafeRawPointer? {
    guard let list = list(values), let position = Int(exactly: index) else { return nil }
    var found = list.shown[position] ?? list.fresh[position]
    if found == nil {
        guard let handle = handle(runtime), let value = list[index] else { return nil }
        _ = handle.guarded { found = try handle.runtime.tensor(value) }
    }
    guard let tensor = found else { return nil }
    list.shown[position] = tensor
    dtype?.pointee = nightjar_dtype(UInt32(tensor.dtype.rawValue))
    rank?.pointee = Int32(tensor.shape.rank)
    if let extents { for (place, extent) in tensor.shape.dimensions.enumerated() { extents[place] = Int64(extent) } }
    return UnsafeRawPointer(tensor.pointer)
}

@c(nightjar_list_at) public func listAt(_ values: OpaquePointer?, _ index: Int64) -> OpaquePointer? {
    guard case .table(let table)? = list(values)?[index] else { return nil }
    return handedOver(ValueList(table.array))
}

@c(nightjar_field_at) public func field(
    _ values: OpaquePointer?, _ index: Int64, _ name: UnsafePointer<CChar>?
) -> OpaquePointer? {
    guard case .table(let table)? = list(values)?[index], let name, let value = table[String(cString: name)] else {
        return nil
    }
    return handedOver(ValueList([value]))
}

@c(nightjar_push_nil) public func pushNil(_ values: OpaquePointer?) { list(values)?.values.append(.nil) }

@c(nightjar_push_boolean) public func pushBoolean(_ values: OpaquePointer?, _ flag: Int32) {
    list(values)?.values.append(.boolean(flag != 0))
}

@c(nightjar_push_integer) public func pushInteger(_ values: OpaquePointer?, _ number: Int64) {
    list(values)?.values.append(.integer(Int(number)))
}

@c(nightjar_push_number) public func pushNumber(_ values: OpaquePointer?, _ number: Double) {
    list(values)?.values.append(.number(number))
}

@c(nightjar_push_string) public func pushString(
    _ values: OpaquePointer?, _ text: UnsafePointer<CChar>?, _ length: Int
) {
    guard let text, length >= 0 else { return pushNil(values) }
    let bytes = UnsafeRawBufferPointer(start: text, count: length)
    list(values)?.values.append(.string(String(decoding: bytes, as: UTF8.self)))
}

@c(nightjar_push_tensor) public func pushTensor(
    _ runtime: OpaquePointer?, _ values: OpaquePointer?, _ dtype: nightjar_dtype, _ rank: Int32,
    _ extents: UnsafePointer<Int64>?
) -> UnsafeMutableRawPointer? {
    guard let handle = handle(runtime), let list = list(values) else { return nil }
    var pointer: UnsafeMutableRawPointer?
    _ = handle.guarded {
        guard let type = DType(rawValue: UInt8(truncatingIfNeeded: dtype.rawValue)), dtype.rawValue < 5 else {
            throw ProgramError(description: "there is no element type \(dtype.rawValue)")
        }
        guard rank >= 0, rank == 0 || extents != nil else {
            throw ProgramError(description: "a tensor has 0 dimensions or more, got \(rank)")
        }
        let given = (0..<Int(min(rank, 64))).map { Int(extents?[$0] ?? 0) }
        let tensor = try Tensor.zeros(Shape(given), dtype: type)
        list.fresh[list.values.count] = tensor
        list.values.append(.nil)
        pointer = tensor.pointer
    }
    return pointer
}
