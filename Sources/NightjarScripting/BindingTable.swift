import CLuaShim

/// Everything that scripts can call, in one table.
///
/// The lists come from files of their own; ``NativeTypes`` and further lists are added by the rooms that need them.
struct BindingTable: Sendable {
    let bindings: [Binding]
    let types: [NativeType]

    static let standard = BindingTable(
        bindings: missingBindings + creationBindings + readingBindings + elementwiseBindings + reductionBindings
            + shapeBindings + rearrangingBindings + matrixBindings + orderingBindings + imageBindings + gradientBindings
            + libraryBindings + randomBindings + drawingBindings + nnBindings + layerBindings + dataBindings
            + trainerBindings + memoryBindings,
        types: NativeTypes.all)

    /// Registers all of it with the shim.
    func register(with host: ScriptHost) throws {
        for type in types {
            try host.protected { njl_bind_type(host.state, type.index, type.name, $0) }
        }
        for (index, binding) in bindings.enumerated() {
            let places = binding.places.rawValue | ((binding.owner.map { $0.index + 1 } ?? 0) << 8)
            try host.protected {
                njl_bind(host.state, binding.name, Int32(index), places, binding.rawTables, $0)
            }
        }
        for op in Operator.all {
            try host.protected {
                njl_bind_operator(
                    host.state, op.name, Int32(op.op.rawValue), Int32(op.arity), 3, op.metamethod, $0)
            }
        }
        if let missing = bindings.firstIndex(where: { $0.name == "missing" }) {
            njl_set_missing_binding(host.state, Int32(missing))
        }
    }

    /// What tensors have: methods and operators.
    var methodNames: [String] {
        bindings.filter { $0.places.contains(.method) && !$0.name.hasPrefix("__") }.map(\.name)
            + Operator.all.map(\.name)
    }
}
