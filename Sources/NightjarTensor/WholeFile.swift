import CProcess
import Foundation

/// Files that are read whole, such as scripts, settings, tables and arrays.
///
/// Foundation's readers end the process where a file is larger than memory, and read gigabytes before anybody sees that
/// they are of another format. Here a file is asked for its kind and its size first, its first bytes decide whether the
/// rest is read, and the room for it may be refused. Large arrays stay in their files: ``FileMapping``.
public enum WholeFile {
    /// Bytes that a script or a manifest has at most.
    public static let mostScript = 16 << 20
    /// Bytes that settings and other JSON have at most.
    public static let mostText = 64 << 20
    /// Bytes that a table as text has at most.
    public static let mostTable = 256 << 20
    /// So many bytes are read before the rest is.
    public static let headBytes = 4096

    /// Why a file is not read; whoever asked names the file.
    public struct Fault: Error, Hashable, CustomStringConvertible {
        public let description: String
        /// Whether the file has more bytes than were asked for at most.
        public let isTooLong: Bool

        fileprivate init(_ description: String, isTooLong: Bool = false) {
            self.description = description
            self.isTooLong = isTooLong
        }

        fileprivate static func system(_ code: Int32) -> Fault { Fault(RegularFile.reason(code)) }

        fileprivate static func tooLong(_ bytes: String, most: Int) -> Fault {
            Fault("it has \(bytes) bytes, and at most \(most) are read", isTooLong: true)
        }
    }

    /// The bytes of a regular file.
    /// - Parameters:
    ///   - most: the most bytes that it may have.
    ///   - goesOn: is given the first ``headBytes`` bytes and the size of the file, and says whether the rest is read. Where it
    ///     is not, the first bytes are what comes back.
    /// - Throws: ``Fault``, and ``TensorError`` where there is no room for it.
    public static func bytes(
        _ path: String, most: Int = .max, goesOn: (UnsafeRawBufferPointer, Int) -> Bool = { _, _ in true }
    ) throws -> Data {
        let file = RegularFile.open(path, O_RDONLY)
        guard file >= 0 else { throw Fault.system(errno) }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw Fault.system(errno) }
        let size = Int(facts.st_size)
        var block = Block()
        try block.read(file, upTo: min(size, headBytes))
        guard block.count < headBytes || goesOn(block.bytes, size) else { return block.handOver() }
        guard size <= most else { throw Fault.tooLong("\(size)", most: most) }
        try block.read(file, upTo: size)
        return block.handOver()
    }

    /// All that still comes from a descriptor, such as standard input.
    /// - Throws: ``Fault`` for more than `most` bytes, and ``TensorError`` where there is no room for them.
    public static func rest(of descriptor: Int32, most: Int) throws -> Data {
        var block = Block()
        var wanted = headBytes
        while try block.read(descriptor, upTo: min(wanted, most + 1)) {
            guard block.count <= most else { throw Fault.tooLong("more than \(most)", most: most) }
            wanted = block.count * 2
        }
        return block.handOver()
    }

    /// The text of a regular file; nil where it is not UTF-8.
    /// - Throws: what ``bytes(_:most:goesOn:)`` throws.
    public static func text(_ path: String, most: Int = mostText) throws -> String? {
        let data = try bytes(path, most: most)
        try Room.check(data.count)
        return String(data: data, encoding: .utf8)
    }

    /// Bytes of the C heap, which may be refused.
    private struct Block: ~Copyable {
        private var memory: UnsafeMutableRawPointer?
        private(set) var count = 0

        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

        deinit { free(memory) }

        /// The bytes, which are this block's no more.
        mutating func handOver() -> Data {
            guard let memory, count > 0 else { return Data() }
            self.memory = nil
            return Data(bytesNoCopy: memory, count: count, deallocator: .free)
        }

        /// Reads until there are `wanted` bytes; false where the end came before that.
        @discardableResult
        mutating func read(_ file: Int32, upTo wanted: Int) throws -> Bool {
            guard wanted > count else { return true }
            try Room.check(wanted)
            guard let larger = realloc(memory, wanted) else {
                throw TensorError("out of memory: no room for \(wanted) bytes (\(Storage.liveByteCount) in use)")
            }
            memory = larger
            while count < wanted {
                let got = Glibc.read(file, larger + count, min(wanted - count, Block.piece))
                if got == 0 { return false }
                if got < 0 {
                    if errno == EINTR && !nj_stop_due() { continue }
                    throw Fault.system(errno)
                }
                count += got
                // What is small is read also while the program ends.
                if count >= Block.piece, count < wanted, nj_stop_due() { throw Fault("interrupted") }
            }
            return true
        }

        private static let piece = 64 << 20
    }
}
