import NightjarEngine
import Testing
import TestLibraries

@Suite struct ArenaLayoutTests {
    @Test func buffersThatLiveAtTheSameTimeDoNotOverlap() {
        for seed in 0..<UInt64(300) {
            var dice = Dice(seed)
            var layout = ArenaLayout()
            var buffers: [(bytes: Int, from: Int, through: Int)] = []
            var time = 0
            for id in 0..<60 {
                time += dice.below(3)
                let buffer = (bytes: dice.below(1000), from: time, through: time + dice.below(8))
                layout.place(id, bytes: buffer.bytes, from: buffer.from, through: buffer.through)
                buffers.append(buffer)
            }
            for one in buffers.indices {
                guard let start = layout.offsets[one] else {
                    Issue.record("buffer \(one) has no place")
                    continue
                }
                #expect(start % 64 == 0 && start + buffers[one].bytes <= layout.bytes)
                for two in buffers.indices where two < one {
                    let (a, b) = (buffers[one], buffers[two])
                    guard a.from <= b.through, b.from <= a.through, let other = layout.offsets[two] else { continue }
                    #expect(
                        start + a.bytes <= other || other + b.bytes <= start, "seed \(seed): \(one) lies on \(two)")
                }
            }
        }
    }

    @Test func memoryIsUsedAgainOnceItsBufferIsDead() {
        var layout = ArenaLayout()
        for id in 0..<1000 { layout.place(id, bytes: 4096, from: id, through: id + 1) }
        #expect(layout.bytes == 3 * 4096 || layout.bytes == 2 * 4096)
        layout.place(1000, bytes: 0, from: 5000, through: 5000)
        #expect(layout.offsets[1000] == 0)
    }

    /// Each buffer lies where looking through all that are alive finds the lowest place.
    @Test func eachTakesTheLowestGap() {
        for seed in 0..<UInt64(200) {
            var dice = Dice(seed)
            var layout = ArenaLayout()
            var live: [(offset: Int, end: Int, lastUse: Int)] = []
            var time = dice.below(2)
            for id in 0..<120 {
                time += dice.below(20) == 0 ? 50 : dice.below(3)
                let (size, through) = (dice.below(1000), time + dice.below(30) - dice.below(2))
                layout.place(id, bytes: size, from: time, through: through)
                live.removeAll { $0.lastUse < time }
                let padded = max(64, (size + 63) / 64 * 64)
                var offset = 0
                for block in live.sorted(by: { $0.offset < $1.offset }) {
                    if block.offset - offset >= padded { break }
                    offset = max(offset, block.end)
                }
                live.append((offset, offset + padded, through))
                #expect(layout.offsets[id] == offset, "seed \(seed), buffer \(id)")
            }
        }
    }

    /// A model of 100,000 layers, whose values all live until the gradient comes back to them.
    @Test(.timeLimit(.minutes(1))) func deepModelsAreLaidOutAtOnce() {
        let layers = 100_000
        var layout = ArenaLayout()
        for layer in 0..<layers { layout.place(layer, bytes: 100, from: layer, through: 2 * layers - layer) }
        for layer in 0..<layers {
            layout.place(layers + layer, bytes: 100, from: layers + layer, through: layers + layer + 1)
        }
        #expect(layout.bytes == 128 * (layers + 2))
    }
}
