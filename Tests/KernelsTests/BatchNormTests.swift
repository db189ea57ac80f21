import Kernels
import Testing

@Suite struct BatchNormTests {
  @Test(arguments: tables)
  func statisticsAgreeWithTheReference(_ table: KernelTable) {
    for channels in table.edgeChannels {
      // A mean far from zero: a one-pass variance would cancel.
      let input = Plain.random(3, channels, 5, 7, seed: 1).map { Double(Float($0 + 100)) }
      let (mean, variance) = moments(input)
      let padded = (channels + table.lanes - 1) / table.lanes * table.lanes
      let blocked = Blocked(input, table.lanes, halo: 1)
      var bits: [[UInt32]] = []
      for dealing in Dealing.allCases {
        var means = [Float](repeating: .nan, count: padded)
        var variances = means
        dealing.deal(padded / table.lanes) { table.batchStatistics(blocked.activation, &means, &variances, $0) }
        #expect(distance(Array(means.prefix(channels)), mean) < 1e-6)
        #expect(distance(Array(variances.prefix(channels)), variance) < 1e-5)
        #expect((means.dropFirst(channels) + variances.dropFirst(channels)).allSatisfy { $0 == 0 })
        bits.append((means + variances).map(\.bitPattern))
      }
      #expect(Set(bits).count == 1)
    }
  }

  @Test(arguments: tables)
  func scaleShiftAgreesWithTheReference(_ table: KernelTable) {
    for (number, channels) in (table.edgeChannels + table.edgeChannels).enumerated() {
      let input = Plain.random(3, channels, 4, 5, seed: 2)
      let addend = number % 3 == 0 ? nil : input.like(seed: 3)
      let rectify = number % 2 == 0
      let scale = padded(4, channels, table.lanes)
      let shift = padded(5, channels, table.lanes)
      var expected = input
      for i in expected.values.indices {
        let c = i / 20 % channels
        var value = input.values[i] * Double(scale[c]) + Double(shift[c]) + (addend?.values[i] ?? 0)
        if rectify { value = max(0, value) }
        expected.values[i] = value
      }
      let source = Blocked(input, table.lanes, halo: 1)
      let other = addend.map { Blocked($0, table.lanes) }
      var bits: [[UInt32]] = []
      for dealing in Dealing.allCases {
        let target = Blocked.stale(3, channels, 4, 5, table.lanes, halo: 2)
        dealing.deal(3) {
          table.scaleShift(source.activation, scale, shift, other?.activation, rectify, target.activation, $0)
        }
        #expect(distance(target, expected) < 1e-6)
        #expect(target.isSealed)
        bits.append(target.plain().map(\.bitPattern))
      }
      #expect(Set(bits).count == 1)
    }
  }

  @Test(arguments: tables, [false, true])
  func reductionsAndInputGradientAgreeWithTheReference(_ table: KernelTable, _ rectified: Bool) {
    for (number, channels) in table.edgeChannels.enumerated() {
      let accumulate = number % 2 == 1
      let input = Plain.random(3, channels, 5, 3, seed: 6)
      let output = input.like(seed: 7).map { max(0, $0) }
      let gradient = input.like(seed: 8)
      let mean = padded(9, channels, table.lanes)
      let inverse = padded(10, channels, table.lanes)
      let a = padded(11, channels, table.lanes)
      let b = padded(12, channels, table.lanes)
      let c = padded(13, channels, table.lanes)
      let masked = rectified ? gradient.zip(output) { $1 > 0 ? $0 : 0 } : gradient
      var sum = [Double](repeating: 0, count: channels)
      var dot = sum
      var expected = input.like(seed: 14)
      let before = expected
      for i in input.values.indices {
        let k = i / 15 % channels
        let centred = input.values[i] - Double(mean[k])
        sum[k] += masked.values[i]
        dot[k] += masked.values[i] * centred * Double(inverse[k])
        let own = masked.values[i] * Double(a[k]) + centred * Double(b[k]) + Double(c[k])
        expected.values[i] = own + (accumulate ? before.values[i] : 0)
      }
      let source = Blocked(input, table.lanes, halo: 1)
      let mask = rectified ? Blocked(output, table.lanes) : nil
      let blockedGradient = Blocked(gradient, table.lanes, halo: 2)
      let size = mean.count
      var bits: [[UInt32]] = []
      for dealing in Dealing.allCases {
        var sums = [Float](repeating: .nan, count: size)
        var dots = sums
        dealing.deal(size / table.lanes) {
          table.batchNormReductions(
            source.activation, mask?.activation, blockedGradient.activation, mean, inverse, &sums, &dots, $0)
        }
        #expect(distance(Array(sums.prefix(channels)), sum) < 2e-6)
        #expect(distance(Array(dots.prefix(channels)), dot) < 2e-6)
        let target = Blocked(before, table.lanes, halo: 1)
        dealing.deal(3) {
          table.batchNormInputGradient(
            source.activation, mask?.activation, blockedGradient.activation, mean, a, b, c, accumulate,
            target.activation, $0)
        }
        #expect(distance(target, expected) < 1e-6)
        #expect(target.isSealed)
        bits.append((sums + dots + target.plain()).map(\.bitPattern))
      }
      #expect(Set(bits).count == 1)
    }
  }

