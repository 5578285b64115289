import NightjarData
import NightjarTensor
import Testing

import NightjarScripting
import NightjarTools

@Suite struct TensorDisplayTests {
    private func value(_ expression: String) throws -> InteractiveValue {
        let session = InteractiveSession(host: try makeHost())
        guard case .values(let values) = session.run(expression).outcome, let first = values.first else {
            throw ScriptError("no value")
        }
        return first
    }

    @Test func smallTensorsAreShownWhole() throws {
        #expect(try value("nj.tensor({ 1, 2 })").text == "{1, 2}\ntensor (2) float32")
        #expect(
            try value("nj.arange(6):reshape(2, 3)").text
                == "{{0, 1, 2},\n {3, 4, 5}}\ntensor (2, 3) float32\nmin 0, mean 2.500, max 5, 17 % zeros")
        #expect(try value("nj.tensor({ 1, 0 }):gt(0)").text == "{ true, false}\ntensor (2) bool")
    }

    @Test func largeTensorsAreSummarised() throws {
        #expect(
            try value("nj.arange(240)").text == """
                tensor (240) float32
                min 0, mean 119.5, max 239, 1 zero
                first {0, 1, 2, 3, 4, 5, 6, 7, ...}
                0 ████████████████████████ 239
                """)
        #expect(
            try value("nj.arange(240):gt(100)").text == """
                tensor (240) bool
                139 of 240 true
                first {false, false, false, false, false, false, false, false, ...}
                """)
        #expect(
            try value("nj.full({ 200 }, 0 / 0)").text == """
                tensor (200) float32
                200 nan
                first {nan, nan, nan, nan, nan, nan, nan, nan, ...}
                """)
        #expect(
            try value("nj.full({ 200 }, 3)").text == """
                tensor (200) float32
                min 3, mean 3.000, max 3
                first {3, 3, 3, 3, 3, 3, 3, 3, ...}
                """)
        #expect(try value("nj.zeros(0, 3)").text == "tensor (0, 3) float32, empty")
    }

    @Test func aSpreadCountsEveryFiniteNumber() throws {
        let numbers: [Float] = (0..<1000).map { Float($0) } + [.nan, .infinity]
        let spread = try NumberSpread(Tensor(numbers), bins: 10)
        #expect(spread.histogram == [Int](repeating: 100, count: 10))
        #expect(spread.range == 0...999 && spread.mean == 499.5)
        #expect(spread.zeros == 1 && spread.nans == 1 && spread.infinities == 1)
    }

    // MARK: Pictures

    @Test func whatHasTheExtentsOfAnImageIsAPicture() throws {
        let picture = try #require(try value("nj.arange(64):reshape(8, 8)").picture)
        #expect(picture.width == 8 && picture.height == 8 && picture.channels == 1)
        #expect(picture.pixels == (0..<64).map { UInt8((Double($0) / 63 * 255).rounded()) })
        #expect(try value("nj.arange(192):reshape(8, 8, 3)").picture?.channels == 3)
        let row = try #require(try value("nj.arange(192):reshape(3, 8, 8, 1)").picture)
        #expect(row.width == 8 * 3 + 2 && row.height == 8)
        for other in [
            "nj.ones(8, 8)", "nj.arange(64)", "nj.arange(49):reshape(7, 7)", "nj.arange(650):reshape(65, 10)",
        ] {
            #expect(try value(other).picture == nil, "\(other)")
        }
    }

    @Test func bytesKeepTheirShades() throws {
        let picture = try #require(try value("(nj.arange(64) + 100):reshape(8, 8):to('uint8')").picture)
        #expect(picture.pixels.first == 100 && picture.pixels.last == 163)
    }

    @Test func aPictureInATerminal() throws {
        let picture = try #require(try value("nj.arange(64):reshape(8, 8)").picture)
        #expect(
            picture.terminal(columns: 80, colours: false) == ["   .....", "------==", "++******", "%%%%%@@@"])
        let colours = picture.terminal(columns: 2, colours: true)
        #expect(colours.count == 4)
        #expect(colours[0] == "\u{1B}[38;5;16;48;5;234m▀\u{1B}[38;5;16;48;5;235m▀\u{1B}[0m")
    }
}
