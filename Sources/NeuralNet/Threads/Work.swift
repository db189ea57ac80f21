/// One parallel step: `units` independent pieces of work, of which `body` computes any range.
///
/// What a unit computes does not depend on the split. Bodies hold addresses in a plan's memory, of which every unit
/// writes its own part; that, and not the type system, is what lets threads run them side by side. A stored struct
/// keeps the closure in its natural calling form, so that running it allocates nothing.
struct Work: @unchecked Sendable {
  let units: Int
  let body: (Range<Int>) -> Void

  init(units: Int, body: @escaping (Range<Int>) -> Void) {
    self.units = units
    self.body = body
  }

  /// Work that one thread does.
  static func single(_ body: @escaping () -> Void) -> Work { Work(units: 1) { _ in body() } }

  /// Several pieces of work that do not depend on one another, as one step with one barrier.
  ///
  /// The units of the pieces may differ in length, so those of a piece that has many are taken in groups: then a chunk of
  /// the whole is never much longer than another.
  static func together(_ parts: [Work]) -> Work {
    precondition(!parts.isEmpty, "a step needs some work")
    if parts.count == 1 { return parts[0] }
    let parts = parts.map { $0.grouped(into: 64) }
    return Work(units: parts.reduce(0) { $0 + $1.units }) { units in
      var start = 0
      for part in parts {
        let end = start + part.units
        let lower = max(units.lowerBound, start)
        let upper = min(units.upperBound, end)
        if lower < upper { part.body(lower - start..<upper - start) }
        start = end
      }
    }
  }

  /// The same work in at most so many units.
  private func grouped(into most: Int) -> Work {
    if units <= most { return self }
    let (count, body) = (units, body)
    return Work(units: most) { body(count * $0.lowerBound / most..<count * $0.upperBound / most) }
  }
}
