import CLuaShim

/// Everything that scripts can call, in one table.
///
/// The lists come from files of their own; ``NativeTypes`` and further lists are added by the rooms that need them.
package struct BindingTable: Sendable {
    /// Bindings under one heading of the reference page.
    package struct Section: Sendable {
        package let title: String
        package let bindings: [Binding]

        package init(_ title: String, _ bindings: [Binding]) {
            self.title = title
            self.bindings = bindings
        }
    }

    package let sections: [Section]
    package let bindings: [Binding]
    let types: [NativeType]

    init(sections: [Section], types: [NativeType]) {
        self.sections = sections
        bindings = sections.flatMap(\.bindings)
        self.types = types
    }

    static let standard = BindingTable(
        sections: [
            Section("Creation", creationBindings),
            Section("Reading", readingBindings),
            Section("Elementwise functions", elementwiseBindings),
            Section("Reductions", reductionBindings + statisticsBindings),
            Section(
                "Shapes and matrix products", shapeBindings + rearrangingBindings + diagonalBindings + matrixBindings),
            Section("Order and positions", orderingBindings),
            Section("Images", imageBindings),
            Section("Random numbers", randomBindings + drawingBindings + distributionBindings),
            Section("Gradients", gradientBindings),
            Section("Models and layers", nnBindings + layerBindings + predictBindings),
            Section("Data", dataBindings + dataPartBindings + dataFileBindings),
            Section("Training", trainerBindings + evaluationBindings),
            Section("Files", fileBindings),
            Section("Results", resultBindings),
            Section(
                "The library itself",
                libraryBindings + finishedBindings + labelBindings + labelFormBindings + reasonBindings + memoryBindings
                    + hostBindings + nativeBindings + packageBindings + missingBindings),
        ],
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

    /// Names that two bindings have in the same table, where the later would hide the earlier. There are none; a test asks.
    package static var repeatedNames: [String] {
        var seen: Set<String> = []
        return standard.bindings.flatMap { binding in
            (0..<8).filter { binding.places.rawValue & (1 << $0) != 0 }.map { "\(binding.name) in \($0)" }
                + (binding.owner.map { ["\(binding.name) of \($0.name)"] } ?? [])
        }.filter { !seen.insert($0).inserted }
    }

    /// The methods of a native type.
    func names(of type: NativeType) -> [String] {
        bindings.filter { $0.owner?.index == type.index && !$0.name.hasPrefix("__") }.map(\.name)
    }

    /// What tensors have: methods and operators.
    var methodNames: [String] {
        bindings.filter { $0.places.contains(.method) && !$0.name.hasPrefix("__") }.map(\.name)
            + Operator.all.map(\.name)
    }
}
