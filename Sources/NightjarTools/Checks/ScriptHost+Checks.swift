import Foundation
import NightjarScripting

/// What `nightjar doctor` asks of a host.
extension ScriptHost {
    /// The data sets that can be loaded by name.
    public func dataNames() throws -> [String] { try catalog().names }

    /// Loads a data set and says how large it is.
    /// - Throws: what is missing or damaged, and what to do about it.
    public func describeData(_ name: String) throws -> String {
        let folder = options.dataFolder.map { URL(fileURLWithPath: $0) }
        let bundle = try catalog().load(name, dataDirectory: folder)
        return "\(bundle.train.count) samples to train on, \(bundle.test.count) to test on, \(bundle.classes) classes"
    }
}
