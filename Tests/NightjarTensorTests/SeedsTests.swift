import NightjarTensor
import Testing

struct SeedsTests {
    @Test func oneSeedSetsAllThatAreNotGiven() {
        let seeds = Seeds(all: 3, noise: 9, train: 0)
        #expect(seeds.noise == 9)
        #expect(seeds.split == 3)
        #expect(seeds.initialization == 3)
        #expect(seeds.shuffle == 3)
        #expect(seeds.train == 0)
    }

    @Test func eachSeedGoesToItsOwnPlace() {
        let seeds = Seeds(all: 0, noise: 1, split: 2, initialization: 3, shuffle: 4, train: 5)
        #expect([seeds.noise, seeds.split, seeds.initialization, seeds.shuffle, seeds.train] == [1, 2, 3, 4, 5])
    }
}
