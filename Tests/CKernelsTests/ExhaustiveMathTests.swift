import CKernels
import Foundation
import Testing

/// All 2^32 inputs of the float32 functions: minutes each, so only when NIGHTJAR_EXHAUSTIVE is set.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["NIGHTJAR_EXHAUSTIVE"] == "1")) struct ExhaustiveMathTests {
    /// Functions that round more than once; the others are exact by construction.
    static let functions = VectorMathTests.functions.filter {
        ["exp", "expm1", "log", "log1p", "rsqrt", "sin", "cos", "tanh", "sigmoid", "erf"].contains($0.name)
    }

    @Test(arguments: supportedSets, functions.indices)
    func `a function is within two ulp for every float`(set: String, index: Int) throws {
        let (name, op) = Self.functions[index]
        let chunk = 1 << 20
        var worst = (ulps: 0.0, at: Float(0))
        try withInstructionSet(set) {
            for start in stride(from: 0, to: 1 << 32, by: chunk) {
                let inputs = (0..<chunk).map { Float(bitPattern: UInt32(start + $0)) }
                for (x, y) in zip(inputs, try VectorMathTests.apply(op, inputs)) {
                    let error = ulps(y, Scalar.function(op, Double(x)))
                    if error > worst.ulps { worst = (error, x) }
                }
            }
        }
        #expect(worst.ulps <= 2, "\(set) \(name)(\(worst.at)): \(worst.ulps) ulp")
    }
}
