// A metric as people ask for it: which one, and at which moment of a run.

/// `j2`, `j2@10`, `best(j2)`, `j2@best(test_accuracy)`, `confusion[3,5]`.
///
/// | text | means |
/// |---|---|
/// | `j2` | at the end, or at the moment that the table is of |
/// | `j2@final` | at the end, whatever the table is of |
/// | `j2@10` | at epoch 10 |
/// | `best(j2)` | at the epoch of each run at which it was best, chosen afterwards |
/// | `j2@best(test_accuracy)` | at the epoch of each run at which another metric was best |
/// | `epoch@best(j2)` | which epoch that was |
/// | `recall[3]`, `recall[*]` | one entry of a metric by class, all of them |
/// | `confusion[3,5]` | the entry of a matrix: row and column by the names of classes, else counted from 1 |
/// | `confusion[*,*]`, `confusion[3,*]` | all its entries, those of a row |
package struct MetricReference: Sendable, Equatable {
    /// The name of a metric or of an entry of one; `epoch` is which epoch it was.
    package let metric: String
    /// nil: that of the table.
    package let moment: RunMoment?

    package init(_ metric: String, at moment: RunMoment?) {
        self.metric = metric
        // The best value of a metric at its own best epoch has one name.
        self.moment = moment == .best(metric) ? .best(nil) : moment
    }

    /// Reads a text that is not itself the name of a metric.
    package init(_ text: String) {
        if let own = MetricReference.inside(text, "best(") {
            self.init(own, at: .best(nil))
            return
        }
        for place in text.indices where text[place] == "@" {
            let name = String(text[..<place])
            let rest = String(text[text.index(after: place)...])
            guard !name.isEmpty else { continue }
            if let other = MetricReference.inside(rest, "best(") {
                self.init(name, at: .best(other))
                return
            }
            if !rest.hasPrefix("best:"), let moment = try? RunMoment(rest) {
                self.init(name, at: moment)
                return
            }
        }
        self.init(text, at: nil)
    }

    private static func inside(_ text: String, _ opening: String) -> String? {
        guard text.hasPrefix(opening), text.hasSuffix(")"), text.count > opening.count + 1 else { return nil }
        return String(text.dropFirst(opening.count).dropLast())
    }

    /// As files and headings have it.
    package var text: String {
        switch moment {
        case nil: metric
        case .final?: metric + "@final"
        case .epoch(let epoch)?: "\(metric)@\(epoch)"
        case .best(nil)?: "best(\(metric))"
        case .best(let other?)?: "\(metric)@best(\(other))"
        }
    }

    /// Whether the files of runs have to be asked, unless a summary has it.
    var isOfFiles: Bool { moment != nil || entry != nil }

    /// Row and column of an entry of a matrix; nil for anything else.
    package var entry: (matrix: String, row: String, column: String)? {
        guard metric.hasSuffix("]"), let opening = metric.firstIndex(of: "[") else { return nil }
        let parts = metric[metric.index(after: opening)...].dropLast().split(
            separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, opening > metric.startIndex else { return nil }
        let names = parts.map { $0.trimmingCharacters(in: .whitespaces) }
        guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
        return (String(metric[..<opening]), names[0], names[1])
    }

    /// The declaration of what it names.
    /// - Parameter title: of a metric by its name.
    func info(_ base: MetricInfo, title: (String) -> String) -> MetricInfo {
        var info = base
        info.name = text
        info.whole = nil
        info.parent = base.name
        info.kind = .number
        switch moment {
        case nil, .final?: break
        case .epoch(let epoch)?: info.title += " at epoch \(epoch)"
        case .best(nil)?: info.title += " (best)"
        case .best(let other?)?: info.title += " at best \(title(other))"
        }
        return info
    }
}

/// Names of axes and metrics as the command line has them.
public enum MetricNames {
    /// The texts between commas, without blanks around them; commas in brackets part nothing, nor do those of a name that
    /// stands in double quotes: `"x,y",loss`.
    public static func split(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        var isQuoted = false
        for character in text {
            if character == "\"", isQuoted || parts[parts.count - 1].allSatisfy(\.isWhitespace) {
                isQuoted.toggle()
                continue
            }
            if isQuoted {
                parts[parts.count - 1].append(character)
                continue
            }
            if character == "[" || character == "(" { depth += 1 }
            if character == "]" || character == ")" { depth -= 1 }
            if character == ",", depth <= 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// Declarations with those as headlines that an experiment shows, and with those that its texts ask for besides.
    /// Texts that name nothing are passed over: cells may differ in what they measure.
    /// - Parameters:
    ///   - matrices: the declarations of matrices, whose entries may be shown.
    ///   - classNames: what `*` in an entry of a matrix stands for.
    public static func declared(
        _ metrics: [MetricInfo], matrices: [MetricInfo], classNames: [String] = [], showing texts: [String]
    ) -> [MetricInfo] {
        let set = RunSet(axes: [], metrics: metrics, rows: [])
        var shown: [MetricInfo] = []
        for text in texts {
            if let found = try? set.resolving([text]).metrics {
                shown += found
            } else if let entry = MetricReference(text).entry,
                let info = matrices.first(where: { $0.name == entry.matrix })
            {
                for row in entry.row == "*" ? classNames : [entry.row] {
                    for column in entry.column == "*" ? classNames : [entry.column] {
                        let one = (matrix: entry.matrix, row: row, column: column)
                        let moment = MetricReference(text).moment
                        shown.append(
                            RunSet.entry(
                                one, of: info, MetricReference("\(entry.matrix)[\(row),\(column)]", at: moment)))
                    }
                }
            }
        }
        let names = Set(shown.map(\.name))
        let known = Set(metrics.map(\.name))
        return (metrics + shown.filter { !known.contains($0.name) }).map { metric in
            var metric = metric
            metric.isHeadline = names.contains(metric.name)
            return metric
        }
    }
}

extension RunFolder {
    /// What the run's files say of metrics at other moments than the end, and of entries of matrices.
    /// - Parameter texts: as ``MetricReference`` reads them; nil: those that the configuration declares. What is no such
    ///   text, and what the run has not, is left out.
    public func momentValues(_ texts: [String]? = nil) -> [String: Double] {
        let declared = configuration.metrics
        let values = RunValues(url) { name in declared.first { $0.name == name } }
        var result: [String: Double] = [:]
        for text in texts ?? declared.map(\.name) {
            let reference = MetricReference(text)
            guard reference.moment != nil || reference.entry != nil else { continue }
            // A file that cannot be read is told by what needs it.
            if let value = try? values.value(reference, at: .final) { result[reference.text] = value }
        }
        return result
    }
}
