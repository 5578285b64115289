import ArgumentParser
import NightjarExperiments
import NightjarRuns
import NightjarScripting

/// `--on slurm` and what is asked of the cluster.
struct ClusterOptions: ParsableArguments {
    @Option(
        name: .customLong("on"),
        help: ArgumentHelp(
            "Runs the cells of an experiment on a cluster: slurm, or a profile of clusters in config.lua. They go on when "
                + "this command ends; given again it follows them.", valueName: "cluster"))
    var name: String?

    @Option(help: "The cluster's partition.")
    var partition: String?

    @Option(help: "Whom the cluster charges.")
    var account: String?

    @Option(
        help: ArgumentHelp(
            "The limit of one attempt at a cell, as Slurm writes times: 30, 4:00:00. Before it a cell writes a "
                + "checkpoint, queues again and goes on from it.", valueName: "time"))
    var time: String?

    @Option(help: "Cores of a cell, which are its threads.")
    var cpus: Int?

    @Option(help: ArgumentHelp("Memory of a cell, as Slurm writes sizes: 4G.", valueName: "size"))
    var mem: String?

    @Option(help: "Cells that run at a time at most.")
    var maxAtOnce: Int?

    @Option(
        help: ArgumentHelp("Seconds before the limit at which a cell is told to queue again.", valueName: "seconds"))
    var notice: Int?

    @Option(
        name: .customLong("slurm"), parsing: .singleValue,
        help: ArgumentHelp(
            "Any other option of sbatch, as in --slurm qos=low. May be repeated.", valueName: "name=value"))
    var others: [String] = []

    @Option(name: .customLong("cluster-interval"), help: .hidden)
    var interval = 5.0

    var isAsked: Bool { name != nil }

    func validate() throws {
        for (name, value) in [("--cpus", cpus), ("--max-at-once", maxAtOnce), ("--notice", notice)] {
            if let value, value < 1 { throw ValidationError("\(name) must be at least 1, got \(value)") }
        }
        for other in others {
            let name = String(other.prefix { $0 != "=" })
            if name.isEmpty || name.hasPrefix("-") {
                throw ValidationError(
                    "--slurm takes an option of sbatch without its dashes, as in qos=low, got '\(other)'")
            }
            if ClusterWish.reserved.contains(name) {
                throw ValidationError("--slurm \(name): Nightjar sets this option of sbatch itself")
            }
        }
        let isSomethingAsked =
            [partition, account, time, mem].contains { $0 != nil } || [cpus, maxAtOnce, notice].contains { $0 != nil }
            || !others.isEmpty
        if isSomethingAsked, name == nil {
            throw ValidationError(
                "--partition, --account, --time, --cpus, --mem, --max-at-once, --notice and --slurm ask something of a "
                    + "cluster: --on slurm says that there is one")
        }
    }

    /// nil where no cluster was asked for.
    func request() throws -> ClusterRequest? {
        guard let name else { return nil }
        var wish = ClusterWish()
        wish.partition = partition
        wish.account = account
        wish.time = time
        wish.cpus = cpus
        wish.memory = mem
        wish.mostAtOnce = maxAtOnce
        wish.notice = notice
        wish.others = others.map { other in
            let parts = other.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return .init(parts[0], parts.count > 1 ? parts[1] : nil)
        }
        return ClusterRequest(name: name, wish: wish, interval: interval)
    }
}
