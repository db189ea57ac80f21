import Foundation
import Kernels
import Testing

@Suite struct ElementwiseTests {
  /// Runs `operation` in every dealing on a target that holds `before`, and compares.
  private func check(
    _ table: KernelTable, _ before: Plain, _ expected: Plain, _ tolerance: Double = 1e-6,
    _ operation: (Activation, Range<Int>) -> Void
  ) {
    var bits: [[UInt32]] = []
    for dealing in Dealing.allCases {
      let target = Blocked(before, table.lanes, halo: 2)
      dealing.deal(before.images) { operation(target.activation, $0) }
      #expect(distance(target, expected) <= tolerance)
      #expect(target.isSealed)
      bits.append(target.plain().map(\.bitPattern))
    }
    #expect(Set(bits).count == 1)
  }

  @Test(arguments: tables, [false, true])
  func gradientsAndSumsAgreeWithTheReference(_ table: KernelTable, _ accumulate: Bool) {
    for channels in table.edgeChannels {
      let input = Plain.random(3, channels, 3, 5, seed: 1)
      let other = input.like(seed: 2)
      let before = input.like(seed: 3)
      let base = accumulate ? before : before.map { _ in 0 }
      let a = Blocked(input, table.lanes, halo: 1)
      let b = Blocked(other, table.lanes)
      check(table, before, input.map { max(0, $0) }, 0) { table.rectify(a.activation, $0, $1) }
      check(table, before, base + input.zip(other) { $0 > 0 ? $1 : 0 }) {
        table.rectifyGradient(a.activation, b.activation, accumulate, $0, $1)
      }
      check(table, before, base + input) { table.copy(a.activation, accumulate, $0, $1) }
      check(table, before, input + other) { table.add(a.activation, b.activation, $0, $1) }
      check(table, before, base + input.zip(other) { $0 * $1 }) {
        table.multiply(a.activation, b.activation, accumulate, $0, $1)
      }
      check(table, before, base + input.zip(other) { (1 - $0 * $0) * $1 }) {
        table.hyperbolicTangentGradient(a.activation, b.activation, accumulate, $0, $1)
      }
    }
  }

  @Test(arguments: tables)
  func rectifyKeepsNaN(_ table: KernelTable) {
    let target = Blocked.stale(1, 1, 1, 1, table.lanes)
    let source = Blocked(Plain(1, 1, 1, 1) { _ in .nan }, table.lanes)
    table.rectify(source.activation, target.activation, 0..<1)
    #expect(target.plain()[0].isNaN)
  }

  @Test(arguments: tables)
  func hyperbolicTangentIsExactEnoughAndNeverLeavesOne(_ table: KernelTable) {
    var values: [Double] = [0, 9.02, 9.1, 20, 88, 1000, 1e30]
    values += (0..<4000).map { Double($0) * 0.0025 }
    values += (1..<60).map { pow(2, -Double($0)) }
    values = (values + values.map { -$0 }).map { Double(Float($0)) }
    let input = Plain(1, 1, 1, values.count) { values[$0] }
    let source = Blocked(input, table.lanes)
    let target = Blocked.stale(1, 1, 1, values.count, table.lanes)
    table.hyperbolicTangent(source.activation, target.activation, 0..<1)
    #expect(target.isSealed)
    for (x, y) in zip(values, target.plain()) {
      let expected = tanh(x)
      #expect(abs(Double(y) - expected) <= 4e-7 * abs(expected), "tanh \(x)")
      #expect(abs(y) <= 1)
      if abs(x) >= 9.1 { #expect(abs(y) == 1) }
    }
  }

  @Test(arguments: tables)
  func hyperbolicTangentGradientAgreesWithFiniteDifferences(_ table: KernelTable) {
    let input = Plain.random(1, 3, 2, 5, seed: 4).map { 3 * $0 }
    let gradient = input.like(seed: 5)
    let expected = differences(input) { x in zip(x.values, gradient.values).reduce(0) { $0 + tanh($1.0) * $1.1 } }
    let source = Blocked(input, table.lanes)
    let output = Blocked.stale(1, 3, 2, 5, table.lanes)
    let result = Blocked.stale(1, 3, 2, 5, table.lanes)
    table.hyperbolicTangent(source.activation, output.activation, 0..<1)
    table.hyperbolicTangentGradient(
      output.activation, Blocked(gradient, table.lanes).activation, false, result.activation, 0..<1)
    #expect(distance(result.plain(), expected) < 1e-5)
  }

  @Test(arguments: tables, [false, true])
  func channelCopiesReachAnyOffsetAndLeaveTheOthers(_ table: KernelTable, _ accumulate: Bool) {
    let lanes = table.lanes
    let total = 3 * lanes + 2
    for (range, at) in [
      (0..<lanes, 0), (0..<(2 * lanes), lanes), (1..<(lanes + 2), 0), (0..<(lanes + 1), lanes - 1),
      (lanes..<(2 * lanes + 1), 2 * lanes), (0..<3, lanes), (2..<3, total - 1), (0..<total, 0),
    ] {
      let input = Plain.random(2, total, 2, 3, seed: 6)
      let before = input.like(seed: 7)
      var expected = before
      for n in 0..<2 {
        for (i, c) in range.enumerated() {
          for y in 0..<2 {
            for x in 0..<3 {
              expected[n, at + i, y, x] = input[n, c, y, x] + (accumulate ? before[n, at + i, y, x] : 0)
            }
          }
        }
      }
      let source = Blocked(input, lanes, halo: 1)
      check(table, before, expected) { table.copyChannels(source.activation, range, $0, at, accumulate, $1) }
    }
  }

  @Test(arguments: tables)
  func clearHaloTouchesNothingElse(_ table: KernelTable) {
    let plain = Plain.random(2, table.lanes + 1, 3, 4, seed: 8)
    let blocked = Blocked(plain, table.lanes, halo: 2)
    let halo = blocked.activation
    for n in 0..<2 {
      for block in 0..<2 {
        for y in -2..<5 {
          for x in -2..<6 where y < 0 || x < 0 || y >= 3 || x >= 4 {
            for lane in 0..<table.lanes {
              let offset = blocked.offset(n, block * table.lanes, 0, 0) + y * halo.rowStride + x * table.lanes + lane
              halo.base[offset] = 5
            }
          }
        }
      }
    }
    #expect(!blocked.isSealed)
    table.clearHalo(halo, 1..<2)
    #expect(!blocked.isSealed)
    table.clearHalo(halo, 0..<1)
    #expect(blocked.isSealed)
    #expect(distance(blocked, plain) == 0)
  }
}
