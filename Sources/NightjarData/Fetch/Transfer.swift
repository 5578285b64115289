import CFetch
import Foundation

/// One answer of a server on its way into a partial file.
final class Transfer {
    /// Why the answer was not taken.
    struct Refusal {
        let text: String
        /// Whether another attempt may do better.
        let isPassing: Bool
    }

    private(set) var refusal: Refusal?
    /// What went wrong here, such as a full disk.
    private(set) var error: (any Error)?
    private let part: PartialFile
    private let file: PublishedFile
    private let fetcher: Fetcher
    private let start: Int

    init(_ part: PartialFile, _ file: PublishedFile, _ fetcher: Fetcher) {
        self.part = part
        self.file = file
        self.fetcher = fetcher
        start = part.count
    }

    func run() -> njf_answer {
        file.address.withCString { address in
            var request = njf_request()
            request.address = address
            request.from = Int64(start)
            request.patience = Int32(clamping: fetcher.patience)
            request.most_redirections = Int32(clamping: fetcher.mostRedirections)
            request.context = Unmanaged.passUnretained(self).toOpaque()
            request.begin = { context, status, length in
                Transfer.of(context)?.begin(status: status, length: length) ?? false
            }
            request.take = { context, bytes, count in
                Transfer.of(context)?.take(UnsafeRawBufferPointer(start: bytes, count: count)) ?? false
            }
            request.goes_on = { Transfer.of($0)?.fetcher.goesOn() ?? false }
            return njf_get(&request)
        }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Whether an answer of that status and length is the one that was asked for.
    private func begin(status: Int, length: Int64) -> Bool {
        switch status {
        case 200:
            // The server gives the whole, whatever was asked for.
            if part.count > 0 { guard attempt({ try part.restart() }) else { return false } }
        case 206: break
        case 416:
            // Nothing follows what is there: it cannot be right.
            guard attempt({ try part.restart() }) else { return false }
            return refuse("has nothing behind byte \(start)", isPassing: true)
        default:
            return refuse("was answered with HTTP status \(status)", isPassing: status == 429 || status >= 500)
        }
        let whole = Int64(part.count) + length
        guard length < 0 || whole == Int64(file.proof.size) else {
            return refuse("has \(whole) bytes, expected \(file.proof.size)", isPassing: false)
        }
        return true
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= file.proof.size - part.count else {
            _ = attempt { try part.restart() }
            return refuse("has more than the \(file.proof.size) bytes that are expected", isPassing: false)
        }
        guard attempt({ try part.append(bytes) }) else { return false }
        fetcher.progress(file.name, part.count, file.proof.size)
        return fetcher.goesOn()
    }

    private func refuse(_ text: String, isPassing: Bool) -> Bool {
        refusal = Refusal(text: text, isPassing: isPassing)
        return false
    }

    private func attempt(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            self.error = error
            return false
        }
    }
}
