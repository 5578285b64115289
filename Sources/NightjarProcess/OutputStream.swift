import CProcess
import Foundation
import Synchronization

/// Writes to a descriptor that somebody else reads, and does not wait for ever for them.
///
/// A pipe or terminal that nobody empties holds a writer back. Here it does so only until a stop is asked for: then what
/// cannot be written is dropped. Nobody reads what a closed pipe is told, so that is no error; what a full disk does not
/// take is one: see ``prepare()``.
public enum OutputStream {
    /// Bytes that a pipe with any room at all takes without waiting.
    private static let piece = 4096

    /// To be called before anything else: closed standard streams are opened on nothing, and a pipe that is closed and a file
    /// that has reached the limit of its size are told by the write and end no program.
    public static func prepare() {
        nj_open_standard_streams()
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        atexit { OutputStream.end() }
    }

    /// The end of the program: what the C library holds is written, and where standard output did not take all, the exit
    /// status is that of a failure.
    private static func end() {
        if fflush(nil) != 0, errno != EPIPE { refused.store(errno, ordering: .relaxed) }
        guard let failure else { return }
        write(
            "error: standard output could not be written (\(failure)): what was printed is not all there\n",
            to: STDERR_FILENO)
        _exit(1)
    }

    private static let closed = Atomic(false)
    private static let refused = Atomic<Int32>(0)

    /// Whether somebody who read standard output has left.
    public static var isLeft: Bool { closed.load(ordering: .relaxed) }

    /// Why standard output did not take what it was given, as the system says it; nil where it took all.
    private static var failure: String? {
        let number = refused.load(ordering: .relaxed)
        return number == 0 ? nil : String(cString: strerror(number)).lowercased()
    }

    /// Writes all of a text where it can.
    public static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { write($0, to: descriptor) }
    }

    private static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) {
        guard let start = bytes.baseAddress else { return }
        var facts = stat()
        let waits = fstat(descriptor, &facts) == 0 && facts.st_mode & S_IFMT != S_IFREG
        var written = 0
        while written < bytes.count {
            guard !waits || hasRoom(descriptor) else { return }
            let count = Foundation.write(
                descriptor, start + written, waits ? min(piece, bytes.count - written) : bytes.count - written)
            if count > 0 { written += count }
            if count < 0, errno != EINTR, errno != EAGAIN {
                let number = errno
                guard descriptor == STDOUT_FILENO else { return }
                if number == EPIPE {
                    closed.store(true, ordering: .relaxed)
                } else {
                    refused.store(number, ordering: .relaxed)
                }
                return
            }
        }
    }

    /// Waits until there is room; false once a stop was asked for and there still is none.
    private static func hasRoom(_ descriptor: Int32) -> Bool {
        while true {
            var asked = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let answer = poll(&asked, 1, 100)
            if answer > 0 { return true }
            if answer == 0 || errno == EINTR { if StopSignal.isRaised, poll(&asked, 1, 0) == 0 { return false } }
            if answer < 0, errno != EINTR { return false }
        }
    }
}
