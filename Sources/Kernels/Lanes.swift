/// A vector of Float32 that one instruction works on: SIMD4, SIMD8 or SIMD16.
///
/// The operations that the kernels use are requirements, so that each is witnessed by the concrete vector's own
/// operation and becomes one instruction; the standard library's generic ones go lane by lane.
@usableFromInline
package protocol Lanes: SIMD, SendableMetatype where Scalar == Float {
  /// Most output pixels in a convolution's register tile: two accumulators each, beside two weights and an input.
  static var tilePixels: Int { get }

  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  /// sum + a·b, rounded once where the processor has a fused instruction.
  static func multiplyAdd(_ sum: Self, _ a: Self, _ b: Self) -> Self
  static func squareRoot(_ a: Self) -> Self
  /// Per lane: x < y ? a : b. A NaN is never less.
  static func select(_ a: Self, _ b: Self, whereLess x: Self, than y: Self) -> Self
  /// Per lane: x = y ? a : b.
  static func select(_ a: Self, _ b: Self, whereEqual x: Self, to y: Self) -> Self
  /// Per lane 2ⁿ, where `biased` holds 1.5·2²³ + n, so that n sits in the low bits of its significand; −126 ≤ n ≤ 127.
  static func powerOfTwo(_ biased: Self) -> Self
  /// Sum of the lanes, halves added to halves.
  func total() -> Float
}

extension SIMD4: Lanes where Scalar == Float {
  // 8 + 2 + 4 of SSE's 16 registers, 16 + 2 + 1 of NEON's 32.
  @inlinable @inline(__always)
  package static var tilePixels: Int {
    #if arch(x86_64)
      4
    #else
      8
    #endif
  }

  // SSE2 has no fused multiply-add: asking for one would call a library function per lane.
  @inlinable @inline(__always)
  package static func multiplyAdd(_ sum: Self, _ a: Self, _ b: Self) -> Self {
    #if arch(x86_64)
      sum + a * b
    #else
      sum.addingProduct(a, b)
    #endif
  }

  @inlinable @inline(__always)
  package static func squareRoot(_ a: Self) -> Self { a.squareRoot() }

  @inlinable @inline(__always)
  package static func select(_ a: Self, _ b: Self, whereLess x: Self, than y: Self) -> Self {
    b.replacing(with: a, where: x .< y)
  }

  @inlinable @inline(__always)
  package static func select(_ a: Self, _ b: Self, whereEqual x: Self, to y: Self) -> Self {
    b.replacing(with: a, where: x .== y)
  }

  @inlinable @inline(__always)
  package static func powerOfTwo(_ biased: Self) -> Self {
    let bits = unsafeBitCast(biased, to: SIMD4<UInt32>.self)
    return unsafeBitCast((bits &<< 23) &+ 0x3f80_0000, to: Self.self)
  }

  @inlinable @inline(__always)
  package func total() -> Float { (self[0] + self[2]) + (self[1] + self[3]) }
}

extension SIMD8: Lanes where Scalar == Float {
  // 12 + 2 + 1 of 16 registers.
  @inlinable @inline(__always)
  package static var tilePixels: Int { 6 }

  @inlinable @inline(__always)
  package static func multiplyAdd(_ sum: Self, _ a: Self, _ b: Self) -> Self { sum.addingProduct(a, b) }

  @inlinable @inline(__always)
  package static func squareRoot(_ a: Self) -> Self { a.squareRoot() }

  @inlinable @inline(__always)
  package static func select(_ a: Self, _ b: Self, whereLess x: Self, than y: Self) -> Self {
    b.replacing(with: a, where: x .< y)
  }

  @inlinable @inline(__always)
  package static func select(_ a: Self, _ b: Self, whereEqual x: Self, to y: Self) -> Self {
    b.replacing(with: a, where: x .== y)
  }

  @inlinable @inline(__always)
  package static func powerOfTwo(_ biased: Self) -> Self {
    let bits = unsafeBitCast(biased, to: SIMD8<UInt32>.self)
    return unsafeBitCast((bits &<< 23) &+ 0x3f80_0000, to: Self.self)
  }

  @inlinable @inline(__always)
  package func total() -> Float { (lowHalf + highHalf).total() }
}

extension SIMD16: Lanes where Scalar == Float {
  // 16 + 2 + 1 of 32 registers.
  @inlinable @inline(__always)
  package static var tilePixels: Int { 8 }

  @inlinable @inline(__always)
  package static func multiplyAdd(_ sum: Self, _ a: Self, _ b: Self) -> Self { sum.addingProduct(a, b) }

  @inlinable @inline(__always)
  package static func squareRoot(_ a: Self) -> Self { a.squareRoot() }

  @inlinable @inline(__always)
  package static func select(_ a: Self, _ b: Self, whereLess x: Self, than y: Self) -> Self {
    b.replacing(with: a, where: x .< y)
  }

  @inlinable @inline(__always)
  package static func select(_ a: Self, _ b: Self, whereEqual x: Self, to y: Self) -> Self {
    b.replacing(with: a, where: x .== y)
  }

  @inlinable @inline(__always)
  package static func powerOfTwo(_ biased: Self) -> Self {
    let bits = unsafeBitCast(biased, to: SIMD16<UInt32>.self)
    return unsafeBitCast((bits &<< 23) &+ 0x3f80_0000, to: Self.self)
  }

  @inlinable @inline(__always)
  package func total() -> Float { (lowHalf + highHalf).total() }
}

extension Lanes {
  /// One vector from memory of any alignment.
  @inlinable @inline(__always)
  static func load(_ pointer: UnsafePointer<Float>) -> Self {
    UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
  }

  /// One vector to memory of any alignment.
  @inlinable @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
  }

  /// The first `count` lanes from memory, zeros behind them; reads no further.
  @inlinable @inline(__always)
  static func load(_ pointer: UnsafePointer<Float>, count: Int) -> Self {
    if count >= scalarCount { return load(pointer) }
    var vector = Self.zero
    var lane = 0
    while lane < count {
      vector[lane] = pointer[lane]
      lane &+= 1
    }
    return vector
  }

  /// The first `count` lanes to memory; writes no further.
  @inlinable @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>, count: Int) {
    if count >= Self.scalarCount { return store(pointer) }
    var lane = 0
    while lane < count {
      pointer[lane] = self[lane]
      lane &+= 1
    }
  }

  /// max(0, a); a NaN stays one, as in PyTorch.
  @inlinable @inline(__always)
  static func rectify(_ a: Self) -> Self {
    select(.zero, a, whereLess: a, than: .zero)
  }

  /// The greater of both, per lane.
  @inlinable @inline(__always)
  static func greater(_ a: Self, _ b: Self) -> Self {
    select(b, a, whereLess: a, than: b)
  }

  /// a between `low` and `high`, per lane.
  @inlinable @inline(__always)
  static func clamp(_ a: Self, _ low: Self, _ high: Self) -> Self {
    let raised = select(low, a, whereLess: a, than: low)
    return select(high, raised, whereLess: high, than: raised)
  }
}
