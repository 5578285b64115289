import NightjarGraph
import NightjarTensor

/// Cuts the channels of the last dimension into groups and brings each group of each sample to mean 0 and variance 1
/// over its channels and all places, then applies a factor and an offset for each channel: Wu and He 2018. With as many
/// groups as channels this is instance normalisation. Training and evaluation are the same.
public final class GroupNorm: Module {
    public let groups: Int
    public let channels: Int
    private let scale: ChannelScale

    /// - Throws: ``ModelError`` when the groups do not divide the channels, and for settings out of range.
    public init(
        groups: Int, channels: Int, epsilon: Double = 1e-5, isAffine: Bool = true, dtype: DType = .float32
    ) throws {
        scale = try ChannelScale(
            "group_norm", channels: channels, epsilon: epsilon, hasWeight: isAffine, hasBias: isAffine, dtype: dtype)
        guard groups >= 1, channels.isMultiple(of: groups) else {
            throw ModelError("group_norm needs groups that divide the channels: \(channels) do not make \(groups)")
        }
        self.groups = groups
        self.channels = channels
    }

    public var kind: String { "group_norm" }
    public var weight: Parameter? { scale.weight }
    public var bias: Parameter? { scale.bias }
    public var ownParameters: [(name: String, parameter: Parameter)] { scale.parameters }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        try scale.check(context, input)
        let tape = context.tape
        let shape = tape.shape(input)
        let places = shape.dimensions.dropFirst().dropLast().reduce(1, *)
        let parts = try tape.reshape(input, Shape([shape[0], places, groups, channels / groups]))
        // Places and the channels of a group.
        let standardized = try scale.standardized(tape, parts, axes: 0b1010)
        return try scale.apply(context, tape.reshape(standardized, shape))
    }
}
