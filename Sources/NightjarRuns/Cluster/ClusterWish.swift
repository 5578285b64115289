// What the cells of an experiment ask of a cluster.

import Foundation

/// What is asked of the scheduler for each cell: from the command line, and below that from the user's profile of the
/// cluster. What is not asked for is left to the cluster's own defaults.
public struct ClusterWish: Sendable, Equatable {
    /// An option of the scheduler that has no name here, `--name=value`; without a value `--name`.
    public struct Other: Sendable, Equatable {
        public let name: String
        public let value: String?

        public init(_ name: String, _ value: String?) {
            self.name = name
            self.value = value
        }
    }

    public var partition: String?
    public var account: String?
    /// The limit of one attempt at a cell, as the scheduler writes times: `4:00:00`.
    public var time: String?
    /// Cores of a cell, which are its threads.
    public var cpus: Int?
    /// Memory of a cell, as the scheduler writes sizes: `4G`.
    public var memory: String?
    /// Cells that may run at a time.
    public var mostAtOnce: Int?
    /// Seconds before the limit of time at which a cell is told to write a checkpoint and to queue again.
    public var notice: Int?
    /// Lines of shell that run before each cell, such as `module load openblas`.
    public var setup: String?
    public var others: [Other] = []

    public init() {}

    /// This one, and `profile` where it asks for nothing.
    public func over(_ profile: ClusterWish) -> ClusterWish {
        var wish = self
        wish.partition = partition ?? profile.partition
        wish.account = account ?? profile.account
        wish.time = time ?? profile.time
        wish.cpus = cpus ?? profile.cpus
        wish.memory = memory ?? profile.memory
        wish.mostAtOnce = mostAtOnce ?? profile.mostAtOnce
        wish.notice = notice ?? profile.notice
        wish.setup = setup ?? profile.setup
        let own = Set(others.map(\.name))
        wish.others = profile.others.filter { !own.contains($0.name) } + others
        return wish
    }

    /// Options of `sbatch` that an array of cells sets by itself.
    public static let reserved: Set = [
        "array", "chdir", "error", "input", "job-name", "open-mode", "output", "parsable", "requeue", "no-requeue",
        "signal", "test-only", "wait", "wrap", "dependency",
    ]
}
