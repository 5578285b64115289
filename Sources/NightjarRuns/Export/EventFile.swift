// Event files of TensorBoard.

import Foundation

/// Appends events to a file that TensorBoard reads: TFRecord framing with masked CRC32C around `tensorflow.Event` messages
/// (tensorflow/core/util/event.proto, core/framework/summary.proto). What is appended is there for readers at once.
public final class EventFile {
    /// TensorBoard knows its files by a part of this name. Each run has one.
    public static let name = "events.out.tfevents.nightjar"

    private let handle: FileHandle
    private let path: String

    /// Begins a file anew.
    /// - Throws: `RunError` where it cannot be written.
    public init(_ url: URL, time: Double) throws {
        path = url.path
        handle = try OwnFile.handle(url, O_WRONLY | O_CREAT | O_TRUNC)
        try write(time: time, step: 0) { $0.add(3, "brain.Event:2") }
    }

    deinit { try? handle.close() }

    /// Appends numbers of one step. Names become tags; TensorBoard keeps values as float32.
    public func append(scalars: [(name: String, value: Double)], step: Int, time: Double) throws {
        guard !scalars.isEmpty else { return }
        try summary(time: time, step: step) { summary in
            for (name, value) in scalars {
                summary.add(1) {
                    $0.add(1, name)
                    $0.add(2, Float(value))
                }
            }
        }
    }

    /// Appends the distribution of numbers, in 30 buckets of equal width. What is not finite is left out; nothing is written
    /// where nothing is left.
    public func append(histogram name: String, of values: [Double], step: Int, time: Double) throws {
        let values = values.filter(\.isFinite)
        guard let least = values.min(), let most = values.max() else { return }
        let buckets = EventFile.buckets(values, from: least, to: most)
        try summary(time: time, step: step) { summary in
            summary.add(1) {
                $0.add(1, name)
                $0.add(5) {
                    $0.add(1, least)
                    $0.add(2, most)
                    $0.add(3, Double(values.count))
                    $0.add(4, values.reduce(0, +))
                    $0.add(5, values.reduce(0) { $0 + $1 * $1 })
                    $0.add(6, buckets.limits)
                    $0.add(7, buckets.counts)
                }
            }
        }
    }

    /// Upper limits and counts. The first bucket of TensorBoard's format begins at the least value.
    private static func buckets(
        _ values: [Double], from least: Double, to most: Double
    ) -> (limits: [Double], counts: [Double]) {
        let width = (most - least) / 30
        guard width > 0, width.isFinite else { return ([most], [Double(values.count)]) }
        var counts = [Double](repeating: 0, count: 30)
        for value in values { counts[min(29, Int((value - least) / width))] += 1 }
        return ((1...30).map { $0 == 30 ? most : least + width * Double($0) }, counts)
    }

    /// Appends a picture.
    public func append(image name: String, _ picture: GreyPicture, step: Int, time: Double) throws {
        try summary(time: time, step: step) { summary in
            summary.add(1) {
                $0.add(1, name)
                $0.add(4) {
                    $0.add(1, picture.height)
                    $0.add(2, picture.width)
                    $0.add(3, 1)
                    $0.add(4, picture.png)
                }
            }
        }
    }

    /// Appends what the run was asked for, for the tab of hyperparameters (plugins/hparams/plugin_data.proto).
    public func append(hyperparameters: [(name: String, value: JSONValue)], group: String, time: Double) throws {
        try hparams("_hparams_/session_start_info", time: time) { data in
            data.add(3) { start in
                for (name, value) in hyperparameters {
                    start.add(1) { entry in
                        entry.add(1, name)
                        entry.add(2) { value.add(to: &$0) }
                    }
                }
                start.add(4, group)
                start.add(5, time)
            }
        }
    }

    /// Appends how the run ended.
    public func append(end status: RunStatus, time: Double) throws {
        let number =
            switch status {
            case .finished: 1
            case .failed, .interrupted: 2
            case .running: 3
            }
        try hparams("_hparams_/session_end_info", time: time) { data in
            data.add(4) {
                $0.add(1, number)
                $0.add(2, time)
            }
        }
    }

    private func hparams(_ tag: String, time: Double, _ build: (inout ProtocolBuffer) -> Void) throws {
        var data = ProtocolBuffer()
        build(&data)
        try summary(time: time, step: 0) { summary in
            summary.add(1) { value in
                value.add(1, tag)
                value.add(9) { metadata in
                    metadata.add(1) {
                        $0.add(1, "hparams")
                        $0.add(2, data.bytes)
                    }
                }
            }
        }
    }

    private func summary(time: Double, step: Int, _ build: (inout ProtocolBuffer) -> Void) throws {
        try write(time: time, step: step) { event in event.add(5, build) }
    }

    private func write(time: Double, step: Int, _ build: (inout ProtocolBuffer) -> Void) throws {
        var event = ProtocolBuffer()
        event.add(1, time)
        event.add(2, step)
        build(&event)
        do {
            try handle.write(contentsOf: Data(EventFile.record(event.bytes)))
        } catch {
            throw RunError("\(path): could not write an event (\(FileReason.of(error)))")
        }
    }

    /// Length, its check, the bytes, their check, all little-endian (tensorflow/core/lib/io/record_writer.cc).
    private static func record(_ bytes: [UInt8]) -> [UInt8] {
        let length = words(UInt64(bytes.count))
        return length + words(masked(length)) + bytes + words(masked(bytes))
    }

    private static func masked(_ bytes: [UInt8]) -> UInt32 {
        let check = CyclicCheck.crc32c.of(bytes)
        return (check >> 15 | check << 17) &+ 0xA282_EAD8
    }

    private static func words(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

extension JSONValue {
    /// As a `google.protobuf.Value`: numbers, texts and truth values as they are, all else as text.
    fileprivate func add(to message: inout ProtocolBuffer) {
        switch self {
        case .bool(let flag): message.add(4, flag ? 1 : 0)
        case .string(let text): message.add(3, text)
        default:
            if let number = doubleValue { message.add(2, number) } else { message.add(3, plainText) }
        }
    }
}
