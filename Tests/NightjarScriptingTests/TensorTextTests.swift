import NightjarScripting
import Testing

/// How `print` shows tensors.
@Suite struct TensorTextTests {
    private func printed(_ expression: String) throws -> String {
        let host = try makeHost()
        var shown = ""
        host.output = { shown += $0 }
        try run("print(\(expression))", host)
        return String(shown.dropLast())
    }

    @Test func columnsAreAlignedWithAsManyPlacesAsTheNumbersNeed() throws {
        #expect(
            try printed("nj.tensor({ { 1, -22.25 }, { 0.5, 3 } })")
                == "{{  1.00, -22.25},\n {  0.50,   3.00}}\ntensor (2, 2) float32")
        #expect(try printed("nj.tensor({ 1 / 3, 2 })") == "{0.3333, 2.0000}\ntensor (2) float32")
        #expect(try printed("nj.tensor({ -1, 100 })") == "{ -1, 100}\ntensor (2) float32")
    }

    @Test func singleNumbersStandInOneLine() throws {
        #expect(try printed("nj.tensor(2.5)") == "tensor(2.5) float32")
        #expect(try printed("nj.tensor(3, { dtype = \"int32\" })") == "tensor(3) int32")
        #expect(try printed("nj.tensor(true, { dtype = \"bool\" })") == "tensor(true) bool")
        #expect(try printed("nj.tensor({ 7 })") == "{7}\ntensor (1) float32")
    }

    @Test func emptyTensorsSayTheirShape() throws {
        #expect(try printed("nj.zeros(0)") == "tensor (0) float32, empty")
        #expect(try printed("nj.zeros({ 2, 0, 3 }, { dtype = \"uint8\" })") == "tensor (2, 0, 3) uint8, empty")
    }

    @Test func masksAndWholeNumbers() throws {
        #expect(
            try printed("nj.tensor({ -1, 2 }):gt(0)") == "{false,  true}\ntensor (2) bool")
        #expect(
            try printed("nj.tensor({ -2147483648, 2147483647 }, { dtype = \"int32\" })")
                == "{-2147483648,  2147483647}\ntensor (2) int32")
        #expect(try printed("nj.tensor({ 0, 255 }, { dtype = \"uint8\" })") == "{  0, 255}\ntensor (2) uint8")
    }

    @Test func whatIsNotANumberIsShownBesideTheOthers() throws {
        #expect(
            try printed("nj.tensor({ 1.5, 0 / 0, math.huge, -math.huge })")
                == "{ 1.5,  nan,  inf, -inf}\ntensor (4) float32")
        #expect(try printed("nj.tensor({ 0 / 0 })") == "{nan}\ntensor (1) float32")
        #expect(try printed("nj.tensor({ 1, math.huge })") == "{  1, inf}\ntensor (2) float32")
    }

    @Test func verySmallAndVeryLargeNumbersHaveExponents() throws {
        #expect(
            try printed("nj.tensor({ 1e-5, 2.5 }, { dtype = \"float64\" })") == "{1.0e-05, 2.5e+00}\ntensor (2) float64"
        )
        #expect(
            try printed("nj.tensor({ 1.5e300, -1 }, { dtype = \"float64\" })")
                == "{1.5e+300, -1.0e+00}\ntensor (2) float64")
        #expect(try printed("nj.tensor({ 0, 1e-7 })") == "{0e+00, 1e-07}\ntensor (2) float32")
        #expect(
            try printed("nj.tensor({ 9.99999e-6 }, { dtype = \"float64\" })") == "{1e-05}\ntensor (1) float64")
        #expect(
            try printed("nj.tensor({ 12345678.5, 1e8 }, { dtype = \"float64\" })")
                == "{1.2346e+07, 1.0000e+08}\ntensor (2) float64")
    }

    @Test func higherDimensionsAreSetApartByEmptyLines() throws {
        #expect(
            try printed("nj.arange(8):reshape(2, 2, 2)")
                == "{{{0, 1},\n  {2, 3}},\n\n {{4, 5},\n  {6, 7}}}\ntensor (2, 2, 2) float32")
    }

    @Test func aThousandElementsAreShownWholeAndMoreAreCut() throws {
        let whole = try printed("nj.arange(1000)")
        #expect(!whole.contains("..."))
        #expect(whole.hasSuffix(" 999}\ntensor (1000) float32"))
        #expect(try printed("nj.arange(1001)") == "{   0,    1,    2, ...,  998,  999, 1000}\ntensor (1001) float32")
        #expect(
            try printed("nj.arange(1200):reshape(2, 600)")
                == "{{   0,    1,    2, ...,  597,  598,  599},\n { 600,  601,  602, ..., 1197, 1198, 1199}}\n"
                + "tensor (2, 600) float32")
        #expect(
            try printed("nj.zeros(200, 2, 3)")
                == "{{{0, 0, 0},\n  {0, 0, 0}},\n\n {{0, 0, 0},\n  {0, 0, 0}},\n\n {{0, 0, 0},\n  {0, 0, 0}},\n ...,\n "
                + "{{0, 0, 0},\n  {0, 0, 0}},\n\n {{0, 0, 0},\n  {0, 0, 0}},\n\n {{0, 0, 0},\n  {0, 0, 0}}}\n"
                + "tensor (200, 2, 3) float32")
    }

    /// The format is chosen from what is shown: an entry that is cut out changes nothing.
    @Test func whatIsCutOutDoesNotDecideTheFormat() throws {
        #expect(
            try printed("nj.where(nj.arange(2000):eq(1000), 1e-7, nj.arange(2000))")
                == "{   0,    1,    2, ..., 1997, 1998, 1999}\ntensor (2000) float32")
    }

    @Test func longRowsGoOnInTheNextLineWithinEightyCharacters() throws {
        let text = try printed("nj.arange(100):reshape(2, 50) + 0.25")
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines[0] == "{{ 0.25,  1.25,  2.25,  3.25,  4.25,  5.25,  6.25,  7.25,  8.25,  9.25, 10.25,")
        #expect(lines[1].hasPrefix("  11.25, 12.25,"))
        let numbers = text.split(whereSeparator: { "{}, \n".contains($0) }).prefix(100).compactMap { Double($0) }
        #expect(numbers == (0..<100).map { Double($0) + 0.25 })
    }
}
