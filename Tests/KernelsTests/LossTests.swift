import Kernels
import Testing

@Suite struct LossTests {
  private func featureDistances(_ a: Plain, _ b: Plain) -> [Double] {
    (0..<a.images).map { n in
      var total = 0.0
      for y in 0..<a.height {
        for x in 0..<a.width {
          let first = (0..<a.channels).map { a[n, $0, y, x] }
          let second = (0..<a.channels).map { b[n, $0, y, x] }
          let firstLength = (first.reduce(1e-10) { $0 + $1 * $1 }).squareRoot()
          let secondLength = (second.reduce(1e-10) { $0 + $1 * $1 }).squareRoot()
          for (p, q) in zip(first, second) {
            let d = p / firstLength - q / secondLength
            total += d * d
          }
        }
      }
      return total / Double(a.height * a.width)
    }
  }

  @Test(arguments: tables)
  func featureDistanceAgreesWithTheReference(_ table: KernelTable) {
    for channels in table.edgeChannels {
      let a = Plain.random(3, channels, 4, 5, seed: 1)
      let b = a.like(seed: 2)
      var distances = [Float](repeating: .nan, count: 4)
      for image in [2, 0, 1] {
        table.featureDistance(
          Blocked(a, table.lanes, halo: 1).activation, Blocked(b, table.lanes).activation, &distances,
          image..<(image + 1))
      }
      #expect(distance(Array(distances.prefix(3)), featureDistances(a, b)) < 1e-6)
      #expect(distances[3].isNaN)
    }
  }

  @Test(arguments: tables, [false, true])
  func featureDistanceGradientAgreesWithFiniteDifferences(_ table: KernelTable, _ accumulate: Bool) {
    for channels in [2, table.lanes - 1, table.lanes + 1] {
      let a = Plain.random(2, channels, 2, 3, seed: 3)
      let b = a.like(seed: 4)
      let before = a.like(seed: 5)
      var expected = differences(a) { featureDistances($0, b).reduce(0, +) * 0.75 }
      if accumulate { expected = zip(expected, before.values).map { $0 + $1 } }
      let target = Blocked(before, table.lanes, halo: 1)
      for image in [1, 0] {
        table.featureDistanceGradient(
          Blocked(a, table.lanes).activation, Blocked(b, table.lanes, halo: 1).activation, 0.75, accumulate,
          target.activation, image..<(image + 1))
      }
      #expect(distance(target.plain(), expected) < 1e-5)
      #expect(target.isSealed)
    }
  }

  @Test(arguments: tables)
  func zeroFeaturesHaveANumberForAGradient(_ table: KernelTable) {
    let zeros = Plain(1, 5, 2, 2)
    let other = Plain.random(1, 5, 2, 2, seed: 6)
    for (a, b) in [(zeros, other), (zeros, zeros), (other, zeros)] {
      var distances: [Float] = [.nan]
      let target = Blocked.stale(1, 5, 2, 2, table.lanes)
      let (first, second) = (Blocked(a, table.lanes), Blocked(b, table.lanes))
      table.featureDistance(first.activation, second.activation, &distances, 0..<1)
      table.featureDistanceGradient(first.activation, second.activation, 1, false, target.activation, 0..<1)
      #expect(distances[0].isFinite)
      #expect(target.plain().allSatisfy { $0.isFinite })
    }
  }

  @Test(arguments: tables, [false, true])
  func squaredErrorAndItsGradientAgreeWithTheReference(_ table: KernelTable, _ accumulate: Bool) {
    for channels in table.edgeChannels {
      let a = Plain.random(3, channels, 4, 5, seed: 7)
      let b = a.like(seed: 8)
      let before = a.like(seed: 9)
      let count = Double(channels * 20)
      let squares = a.zip(b) { ($0 - $1) * ($0 - $1) }.values
      let expected = (0..<3).map { n in squares[(n * Int(count))..<((n + 1) * Int(count))].reduce(0, +) / count }
      let slope = a.zip(b) { 2 * 0.5 * ($0 - $1) / count }
      let target = Blocked(before, table.lanes, halo: 1)
      var errors = [Float](repeating: .nan, count: 3)
      let (first, second) = (Blocked(a, table.lanes, halo: 1), Blocked(b, table.lanes))
      for image in [2, 1, 0] {
        table.squaredError(first.activation, second.activation, &errors, image..<(image + 1))
        table.squaredErrorGradient(
          first.activation, second.activation, 0.5, accumulate, target.activation, image..<(image + 1))
      }
      #expect(distance(errors, expected) < 1e-6)
      #expect(distance(target, accumulate ? before + slope : slope) < 1e-6)
      #expect(target.isSealed)
    }
  }
}
