import NightjarTensor
import Testing

struct NearestNameTests {
    private let names = ["momentum", "weight_decay", "learning_rate", "nesterov", "digits", "fashion-mnist", "mnist"]

    @Test(arguments: [
        ("momentun", "momentum"), ("mometum", "momentum"), ("mmoentum", "momentum"), ("momentumm", "momentum"),
        ("weightdecay", "weight_decay"), ("weight-decay", "weight_decay"), ("lerning_rat", "learning_rate"),
        ("Digits", "digits"), ("DIGTIS", "digits"), ("mnits", "mnist"), ("fashion_mnist", "fashion-mnist"),
    ])
    func aMisspeltNameFindsWhatWasMeant(typed: String, meant: String) {
        #expect(nearestName(to: typed, in: names) == meant)
    }

    @Test(arguments: ["", "x", "velocity", "cifar100", "dropout", "日本"])
    func nothingNearIsNil(typed: String) {
        #expect(nearestName(to: typed, in: names) == nil)
    }

    @Test func aThirdOfTheLongerNameIsTheLimit() {
        #expect(nearestName(to: "abcxyz", in: ["abcdyz"]) == "abcdyz")
        #expect(nearestName(to: "abcdef", in: ["abxyef"]) == "abxyef")
        #expect(nearestName(to: "abcdef", in: ["abxyzf"]) == nil)
    }

    @Test func aSwapOfNeighboursCountsOnce() {
        #expect(nearestName(to: "lsos", in: ["loss"]) == "loss")
        #expect(nearestName(to: "ba", in: ["ab"]) == "ab")
    }

    @Test func shortNamesAreNotMatchedWithStrangers() {
        #expect(nearestName(to: "a", in: ["b"]) == nil)
        #expect(nearestName(to: "cce", in: ["rll", "mse", "mae"]) == nil)
    }

    @Test func aSingleCompletionIsTaken() {
        #expect(nearestName(to: "mom", in: names) == "momentum")
        #expect(nearestName(to: "fashion", in: names) == "fashion-mnist")
        #expect(nearestName(to: "mo", in: names) == nil)
        #expect(nearestName(to: "keepdim", in: ["keep", "correction"]) == "keep")
        #expect(nearestName(to: "sumtotal", in: ["sum"]) == nil)
        #expect(nearestName(to: "cosine", in: ["cosine_with_restarts", "cosine_with_warmup"]) == nil)
    }

    @Test func aSingleNameThatHasTheWordIsTaken() {
        let models = ["uniform", "pair_flip", "random-labels", "rand_x", "rand_y"]
        #expect(nearestName(to: "flip", in: models) == "pair_flip")
        #expect(nearestName(to: "Labels", in: models) == "random-labels")
        #expect(nearestName(to: "flip", in: ["pair_flip", "class_flip"]) == nil)
        #expect(nearestName(to: "lip", in: models) == nil)
        #expect(nearestName(to: "x", in: models) == nil)
    }

    /// Two names of 100,000 letters would take minutes.
    @Test func longNamesHaveNoNeighbours() {
        let long = String(repeating: "a", count: 100_000)
        #expect(nearestName(to: long + "b", in: [long, "momentum"]) == nil)
        #expect(nearestName(to: "momentun", in: [long, "momentum"]) == "momentum")
        let name = String(repeating: "a", count: 99)
        #expect(nearestName(to: name + "b", in: [name + "c"]) == name + "c")
        #expect(nearestName(to: name + "bb", in: [name + "c"]) == nil)
    }

    @Test func tiesGoToTheAlphabeticallyFirst() {
        #expect(nearestName(to: "test", in: ["tent", "best", "text"]) == "best")
        #expect(nearestName(to: "test", in: ["text", "tent", "best"]) == "best")
    }

    @Test func distanceIsThatOfAPlainRecursion() {
        // Against a definition written without tables, over all short words of two letters.
        func distance(_ a: Substring, _ b: Substring) -> Int {
            guard let x = a.last, let y = b.last else { return max(a.count, b.count) }
            var least = min(distance(a.dropLast(), b), distance(a, b.dropLast())) + 1
            least = min(least, distance(a.dropLast(), b.dropLast()) + (x == y ? 0 : 1))
            if a.count > 1, b.count > 1, a.dropLast().last == y, b.dropLast().last == x {
                least = min(least, distance(a.dropLast(2), b.dropLast(2)) + 1)
            }
            return least
        }
        let words = (0..<32).map { code in String((0..<5).map { code >> $0 & 1 == 0 ? "a" : "b" }) }
        for first in words {
            for second in words {
                let near = distance(first[...], second[...]) <= 1
                #expect((nearestName(to: first, in: [second]) != nil) == near, "\(first) and \(second)")
            }
        }
    }
}
