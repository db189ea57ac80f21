/// F(2×2, 3×3) with the points 0, 1, −1, ∞.
@usableFromInline
enum WinogradTwo: WinogradTransform {
  @inlinable @inline(__always)
  static var outputs: Int { 2 }
  @inlinable @inline(__always)
  static var points: Int { 4 }

  @inlinable @inline(__always)
  static func input<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1) = (V.load(x), V.load(x + step))
    let (x2, x3) = (V.load(x + 2 &* step), V.load(x + 3 &* step))
    (x0 - x2).store(y)
    (x1 + x2).store(y + to)
    (x2 - x1).store(y + 2 &* to)
    (x3 - x1).store(y + 3 &* to)
  }

  @inlinable @inline(__always)
  static func output<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1) = (V.load(x), V.load(x + step))
    let (x2, x3) = (V.load(x + 2 &* step), V.load(x + 3 &* step))
    (x0 + (x1 + x2)).store(y)
    ((x1 - x2) + x3).store(y + to)
  }

  @inlinable @inline(__always)
  static func weights<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1, x2) = (V.load(x), V.load(x + step), V.load(x + 2 &* step))
    let half = V(repeating: 0.5)
    let even = (x0 + x2) * half
    let odd = x1 * half
    x0.store(y)
    (even + odd).store(y + to)
    (even - odd).store(y + 2 &* to)
    x2.store(y + 3 &* to)
  }

  @inlinable @inline(__always)
  static func outputGradient<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1) = (V.load(x), V.load(x + step))
    x0.store(y)
    (x0 + x1).store(y + to)
    (x0 - x1).store(y + 2 &* to)
    x1.store(y + 3 &* to)
  }

  @inlinable @inline(__always)
  static func weightGradient<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type
  ) {
    let (x0, x1) = (V.load(x), V.load(x + step))
    let (x2, x3) = (V.load(x + 2 &* step), V.load(x + 3 &* step))
    let half = V(repeating: 0.5)
    let even = (x1 + x2) * half
    (x0 + even).store(y)
    ((x1 - x2) * half).store(y + to)
    (even + x3).store(y + 2 &* to)
  }
}
