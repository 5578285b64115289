import CZeroMQ
import Foundation
import NightjarExperiments
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTools

/// A Jupyter kernel: an interactive session that is spoken to in messages.
///
/// Requests are answered one after another on the thread that calls ``run()``, which is the one that listens to signals;
/// what may interrupt them comes by another (``ControlChannel``).
public final class Kernel {
    private let session: InteractiveSession
    private let channels: Channels
    private let control: ControlChannel
    private let shell: MessageSocket
    private let input: MessageSocket
    /// What is being answered.
    private var current: WireMessage?
    /// The line about a training that is there.
    private var progressName: String?
    private var training: InteractiveTraining?

    /// - Parameter connection: the path of the connection file.
    /// - Throws: `RunError` where that is none, ZeroMQ is not installed, or an address is taken.
    public init(_ session: InteractiveSession, connection path: String) throws {
        let connection = try ConnectionFile(path)
        let messaging = try ZeroMQ()
        shell = try messaging.socket(NJZ_ROUTER, connection.endpoint("shell"))
        input = try messaging.socket(NJZ_ROUTER, connection.endpoint("stdin"))
        channels = Channels(
            try messaging.socket(NJZ_PUBLISH, connection.endpoint("iopub")), connection.signer)
        control = ControlChannel(
            channels, control: try messaging.socket(NJZ_ROUTER, connection.endpoint("control")),
            heartbeat: try messaging.socket(NJZ_REPLY, connection.endpoint("hb")), information: Kernel.information)
        self.session = session
        session.wantsPictures = true
    }

    /// Answers until it is told to end.
    /// - Returns: the exit status.
    public func run() -> Int32 {
        session.host.output = { [unowned self] in stream("stdout", $0) }
        session.host.notes = { [unowned self] in stream("stderr", $0 + "\n") }
        let training = InteractiveTraining(
            show: { [unowned self] in showProgress($0) }, clear: { [unowned self] in progressName = nil })
        session.host.fitListener = training
        self.training = training
        control.start()
        channels.publish("status", ["execution_state": "starting"], parent: nil)
        var status: Int32 = 0
        while !control.isShutDown {
            let ready = MessageSocket.wait([shell, input], milliseconds: 1000)
            if StopSignal.isRaised {
                guard StopSignal.isFromKeyboard else {
                    status = StopSignal.exitStatus
                    break
                }
                session.recover()
            }
            for socket in ready {
                guard let parts = socket.receive(), socket === shell else { continue }
                if let message = WireMessage(parts, channels.signer) { answer(message) }
            }
        }
        control.shutDown()
        control.waitForEnd()
        shell.close()
        input.close()
        channels.close()
        return status
    }

    // MARK: Requests

    private func answer(_ message: WireMessage) {
        current = message
        channels.publish("status", ["execution_state": "busy"], parent: message)
        switch message.type {
        case "execute_request": execute(message)
        case "kernel_info_request": reply(Kernel.information)
        case "complete_request": reply(completion(message.content))
        case "inspect_request": reply(inspection(message.content))
        case "is_complete_request": reply(completeness(message.content))
        case "history_request": reply(history(message.content))
        case "comm_info_request": reply(["status": "ok", "comms": [:]])
        case "shutdown_request":
            reply(["status": "ok", "restart": message.content["restart"] ?? false])
            control.shutDown()
        default: break
        }
        channels.publish("status", ["execution_state": "idle"], parent: message)
        current = nil
    }

    private func reply(_ content: JSONValue) {
        guard let current else { return }
        let type = current.type.replacing("_request", with: "_reply")
        channels.reply(type, content, to: current, on: shell)
    }

