// The metrics of a run by name, with names that runs share.

import Synchronization

/// Numbers by the names of metrics, like a dictionary. Runs of a store mostly measure the same: they share the list of names
/// and have no more of their own than the numbers, so that ten thousand are read without hashing a name of each.
public struct MetricValues: Sendable {
    /// Names in an order, each once.
    package final class Names: Sendable {
        package let list: [String]
        private let places: [String: Int]
        /// The lists with one name more, so that runs which get the same value more go on sharing.
        private let longer = Mutex<[String: Names]>([:])

        static let none = Names([])

        package init(_ list: [String]) {
            self.list = list
            places = Dictionary(list.enumerated().map { ($1, $0) }) { first, _ in first }
        }

        func place(_ name: String) -> Int? { places[name] }

        func adding(_ name: String) -> Names {
            longer.withLock { known in
                if let names = known[name] { return names }
                let names = Names(list + [name])
                known[name] = names
                return names
            }
        }
    }

    package private(set) var names: Names
    private var numbers: [Double]

    public init(_ values: [String: Double] = [:]) {
        let sorted = values.sorted { $0.key < $1.key }
        self.init(sorted.isEmpty ? .none : Names(sorted.map(\.key)), sorted.map(\.value))
    }

    /// - Parameter numbers: one for each name; what is missing or too much is left out.
    package init(_ names: Names, _ numbers: [Double]) {
        if names.list.count == numbers.count {
            (self.names, self.numbers) = (names, numbers)
        } else {
            let count = Swift.min(names.list.count, numbers.count)
            (self.names, self.numbers) = (Names(Array(names.list.prefix(count))), Array(numbers.prefix(count)))
        }
    }

    public var keys: [String] { names.list }
    public var isEmpty: Bool { numbers.isEmpty }

    public subscript(name: String) -> Double? {
        get { names.place(name).map { numbers[$0] } }
        set {
            switch (names.place(name), newValue) {
            case (let place?, let value?): numbers[place] = value
            case (nil, let value?):
                names = names.adding(name)
                numbers.append(value)
            case (let place?, nil):
                names = Names(names.list.filter { $0 != name })
                numbers.remove(at: place)
            case (nil, nil): break
            }
        }
    }

    /// Those that a condition holds for.
    public func filter(_ isIncluded: ((key: String, value: Double)) throws -> Bool) rethrows -> [String: Double] {
        try dictionary.filter(isIncluded)
    }

    /// The same as a dictionary.
    public var dictionary: [String: Double] { Dictionary(zip(names.list, numbers)) { first, _ in first } }
}

extension MetricValues: Sequence {
    public func makeIterator() -> some IteratorProtocol<(key: String, value: Double)> {
        zip(names.list, numbers).lazy.map { (key: $0, value: $1) }.makeIterator()
    }
}

extension MetricValues: Equatable {
    public static func == (left: MetricValues, right: MetricValues) -> Bool {
        left.names === right.names ? left.numbers == right.numbers : left.dictionary == right.dictionary
    }
}

extension MetricValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Double)...) {
        self.init(Dictionary(elements) { _, last in last })
    }
}
