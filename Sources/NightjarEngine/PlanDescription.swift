import NightjarGraph
import NightjarTensor

extension Session {
    /// How values would be computed: the simplified rows and the groups that launches are made of, in order.
    ///
    /// For people: `nightjar explain` and the tests of the planner show it.
    package func describePlan(of values: [Value]) throws -> String {
        guard let tape = values.first?.tape else { return "" }
        let request = Request(tape, outputs: values.map(\.id), effects: [], fuses: !isEager)
        let graph = try PlanGraph(request)
        let grouping = try Grouping(graph, fuses: request.fuses)
        var lines: [String] = []
        for (index, row) in graph.rows.enumerated() where graph.isNeeded[index] {
            let operands = row.operands.map { "%\($0.index)" }.joined(separator: ", ")
            var line = "%\(index) = \(row.name)(\(operands)) \(row.dtype)\(row.shape)"
            if row.op == .constant { line += " = \(Double(bitPattern: row.attribute))" }
            if graph.isInline[index] { line += " inline" }
            if grouping.groupOf[index] >= 0 { line += "  group \(grouping.groupOf[index])" }
            lines.append(line)
        }
        for (index, group) in grouping.groups.enumerated() where !group.members.isEmpty {
            let members = group.members.map { "%\($0)" }.joined(separator: " ")
            lines.append(
                "group \(index): \(group.product == nil ? "region" : "product") over \(group.domain) cut at \(group.split), "
                    + "after \(group.after.sorted()): \(members)")
        }
        return lines.joined(separator: "\n")
    }

    /// How many launches the plan for these results and effects has.
    package func launchCount(outputs: [NodeID], effects: [Effect]) throws -> Int {
        try Planner.plan(Request(tape, outputs: outputs, effects: effects, fuses: !isEager)).launches.count
    }
}
