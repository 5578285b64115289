import NightjarProcess

/// What is wrong with a data set or a data file, and what to do about it.
public struct DataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file that is at fault, or nil where no single file is.
    public let file: String?
    /// What was expected and what came.
    public let problem: String
    /// What the reader of the message can do, or nil where the problem says it all.
    public let remedy: String?

    public init(file: String? = nil, _ problem: String, remedy: String? = nil) {
        self.file = file
        self.problem = problem
        self.remedy = remedy
    }

    /// `FILE: PROBLEM. REMEDY`; no name in it begins a line, whoever gave it.
    public var description: String {
        let start = file.map { "\(ShownText.line($0, most: .max)): \(problem)" } ?? problem
        return ShownText.message(remedy.map { "\(start). \($0)" } ?? start)
    }
}
