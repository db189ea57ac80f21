import Dispatch
import Kernels
import Testing

/// How far Winograd's sums are from exact ones, as a share of the sum of the magnitudes of their terms.
///
/// Measured with SSE2 and AVX2: F(2×2) outputs 8e-8, input gradients 7e-8, weight gradients 7e-8; F(4×4) 3.3e-7, 5.0e-7
/// and 1.6e-7. The greatest shares are at edges, where tiles of many terms make outputs of few. Rounding one term is
/// 6e-8.
@Suite struct WinogradErrorTests {
  private static let bounds: [WinogradSize: Double] = [.two: 1.5e-7, .four: 8e-7]

  @Test(arguments: tables)
  func outputsAreWithinTheirBound(_ table: KernelTable) throws {
    for size in WinogradSize.allCases {
      let test = WinogradCase(size, 64, 24, 1, 10, 11)
      let (input, weights) = (test.input(1), test.weights(2))
      let reference = ConvolutionReference(shape: test.shape)
      let terms = reference.output(input.map(abs), weights.map(abs), nil)
      let result = convolved(table, test, isBackward: false, input, weights)
      let error = greatestShare(result, reference.output(input, weights, nil).values, terms.values)
      #expect(error < (try #require(Self.bounds[size])), "\(table.name) F(\(size.rawValue)): \(error)")
    }
  }

  @Test(arguments: tables)
  func inputGradientsAreWithinTheirBound(_ table: KernelTable) throws {
    for size in WinogradSize.allCases {
      let test = WinogradCase(size, 24, 64, 1, 10, 11)
      let (gradient, weights) = (test.output(1), test.weights(2))
      let reference = ConvolutionReference(shape: test.shape)
      let expected = reference.inputGradient(test.input(3), gradient, weights)
      let terms = reference.inputGradient(test.input(3), gradient.map(abs), weights.map(abs))
      let result = convolved(table, test, isBackward: true, gradient, weights)
      let error = greatestShare(result, expected.values, terms.values)
      #expect(error < (try #require(Self.bounds[size])), "\(table.name) F(\(size.rawValue)): \(error)")
    }
  }

  @Test(arguments: tables)
  func weightGradientsAreWithinTheirBound(_ table: KernelTable) throws {
    for size in WinogradSize.allCases {
      let test = WinogradCase(size, 24, 24, 4, 18, 19)
      let (input, gradient) = (test.input(1), test.output(2))
      let reference = ConvolutionReference(shape: test.shape)
      let terms = reference.weightGradient(input.map(abs), gradient.map(abs))
      let result = weightGradient(table, test, input, gradient, threads: 1)
      let error = greatestShare(result, reference.weightGradient(input, gradient), terms)
      #expect(error < (try #require(Self.bounds[size])), "\(table.name) F(\(size.rawValue)): \(error)")
    }
  }

  @Test(arguments: tables)
  func givesTheSameBitsOnAnyNumberOfThreads(_ table: KernelTable) {
    for size in WinogradSize.allCases {
      let test = WinogradCase(size, 40, 72, 7, 14, 14)
      let (input, gradient, weights) = (test.input(1), test.output(2), test.weights(3))
      var bits: [Set<[UInt32]>] = [[], [], []]
      for threads in [1, 2, 3, 5] {
        let output = convolved(table, test, isBackward: false, input, weights, threads: threads)
        let back = convolved(table, test, isBackward: true, gradient, weights, threads: threads)
        let sums = weightGradient(table, test, input, gradient, threads: threads)
        for (pass, values) in [output, back, sums].enumerated() { bits[pass].insert(values.map(\.bitPattern)) }
      }
      #expect(bits.map(\.count) == [1, 1, 1], "\(table.name) F(\(size.rawValue))")
    }
  }

  @Test func leavesShapesThatItDoesNotServeToTheDirectKernels() {
    func task(_ channels: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ height: Int) -> WinogradTask? {
      let shape = ConvolutionShape(
        inputChannels: channels, outputChannels: 64, kernelHeight: kernel, kernelWidth: kernel, stride: stride,
        padding: padding)
      return .fastest(shape, for: .output, images: 8, height: height, width: height, isTrained: false)
    }
    #expect(task(64, 3, 1, 1, 8)?.size == .four)
    #expect(task(64, 3, 1, 1, 2)?.size == .two)
    #expect(task(64, 3, 1, 1, 1) == nil)
    #expect(task(3, 3, 1, 1, 8) == nil)
    #expect(task(64, 3, 2, 1, 8) == nil)
    #expect(task(64, 3, 1, 0, 8) == nil)
    #expect(task(64, 5, 1, 2, 8) == nil)
  }

  private func convolved(
    _ table: KernelTable, _ test: WinogradCase, isBackward: Bool, _ input: Plain, _ weights: [Double],
    threads: Int = 1
  ) -> [Float] {
    let task = test.task(isBackward: isBackward)
    let packed = test.packed(table, isBackward: isBackward, weights)
    let source = Blocked(input, table.lanes, halo: 1)
    let target = Blocked.stale(test.images, task.outputs, test.height, test.width, table.lanes, halo: 1)
    let (from, to) = (source.activation, target.activation)
    share(table.winograd.units(task), threads) { units in
      var scratch = [Float](repeating: .nan, count: table.winograd.scratchCount(task))
      table.winograd.convolve(task, from, packed, nil, nil, false, false, to, &scratch, units)
    }
    return target.plain()
  }

  private func weightGradient(
    _ table: KernelTable, _ test: WinogradCase, _ input: Plain, _ gradient: Plain, threads: Int
  ) -> [Float] {
    let task = test.task(isBackward: false)
    let (source, other) = (Blocked(input, table.lanes, halo: 1), Blocked(gradient, table.lanes))
    let (x, g) = (source.activation, other.activation)
    let count = task.inputs * task.outputs * 9
    nonisolated(unsafe) let sums = UnsafeMutablePointer<Float>.allocate(
      capacity: table.winograd.weightGradientSumsCount(task))
    nonisolated(unsafe) let result = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer {
      sums.deallocate()
      result.deallocate()
    }
    share(table.winograd.weightGradientUnits(task), threads) { units in
      var scratch = [Float](repeating: .nan, count: table.winograd.weightGradientScratchCount(task))
      table.winograd.sumWeightGradient(task, x, g, sums, &scratch, units)
    }
    share(task.inputs, threads) { table.winograd.finishWeightGradient(task, sums, result, $0) }
    return Array(UnsafeBufferPointer(start: result, count: count))
  }

  /// Units dealt evenly to threads that run side by side.
  private func share(_ units: Int, _ threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      body(units * thread / threads..<units * (thread + 1) / threads)
    }
  }

  private func greatestShare(_ values: [Float], _ expected: [Double], _ terms: [Double]) -> Double {
    values.indices.map { abs(Double(values[$0]) - expected[$0]) / terms[$0] }.max() ?? .infinity
  }
}
