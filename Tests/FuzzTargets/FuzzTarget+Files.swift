import Foundation
import NightjarData
import NightjarRuns
import NightjarScripting
import NightjarTensor

extension FuzzTarget {
    /// Readers that open files themselves.
    static let files = [
        onFile("idx", "input-idx3-ubyte") { url in
            try looked(at: IDXFile.read(url, rank: 3))
        },
        onFile("cifar", "input.bin", share: 0.5) { url in
            try looked(at: CIFARFile.cifar10.read([url]).images)
        },
        onFile("csv", "input.csv") { url in
            try looked(at: CSVFile.read(url, name: "input").dataset.inputs)
        },
        onFile("gzip", "input.gz", share: 0.5) { url in
            let bytes = try ByteReader(url).readAll(limit: 1 << 22)
            guard bytes.count <= 1 << 22 else { throw Disagreement(description: "\(bytes.count) bytes were unpacked") }
        },
        onFile("json", "input.json") { url in
            let value = try JSONValue(contentsOf: url)
            let text = value.text()
            guard try JSONValue(parsing: Data(text.utf8), source: "again") == value else {
                throw Disagreement(description: "\(text) is not what was read")
            }
        },
        onFile("safetensors", "input.safetensors") { url in
            let file = try SafetensorsFile(contentsOf: url)
            for array in file.arrays {
                try looked(at: TensorFile.tensor(array, of: file, what: "input"))
            }
        },
    ]

    /// A reader of a file of that name.
    static func onFile(
        _ name: String, _ file: String, share: Double = 1, _ read: @escaping @Sendable (URL) throws -> Void
    ) -> FuzzTarget {
        FuzzTarget(name, share: share) {
            let input = try InputFile(file)
            return { bytes in
                try input.write(bytes)
                try read(input.url)
            }
        }
    }
}
