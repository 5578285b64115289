// Street View House Numbers (Netzer et al. 2011), cropped digits: train_32x32.mat and test_32x32.mat.
import Foundation
import NightjarTensor

extension PublishedSet {
    func readSVHN(_ directory: URL) throws -> DataBundle? {
        guard let urls = try all(in: directory) else { return nil }
        return try bundle(train: svhnPart(urls[0]), test: svhnPart(urls[1]))
    }

    /// `X` is bytes (32, 32, 3, count), column by column; `y` has 10 for the digit 0.
    private func svhnPart(_ url: URL) throws -> Part {
        let arrays = try MATFile.read(url)
        func array(_ name: String, _ shape: String, _ fits: ([Int]) -> Bool) throws -> MATFile.Array {
            guard let array = arrays.first(where: { $0.name == name }) else {
                let names = arrays.map { "'\($0.name)'" }.joined(separator: ", ")
                throw DataError(
                    file: url.path,
                    "has no array '\(name)', only \(names.isEmpty ? "others that are no numbers" : names)")
            }
            guard fits(array.extents) else {
                throw DataError(file: url.path, "has '\(name)' of shape \(array.extents), expected \(shape)")
            }
            return array
        }
        let side = CIFARFile.side
        let images = try array("X", "[32, 32, 3, count]") {
            $0.count == 4 && $0.prefix(3).elementsEqual([side, side, 3]) && $0[3] > 0
        }
        let count = images.extents[3]
        let labels = try array("y", "[\(count), 1]") { $0 == [count, 1] || $0 == [1, count] }
        guard images.element == ForeignElement(.uint8) else {
            throw DataError(file: url.path, "has 'X' of \(images.element.name), expected uint8")
        }
        let inputs = try Tensor(uninitialized: Shape([count, side, side, 3]), dtype: .uint8)
        images.bytes.withUnsafeBufferPointer { source in
            inputs.withBytes { target in
                for sample in 0..<count {
                    let start = sample * 3 * side * side
                    for row in 0..<side {
                        for column in 0..<side {
                            for channel in 0..<3 {
                                target[start + (row * side + column) * 3 + channel] =
                                    source[start + (channel * side + column) * side + row]
                            }
                        }
                    }
                }
            }
        }
        let numbers = try labels.tensor(what: "\(url.path): y")
        var classes: [Int32] = []
        try classes.makeRoom(count)
        for index in 0..<count {
            guard let digit = Int32(exactly: numbers.value(at: index)), (1...10).contains(digit) else {
                throw DataError(
                    file: url.path,
                    "label \(numbers.value(at: index)) at position \(index) (counted from 0) is none: labels are 1 to 10, "
                        + "with 10 for the digit 0")
            }
            classes.append(digit % 10)
        }
        return Part(inputs: inputs, labels: classes)
    }
}
