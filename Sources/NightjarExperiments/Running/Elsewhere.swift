import NightjarRuns
import NightjarScripting

/// Who runs the cells of an experiment, if not this machine.
public enum Elsewhere: Sendable {
    /// The scheduler of a cluster.
    case cluster(ClusterRequest)
    /// Whoever takes the commands that are listed.
    case listed(CellListFormat)

    /// What the user gave.
    var asked: String {
        switch self {
        case .cluster(let request): "--on \(request.name)"
        case .listed: "nightjar cells"
        }
    }
}

/// `--on NAME` and what comes with it.
public struct ClusterRequest: Sendable {
    /// `slurm`, or the name of a profile in the user's configuration.
    public let name: String
    /// What the command line asks for.
    public let wish: ClusterWish
    /// Seconds from one question to the scheduler to the next.
    public let interval: Double

    public init(name: String, wish: ClusterWish, interval: Double) {
        self.name = name
        self.wish = wish
        self.interval = interval
    }
}

/// How the commands of `nightjar cells` are written.
public enum CellListFormat: String, Sendable, CaseIterable {
    /// A line of shell for each cell.
    case lines
    /// A list of objects: cell, title, folder, arguments, command.
    case json
}
