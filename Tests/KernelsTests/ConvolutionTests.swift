import Kernels
import Testing

/// A convolution's shape and the plane it works on.
struct ConvolutionCase {
  var shape: ConvolutionShape
  var images: Int
  var height: Int
  var width: Int

  init(
    _ i: Int, _ o: Int, _ kernel: (Int, Int), _ stride: Int, _ padding: Int, _ images: Int, _ height: Int,
    _ width: Int
  ) {
    shape = ConvolutionShape(
      inputChannels: i, outputChannels: o, kernelHeight: kernel.0, kernelWidth: kernel.1, stride: stride,
      padding: padding)
    self.images = images
    self.height = height
    self.width = width
  }

  /// Channels around the lane count, odd sizes, every stride and padding that the networks use, and some they do not.
  static func all(_ lanes: Int) -> [ConvolutionCase] {
    let edges = [1, 3, lanes - 1, lanes, lanes + 1, 2 * lanes + 3, 4 * lanes]
    var cases: [ConvolutionCase] = []
    for (a, i) in edges.enumerated() {
      for (b, o) in edges.enumerated() where (a + b) % 2 == 0 {
        cases.append(.init(i, o, (3, 3), 1, 1, 2, 5, 7))
      }
    }
    let i = lanes + 1
    let o = 2 * lanes
    cases += [
      .init(i, o, (3, 3), 2, 1, 2, 8, 8), .init(i, o, (3, 3), 2, 1, 1, 7, 9), .init(i, o, (1, 1), 2, 0, 2, 8, 8),
      .init(i, o, (1, 1), 2, 0, 2, 7, 5), .init(i, o, (1, 1), 1, 0, 3, 4, 4), .init(i, o, (5, 5), 1, 2, 1, 6, 6),
      .init(i, o, (7, 7), 2, 3, 1, 11, 9), .init(i, o, (3, 3), 1, 0, 2, 6, 5), .init(i, o, (2, 2), 2, 0, 2, 6, 6),
      .init(i, o, (4, 4), 3, 2, 1, 10, 8), .init(i, o, (3, 1), 1, 1, 1, 5, 5), .init(i, o, (2, 3), 2, 1, 1, 5, 6),
      .init(i, o, (3, 3), 1, 2, 1, 4, 4), .init(3, 32, (3, 3), 1, 1, 2, 32, 32),
      .init(i, o, (3, 3), 1, 1, 3, 1, 1), .init(i, o, (3, 3), 1, 1, 3, 2, 2), .init(i, o, (4, 4), 1, 0, 5, 4, 4),
      .init(3, o, (3, 3), 1, 1, 1, 2, 300), .init(i, 3, (3, 3), 2, 1, 1, 3, 530), .init(i, o, (3, 3), 1, 1, 11, 4, 4),
      .init(i, 3, (3, 3), 1, 1, 2, 13, 17), .init(5 * lanes, 3 * lanes, (3, 3), 1, 1, 2, 4, 4),
      .init(40, 10, (1, 1), 1, 0, 37, 1, 1),
    ]
    return cases
  }

  var outputSize: (height: Int, width: Int) { shape.outputSize(height: height, width: width) }

  func input(_ seed: UInt64) -> Plain { .random(images, shape.inputChannels, height, width, seed: seed) }

  func output(_ seed: UInt64) -> Plain {
    .random(images, shape.outputChannels, outputSize.height, outputSize.width, seed: seed)
  }

  func weights(_ seed: UInt64) -> [Double] {
    Plain.random(shape.outputChannels, shape.inputChannels, shape.kernelHeight, shape.kernelWidth, seed: seed).values
  }
}

@Suite struct ConvolutionTests {
  @Test(arguments: tables)
  func forwardAgreesWithTheReference(_ table: KernelTable) {
    for (number, test) in ConvolutionCase.all(table.lanes).enumerated() {
      let input = test.input(1)
      let weights = test.weights(2)
      let bias = number % 3 == 0 ? nil : Plain.random(1, test.shape.outputChannels, 1, 1, seed: 3).values
      let addend = number % 2 == 0 ? nil : test.output(4)
      let rectify = number % 4 > 1
      var expected = ConvolutionReference(shape: test.shape).output(input, weights, bias)
      if let addend { expected = expected + addend }
      if rectify { expected = expected.map { max(0, $0) } }

      let packed = packedForward(table, test.shape, weights)
      let source = Blocked(input, table.lanes, halo: table.forwardHalo(test.shape))
      let other = addend.map { Blocked($0, table.lanes, halo: 2) }
      var bits: [[UInt32]] = []
      for dealing in Dealing.allCases {
        let target = Blocked.stale(
          test.images, test.shape.outputChannels, test.outputSize.height, test.outputSize.width, table.lanes, halo: 1)
        dealing.deal(table.convolutionUnits(test.shape, target.activation)) { units in
          table.convolve(
            test.shape, source.activation, packed, bias?.map { Float($0) }, other?.activation, rectify,
            target.activation, units)
        }
        #expect(distance(target, expected) < 3e-6, "\(test)")
        #expect(target.isSealed, "\(test)")
        bits.append(target.plain().map(\.bitPattern))
      }
      #expect(Set(bits).count == 1, "\(test)")
    }
  }

