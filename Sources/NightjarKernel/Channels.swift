import Foundation
import NightjarProcess
import NightjarRuns
import Synchronization

/// What several threads of a kernel send through: messages to everybody, and replies.
final class Channels: @unchecked Sendable {
    private let publisher: MessageSocket
    private let lock = NSLock()
    let signer: MessageSigner
    /// The name of this kernel's session.
    let session = UUID().uuidString

    init(_ publisher: MessageSocket, _ signer: MessageSigner) {
        self.publisher = publisher
        self.signer = signer
    }

    /// To everybody who listens.
    func publish(_ type: String, _ content: JSONValue, parent: WireMessage?) {
        let topic = Array("kernel.\(session).\(type)".utf8)
        let message = WireMessage(type, content, session: session, parent: parent?.header, identities: [topic])
        lock.withLock { publisher.send(message.parts(signer)) }
    }

    /// To whoever sent a message, on the socket it came by.
    func reply(_ type: String, _ content: JSONValue, to message: WireMessage, on socket: MessageSocket) {
        let reply = WireMessage(
            type, content, session: session, parent: message.header, identities: message.identities)
        socket.send(reply.parts(signer))
    }

    func close() { lock.withLock { publisher.close() } }
}

/// What has to be answered while a computation runs: the heartbeat, and requests to interrupt it or to end. A thread of
/// its own serves it.
final class ControlChannel: @unchecked Sendable {
    private let channels: Channels
    private let control: MessageSocket
    private let heartbeat: MessageSocket
    private let information: JSONValue
    private let hasEnded = Atomic<Bool>(false)
    private let isClosed = DispatchSemaphore(value: 0)

    /// - Parameter information: what is answered to whoever asks about the kernel.
    init(_ channels: Channels, control: MessageSocket, heartbeat: MessageSocket, information: JSONValue) {
        self.channels = channels
        self.control = control
        self.heartbeat = heartbeat
        self.information = information
    }

    /// Whether the kernel is to end.
    var isShutDown: Bool { hasEnded.load(ordering: .acquiring) }

    func shutDown() { hasEnded.store(true, ordering: .releasing) }

    func start() {
        let parent = getppid()
        let isWatched = ProcessInfo.processInfo.environment["JPY_PARENT_PID"] != nil
        Thread.detachNewThread { [self] in
            while !isShutDown {
                for socket in MessageSocket.wait([control, heartbeat], milliseconds: 500) {
                    guard let parts = socket.receive() else { continue }
                    if socket === heartbeat { socket.send(parts) } else { answer(parts) }
                }
                // Nobody is left to talk to.
                if isWatched, getppid() != parent { end() }
            }
            control.close()
            heartbeat.close()
            isClosed.signal()
        }
    }

    /// Waits until the thread has closed its sockets.
    func waitForEnd() { isClosed.wait() }

    private func answer(_ parts: [[UInt8]]) {
        guard let message = WireMessage(parts, channels.signer) else { return }
        channels.publish("status", ["execution_state": "busy"], parent: message)
        switch message.type {
        case "interrupt_request":
            kill(getpid(), SIGINT)
            channels.reply("interrupt_reply", ["status": "ok"], to: message, on: control)
        case "shutdown_request":
            let content: JSONValue = ["status": "ok", "restart": message.content["restart"] ?? false]
            channels.reply("shutdown_reply", content, to: message, on: control)
            channels.publish("shutdown_reply", content, parent: message)
        case "kernel_info_request":
            channels.reply("kernel_info_reply", information, to: message, on: control)
        default: break
        }
        channels.publish("status", ["execution_state": "idle"], parent: message)
        if message.type == "shutdown_request" { end() }
    }

    /// Ends what runs, and lets the kernel see that it is to end.
    private func end() {
        shutDown()
        kill(getpid(), SIGINT)
    }
}
