import NightjarEngine
import NightjarGraph
import NightjarTensor

import NightjarTheory

/// A tape with logits and labels as `nightjar check` records them, and what losses are written in.
struct RecordedLoss {
    let session = Session(threads: 1)
    let tape: Tape
    let logits: NodeID
    let labels: NodeID
    let samples: Int
    let classes: Int

    /// Three samples, or one for each row of logits, all with one label, which counts from 0.
    init(classes: Int = 10, rows: [[Double]]? = nil, label: Int? = nil) throws {
        // As many rows as classes would not be told apart from them.
        let few = (0..<(classes == 3 ? 4 : 3)).map { row -> [Double] in
            (0..<classes).map { column -> Double in Double((row + column) % 7) / 4 }
        }
        let rows = rows ?? few
        (self.classes, samples, tape) = (classes, rows.count, session.tape)
        logits = tape.leaf(try Tensor.from(Array(rows.joined()), shape: Shape([samples, classes]), dtype: .float64))
        let numbers = rows.indices.map { Double(label ?? $0 % classes) + 1 }
        labels = tape.leaf(try Tensor.from(numbers, shape: Shape([samples]), dtype: .int32))
    }

    func theory(_ record: (RecordedLoss) throws -> NodeID) throws -> LossTheory {
        try LossTheory(tape, value: record(self), logits: logits, labels: labels)
    }

    /// What the engine makes of it, for rows of logits and each label in turn: `[label][row]`.
    static func values(_ rows: [[Double]], _ record: (RecordedLoss) throws -> NodeID) throws -> [[Double]] {
        try (0..<rows[0].count).map { label in
            let recorded = try RecordedLoss(classes: rows[0].count, rows: rows, label: label)
            return try recorded.session.evaluate([Value(recorded.tape, record(recorded))])[0].values
        }
    }

    // MARK: What losses are made of

    func number(_ value: Double) throws -> NodeID { try tape.number(value, dtype: .float64) }
    func softmax() throws -> NodeID { try tape.softmax(logits, axes: 2) }
    func logSoftmax() throws -> NodeID { try tape.logSoftmax(logits, axes: 2) }
    /// Labels from 0, as the binding of `t:pick` makes them.
    func fromZero() throws -> NodeID { try tape.binary(.sub, labels, tape.constant(1, dtype: .int32)) }
    func pick(_ row: NodeID) throws -> NodeID { try tape.pick(row, fromZero()) }
    func sum(_ row: NodeID) throws -> NodeID { try tape.reduce(.sum, row, axes: 2, keep: false) }
    func oneHot() throws -> NodeID { try tape.oneHot(fromZero(), classes: classes, dtype: .float64) }

    func plus(_ a: NodeID, _ b: NodeID) throws -> NodeID { try tape.binary(.add, a, b) }
    func plus(_ a: NodeID, _ b: Double) throws -> NodeID { try tape.binary(.add, a, number(b)) }
    func minus(_ a: NodeID, _ b: NodeID) throws -> NodeID { try tape.binary(.sub, a, b) }
    func minus(_ a: Double, _ b: NodeID) throws -> NodeID { try tape.binary(.sub, number(a), b) }
    func times(_ a: Double, _ b: NodeID) throws -> NodeID { try tape.binary(.mul, number(a), b) }
    func times(_ a: NodeID, _ b: NodeID) throws -> NodeID { try tape.binary(.mul, a, b) }
    func over(_ a: NodeID, _ b: NodeID) throws -> NodeID { try tape.binary(.div, a, b) }
    func over(_ a: NodeID, _ b: Double) throws -> NodeID { try tape.binary(.div, a, number(b)) }
    func unary(_ op: Op, _ a: NodeID) throws -> NodeID { try tape.unary(op, a) }
}

/// The losses of `plugins/losses`, as their Lua files record them.
enum PluginLoss: String, CaseIterable, Sendable {
    case cce, mse, gce, sce, mae, unhinged, nmae, rce, rll, nmse, nce, nfl, ngce, ael, agce, aul

    static let symmetric: [(loss: PluginLoss, constant: Double)] = [
        (.mae, 18), (.unhinged, 9), (.nmae, 1), (.rce, 82.893063347785733), (.rll, 23.978952727983707), (.nmse, 1),
        (.nce, 1),
        (.nfl, 1), (.ngce, 1),
    ]

    func record(_ r: RecordedLoss) throws -> NodeID {
        let classes = Double(r.classes)
        switch self {
        case .cce: return try r.unary(.neg, r.pick(r.logSoftmax()))
        case .mse:
            let p = try r.softmax()
            return try r.plus(r.minus(1, r.times(2, r.pick(p))), r.sum(r.unary(.square, p)))
        case .gce:
            let power = try r.unary(.expm1, r.times(0.7, r.pick(r.logSoftmax())))
            return try r.over(r.unary(.neg, power), 0.7)
        case .sce: return try r.plus(r.times(0.1, PluginLoss.cce.record(r)), PluginLoss.rce.record(r))
        case .mae: return try r.minus(2, r.times(2, r.pick(r.softmax())))
        case .unhinged: return try r.minus(1, r.pick(r.softmax()))
        case .nmae: return try r.over(r.minus(1, r.pick(r.softmax())), classes - 1)
        case .rce: return try r.times(9.210340371976182, r.minus(1, r.pick(r.softmax())))
        case .rll:
            let log = try r.unary(.log, r.plus(r.softmax(), 0.1))
            let given = try r.pick(log)
            let others = try r.over(r.minus(r.sum(log), given), classes - 1)
            return try r.plus(r.minus(2.3978952727983707, given), others)
        case .nmse:
            let p = try r.softmax()
            let squares = try r.sum(r.unary(.square, p))
            return try r.over(
                r.plus(r.minus(1, r.times(2, r.pick(p))), squares), r.plus(r.times(classes, squares), classes - 2))
        case .nce:
            let log = try r.logSoftmax()
            return try r.over(r.pick(log), r.sum(log))
        case .nfl:
            let log = try r.tape.binary(.maximum, r.logSoftmax(), r.number(-1e30))
            let miss = try r.tape.binary(.maximum, r.unary(.neg, r.unary(.expm1, log)), r.number(1e-20))
            let focal = try r.times(r.tape.binary(.pow, miss, r.number(0.5)), log)
            return try r.over(r.pick(focal), r.sum(focal))
        case .ngce:
            let loss = try r.unary(.expm1, r.times(0.7, r.logSoftmax()))
            return try r.over(r.pick(loss), r.sum(loss))
        case .ael: return try r.unary(.exp, r.over(r.unary(.neg, r.pick(r.softmax())), 2.5))
        case .agce:
            let power = try r.tape.binary(.pow, r.plus(r.pick(r.softmax()), 0.6), r.number(0.6))
            return try r.over(r.minus(1.3257796, power), 0.6)
        case .aul:
            let power = try r.tape.binary(.pow, r.minus(5.5, r.pick(r.softmax())), r.number(3))
            return try r.over(r.plus(power, -91.125), 3)
        }
    }
}
