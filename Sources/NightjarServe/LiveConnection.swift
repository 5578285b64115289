// A connection to whoever looks at the page, or says so.

import Foundation
import NightjarRuns
import Synchronization

/// A connected socket, served by a thread of its own: what it sends and how slowly is its affair alone.
///
/// One request is answered, then it is closed. A head that does not come within ``patience`` or is too long is refused; who
/// does not take what is sent is left.
final class LiveConnection: Sendable {
    private let descriptor: Int32
    private let state = Mutex(State())
    /// When it was accepted.
    let start = ContinuousClock.now

    private struct State {
        var isOpen = true
        var hasEntered = false
    }

    /// As long may a head take to come.
    static let patience = Duration.seconds(10)
    /// As long may nobody take anything of an answer.
    private static let silence = Duration.seconds(30)
    /// How often it is looked whether the server ends.
    private static let interval: Int32 = 200

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// Whether its request had the token.
    var hasEntered: Bool { state.withLock { $0.hasEntered } }

    /// Ends it from another thread: what it waits for comes back with an error.
    func cut() {
        state.withLock { if $0.isOpen { _ = shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }

    /// Answers its request and closes it.
    func serve(_ site: LiveSite, _ gate: LiveGate) {
        defer {
            state.withLock {
                $0.isOpen = false
                close(descriptor)
            }
        }
        do {
            let head = try head(site)
            switch gate.entry(head) {
            case .refused(let answer): send(answer, site, isHead: head.method == "HEAD")
            case .asked(let request):
                state.withLock { $0.hasEntered = true }
                if request.path == "events", head.method == "GET" {
                    follow(request, site)
                } else {
                    guard let answer = LiveConnection.waiting({ await site.answer(request) }) else { return }
                    send(answer, site, isHead: head.method == "HEAD")
                }
            }
        } catch let refusal as Refusal {
            send(LiveAnswer(refusal.status, .text, refusal.reason + "\n"), site)
        } catch {
            // It is gone.
        }
    }

    /// What is answered to a request that is none.
    private struct Refusal: Error {
        let status: Int
        let reason: String
    }

    private struct Gone: Error {}

    // MARK: Reading

    private func head(_ site: LiveSite) throws -> HTTPHead {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            guard start.duration(to: .now) < LiveConnection.patience else {
                throw Refusal(status: 408, reason: "the request did not come in time")
            }
            guard try isReady(POLLIN, site) else { continue }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw Gone() }
            let before = bytes.count
            bytes += buffer.prefix(count)
            if let length = HTTPHead.length(bytes, from: before), length <= HTTPHead.mostBytes {
                do {
                    return try HTTPHead(bytes[..<length])
                } catch {
                    throw Refusal(status: 400, reason: error.reason)
                }
            }
            guard bytes.count <= HTTPHead.mostBytes else {
                throw Refusal(status: 431, reason: "a request has a head of at most \(HTTPHead.mostBytes) bytes")
            }
        }
    }

    /// Waits a moment.
    /// - Throws: where the server ends.
    private func isReady(_ events: Int32, _ site: LiveSite) throws -> Bool {
        guard !site.isEnding || events == POLLOUT else { throw Gone() }
        var asked = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
        return poll(&asked, 1, LiveConnection.interval) > 0
    }

    // MARK: Answering

    private func send(_ answer: LiveAnswer, _ site: LiveSite, isHead: Bool = false) {
        let head = LiveGate.head(answer.status, answer.kind.rawValue, length: answer.body.count)
        guard write(Array(head.utf8), site), !isHead else { return leave() }
        answer.body.withUnsafeBytes { _ = write($0, site) }
        leave()
    }

    /// Lets the other side have all before the socket goes: what it still sends would take the answer away from it.
    private func leave() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let end = ContinuousClock.now + .seconds(1)
        var rest = 1 << 20
        while rest > 0, ContinuousClock.now < end {
            var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&asked, 1, LiveConnection.interval) > 0 else { continue }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            rest -= count
        }
    }

    /// Tells what changes, until the page or the server goes.
    private func follow(_ request: LiveRequest, _ site: LiveSite) {
        let head = LiveGate.head(200, "text/event-stream; charset=utf-8", length: nil)
        guard write(Array(head.utf8), site) else { return }
        let stream = LiveStream(site: site, request: request)
        while let news = LiveConnection.waiting({ try await stream.next() }) ?? nil, write(news, site) {}
        leave()
    }

    private func write(_ bytes: [UInt8], _ site: LiveSite) -> Bool { bytes.withUnsafeBytes { write($0, site) } }

    /// Sends all of it; false where nobody takes it.
    private func write(_ bytes: UnsafeRawBufferPointer, _ site: LiveSite) -> Bool {
        var rest = bytes
        var last = ContinuousClock.now
        while !rest.isEmpty {
            // While the server ends, whoever still reads has a second.
            let patience = site.isEnding ? Duration.seconds(1) : LiveConnection.silence
            guard last.duration(to: .now) < patience else { return false }
            guard (try? isReady(POLLOUT, site)) == true else { continue }
            let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                last = .now
            } else if count < 0, errno != EINTR, errno != EAGAIN {
                return false
            }
        }
        return true
    }

    /// Waits on this thread, which is none of those that serve everybody, for what is asked of them; nil where that fails.
    private static func waiting<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) -> Result? {
        let outcome = Mutex<Result?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        Task {
            let result = try? await body()
            outcome.withLock { $0 = result }
            isDone.signal()
        }
        isDone.wait()
        return outcome.withLock { $0 }
    }
}
