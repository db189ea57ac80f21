/// All keys that could have been drawn where a key is an assignment: the ways to give each of n classes a carrier of
/// its own among c.
enum KeyAssignments {
  /// As many as are gone through one by one. Where there are more, the release's own and lots make up this number: with
  /// T lots the p-value (1 + #{lots at least as good})/(T + 1) is exact too.
  /// - Source: METHODS §8; Phipson & Smyth 2010, "Permutation p-values should never be zero"
  static let most = 1_000_000

  /// How many keys a rank is among.
  static func count(of carriers: Int, size: Int) -> Int {
    var count = 1
    for place in 0..<size {
      count *= carriers - place
      if count > most { return most }
    }
    return count
  }

  /// How many keys can be told apart where classes are one to whoever answers, by the sizes of their groups.
  static func count(of carriers: Int, groups: [Int]) -> Int {
    var (count, left) = (1.0, carriers)
    for size in groups {
      // As many sets as a group can have; a product beyond 2^53 is far beyond the most.
      for place in 0..<size { count *= Double(left - place) / Double(place + 1) }
      left -= size
    }
    return Int(min(Double(most), count.rounded()))
  }

  /// Values in their class's own spread over the carriers, and from their carrier's mean over the classes.
  ///
  /// A class that every carrier moves far would drown the others; so each is measured by its standard deviation, and the mean
  /// of all of them beside it, lest a class that nothing moves speak as loud as one that has learned. What lifts all classes
  /// alike says nothing about an assignment. None of this depends on which carrier is whose.
  /// - Source: METHODS §8; docs/formats, "Audits"
  static func standardised(_ values: [Double], classes: Int) -> [Double] {
    let carriers = values.count / classes
    var values = values
    var spreads: [Double] = []
    for row in stride(from: 0, to: values.count, by: carriers).map({ $0..<$0 + carriers }) {
      let mean = values[row].reduce(0, +) / Double(carriers)
      for place in row { values[place] -= mean }
      spreads.append((values[row].reduce(0) { $0 + $1 * $1 } / Double(carriers)).squareRoot())
    }
    let common = spreads.reduce(0, +) / Double(classes)
    // What rounding leaves of equal values is no spread.
    guard common > leastSpread else { return [Double](repeating: 0, count: values.count) }
    for place in values.indices { values[place] /= spreads[place / carriers] + common }
    for carrier in 0..<carriers {
      let column = stride(from: carrier, to: values.count, by: carriers)
      let mean = column.reduce(0) { $0 + values[$1] } / Double(classes)
      for place in column { values[place] -= mean }
    }
    return values
  }

  private static let leastSpread = 1e-12

  /// The sum of the release's own assignment.
  static func own(_ values: [Double], classes: Int) -> Double {
    (0..<classes).reduce(0) { $0 + values[$1 * (values.count / classes) + $1] }
  }

  /// Hands over the sum of every assignment, or of the own one and of lots, the same for everybody.
  /// - Parameter values: (n, c), row by row; class j has carrier j in the release's key.
  static func forEachSum(of values: [Double], classes: Int, _ body: (Double) -> Void) {
    let carriers = values.count / classes
    var order = Array(0..<carriers)
    if count(of: carriers, size: classes) < most {
      add(values, classes, 0, &order, 0, body)
      return
    }
    func sum() -> Double { (0..<classes).reduce(0) { $0 + values[$1 * carriers + order[$1]] } }
    body(sum())
    var lots = SplitMix64(state: 0)
    for _ in 1..<most {
      // What was drawn before is as good a beginning as any.
      for place in 0..<classes { order.swapAt(place, place + lots.below(carriers - place)) }
      body(sum())
    }
  }

  private static func add(
    _ values: [Double], _ classes: Int, _ place: Int, _ order: inout [Int], _ sum: Double, _ body: (Double) -> Void
  ) {
    if place == classes { return body(sum) }
    for other in place..<order.count {
      order.swapAt(place, other)
      add(values, classes, place + 1, &order, sum + values[place * order.count + order[place]], body)
      order.swapAt(place, other)
    }
  }
}

/// Numbers that everybody draws alike (docs/formats, "Audits").
/// - Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators"
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }

  /// In 0..<bound, every number equally likely: words of the last, incomplete round are drawn again.
  mutating func below(_ bound: Int) -> Int {
    let complete = UInt64.max - UInt64.max % UInt64(bound)
    while true {
      let word = next()
      if word < complete { return Int(word % UInt64(bound)) }
    }
  }
}