    private func execute(_ message: WireMessage) {
        let content = message.content
        let code = content["code"]?.stringValue ?? ""
        let isSilent = content["silent"] == .bool(true)
        let isKept = !isSilent && content["store_history"] != .bool(false)
        if !isSilent {
            channels.publish(
                "execute_input", ["code": .string(code), "execution_count": .integer(session.inputs.count + 1)],
                parent: message)
        }
        let answer = session.run(code, isKept: isKept)
        var result: [String: JSONValue] = ["execution_count": .integer(answer.number)]
        switch answer.outcome {
        case .values(let values):
            if !isSilent { show(values, number: answer.number) }
            result["payload"] = []
        case .help(let text):
            result["payload"] = [["source": "page", "data": ["text/plain": .string(text)], "start": 0]]
        case .leave:
            result["payload"] = [["source": "ask_exit", "keepkernel": false]]
            control.shutDown()
        case .failed(let text): return failed("Error", text, result, content)
        case .interrupted: return failed("Interrupted", "interrupted", result, content)
        }
        result["status"] = "ok"
        result["user_expressions"] = .object(expressions(content["user_expressions"]))
        reply(.object(result))
    }

    private func failed(_ name: String, _ text: String, _ result: [String: JSONValue], _ request: JSONValue) {
        let shown = ShownText.text(text, most: ShownText.longestMessage)
        let lines = shown.split(separator: "\n", omittingEmptySubsequences: false).map { JSONValue.string(String($0)) }
        let error: [String: JSONValue] = [
            "ename": .string(name), "evalue": lines.first ?? "", "traceback": .array(lines),
        ]
        channels.publish("error", .object(error), parent: current)
        // What is there before the reply was sent by somebody who does not know of the failure.
        let waiting = request["stop_on_error"] == .bool(false) ? [] : waitingMessages()
        reply(.object(result.merging(error) { first, _ in first }.merging(["status": "error"]) { _, last in last }))
        abort(waiting)
    }

    private func waitingMessages() -> [WireMessage] {
        var messages: [WireMessage] = []
        while !MessageSocket.wait([shell], milliseconds: 20).isEmpty {
            guard let parts = shell.receive() else { break }
            if let message = WireMessage(parts, channels.signer) { messages.append(message) }
        }
        return messages
    }

    /// What was sent to be run after an input that failed is not run; questions are answered.
    private func abort(_ waiting: [WireMessage]) {
        let outer = current
        defer { current = outer }
        for message in waiting {
            guard message.type == "execute_request" else {
                answer(message)
                continue
            }
            channels.publish("status", ["execution_state": "busy"], parent: message)
            channels.reply("execute_reply", ["status": "aborted"], to: message, on: shell)
            channels.publish("status", ["execution_state": "idle"], parent: message)
        }
    }

    private func expressions(_ wanted: JSONValue?) -> [String: JSONValue] {
        guard case .object(let wanted)? = wanted else { return [:] }
        return wanted.compactMapValues(\.stringValue).mapValues { code in
            switch session.run("=" + code, isKept: false).outcome {
            case .values(let values):
                let text = values.map(\.text).joined(separator: "\t")
                return ["status": "ok", "data": ["text/plain": .string(text)], "metadata": [:]]
            case .failed(let text):
                return ["status": "error", "ename": "Error", "evalue": .string(text), "traceback": [.string(text)]]
            default:
                return ["status": "error", "ename": "Interrupted", "evalue": "interrupted", "traceback": []]
            }
        }
    }

    // MARK: Output

    private func stream(_ name: String, _ text: String) {
        let shown = ShownText.text(text, most: ShownText.longestOutput, colours: true)
        channels.publish("stream", ["name": .string(name), "text": .string(shown)], parent: current)
    }

    private func show(_ values: [InteractiveValue], number: Int) {
        for (position, value) in values.enumerated() {
            var data: [String: JSONValue] = [
                "text/plain": .string(ShownText.text(value.text, most: ShownText.longestOutput))
            ]
            if let svg = value.svg { data["image/svg+xml"] = .string(svg) }
            if let picture = value.picture {
                // So that digits of eight pixels can be seen.
                let scale = max(1, 160 / max(picture.width, picture.height))
                if let bytes = picture.png(scale: scale) {
                    data["image/png"] = .string(Data(bytes).base64EncodedString())
                }
            }
            var content: [String: JSONValue] = ["data": .object(data), "metadata": [:]]
            let isLast = position == values.count - 1
            if isLast { content["execution_count"] = .integer(number) }
            channels.publish(isLast ? "execute_result" : "display_data", .object(content), parent: current)
        }
    }

