import Kernels
import Testing

@Suite struct PerturbationTests {
  /// 256 byte values × 33 perturbations from −1 to 1, one image a perturbation.
  private func grid() -> (image: Plain, moves: Plain) {
    let image = Plain(33, 1, 16, 16) { Double(Float($0 % 256) / 255) }
    let moves = Plain(33, 1, 16, 16) { Double($0 / 256) / 16 - 1 }
    return (image, moves)
  }

  @Test(arguments: tables, [1, 2, 4, 8, 10, 16, 255])
  func bytesStayWithinEpsilon(_ table: KernelTable, _ budget: Int) {
    let (image, moves) = grid()
    let source = Blocked(image, table.lanes)
    let shift = Blocked(moves, table.lanes, halo: 1)
    let target = Blocked.stale(33, 1, 16, 16, table.lanes)
    let epsilon = Float(budget) / 255
    table.perturb(source.activation, shift.activation, epsilon, true, target.activation, 0..<33)
    var bytes = [UInt8](repeating: 0, count: image.values.count)
    table.exportBytes(target.activation, &bytes, 0..<33)
    #expect(target.isSealed)
    var reached = Set<Int>()
    for (i, value) in target.plain().enumerated() {
      let byte = Int(bytes[i])
      let original = i % 256
      #expect(value == Float(byte) / 255)
      #expect(abs(byte - original) <= budget)
      reached.insert(byte - original)
      let wanted = min(255, max(0, Double(original) + Double(budget) * moves.values[i]))
      #expect(abs(Double(byte) - wanted) <= 0.5001)
    }
    #expect(reached.contains(budget) && reached.contains(-budget))
  }

  @Test(arguments: tables)
  func epsilonBetweenBytesIsNotExceeded(_ table: KernelTable) {
    let (image, moves) = grid()
    let target = Blocked.stale(33, 1, 16, 16, table.lanes)
    table.perturb(
      Blocked(image, table.lanes).activation, Blocked(moves, table.lanes).activation, 7.5 / 255, true,
      target.activation, 0..<33)
    for (i, value) in target.plain().enumerated() {
      #expect(abs(Int((value * 255).rounded()) - i % 256) <= 7)
    }
  }

  @Test(arguments: tables)
  func withoutRoundingItIsAClippedSum(_ table: KernelTable) {
    for channels in table.edgeChannels {
      let image = Plain.random(2, channels, 3, 4, seed: 1).map { abs($0) }
      let moves = image.like(seed: 2)
      let expected = image.zip(moves) { min(1, max(0, $0 + 0.25 * $1)) }
      let target = Blocked.stale(2, channels, 3, 4, table.lanes, halo: 1)
      table.perturb(
        Blocked(image, table.lanes).activation, Blocked(moves, table.lanes).activation, 0.25, false,
        target.activation, 0..<2)
      #expect(distance(target, expected) < 1e-6)
      #expect(target.isSealed)
    }
  }

  @Test(arguments: tables, [false, true])
  func gradientAgreesWithFiniteDifferences(_ table: KernelTable, _ accumulate: Bool) {
    let channels = table.lanes + 1
    let image = Plain.random(2, channels, 3, 4, seed: 3).map { abs($0) }
    let moves = image.like(seed: 4)
    let gradient = image.like(seed: 5)
    let before = image.like(seed: 6)
    var expected = differences(moves, step: 1e-6) { p in
      var total = 0.0
      for i in p.values.indices {
        total += gradient.values[i] * min(1, max(0, image.values[i] + 0.25 * p.values[i]))
      }
      return total
    }
    if accumulate { expected = zip(expected, before.values).map { $0 + $1 } }
    let target = Blocked(before, table.lanes, halo: 1)
    table.perturbGradient(
      Blocked(image, table.lanes).activation, Blocked(moves, table.lanes).activation, 0.25,
      Blocked(gradient, table.lanes).activation, accumulate, target.activation, 0..<2)
    #expect(distance(target.plain(), expected) < 1e-5)
    #expect(target.isSealed)
  }
}
