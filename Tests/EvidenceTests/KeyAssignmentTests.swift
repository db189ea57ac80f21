import Testing

@testable import Evidence

/// All keys that an assignment could have been, one by one or by lot.
@Suite struct KeyAssignmentTests {
  /// Every assignment that is gone through, as carriers by class: a sum whose digits to the base of 512 are the carriers.
  private static func visited(classes: Int, carriers: Int, most: Int = .max) -> [[Int]] {
    let places = (0..<classes).map { Double(1 << (9 * $0)) }
    let values = places.flatMap { place in (0..<carriers).map { Double($0) * place } }
    var visited: [[Int]] = []
    KeyAssignments.forEachSum(of: values, classes: classes) { sum in
      if visited.count < most { visited.append((0..<classes).map { Int(sum) >> (9 * $0) & 511 }) }
    }
    return visited
  }

  @Test(arguments: [
    (2, 2, 2), (5, 5, 120), (6, 5, 720), (10, 4, 5_040), (9, 9, 362_880), (288, 2, 82_656), (100, 3, 970_200),
    (10, 10, 1_000_000), (25, 5, 1_000_000), (102, 3, 1_000_000), (288, 32, 1_000_000),
  ])
  func countsTheKeysThatARankIsAmong(carriers: Int, classes: Int, count: Int) {
    #expect(KeyAssignments.count(of: carriers, size: classes) == count)
  }

  @Test(arguments: [(2, 2), (3, 3), (3, 6), (4, 7)]) func visitsEveryAssignmentOnce(classes: Int, carriers: Int) {
    let visited = Self.visited(classes: classes, carriers: carriers)
    #expect(visited.count == KeyAssignments.count(of: carriers, size: classes))
    #expect(Set(visited).count == visited.count)
    for key in visited {
      #expect(Set(key).count == classes && key.allSatisfy((0..<carriers).contains))
    }
    #expect(visited.contains(Array(0..<classes)))
  }

  /// As `verify_evidence.lots(classes, carriers)` of docs/verify_evidence.py has them.
  static let lots = [
    (
      classes: 5, carriers: 25,
      first: [[0, 1, 2, 3, 4], [10, 13, 6, 17, 20], [15, 18, 12, 6, 9], [18, 23, 24, 9, 2], [7, 22, 23, 20, 3]]
    ),
    (classes: 4, carriers: 60, first: [[0, 1, 2, 3], [55, 46, 37, 7], [3, 4, 49, 26], [59, 33, 4, 34]]),
  ]

  @Test(arguments: lots.indices) func lotsAreTheSameForEverybody(index: Int) {
    let (classes, carriers, first) = Self.lots[index]
    #expect(Self.visited(classes: classes, carriers: carriers, most: first.count) == first)
  }

  @Test func aLotIsAnyAssignmentAndTheOwnOneIsAmongThem() {
    let visited = Self.visited(classes: 5, carriers: 18, most: 100_000)
    #expect(visited.first == [0, 1, 2, 3, 4])
    var counts = [Int](repeating: 0, count: 5 * 18)
    var areDifferent = true
    for key in visited {
      for (place, carrier) in key.enumerated() { counts[place * 18 + carrier] += 1 }
      if Set(key).count < 5 { areDifferent = false }
    }
    #expect(areDifferent)
    // Each place has each carrier 5,556 times on average, with a standard deviation of 72.
    #expect(counts.allSatisfy { abs($0 - 5_556) < 450 })
    var sums = 0
    KeyAssignments.forEachSum(of: [Double](repeating: 1, count: 5 * 18), classes: 5) { sums += $0 == 5 ? 1 : 0 }
    #expect(sums == 1_000_000)
  }

  /// The generator's first words from state 0, as its authors' program prints them.
  @Test func drawsWhatEverybodyDraws() {
    var lots = SplitMix64(state: 0)
    let words = (0..<5).map { _ in lots.next() }
    #expect(
      words == [
        0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC,
        0x1B39_896A_51A8_749B,
      ])
  }

  @Test func everyNumberBelowABoundIsEquallyLikely() {
    var lots = SplitMix64(state: 0)
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<60_000 { counts[lots.below(6)] += 1 }
    // A mean of 10,000 and a standard deviation of 91.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 600 })
    #expect((0..<100).allSatisfy { _ in lots.below(1) == 0 })
    // Of three and a half rounds the last half, a seventh of all words, would make the lower half more likely: 5,714 of
    // these for 5,000.
    let bound = 5_270_498_306_774_157_604
    let low = (0..<20_000).count { _ in lots.below(bound) < bound / 4 }
    #expect(abs(low - 5_000) < 400)
  }
}

/// The rank of an assignment among all that could have been drawn.
@Suite struct DiagonalRankTests {
  /// (rows, columns), no two sums alike.
  private static func table(_ rows: Int, _ columns: Int, seed: UInt64 = 1) -> [[Double]] {
    var random = SplitMix(seed)
    return (0..<rows).map { _ in (0..<columns).map { _ in random.uniform() * 8 - 4 } }
  }

  private static func rank(_ table: [[Double]]) throws -> ExchangeableRank {
    try ExchangeableRank(ofDiagonalIn: table.flatMap { $0 }, classes: table.count)
  }

  /// All orders of the carriers, which is all that the secret draws.
  private static func orders(_ carriers: [Int]) -> [[Int]] {
    carriers.isEmpty
      ? [[]] : carriers.flatMap { first in orders(carriers.filter { $0 != first }).map { [first] + $0 } }
  }

