import Foundation
import NightjarProcess

/// What libFuzzer calls for each input: the target that `NIGHTJAR_FUZZ` names takes it. What is answered wrongly ends the
/// process, as a crash does. See `scripts/fuzz-readers.sh`.
@c(LLVMFuzzerTestOneInput) public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    if case .fault(let what) = LibFuzzer.driver(UnsafeRawBufferPointer(start: bytes, count: count)) {
        FileHandle.standardError.write(Data("FAULT: \(what)\n".utf8))
        abort()
    }
    return 0
}

private enum LibFuzzer {
    /// Only libFuzzer's one thread asks.
    nonisolated(unsafe) static let driver: FuzzTarget.Driver = {
        let name = EnvironmentVariable.value("NIGHTJAR_FUZZ") ?? ""
        if name == "?" {
            // libFuzzer ends a process that ends by itself, without what waits in a buffer.
            let lines = FuzzTarget.all.map { "\($0.name) \($0.share)\n" }.joined()
            FileHandle.standardOutput.write(Data(lines.utf8))
            exit(0)
        }
        do {
            guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
                throw FuzzTarget.Disagreement(
                    description: "NIGHTJAR_FUZZ is one of " + FuzzTarget.all.map(\.name).joined(separator: ", "))
            }
            return try target.driver()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(2)
        }
    }()
}