  /// The contract's a, b and c against finite differences of γ·(x − mean)/σ, summed with random factors.
  @Test(arguments: tables)
  func trainingGradientAgreesWithFiniteDifferences(_ table: KernelTable) {
    let channels = table.lanes + 1
    let count = 2.0 * 3 * 4
    let input = Plain.random(2, channels, 3, 4, seed: 15)
    let gradient = input.like(seed: 16)
    let gamma = padded(17, channels, table.lanes)
    let floor = 1e-3
    func loss(_ x: Plain) -> Double {
      let (mean, variance) = moments(x)
      var total = 0.0
      for i in x.values.indices {
        let c = i / 12 % channels
        let normal = (x.values[i] - mean[c]) / (variance[c] + floor).squareRoot()
        total += gradient.values[i] * Double(gamma[c]) * normal
      }
      return total
    }

    let source = Blocked(input, table.lanes)
    let blockedGradient = Blocked(gradient, table.lanes)
    let size = gamma.count
    var (mean, variance) = ([Float](repeating: 0, count: size), [Float](repeating: 0, count: size))
    var (sum, dot) = (mean, mean)
    let blocks = 0..<(size / table.lanes)
    table.batchStatistics(source.activation, &mean, &variance, blocks)
    let inverse = variance.map { 1 / ($0 + Float(floor)).squareRoot() }
    table.batchNormReductions(
      source.activation, nil, blockedGradient.activation, mean, inverse, &sum, &dot, blocks)
    let a = zip(gamma, inverse).map { $0 * $1 }
    let b = (0..<size).map { -a[$0] * dot[$0] / Float(count) * inverse[$0] }
    let c = (0..<size).map { -a[$0] * sum[$0] / Float(count) }
    let target = Blocked.stale(2, channels, 3, 4, table.lanes)
    table.batchNormInputGradient(
      source.activation, nil, blockedGradient.activation, mean, a, b, c, false, target.activation, 0..<2)
    #expect(distance(target.plain(), differences(input, loss)) < 1e-4)
  }

  private func moments(_ input: Plain) -> (mean: [Double], variance: [Double]) {
    let plane = input.height * input.width
    let count = Double(input.images * plane)
    var mean = [Double](repeating: 0, count: input.channels)
    var variance = mean
    for (i, value) in input.values.enumerated() { mean[i / plane % input.channels] += value / count }
    for (i, value) in input.values.enumerated() {
      let c = i / plane % input.channels
      variance[c] += (value - mean[c]) * (value - mean[c]) / count
    }
    return (mean, variance)
  }

  /// A per-channel vector, zero in the padding channels.
  private func padded(_ seed: UInt64, _ channels: Int, _ lanes: Int) -> [Float] {
    let size = (channels + lanes - 1) / lanes * lanes
    let values = Plain.random(1, channels, 1, 1, seed: seed).values.map { Float($0) }
    return values + [Float](repeating: 0, count: size - channels)
  }
}