  /// A model has answered in whatever way it likes; then the key is drawn.
  @Test(arguments: [(4, 4), (5, 5), (3, 5), (2, 4)]) func isExactlyUniformOverTheDrawOfTheKey(
    classes: Int, carriers: Int
  ) throws {
    let table = Self.table(classes, carriers)
    let keys = KeyAssignments.count(of: carriers, size: classes)
    var counts: [Int: Int] = [:]
    let orders = Self.orders(Array(0..<carriers))
    for order in orders {
      let rank = try Self.rank(table.map { row in order.map { row[$0] } })
      #expect(rank.others == keys - 1)
      counts[rank.rank, default: 0] += 1
    }
    #expect(counts.keys.sorted() == Array(1...keys))
    #expect(counts.values.allSatisfy { $0 == orders.count / keys })
  }

  /// Against docs/formats, "Audits", written down once more and by another way: every assignment's sum by itself.
  @Test(arguments: [(4, 4), (3, 6), (5, 5)]) func isWhatTheFormatSays(classes: Int, carriers: Int) throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let table = Self.table(classes, carriers, seed: seed)
      let own = table.map { row in
        let mean = row.reduce(0, +) / Double(carriers)
        return row.map { $0 - mean }
      }
      let spreads = own.map { row in
        let squares = row.map { $0 * $0 }
        return (squares.reduce(0, +) / Double(carriers)).squareRoot()
      }
      let common = spreads.reduce(0, +) / Double(classes)
      let even = zip(own, spreads).map { row, spread in row.map { $0 / (spread + common) } }
      let lifts = (0..<carriers).map { carrier -> Double in
        let column = even.map { $0[carrier] }
        return column.reduce(0, +) / Double(classes)
      }
      func score(_ key: [Int]) -> Double {
        var sum = 0.0
        for (place, carrier) in key.enumerated() { sum += even[place][carrier] - lifts[carrier] }
        return sum
      }
      let keys = Set(Self.orders(Array(0..<carriers)).map { Array($0.prefix(classes)) })
      let real = score(Array(0..<classes))
      let rank = try Self.rank(table)
      #expect(rank.rank == keys.count { score($0) >= real - 1e-9 })
      #expect(abs(rank.score - real / Double(classes)) < 1e-12)
    }
  }

  @Test(arguments: [(4, 4), (3, 6)]) func whatAClassGainsAnywayChangesNothing(classes: Int, carriers: Int) throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let table = Self.table(classes, carriers, seed: seed)
      let rows = Self.table(1, classes, seed: seed + 100)[0]
      let before = try Self.rank(table)
      let after = try Self.rank(zip(table, rows).map { row, more in row.map { 3 * $0 + more } })
      #expect(after.rank == before.rank && abs(after.score - before.score) < 1e-12)
    }
  }

  /// One class that every carrier throws about, as large as a hundred others, and a key that the rest has learned.
  @Test func aClassThatIsThrownAboutDrownsNoOther() throws {
    var table = Self.table(6, 9).map { $0.map { $0 / 8 } }
    for place in 0..<6 { table[place][place] += place == 0 ? 0 : 2 }
    table[0] = table[0].map { $0 * 100 }
    #expect(try Self.rank(table).p.value < 1e-3)
  }

  /// A class that answers differ by rounding alone is no class that has learned.
  @Test func whatRoundingLeavesIsNoSpread() throws {
    var table = (0..<4).map { row in (0..<6).map { carrier in Double((carrier * 7 + row * 5) % 6) } }
    table[0] = (0..<6).map { carrier in 0.1 + Double(carrier) * 1e-17 }
    let still = try Self.rank(table)
    table[0] = [Double](repeating: 0.1, count: 6)
    #expect(try Self.rank(table).rank == still.rank)
  }

  /// A model to which every carrier is any class's: sums differ by rounding alone.
  @Test func tiesCountAgainstUs() throws {
    #expect(try Self.rank([[1, 0], [0, 1]]).p.value == 0.5)
    #expect(try Self.rank([[1, 1], [0, 0]]).p.value == 1)
    let (rows, columns) = (Self.table(1, 4)[0], Self.table(1, 6, seed: 2)[0])
    let rank = try Self.rank(rows.map { row in columns.map { row + $0 } })
    #expect(rank.above == 0 && rank.equal == 359 && rank.p.value == 1 && abs(rank.score) < 1e-12)
    // Two of three that look the same to a model are two keys that do.
    #expect(try Self.rank([[5, 5, 0], [5, 5, 0], [0, 0, 5]]).rank == 2)
  }

  @Test func knowsTheKeyAmongAMillionLots() throws {
    var table = Self.table(10, 12).map { $0.map { $0 / 100 } }
    for place in 0..<10 { table[place][place] = 3 }
    let known = try Self.rank(table)
    #expect(known.rank == 1 && known.others == 999_999 && known.leastP == 1e-6)
    let constant = try Self.rank((0..<10).map { _ in [Double](repeating: 0.5, count: 10) })
    #expect(constant.p.value == 1)
    // A table that knows no key has its place somewhere in the middle, or at an end by chance.
    let ranks = try (1...8).map { try Self.rank(Self.table(10, 10, seed: $0)).p.value }
    #expect(Set(ranks).count == 8 && ranks.contains { $0 > 0.1 })
  }

  @Test func aNumberThatIsNoneIsRefused() {
    #expect(throws: EvidenceError.notFinite(what: "score", index: 2)) { try Self.rank([[0, 0], [.nan, 0]]) }
  }
}
