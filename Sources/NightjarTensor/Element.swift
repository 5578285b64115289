/// A Swift type that a tensor can hold.
public protocol Element: Sendable {
    static var dtype: DType { get }
}

extension Float: Element { public static var dtype: DType { .float32 } }
extension Double: Element { public static var dtype: DType { .float64 } }
extension Int32: Element { public static var dtype: DType { .int32 } }
extension UInt8: Element { public static var dtype: DType { .uint8 } }
