import Foundation
import NightjarScripting
import Testing

/// Functions where they have corners, zeros and ends: every row of Tests/Golden/corners.json, which corners.py writes from
/// PyTorch and from limits, and of docs/gradients.md.
@Suite struct CornerTests {
    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        let function: String
        let points: [Entry]
        let value: [Entry]
        let first: [Entry]
        let second: [Entry]
        let line: String
        var testDescription: String { "\(function) at \(points.map(\.lua))" }
    }

    /// A number, an infinity or NaN as text, or a list of them.
    enum Entry: Decodable, Sendable {
        case number(Double)
        case list([Entry])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let list = try? container.decode([Entry].self) {
                self = .list(list)
            } else if let text = try? container.decode(String.self) {
                self = .number(text == "inf" ? .infinity : text == "-inf" ? -.infinity : .nan)
            } else {
                self = .number(try container.decode(Double.self))
            }
        }

        var lua: String {
            switch self {
            case .list(let entries): "{ " + entries.map(\.lua).joined(separator: ", ") + " }"
            case .number(.infinity): "math.huge"
            case .number(-.infinity): "-math.huge"
            case .number(let value): "\(value)"
            }
        }

        var numbers: [Double] {
            switch self {
            case .list(let entries): entries.flatMap(\.numbers)
            case .number(let value): [value]
            }
        }
    }

    private static let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden/corners.json")

    private static func rows() throws -> [Row] {
        try JSONDecoder().decode([Row].self, from: Data(contentsOf: golden))
    }

    /// Whether numbers agree to `tolerance`, relative to the largest of the row; infinities and NaN exactly.
    private func agree(_ got: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
        let scale = expected.filter(\.isFinite).map(abs).max() ?? 1
        return got.count == expected.count
            && zip(got, expected).allSatisfy { one, other in
                one == other || (one.isNaN && other.isNaN) || abs(one - other) <= tolerance * max(1, scale)
            }
    }

    @Test(arguments: ["float32", "float64"], [false, true])
    func everyRowHasItsValueAndItsDerivatives(dtype: String, eager: Bool) throws {
        let rows = try Self.rows()
        #expect(rows.count > 60)
        let host = try makeHost()
        _ = try run("nj.eager(\(eager))", host)
        for row in rows {
            let setup = """
                local function f(x) return \(row.function) end
                local x = nj.tensor({ \(row.points.map(\.lua).joined(separator: ", ")) }, { dtype = "\(dtype)" })
                local function slope(x) return nj.grad(function(x) return f(x):sum() end, x) end

                """
            for (what, expression, expected) in [
                ("value", "f(x):double()", row.value), ("gradient", "slope(x):double()", row.first),
                (
                    "second derivative", "nj.grad(function(x) return slope(x):sum() end, x):double()", row.second
                ),
            ] {
                do {
                    let got = try numbers(setup + "local r = \(expression); return r:totable()", host)
                    #expect(
                        agree(got, expected.flatMap(\.numbers), dtype == "float64" ? 1e-9 : 2e-5),
                        "\(what) of \(row.testDescription): \(got) for \(expected.flatMap(\.numbers))")
                } catch { Issue.record("\(what) of \(row.testDescription): \(error)") }
            }
        }
    }

    @Test func thePageHasEveryRow() throws {
        let page = try String(
            contentsOf: Self.golden.deletingLastPathComponent().appending(path: "../../docs/gradients.md"),
            encoding: .utf8)
        let lines = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        #expect(lines == (try Self.rows()).map(\.line))
    }
}