    private func showProgress(_ line: String) {
        let isNew = progressName == nil
        let name = progressName ?? UUID().uuidString
        progressName = name
        channels.publish(
            isNew ? "display_data" : "update_display_data",
            [
                "data": ["text/plain": .string(ShownText.line(line))], "metadata": [:],
                "transient": ["display_id": .string(name)],
            ], parent: current)
    }

    // MARK: Questions about code

    /// The text in front of a cursor that is counted in characters of Unicode.
    private func front(_ content: JSONValue) -> (code: String, front: String) {
        let code = content["code"]?.stringValue ?? ""
        let position = content["cursor_pos"]?.intValue ?? code.unicodeScalars.count
        return (code, String(String.UnicodeScalarView(code.unicodeScalars.prefix(max(0, position)))))
    }

    private func completion(_ content: JSONValue) -> JSONValue {
        let front = front(content).front
        let found = session.complete(front, cursor: front.utf8.count)
        let start = String(decoding: Array(front.utf8)[..<found.start], as: UTF8.self).unicodeScalars.count
        return [
            "status": "ok", "matches": .array(found.candidates.map { .string($0) }), "metadata": [:],
            "cursor_start": .integer(start), "cursor_end": .integer(front.unicodeScalars.count),
        ]
    }

    private func inspection(_ content: JSONValue) -> JSONValue {
        let (code, front) = front(content)
        let name = NameAtCursor.name(in: code, after: front)
        let text = name.isEmpty ? nil : try? session.knowledge(of: name)
        let data: JSONValue = text.map { ["text/plain": .string($0)] } ?? [:]
        return ["status": "ok", "found": .bool(text != nil), "data": data, "metadata": [:]]
    }

    private func completeness(_ content: JSONValue) -> JSONValue {
        switch session.state(of: content["code"]?.stringValue ?? "") {
        case .empty, .complete: return ["status": "complete"]
        case .incomplete: return ["status": "incomplete", "indent": "  "]
        case .wrong: return ["status": "invalid"]
        }
    }

    private func history(_ content: JSONValue) -> JSONValue {
        let count = max(0, content["n"]?.intValue ?? session.inputs.count)
        let numbered = Array(session.inputs.enumerated()).suffix(count)
        return [
            "status": "ok",
            "history": .array(
                numbered.map { .array([.integer(0), .integer($0.offset + 1), .string($0.element)]) }),
        ]
    }

    private static let information: JSONValue = [
        "status": "ok", "protocol_version": .string(WireMessage.version), "implementation": "nightjar",
        "implementation_version": .string(NightjarVersion.text),
        "banner": .string("Nightjar \(NightjarVersion.text). ? tells how to use this."),
        "language_info": [
            "name": "lua", "version": "5.4", "mimetype": "text/x-lua", "file_extension": ".lua",
            "pygments_lexer": "lua", "codemirror_mode": "lua",
        ],
        "help_links": [],
    ]
}

/// The name that a cursor stands in, or whose bracket has just been opened.
enum NameAtCursor {
    static func name(in code: String, after front: String) -> String {
        func isPart(_ scalar: Unicode.Scalar) -> Bool {
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_")
        }
        var before = Array(front.unicodeScalars)
        while let last = before.last, "({ ".unicodeScalars.contains(last) { before.removeLast() }
        let isAtCursor = before.count == front.unicodeScalars.count
        let left = before.reversed().prefix { isPart($0) || $0 == "." || $0 == ":" }.reversed()
        let right = isAtCursor ? Array(code.unicodeScalars.dropFirst(before.count).prefix(while: isPart)) : []
        return String(String.UnicodeScalarView(left + right))
    }
}
