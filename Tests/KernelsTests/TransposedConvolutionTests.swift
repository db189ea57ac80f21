import Kernels
import Testing

/// The transposed convolution against the convolution that it runs backwards.
@Suite struct TransposedConvolutionTests {
  struct Case {
    var shape: ConvolutionShape
    var input: Plain
    var gradient: Plain
    var weights: [Double]

    /// The reference's shape: a convolution from the output to the input.
    var mirror: ConvolutionReference {
      ConvolutionReference(
        shape: ConvolutionShape(
          inputChannels: shape.outputChannels, outputChannels: shape.inputChannels, kernelHeight: 2, kernelWidth: 2,
          stride: 2))
    }

    static func all(_ lanes: Int) -> [Case] {
      [
        (lanes, lanes), (lanes + 1, lanes - 1), (2 * lanes + 3, 3), (1, 2 * lanes), (4 * lanes, 3 * lanes),
      ].flatMap { i, o in
        [(1, 1), (3, 5), (8, 8)].map { h, w in
          Case(
            shape: ConvolutionShape(
              inputChannels: i, outputChannels: o, kernelHeight: 2, kernelWidth: 2, stride: 2),
            input: .random(2, i, h, w, seed: 1), gradient: .random(2, o, 2 * h, 2 * w, seed: 2),
            weights: Plain.random(i, o, 2, 2, seed: 3).values)
        }
      }
    }
  }

  @Test(arguments: tables)
  func forwardAgreesWithTheReference(_ table: KernelTable) {
    for (number, test) in Case.all(table.lanes).enumerated() {
      let bias = number % 2 == 0 ? nil : Plain.random(1, test.shape.outputChannels, 1, 1, seed: 4).values
      var expected = test.mirror.inputGradient(test.gradient, test.input, test.weights)
      if let bias {
        for i in expected.values.indices {
          expected.values[i] += bias[i / (expected.height * expected.width) % expected.channels]
        }
      }
      var packed = [Float](repeating: .nan, count: table.packedForwardCount(test.shape))
      table.packTransposedForward(test.shape, test.weights.map { Float($0) }, &packed)
      let source = Blocked(test.input, table.lanes)
      var bits: [[UInt32]] = []
      for dealing in Dealing.allCases {
        let target = Blocked.stale(2, expected.channels, expected.height, expected.width, table.lanes, halo: 1)
        dealing.deal(table.transposedUnits(test.shape, target.activation)) { units in
          table.convolveTransposed(
            test.shape, source.activation, packed, bias?.map { Float($0) }, target.activation, units)
        }
        #expect(distance(target, expected) < 3e-6, "\(test.shape)")
        #expect(target.isSealed)
        bits.append(target.plain().map(\.bitPattern))
      }
      #expect(Set(bits).count == 1)
    }
  }

  @Test(arguments: tables)
  func inputGradientAgreesWithTheReference(_ table: KernelTable) {
    for (number, test) in Case.all(table.lanes).enumerated() {
      let accumulate = number % 2 == 1
      var expected = test.mirror.output(test.gradient, test.weights, nil)
      if accumulate { expected = expected + test.input }
      var packed = [Float](repeating: .nan, count: table.packedBackwardCount(test.shape))
      table.packTransposedBackward(test.shape, test.weights.map { Float($0) }, &packed)
      let source = Blocked(test.gradient, table.lanes)
      var bits: [[UInt32]] = []
      for dealing in Dealing.allCases {
        let target = Blocked(test.input, table.lanes, halo: 1)
        dealing.deal(table.transposedInputGradientUnits(test.shape, target.activation)) { units in
          table.convolveTransposedInputGradient(
            test.shape, source.activation, packed, accumulate, target.activation, units)
        }
        #expect(distance(target, expected) < 3e-6, "\(test.shape)")
        #expect(target.isSealed)
        bits.append(target.plain().map(\.bitPattern))
      }
      #expect(Set(bits).count == 1)
    }
  }

  @Test(arguments: tables)
  func weightGradientAgreesWithTheReference(_ table: KernelTable) {
    for test in Case.all(table.lanes) {
      let expected = test.mirror.weightGradient(test.gradient, test.input)
      let source = Blocked(test.input, table.lanes)
      let gradient = Blocked(test.gradient, table.lanes)
      var bits: [[UInt32]] = []
      for dealing in Dealing.allCases {
        var result = [Float](repeating: .nan, count: expected.count)
        dealing.deal(table.transposedWeightGradientUnits(test.shape)) { units in
          table.convolveTransposedWeightGradient(
            test.shape, source.activation, gradient.activation, &result, units)
        }
        #expect(distance(result, expected) < 3e-6, "\(test.shape)")
        bits.append(result.map(\.bitPattern))
      }
      #expect(Set(bits).count == 1)
    }
  }
}
