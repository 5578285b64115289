import CLuaShim
import Foundation
import NightjarEngine
import NightjarRuns
import NightjarTensor

private let path = Parameter(
    "path", .string,
    "ends in .npy, .npz, .safetensors, .u8 for plain bytes, or .png for an image; relative paths start at the working directory"
)

/// Tensors in files, and what they are told by.
let fileBindings: [Binding] = [
    Binding(
        "hash", .module, [Parameter("value", .any, "a text or a tensor; further ones are put behind it")],
        variadic: true,
        returns: "string",
        "The SHA-256 (FIPS 180-4) of the bytes of texts and tensors, as 64 hexadecimal digits. The bytes of a tensor are "
            + "its elements in their type, row by row, little-endian.",
        example: """
            nj.hash("abc"):sub(1, 16) --> "ba7816bf8f01cfea"
            nj.hash("a", "bc") == nj.hash("abc") --> true
            """
    ) { call in
        guard call.count > 0 else { throw call.wrong(0, expected: "a text or a tensor") }
        var bytes: [UInt8] = []
        for index in 0..<call.count {
            if case .string(let text) = call.operand(index) {
                try bytes.makeRoom(text.count)
                bytes += text
            } else if case .tensor(let value) = try call.value(index) {
                let tensor = try call.session.evaluate([value])[0]
                try bytes.makeRoom(tensor.byteCount)
                bytes += UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)
            } else {
                throw call.wrong(0, expected: "texts and tensors")
            }
        }
        call.answer(ContentHash.sha256(bytes))
    },
    Binding(
        "save", .module,
        [path, Parameter("value", .any, "a tensor for .npy, .u8 and .png, a table of tensors by name for the others")],
        options: [
            Parameter("compress", .boolean, default: "false", "pack the arrays of an .npz file"),
            Parameter("metadata", .table, default: "{}", "texts by name, kept in the header of a .safetensors file"),
        ], returns: "nothing",
        "Writes tensors to a file, whole or not at all. Scripts write below the working directory and below the folder of "
            + "the runs, unless --trust is given.",
        example: """
            nj.save("weights.npz", { weight = nj.eye(2), bias = nj.zeros(2) })
            nj.load("weights.npz").weight --> {{1, 0}, {0, 1}}
            """
    ) { call in
        let name = try call.string(0)
        let format = try TensorFileFormat(name)
        var tensors = TensorFile()
        switch try call.value(1) {
        case .tensor(let value): tensors.single = try call.session.evaluate([value])[0]
        case .table(let table):
            guard table.array.isEmpty else {
                throw ArgumentError(
                    "'save' needs a name for each tensor, for example { weight = w }, got a list\n  usage: "
                        + call.binding.usage)
            }
            let values = try table.fields.map { key, value in
                guard case .tensor(let tensor) = value else {
                    throw ArgumentError("'save' writes tensors: '\(key)' is \(value.phrase)")
                }
                return tensor
            }
            tensors.named = Array(zip(table.fields.map(\.key), try call.session.evaluate(values)))
        default: throw call.wrong(1, expected: "a tensor or a table of tensors by name")
        }
        tensors.metadata = try metadata(call)
        let url = try call.host.files.tensors(writtenAt: name, askedBy: call.script)
        try tensors.write(to: url, format, compress: call.option("compress", default: false))
    },
    Binding(
        "load", .module,
        [
            Parameter(
                "path", .string,
                "ends in .npy, .npz, .safetensors, .pt or .pth of PyTorch, .u8 for plain bytes, .png, .pgm or .ppm for an image, or "
                    + ".json; relative paths start at the working directory")
        ],
        options: [
            Parameter("metadata", .boolean, default: "false", "the texts of a .safetensors file as a second result")
        ],
        returns: "nightjar.Tensor|table<string, nightjar.Tensor>, table<string, string>?",
        "Reads tensors: one from .npy and from plain bytes (.u8), a table by name from .npz and .safetensors, and from images (.png, .pgm, .ppm) bytes "
            + "of shape (height, width, 1 or 3). Of what torch.save wrote (.pt and .pth, since PyTorch 1.6) it reads tensors and "
            + "NumPy's arrays, with the names of dictionaries joined by dots; nothing in such a file is ever run. An array that cannot be read, such as "
            + "one of strings, is left out, and says why when it is asked for by its name. "
            + "A .json file becomes the table, text or number that it holds, without its nulls. "
            + "int8, int16 and whole numbers of 64 bits become int32 where they fit, float16 and bfloat16 float32.",
        example: """
            nj.save("labels.npy", nj.tensor({ 3, 1, 2 }, { dtype = "int32" }))
            nj.load("labels.npy"):dtype() --> "int32"
            """
    ) { call in
        let name = try call.string(0)
        if (name as NSString).pathExtension.lowercased() == "json" {
            let url = try call.host.files.tensors(readAt: name, askedBy: call.script)
            return call.answer(values: [ScriptValue(try JSONValue(contentsOf: url).withoutNulls)])
        }
        let format = try TensorFileFormat(name)
        let url = try call.host.files.tensors(readAt: name, askedBy: call.script)
        let file = try TensorFile(contentsOf: url, format)
        let isDescribed = try call.option("metadata", default: false)
        guard !isDescribed || format == .safetensors else {
            throw ArgumentError("only .safetensors files keep metadata, not \(name)")
        }
        if let tensor = file.single { return call.answer(owned: tensor) }
        call.host.note(file.named.reduce(0) { $0 + $1.tensor.byteCount })
        // The Lua side makes the third answer, what cannot be read, speak when it is asked for.
        call.answer(count: 3) { writer in
            writer.begin(array: 0, fields: file.named.count)
            for (name, tensor) in file.named {
                writer.write(name)
                writer.write(tensor, place: call.place)
            }
            let metadata = file.metadata.sorted { $0.key < $1.key }.map { ($0.key, ScriptValue.string($0.value)) }
            writer.write(isDescribed ? .table(ScriptTable(fields: metadata)) : .nil, place: 0)
            let reasons = file.unreadable.map { ($0.name, ScriptValue.string($0.reason)) }
            writer.write(reasons.isEmpty ? .nil : .table(ScriptTable(fields: reasons)), place: 0)
        }
    },
]

extension JSONValue {
    /// Without nulls, which a table cannot tell from nothing.
    fileprivate var withoutNulls: JSONValue {
        switch self {
        case .array(let items): .array(items.filter { $0 != .null }.map(\.withoutNulls))
        case .object(let entries): .object(entries.filter { $0.value != .null }.mapValues(\.withoutNulls))
        default: self
        }
    }
}

private func metadata(_ call: Call) throws -> [String: String] {
    guard let token = call.token(named: "metadata") else { return [:] }
    guard let table = try TokenReader(host: call.host).value(token).asTable, table.array.isEmpty else {
        throw call.wrong(option: "metadata", token)
    }
    var texts: [String: String] = [:]
    for (key, value) in table.fields {
        guard let text = value.asString else {
            throw ArgumentError("'save' keeps texts as metadata: '\(key)' is \(value.phrase)")
        }
        texts[key] = text
    }
    return texts
}
