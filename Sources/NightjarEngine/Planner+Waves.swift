import NightjarGraph

/// Which groups run together, as one launch.
///
/// Neighbours in the order join in two cases: groups of one phase that do not wait for each other, and convolutions
/// over the same images. The two gradients of a convolution read the same values; side by side they find them in the
/// cache, and neither leaves a thread idle at its end.
extension Planner {
    func waves(_ order: [Int]) -> [[Int]] {
        var waves: [[Int]] = []
        var isOpen = false
        for group in order {
            let isFlat = hasOnePhase(group)
            if let last = waves.last,
                isFlat && isOpen && grouping.groups[group].after.isDisjoint(with: last)
                    || readsAlongside(group, last)
            {
                waves[waves.count - 1].append(group)
            } else {
                waves.append([group])
                isOpen = isFlat
            }
        }
        return waves
    }

    /// Whether a group is one launch of one phase.
    private func hasOnePhase(_ index: Int) -> Bool {
        let group = grouping.groups[index]
        guard grouping.fuses, group.product == nil else { return false }
        return group.members.allSatisfy { member in
            ![.embed, .concat].contains(graph.rows[member].op) && !needsCopy(member, group)
        }
    }

    /// Whether a member replaces a state in a launch of its own.
    private func needsCopy(_ member: Int, _ group: Group) -> Bool {
        group.accumulated.contains(member) && directEffects[member] != nil
    }

    /// Whether a group and those of a wave are convolutions that read a tensor in common, and none reads what another
    /// makes.
    private func readsAlongside(_ index: Int, _ wave: [Int]) -> Bool {
        guard grouping.fuses, isConvolution(index), let first = wave.first, isConvolution(first) else { return false }
        let reads = anew.reads(grouping.groups[index])
        return wave.contains { !reads.isDisjoint(with: anew.reads(grouping.groups[$0])) }
            && wave.allSatisfy { isIndependent(index, of: $0) }
    }

    private func isConvolution(_ index: Int) -> Bool {
        let group = grouping.groups[index]
        guard let product = group.product, [.conv, .convInput, .convWeight].contains(graph.rows[product].op) else {
            return false
        }
        return !group.members.contains { needsCopy($0, group) }
    }

    /// Whether a group waits for an earlier one at most to replace what that one reads.
    private func isIndependent(_ later: Int, of earlier: Int) -> Bool {
        let (group, other) = (grouping.groups[later], grouping.groups[earlier])
        // A path through a third would make it wait for that one as well, which would stand between them.
        return anew.reads(group).isDisjoint(with: other.members)
            && group.after.subtracting([earlier]).allSatisfy {
                !grouping.depends($0, on: earlier)
            }
    }

    /// The launches of a wave: one where their phases allow it.
    func launchesOf(wave: [Int]) throws -> [Launch] {
        let launches = try wave.flatMap { try launchesOf($0) }
        guard wave.count > 1, launches.count == wave.count else { return launches }
        var firstPhases: [Int] = []
        for (index, group) in wave.enumerated() {
            let phases = launches[index].kernel.tileCounts.count
            // Kernels replace states in their last phase, and read them in any.
            var first = 0
            for (earlier, begin) in firstPhases.enumerated()
            where grouping.groups[group].after.contains(wave[earlier]) {
                first = max(first, begin + launches[earlier].kernel.tileCounts.count - phases + 1)
            }
            firstPhases.append(first)
        }
        return [
            Launch(
                JointKernel(launches.map(\.kernel), firstPhases: firstPhases),
                isFallible: launches.contains(where: \.isFallible), members: launches.flatMap(\.members))
        ]
    }
}
