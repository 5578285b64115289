import NightjarGraph
import NightjarProcess

/// Batches of launches (horizontal fusion): which groups run together, as one launch.
///
/// Neighbours in the order join in two cases: groups of one phase that do not wait for each other, and convolutions
/// over the same images. The two gradients of a convolution read the same values; side by side they find them in the
/// cache, and neither leaves a thread idle at its end.
extension Planner {
    func waves(_ order: [Int]) throws -> [[Int]] {
        var waves: [[Int]] = []
        var isOpen = false
        for group in order {
            try StopPatience.check()
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
        let reads = reads(of: index)
        return wave.contains { !reads.isDisjoint(with: self.reads(of: $0)) }
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
        // A path through a third would make it wait for that one as well, which would stand between them.
        return reads(of: later).isDisjoint(with: members(of: earlier))
            && grouping.groups[later].after.subtracting([earlier]).allSatisfy {
                !grouping.depends($0, on: earlier)
            }
    }

    /// Groups of a wave that run as one kernel, as a rule a single one.
    private struct Part {
        var groups: [Int]
        var launches: [Launch]
    }

    /// Groups that a part waits for.
    private func waited(by part: Part) -> Set<Int> {
        part.groups.reduce(into: []) { $0.formUnion(grouping.groups[$1].after) }
    }

    /// The launches of a wave: one where their phases allow it.
    func launchesOf(wave: [Int]) throws -> [Launch] {
        let parts = try pairedGradients(wave.map { Part(groups: [$0], launches: try launchesOf($0)) })
        let launches = parts.flatMap(\.launches)
        guard parts.count > 1, launches.count == parts.count else { return launches }
        var firstPhases: [Int] = []
        for (index, part) in parts.enumerated() {
            let phases = launches[index].kernel.tileCounts.count
            let after = waited(by: part)
            // Kernels replace states in their last phase, and read them in any.
            var first = 0
            for (earlier, begin) in firstPhases.enumerated() where !after.isDisjoint(with: parts[earlier].groups) {
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

    // MARK: Both gradients of a convolution

    /// The two gradients of a convolution become one part where they can take the same images at a time.
    private func pairedGradients(_ parts: [Part]) throws -> [Part] {
        var result = parts
        for weights in parts {
            guard let kernel = kernel(of: weights, .convWeight) else { continue }
            let images = GradientsKernel.imagesAtATime(kernel)
            guard images > 0, let input = result.first(where: { sharesGradient($0, with: weights) }),
                let launch = try launchesOf(input.groups[0], tileImages: images).first,
                let fitting = launch.kernel as? ConvolutionKernel,
                let both = GradientsKernel(input: fitting, weights: kernel)
            else { continue }
            let launches = [launch, weights.launches[0]]
            let pair = Part(
                groups: input.groups + weights.groups,
                launches: [
                    Launch(
                        both, isFallible: launches.contains(where: \.isFallible), members: launches.flatMap(\.members))
                ])
            let places = result.indices.filter { pair.groups.contains(result[$0].groups[0]) }
            let between = result[places[0]...places[1]].dropFirst().dropLast()
            guard between.allSatisfy({ areIndependent($0, pair) }) else { continue }
            result[places[1]] = pair
            result.remove(at: places[0])
        }
        return result
    }

    private func areIndependent(_ one: Part, _ other: Part) -> Bool {
        waited(by: one).isDisjoint(with: other.groups) && waited(by: other).isDisjoint(with: one.groups)
    }

    private func product(of part: Part, _ op: Op) -> Node? {
        guard part.groups.count == 1, part.launches.count == 1, let product = grouping.groups[part.groups[0]].product,
            graph.rows[product].op == op
        else { return nil }
        return graph.rows[product]
    }

    private func kernel(of part: Part, _ op: Op) -> ConvolutionKernel? {
        product(of: part, op) == nil ? nil : part.launches[0].kernel as? ConvolutionKernel
    }

    /// Whether a part is the gradient for the images of the convolution whose weights' gradient `weights` is.
    private func sharesGradient(_ part: Part, with weights: Part) -> Bool {
        guard let input = product(of: part, .convInput), let other = product(of: weights, .convWeight) else {
            return false
        }
        // The images' gradient ends a phase before the weights', so it must not be what replaces a state of theirs.
        return graph.root[input.a.position] == graph.root[other.b.position] && input.attribute == other.attribute
            && !grouping.groups[part.groups[0]].after.contains(weights.groups[0])
    }
}
