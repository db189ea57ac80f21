import Kernels
import Testing

/// A 3×3 convolution of stride 1 and padding 1 on some images.
struct WinogradCase: CustomStringConvertible {
  var size: WinogradSize
  var shape: ConvolutionShape
  var images: Int
  var height: Int
  var width: Int

  init(_ size: WinogradSize, _ inputs: Int, _ outputs: Int, _ images: Int, _ height: Int, _ width: Int) {
    self.size = size
    shape = ConvolutionShape(
      inputChannels: inputs, outputChannels: outputs, kernelHeight: 3, kernelWidth: 3, padding: 1)
    self.images = images
    self.height = height
    self.width = width
  }

  /// Planes smaller than a tile, odd and whole ones; channels around the lane count; units split both ways.
  static func all(_ lanes: Int) -> [WinogradCase] {
    WinogradSize.allCases.flatMap { size in
      var cases: [WinogradCase] = []
      for height in 1...6 {
        for width in [1, 2, 3, 4, 5, 6, 9] { cases.append(.init(size, lanes + 1, lanes, 1, height, width)) }
      }
      for channels in [1, 3, lanes - 1, lanes, lanes + 1, 2 * lanes, 2 * lanes + 3, 4 * lanes] {
        cases.append(.init(size, channels, lanes + 1, 2, 5, 7))
        cases.append(.init(size, lanes + 1, channels, 2, 8, 8))
      }
      return cases + [
        .init(size, 5 * lanes, 9 * lanes, 3, 4, 4), .init(size, 3, 2 * lanes, 1, 13, 17),
        .init(size, lanes, 2 * lanes, 31, 4, 4), .init(size, 2 * lanes, 3, 1, 2, 300),
      ]
    }
  }

  var description: String {
    "F(\(size.rawValue)) \(shape.inputChannels)→\(shape.outputChannels), \(images) × \(height)×\(width)"
  }

  func input(_ seed: UInt64) -> Plain { .random(images, shape.inputChannels, height, width, seed: seed) }

  func output(_ seed: UInt64) -> Plain { .random(images, shape.outputChannels, height, width, seed: seed) }

  func weights(_ seed: UInt64) -> [Double] {
    Plain.random(shape.outputChannels, shape.inputChannels, 3, 3, seed: seed).values
  }

  func task(isBackward: Bool) -> WinogradTask {
    let (from, to) = (shape.inputChannels, shape.outputChannels)
    return WinogradTask(
      size, from: isBackward ? to : from, to: isBackward ? from : to, images: images, height: height, width: width)
  }

  func packed(_ table: KernelTable, isBackward: Bool, _ weights: [Double]) -> [Float] {
    var packed = [Float](repeating: .nan, count: table.winograd.packedCount(size, shape, isBackward))
    for unit in (0..<table.winograd.packingUnits(shape, isBackward)).reversed() {
      table.winograd.pack(size, shape, isBackward, weights.map { Float($0) }, &packed, unit..<(unit + 1))
    }
    return packed
  }
}

@Suite struct WinogradTests {
  @Test(arguments: tables)
  func forwardAgreesWithTheReference(_ table: KernelTable) {
    for (number, test) in WinogradCase.all(table.lanes).enumerated() {
      let input = test.input(1)
      let weights = test.weights(2)
      let bias = number % 3 == 0 ? nil : Plain.random(1, test.shape.outputChannels, 1, 1, seed: 3).values
      let addend = number % 2 == 0 ? nil : test.output(4)
      let rectify = number % 4 > 1
      var expected = ConvolutionReference(shape: test.shape).output(input, weights, bias)
      if let addend { expected = expected + addend }
      if rectify { expected = expected.map { max(0, $0) } }

      let task = test.task(isBackward: false)
      let packed = test.packed(table, isBackward: false, weights)
      let source = Blocked(input, table.lanes, halo: 1 + number % 2)
      let other = addend.map { Blocked($0, table.lanes, halo: 2) }
      var bits: Set<[UInt32]> = []
      for dealing in Dealing.allCases {
        let target = Blocked.stale(
          test.images, test.shape.outputChannels, test.height, test.width, table.lanes, halo: 1)
        dealing.deal(table.winograd.units(task)) { units in
          var scratch = [Float](repeating: .nan, count: table.winograd.scratchCount(task))
          table.winograd.convolve(
            task, source.activation, packed, bias?.map { Float($0) }, other?.activation, rectify, false,
            target.activation, &scratch, units)
        }
        #expect(distance(target, expected) < 3e-6, "\(test)")
        #expect(target.isSealed, "\(test)")
        bits.insert(target.plain().map(\.bitPattern))
      }
      #expect(bits.count == 1, "\(test)")
    }
  }

  @Test(arguments: tables)
  func inputGradientAgreesWithTheReference(_ table: KernelTable) {
    for (number, test) in WinogradCase.all(table.lanes).enumerated() {
      let accumulate = number % 2 == 1
      let before = test.input(7)
      let gradient = test.output(5)
      let weights = test.weights(6)
      var expected = ConvolutionReference(shape: test.shape).inputGradient(before, gradient, weights)
      if accumulate { expected = expected + before }

      let task = test.task(isBackward: true)
      let packed = test.packed(table, isBackward: true, weights)
      let source = Blocked(gradient, table.lanes, halo: 1)
      var bits: Set<[UInt32]> = []
      for dealing in Dealing.allCases {
        let target = Blocked(before, table.lanes, halo: 1)
        dealing.deal(table.winograd.units(task)) { units in
          var scratch = [Float](repeating: .nan, count: table.winograd.scratchCount(task))
          table.winograd.convolve(
            task, source.activation, packed, nil, nil, false, accumulate, target.activation, &scratch, units)
        }
        #expect(distance(target, expected) < 3e-6, "\(test)")
        #expect(target.isSealed, "\(test)")
        bits.insert(target.plain().map(\.bitPattern))
      }
      #expect(bits.count == 1, "\(test)")
    }
  }

  @Test(arguments: tables)
  func weightGradientAgreesWithTheReference(_ table: KernelTable) {
    for test in WinogradCase.all(table.lanes) {
      let input = test.input(8)
      let gradient = test.output(9)
      let expected = ConvolutionReference(shape: test.shape).weightGradient(input, gradient)
      let task = test.task(isBackward: false)
      let source = Blocked(input, table.lanes, halo: 1)
      let blockedGradient = Blocked(gradient, table.lanes)
      var bits: Set<[UInt32]> = []
      for dealing in Dealing.allCases {
        var sums = [Float](repeating: .nan, count: table.winograd.weightGradientSumsCount(task))
        dealing.deal(table.winograd.weightGradientUnits(task)) { units in
          var scratch = [Float](repeating: .nan, count: table.winograd.weightGradientScratchCount(task))
          table.winograd.sumWeightGradient(
            task, source.activation, blockedGradient.activation, &sums, &scratch, units)
        }
        var result = [Float](repeating: .nan, count: expected.count)
        dealing.deal(test.shape.inputChannels) { table.winograd.finishWeightGradient(task, sums, &result, $0) }
        #expect(distance(result, expected) < 3e-6, "\(test)")
        bits.insert(result.map(\.bitPattern))
      }
      #expect(bits.count == 1, "\(test)")
    }
  }
}
