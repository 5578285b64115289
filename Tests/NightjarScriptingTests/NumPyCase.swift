import Foundation
import NightjarTensor

/// An expression in a script on some tensors, and what it gives; see `NumPy/cases.py` for the file.
struct NumPyCase: CustomStringConvertible {
    struct Expected {
        let tensor: Tensor
        /// What the terms of a sum amount to.
        let scale: Double
    }

    let operation: String
    let expression: String
    /// How far results may be off, relative to their size or their scale.
    let bound: Double
    let inputs: [Tensor]
    let results: [Expected]

    var description: String {
        let tensors = zip("abcd", inputs).map { name, tensor in
            "\(name) = \(tensor.dtype)\(tensor.shape) \(tensor.values.prefix(8))"
        }
        return "\(expression) with \(tensors.joined(separator: ", "))"
    }

    /// Cases for each operation and element type.
    static let count = environment("NIGHTJAR_CASES") ?? 200

    private static func environment(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init)
    }

    /// Runs the generator and reads its file.
    static func draw() throws -> [NumPyCase] {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let root = here.deletingLastPathComponent().deletingLastPathComponent()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-cases-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let python = try output(of: root.appendingPathComponent("scripts/python.sh").path, [])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        _ = try output(
            of: python,
            [
                "-B", here.appendingPathComponent("NumPy/cases.py").path, file.path, String(count),
                String(environment("NIGHTJAR_SEED") ?? 1),
            ])
        var reader = NumPyCaseReader(data: try Data(contentsOf: file))
        return try reader.all()
    }

    private static func output(of program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let (standard, errors) = (Pipe(), Pipe())
        process.standardOutput = standard
        process.standardError = errors
        try process.run()
        let text = standard.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TensorError("\(program) failed: \(String(decoding: complaint, as: UTF8.self))")
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Reads the generator's file, and says so where it is cut short.
private struct NumPyCaseReader {
    let data: Data
    private var position = 0

    init(data: Data) { self.data = data }

    mutating func all() throws -> [NumPyCase] {
        var cases: [NumPyCase] = []
        while position < data.count {
            let (operation, expression, bound) = (try text(), try text(), try number(Double.self))
            let inputs = try (0..<number(UInt32.self)).map { _ in try tensor(hasScale: false).tensor }
            let results = try (0..<number(UInt32.self)).map { _ in try tensor(hasScale: true) }
            cases.append(
                NumPyCase(
                    operation: operation, expression: expression, bound: bound, inputs: inputs, results: results))
        }
        return cases
    }

    private mutating func bytes(_ count: Int) throws -> Data {
        guard count <= data.count - position else { throw TensorError("the file of cases is cut short") }
        defer { position += count }
        return data.subdata(in: position..<(position + count))
    }

    private mutating func number<T>(_: T.Type) throws -> T {
        try bytes(MemoryLayout<T>.size).withUnsafeBytes { $0.loadUnaligned(as: T.self) }
    }

    private mutating func text() throws -> String {
        String(decoding: try bytes(Int(number(UInt32.self))), as: UTF8.self)
    }

    private mutating func tensor(hasScale: Bool) throws -> NumPyCase.Expected {
        let (type, rank) = (try number(UInt8.self), try number(UInt8.self))
        guard let dtype = DType(rawValue: type) else { throw TensorError("the file of cases has a dtype \(type)") }
        let shape = try Shape((0..<Int(rank)).map { _ in Int(try number(UInt32.self)) })
        let scale = hasScale ? try number(Double.self) : 0
        let tensor = try Tensor(uninitialized: shape, dtype: dtype)
        let elements = try bytes(tensor.byteCount)
        elements.withUnsafeBytes { source in
            if let base = source.baseAddress, !source.isEmpty {
                tensor.pointer.copyMemory(from: base, byteCount: source.count)
            }
        }
        return NumPyCase.Expected(tensor: tensor, scale: scale)
    }
}
