import Foundation
import NightjarData
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// The fingerprint of the samples that a run reads: other numbers under the same name are other data.
///
/// What is in memory is gone through once, at several gigabytes a second. Arrays that stay in their files would be read from
/// the disk for that, in every cell: their sums are kept in `.sums` of the runs directory, and hold for as long as the file is
/// the same one, of the same size, unchanged since. A file that was changed within the last seconds is not taken for unchanged,
/// since the clock of its file system may not tell the next change from that one.
public struct DataSum {
    /// Where sums are kept.
    private let runsDirectory: URL
    /// Takes the place of the clock, in tests.
    private let now: () -> Double

    /// Seconds for which a file is not trusted to be unchanged.
    private static let racy = 2.0

    public init(runsDirectory: URL, now: @escaping () -> Double = { Date().timeIntervalSince1970 }) {
        (self.runsDirectory, self.now) = (runsDirectory, now)
    }

    /// ``Checksum`` of the inputs and the true labels of data sets in their order.
    public func text(_ sets: [Dataset?]) -> String {
        guard let key = key(sets) else { return DataSum.text(sets, DataSum.contents) }
        let file = runsDirectory.appendingPathComponent(".sums", isDirectory: true).appendingPathComponent(key)
        if let known = try? FileReason.readText(file), let sum = DataSum.sum(known, of: key) { return sum }
        let sum = DataSum.text(sets, DataSum.contents)
        // What was read of a file that changed meanwhile is neither.
        guard self.key(sets) == key else { return sum }
        // A sum that cannot be kept is worked out again.
        try? FileReason.makeFolder(file.deletingLastPathComponent())
        AtomicFile.removeOfTheDead(in: file.deletingLastPathComponent())
        try? AtomicFile.write(DataSum.line(sum, key), to: file)
        return sum
    }

    /// What the sum depends on, with files in the place of what they hold; nil where nothing lies in files, or one of them
    /// is not the one that was opened, or may still change unseen.
    private func key(_ sets: [Dataset?]) -> String? {
        var isMapped = false
        for mapping in sets.compactMap({ $0?.inputs.storage.mapping }) {
            guard FileMapping.State(mapping.path) == mapping.state, now() - mapping.state.modified > DataSum.racy else {
                return nil
            }
            isMapped = true
        }
        guard isMapped else { return nil }
        return DataSum.text(sets) { sum, inputs in
            guard let mapping = inputs.storage.mapping else { return DataSum.contents(&sum, inputs) }
            let place = inputs.pointer - mapping.pointer
            sum.add("\(mapping.path)\u{0}\(mapping.state.text)\u{0}\(place) \(inputs.byteCount)")
        }
    }

    /// A sum that was kept, with a sum of its own: a bit that was flipped on the disk is no other data.
    private static func line(_ sum: String, _ key: String) -> String {
        var own = Checksum()
        own.add(sum + key)
        return "\(sum) \(own.text)\n"
    }

    private static func sum(_ line: String, of key: String) -> String? {
        guard let sum = line.split(separator: " ").first.map(String.init), self.line(sum, key) == line else {
            return nil
        }
        return sum
    }

    private static func contents(_ sum: inout Checksum, _ tensor: Tensor) {
        sum.add(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount))
    }

    private static func text(_ sets: [Dataset?], _ add: (inout Checksum, Tensor) -> Void) -> String {
        var sum = Checksum()
        for set in sets {
            guard let set else {
                sum.add("none;")
                continue
            }
            sum.add("\(set.inputs.shape) \(set.inputs.dtype) \(set.normalization);")
            add(&sum, set.inputs)
            set.targets.classes.withUnsafeBytes { sum.add($0) }
            if let numbers = set.targets.numbers { contents(&sum, numbers) }
        }
        return sum.text
    }
}
