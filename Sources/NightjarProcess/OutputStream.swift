import CProcess
import Foundation

/// Writes to a descriptor that somebody else reads, and does not wait for ever for them.
///
/// A pipe or terminal that nobody empties holds a writer back. Here it does so only until a stop is asked for: then what
/// cannot be written is dropped. Nobody reads what a closed pipe is told, so that is no error.
public enum OutputStream {
    /// Bytes that a pipe with any room at all takes without waiting.
    private static let piece = 4096

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
            if count < 0, errno != EINTR, errno != EAGAIN { return }
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
