/// F(4×4, 3×3) with the points 0, ±1/√2, ±√2, ∞.
///
/// The usual points 0, ±1, ±2, ∞ err twice as much: these keep the entries of all matrices closer to 1, and their
/// product of 1 saves multiplications.
@usableFromInline
enum WinogradFour: WinogradTransform {
  @inlinable @inline(__always)
  static var outputs: Int { 4 }
  @inlinable @inline(__always)
  static var points: Int { 6 }
  /// 1/√2.
  @inlinable @inline(__always)
  static var near: Float { 0.707_106_78 }
  /// √2.
  @inlinable @inline(__always)
  static var far: Float { 1.414_213_56 }

  @inlinable @inline(__always)
  static func input<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1, x2) = (V.load(x), V.load(x + step), V.load(x + 2 &* step))
    let (x3, x4, x5) = (V.load(x + 3 &* step), V.load(x + 4 &* step), V.load(x + 5 &* step))
    let (sum, two, half) = (V(repeating: -2.5), V(repeating: -2), V(repeating: -0.5))
    V.multiplyAdd(x0 + x4, sum, x2).store(y)
    let nearEven = V.multiplyAdd(x4, two, x2)
    let nearOdd = V.multiplyAdd(x3, two, x1) * V(repeating: near)
    (nearEven + nearOdd).store(y + to)
    (nearEven - nearOdd).store(y + 2 &* to)
    let farEven = V.multiplyAdd(x4, half, x2)
    let farOdd = V.multiplyAdd(x3, half, x1) * V(repeating: far)
    (farEven + farOdd).store(y + 3 &* to)
    (farEven - farOdd).store(y + 4 &* to)
    V.multiplyAdd(x1 + x5, sum, x3).store(y + 5 &* to)
  }

  @inlinable @inline(__always)
  static func output<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1, x2) = (V.load(x), V.load(x + step), V.load(x + 2 &* step))
    let (x3, x4, x5) = (V.load(x + 3 &* step), V.load(x + 4 &* step), V.load(x + 5 &* step))
    let (half, two) = (V(repeating: 0.5), V(repeating: 2))
    let (nearEven, nearOdd) = (x1 + x2, (x1 - x2) * V(repeating: near))
    let (farEven, farOdd) = (x3 + x4, (x3 - x4) * V(repeating: far))
    (x0 + (nearEven + farEven)).store(y)
    (nearOdd + farOdd).store(y + to)
    V.multiplyAdd(two * farEven, half, nearEven).store(y + 2 &* to)
    V.multiplyAdd(V.multiplyAdd(x5, half, nearOdd), two, farOdd).store(y + 3 &* to)
  }

  @inlinable @inline(__always)
  static func weights<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1, x2) = (V.load(x), V.load(x + step), V.load(x + 2 &* step))
    let (third, sixth) = (V(repeating: -2.0 / 3), V(repeating: 1.0 / 6))
    x0.store(y)
    let nearEven = V.multiplyAdd(x0, V(repeating: 0.5), x2) * third
    let nearOdd = x1 * (V(repeating: near) * third)
    (nearEven + nearOdd).store(y + to)
    (nearEven - nearOdd).store(y + 2 &* to)
    let farEven = V.multiplyAdd(x0, V(repeating: 2), x2) * sixth
    let farOdd = x1 * (V(repeating: far) * sixth)
    (farEven + farOdd).store(y + 3 &* to)
    (farEven - farOdd).store(y + 4 &* to)
    x2.store(y + 5 &* to)
  }

  @inlinable @inline(__always)
  static func outputGradient<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1) = (V.load(x), V.load(x + step))
    let (x2, x3) = (V.load(x + 2 &* step), V.load(x + 3 &* step))
    let (half, two) = (V(repeating: 0.5), V(repeating: 2))
    x0.store(y)
    let nearEven = V.multiplyAdd(x0, half, x2)
    let nearOdd = V.multiplyAdd(x1, half, x3) * V(repeating: near)
    (nearEven + nearOdd).store(y + to)
    (nearEven - nearOdd).store(y + 2 &* to)
    let farEven = V.multiplyAdd(x0, two, x2)
    let farOdd = V.multiplyAdd(x1, two, x3) * V(repeating: far)
    (farEven + farOdd).store(y + 3 &* to)
    (farEven - farOdd).store(y + 4 &* to)
    x3.store(y + 5 &* to)
  }

  @inlinable @inline(__always)
  static func weightGradient<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1, x2) = (V.load(x), V.load(x + step), V.load(x + 2 &* step))
    let (x3, x4, x5) = (V.load(x + 3 &* step), V.load(x + 4 &* step), V.load(x + 5 &* step))
    let (third, sixth) = (V(repeating: -2.0 / 3), V(repeating: 1.0 / 6))
    let (nearEven, nearOdd) = ((x1 + x2) * third, (x1 - x2) * third)
    let (farEven, farOdd) = ((x3 + x4) * sixth, (x3 - x4) * sixth)
    (x0 + (nearEven + farEven)).store(y)
    V.multiplyAdd(nearOdd * V(repeating: near), farOdd, V(repeating: far)).store(y + to)
    V.multiplyAdd(V.multiplyAdd(x5, V(repeating: 0.5), nearEven), V(repeating: 2), farEven).store(y + 2 &* to)
  }
}
