import NightjarScripting

/// A function as the reference page and the editor definitions show it, on whatever side it is written.
struct ReferenceCall {
    /// One argument or option.
    struct Argument {
        let name: String
        /// In editor definitions: "integer|integer[]".
        let annotation: String
        /// On the reference page: "a dimension or a list of dimensions".
        let words: String
        let isOptional: Bool
        /// What stands in for it, as a script would write it.
        let standard: String?
        let doc: String
    }

    /// How a script names it: "nj.grad", "t:sum", "data:first", "require".
    let path: String
    /// The heading it stands under.
    let group: String
    /// The class whose method it is, in editor definitions; nil for functions.
    let owner: String?
    /// What it is called as well: "nj.sum(t, ...)".
    let alias: String?
    /// Those after the object in front.
    let arguments: [Argument]
    let options: [Argument]
    let isVariadic: Bool
    /// Types, in editor definitions.
    let returns: [String]
    let doc: String
    let example: String?
    /// The operator that does the same, as lines of the editor definitions and in words: "a + b".
    var sign: (definition: String, usage: String)?

    /// The part after the last dot or colon.
    var name: String { String(path.split(whereSeparator: { $0 == "." || $0 == ":" }).last ?? "") }

    /// How it is called: `t:sum([dimensions], [{ keep }])`.
    var usage: String {
        var list = arguments.map { $0.isOptional ? "[\($0.name)]" : $0.name }
        if isVariadic { list.append("...") }
        if !options.isEmpty {
            let names = "{ " + options.map(\.name).joined(separator: ", ") + " }"
            list.append(options.allSatisfy(\.isOptional) ? "[\(names)]" : names)
        }
        return "\(path)(\(list.joined(separator: ", ")))"
    }
}

extension ReferenceCall {
    /// What the binding table says; nil for what only the library calls.
    init?(_ binding: Binding, group: String) {
        let isLayer = binding.name.hasPrefix("nn.")
        let isMethod = binding.isMethodOfTensors
        guard !binding.name.hasPrefix("__"),
            isMethod || binding.owner != nil || isLayer || binding.places.contains(.module)
        else { return nil }
        let front = binding.owner.map { "\($0.short):" } ?? (isMethod ? "t:" : "nj.")
        let hasObject = isMethod || binding.owner != nil
        let shown = hasObject ? binding.parameters.dropFirst() : binding.parameters[...]
        self.init(
            path: front + binding.name, group: group,
            owner: binding.owner?.annotation ?? (isMethod ? "nightjar.Tensor" : nil),
            alias: isMethod && binding.places.contains(.module) ? "nj.\(binding.name)" : nil,
            arguments: shown.map { Argument($0, isSpread: binding.isVariadic) },
            options: binding.options.map { Argument($0) },
            isVariadic: binding.isVariadic, returns: ReferenceType.list(binding.returns), doc: binding.doc,
            example: binding.example)
    }

    /// An operation of tensors.
    init(_ op: Operator) {
        let other = Parameter("other", .tensorOrNumber, "broadcast")
        self.init(
            path: "t:\(op.name)", group: op.group, owner: "nightjar.Tensor", alias: "nj.\(op.name)",
            arguments: op.arity == 2 ? [Argument(other)] : [], options: [], isVariadic: false,
            returns: ["nightjar.Tensor"], doc: op.doc, example: op.example, sign: op.signText)
    }
}

extension ReferenceCall.Argument {
    init(_ parameter: Parameter, isSpread: Bool = false) {
        let spreads = isSpread && (parameter.kind == .shape || parameter.kind == .dimensions)
        self.init(
            name: parameter.name, annotation: spreads ? "integer|integer[]" : parameter.kind.annotation,
            words: parameter.kind.phrase, isOptional: parameter.isOptional, standard: parameter.standard,
            doc: parameter.doc)
    }
}

extension Operator {
    /// The heading on the reference page.
    var group: String {
        switch op {
        case _ where op.makesMask: "Comparisons and masks"
        case _ where arity == 2: "Arithmetic"
        default: "Elementwise functions"
        }
    }

    /// The sign that does the same, in the editor definitions and as scripts write it.
    fileprivate var signText: (definition: String, usage: String)? {
        guard let metamethod else { return nil }
        let name = String(metamethod.dropFirst(2))
        if arity == 1 { return ("\(name): nightjar.Tensor", name == "bnot" ? "~a" : "-a") }
        let signs = [
            "add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%", "pow": "^", "band": "&", "bor": "|",
            "bxor": "~",
        ]
        let sign = signs[name] ?? name
        return ("\(name)(nightjar.Tensor|number): nightjar.Tensor", "a \(sign) b")
    }
}

/// Types of results, from the words of the binding table to those of editor definitions.
enum ReferenceType {
    private static let words = [
        "tensor": "nightjar.Tensor", "data set": "nightjar.Dataset", "layer": "nightjar.Layer",
        "trainer": "nightjar.Trainer",
    ]

    /// "tensor, any" as annotations; empty for "nothing".
    static func list(_ text: String) -> [String] {
        text == "nothing" ? [] : parts(text).map { words[$0] ?? $0 }
    }

    /// Splits at commas outside of brackets.
    private static func parts(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if "(<{[".contains(character) { depth += 1 }
            if ")>}]".contains(character) { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map { String($0.drop(while: { $0 == " " })) }.filter { !$0.isEmpty }
    }
}