  @Test(arguments: tables)
  func inputGradientAgreesWithTheReference(_ table: KernelTable) {
    for (number, test) in ConvolutionCase.all(table.lanes).enumerated() {
      let accumulate = number % 2 == 1
      let before = test.input(7)
      let gradient = test.output(5)
      let weights = test.weights(6)
      var expected = ConvolutionReference(shape: test.shape).inputGradient(before, gradient, weights)
      if accumulate { expected = expected + before }

      var packed = [Float](repeating: .nan, count: table.packedBackwardCount(test.shape))
      table.packBackward(test.shape, weights.map { Float($0) }, &packed)
      let source = Blocked(gradient, table.lanes, halo: table.backwardHalo(test.shape))
      var bits: [[UInt32]] = []
      for dealing in Dealing.allCases {
        let target = Blocked(before, table.lanes, halo: 1)
        dealing.deal(table.inputGradientUnits(test.shape, target.activation)) { units in
          table.convolveInputGradient(test.shape, source.activation, packed, accumulate, target.activation, units)
        }
        #expect(distance(target, expected) < 3e-6, "\(test)")
        #expect(target.isSealed, "\(test)")
        bits.append(target.plain().map(\.bitPattern))
      }
      #expect(Set(bits).count == 1, "\(test)")
    }
  }

  @Test(arguments: tables)
  func weightGradientAgreesWithTheReference(_ table: KernelTable) {
    for test in ConvolutionCase.all(table.lanes) {
      let input = test.input(8)
      let gradient = test.output(9)
      let expected = ConvolutionReference(shape: test.shape).weightGradient(input, gradient)
      let source = Blocked(input, table.lanes, halo: table.forwardHalo(test.shape))
      let blockedGradient = Blocked(gradient, table.lanes)
      var bits: [[UInt32]] = []
      for dealing in Dealing.allCases {
        var result = [Float](repeating: .nan, count: expected.count)
        dealing.deal(table.weightGradientUnits(test.shape)) { units in
          table.convolveWeightGradient(test.shape, source.activation, blockedGradient.activation, &result, units)
        }
        #expect(distance(result, expected) < 3e-6, "\(test)")
        bits.append(result.map(\.bitPattern))
      }
      #expect(Set(bits).count == 1, "\(test)")
    }
  }

  @Test(arguments: tables)
  func smallLayersStillGiveWorkToManyThreads(_ table: KernelTable) {
    let first = ConvolutionShape(inputChannels: 3, outputChannels: 32, kernelHeight: 3, kernelWidth: 3, padding: 1)
    #expect(table.weightGradientUnits(first) >= 4)
    let output = Blocked.zeros(1, 64, 16, 16, table.lanes)
    let middle = ConvolutionShape(inputChannels: 64, outputChannels: 64, kernelHeight: 3, kernelWidth: 3, padding: 1)
    #expect(table.convolutionUnits(middle, output.activation) >= 16)
    #expect(table.weightGradientUnits(middle) >= 16)
  }

  @Test(arguments: tables)
  func channelSumsAgreeWithTheReference(_ table: KernelTable) {
    for channels in table.edgeChannels {
      let gradient = Plain.random(3, channels, 5, 7, seed: 10)
      var expected = [Double](repeating: 0, count: channels)
      for (i, value) in gradient.values.enumerated() { expected[i / 35 % channels] += value }
      let blocked = Blocked(gradient, table.lanes, halo: 1)
      var sums = [Float](repeating: .nan, count: channels + 1)
      for block in (0..<((channels + table.lanes - 1) / table.lanes)).reversed() {
        table.channelSums(blocked.activation, &sums, block..<(block + 1))
      }
      #expect(distance(Array(sums.dropLast()), expected) < 1e-6)
      #expect(sums[channels].isNaN)
    }
  }

  private func packedForward(_ table: KernelTable, _ shape: ConvolutionShape, _ weights: [Double]) -> [Float] {
    var packed = [Float](repeating: .nan, count: table.packedForwardCount(shape))
    table.packForward(shape, weights.map { Float($0) }, &packed)
    return packed
  }
}
