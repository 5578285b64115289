import NightjarGraph
import NightjarProcess
import NightjarTensor

/// A tree of modules whose parameters and buffers have names.
///
/// Paths follow the tree in order and stay the same for the same model, so they serve as names in files. A parameter
/// that is used in two places is listed once, under the path that comes first.
public final class Model {
    /// Which of its outputs are the logits, counted from 0. A trainer sets it.
    public var logitsOutput = 0
    public let root: any Module
    /// Every parameter with its path, in order: `layers.1.weight`, `layers.1.bias`, ...
    public let parameters: [(path: String, parameter: Parameter)]
    /// Every buffer with its path, in order.
    public let buffers: [(path: String, buffer: Buffer)]
    /// The element type of parameters, buffers aside; float32 for a model without any.
    public let dtype: DType

    /// - Throws: ``ModelError`` when a module contains itself, two parts share a path, or element types are mixed.
    public init(_ root: any Module) throws {
        var walk = TreeWalk()
        try walk.visit(root, path: "")
        self.root = root
        parameters = walk.parameters
        buffers = walk.buffers
        dtype = parameters.first?.parameter.dtype ?? .float32
        for (path, parameter) in parameters where parameter.dtype != dtype {
            throw ModelError(
                "a model has one element type: '\(parameters[0].path)' is \(dtype), '\(path)' is \(parameter.dtype)")
        }
    }

    /// The numbers that training can change.
    public var parameterCount: Int {
        parameters.reduce(0) { $0 + ($1.parameter.isTrainable ? $1.parameter.shape.count : 0) }
    }

    /// Draws the first values of parameters that have none yet.
    ///
    /// Element i of a parameter depends on the seed, the parameter's path and i alone, so adding a layer leaves the
    /// others as they were.
    public func initialize(seed: UInt64) throws {
        for (path, parameter) in parameters where !parameter.isInitialized {
            try StopPatience.check()
            try parameter.initializer.fill(parameter.tensor, RandomStream(seed: seed, purpose: "parameter/\(path)"))
            parameter.isInitialized = true
        }
    }
}

/// Collects what is in a tree of modules.
private struct TreeWalk {
    var parameters: [(path: String, parameter: Parameter)] = []
    var buffers: [(path: String, buffer: Buffer)] = []
    private var seen: Set<ObjectIdentifier> = []
    private var paths: Set<String> = []
    private var ancestors: Set<ObjectIdentifier> = []

    mutating func visit(_ module: any Module, path: String) throws {
        try StopPatience.check()
        guard ancestors.insert(ObjectIdentifier(module)).inserted else {
            throw ModelError("'\(path)' (\(module.kind)) contains itself")
        }
        defer { ancestors.remove(ObjectIdentifier(module)) }
        func joined(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        for (name, parameter) in module.ownParameters where seen.insert(ObjectIdentifier(parameter)).inserted {
            parameters.append((try claim(joined(name)), parameter))
        }
        for (name, buffer) in module.ownBuffers where seen.insert(ObjectIdentifier(buffer)).inserted {
            buffers.append((try claim(joined(name)), buffer))
        }
        for (name, child) in module.children { try visit(child, path: joined(name)) }
    }

    private mutating func claim(_ path: String) throws -> String {
        guard paths.insert(path).inserted else { throw ModelError("two parts of the model have the path '\(path)'") }
        return path
    }
}
