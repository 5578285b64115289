import NightjarData
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// The fingerprint of the samples that a run reads: other numbers under the same name are other data.
enum DataSum {
    /// ``Checksum`` of the inputs and the true labels of data sets in their order. One pass over their memory.
    static func text(_ sets: [Dataset?]) -> String {
        var sum = Checksum()
        for set in sets {
            guard let set else {
                sum.add("none;")
                continue
            }
            sum.add("\(set.inputs.shape) \(set.inputs.dtype) \(set.normalization);")
            sum.add(UnsafeRawBufferPointer(start: set.inputs.pointer, count: set.inputs.byteCount))
            set.targets.classes.withUnsafeBytes { sum.add($0) }
            if let numbers = set.targets.numbers {
                sum.add(UnsafeRawBufferPointer(start: numbers.pointer, count: numbers.byteCount))
            }
        }
        return sum.text
    }
}
