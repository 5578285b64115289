import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// Labels that are left out, and labels that are no single class.
let labelFormBindings: [Binding] = [
    Binding(
        "leave_out", .library,
        [
            Parameter("labels", .tensor), Parameter("classes", .integer), Parameter("ignore", .integer, default: "nil"),
            Parameter("keep", .tensor, default: "nil"), Parameter("soft", .boolean, default: "false"),
        ], returns: "tensor, tensor, integer, tensor",
        "Labels in which those to be left out are harmless, the mask of the others, their number, and their positions in "
            + "row-major order. `ignore` is a label; of soft labels, rows of zeros are left out. Read now."
    ) { try leaveOut($0) },
    Binding(
        "every_label", .library, [Parameter("rows", .integer), Parameter("classes", .integer)], returns: "tensor",
        "The labels 1 to `classes`, so many times in a row."
    ) { call in
        let rows = try Count(call.integer(0), "the number of rows")
        let classes = try Count(call.integer(1), "the number of classes", in: 1...Int(Int32.max))
        try call.answer(
            owned: Tensor.made((rows * classes).value) { Int32(truncatingIfNeeded: $0 % classes.value) &+ 1 })
    },
    Binding(
        "soft_fault", .library, [Parameter("labels", .tensor)], returns: "string",
        "What is wrong with the first row that holds no probabilities, or nil. Read now."
    ) { call in
        let labels = try call.tensor(0)
        call.answer(values: [labels.softFault().map { .string($0) } ?? .nil])
    },
    Binding(
        "binary_fault", .library, [Parameter("labels", .tensor)], returns: "string",
        "What is wrong with the first label that is not from 0 to 1, or nil. Read now."
    ) { call in
        let labels = try call.tensor(0)
        let fault = (0..<labels.count).lazy.compactMap { labels.binaryFault(at: $0) }.first
        call.answer(values: [fault.map { .string($0) } ?? .nil])
    },
]

private func leaveOut(_ call: Call) throws {
    let tape = call.tape
    let node = try call.node(0)
    let (shape, dtype) = (tape.shape(node), tape.dtype(node))
    let isSoft = try call.has(4) && call.boolean(4)
    let ignored = call.has(2) ? Double(try call.integer(2)) : nil
    let width = isSoft ? shape.last : 1
    let rows = isSoft ? try Shape(shape.dimensions.dropLast()) : shape
    // What a loader has read is known; anything else is worked out here.
    let known = dtype.isFloating ? nil : tape.knownLabels(node)
    let numbers = try known?.numbers ?? call.tensor(0)
    let offset = Double(known?.offset ?? 0)
    var kept = try [Bool](room: rows.count, repeating: true)
    if let ignored {
        for row in 0..<rows.count {
            kept[row] =
                isSoft
                ? (0..<width).contains { numbers.value(at: row * width + $0) != 0 }
                : numbers.value(at: row) + offset != ignored
        }
    }
    if call.has(3) {
        let mask = try call.tensor(3)
        guard mask.shape == rows, mask.dtype == .bool else {
            throw ArgumentError(
                "'keep' of a batch is a bool mask of the labels' shape \(rows), got \(mask.dtype) of shape \(mask.shape)"
            )
        }
        for row in 0..<rows.count where mask.value(at: row) == 0 { kept[row] = false }
    }
    // In place of labels that are left out: class 1, or 0 where labels are 0 and 1.
    let harmless = try call.integer(1) > 0 ? 1.0 : 0.0
    let cleaned: Tensor
    if dtype == .int32 || dtype == .uint8 {
        cleaned = try Tensor.made(shape) { index -> Int32 in
            guard kept[index / width] else { return index % width == 0 ? Int32(harmless) : 0 }
            return Int32(clamping: Int(numbers.value(at: index)) &+ (known?.offset ?? 0))
        }
    } else {
        cleaned = try Tensor.made(shape, dtype: dtype == .float64 ? .float64 : .float32) { index in
            kept[index / width] ? numbers.value(at: index) : index % width == 0 ? harmless : 0
        }
    }
    let mask = try Tensor(uninitialized: rows, dtype: .bool)
    for row in 0..<rows.count { mask.pointer.storeBytes(of: kept[row] ? 1 : 0, toByteOffset: row, as: UInt8.self) }
    var positions: [Int32] = []
    try positions.makeRoom(kept.count)
    for row in kept.indices where kept[row] { positions.append(Int32(truncatingIfNeeded: row) &+ 1) }
    func value(_ tensor: Tensor) -> ScriptValue { .tensor(Value(tape, tape.leaf(tensor))) }
    call.answer(values: [value(cleaned), value(mask), .integer(positions.count), value(try Tensor(positions))])
}
