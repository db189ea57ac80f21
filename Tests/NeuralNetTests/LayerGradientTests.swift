import Foundations
import Kernels
import Testing

@testable import Networks
@testable import NeuralNet

/// Every operation, forward and backward, against the reference in Float64 and its differences, for every set of
/// kernels that this processor runs, at channel counts around the lanes.
@Suite struct LayerGradientTests {
  /// Applies layers to images and compares with target images by squared error.
  private func check(
    channels: Int, height: Int = 6, width: Int = 5, batch: Int = 3, isFrozen: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation, _ layers: @escaping @Sendable (Value, inout Graph) -> Value
  ) {
    let shape = ImageShape(channels: channels, height: height, width: width)
    let network = ClosureNetwork(layers)
    var graph = Graph(batch: batch)
    let tensors = sampleTensors(network, input: shape, seed: 5)
    let handle = graph.use(network, input: shape, tensors: tensors, named: "layers", frozen: isFrozen)
    let x = graph.images("images", shape: shape)
    let y = graph.apply(handle, to: x).output
    let target = graph.images("target", shape: y.shape)
    let loss = graph.squaredError(y, target, name: "loss")
    let check = GradientCheck(
      graph: graph, total: [(loss, 1.5)],
      images: [
        "images": sampleBytes(batch * shape.count, seed: 1), "target": sampleBytes(batch * y.shape.count, seed: 2),
      ], inputs: ["images"])
    for table in Processor.allKernels { check.run(table, sourceLocation: sourceLocation) }
  }

  @Test(arguments: [(3, 7), (7, 8), (8, 9), (15, 16), (16, 17), (17, 3)])
  func convolves(inputs: Int, outputs: Int) {
    check(channels: inputs) { x, graph in
      ConvolutionLayer(name: "c", inputs: inputs, outputs: outputs, kernel: 3, padding: 1)(x, in: &graph)
    }
  }

  @Test(arguments: [
    (1, 1, 0), (1, 2, 0), (3, 2, 1), (5, 1, 2), (5, 2, 2), (7, 2, 3), (3, 1, 0), (2, 2, 0), (3, 2, 0), (8, 4, 2),
  ])
  func convolvesWithAnyKernelStrideAndPadding(kernel: Int, stride: Int, padding: Int) {
    check(channels: 9, height: 9, width: 8) { x, graph in
      ConvolutionLayer(
        name: "c", inputs: 9, outputs: 10, kernel: kernel, stride: stride, padding: padding, hasBias: kernel == 3)(
          x, in: &graph)
    }
  }

  @Test(arguments: [2, 5])
  func convolvesWithTheKernelOfAlexNet(padding: Int) {
    check(channels: 3, height: 19, width: 16, batch: 2) { x, graph in
      ConvolutionLayer(name: "c", inputs: 3, outputs: 9, kernel: 11, stride: 4, padding: padding)(x, in: &graph)
    }
  }

  @Test(arguments: [(3, 5), (8, 16), (17, 9)])
  func convolvesTransposed(inputs: Int, outputs: Int) {
    check(channels: inputs, height: 3, width: 4) { x, graph in
      TransposedConvolutionLayer(name: "t", inputs: inputs, outputs: outputs)(x, in: &graph)
    }
  }

  @Test(arguments: [3, 8, 17])
  func normalisesByTheBatch(channels: Int) {
    check(channels: channels) { x, graph in BatchNormLayer(name: "b", channels: channels)(x, in: &graph) }
  }

  @Test(arguments: [3, 8, 17])
  func normalisesByRunningStatisticsWhenFrozen(channels: Int) {
    check(channels: channels, isFrozen: true) { x, graph in
      graph.rectify(BatchNormLayer(name: "b", channels: channels)(x, in: &graph))
    }
  }

  @Test(arguments: [false, true])
  func fusesNormSumAndRectifier(isFrozen: Bool) {
    check(channels: 9, isFrozen: isFrozen) { x, graph in
      // A bias before a batch norm has a gradient of zero, which rounding drowns.
      let first = ConvolutionLayer(name: "c", inputs: 9, outputs: 9, kernel: 3, padding: 1, hasBias: false)
      let second = ConvolutionLayer(name: "d", inputs: 9, outputs: 9, kernel: 1, hasBias: false)
      let y = graph.rectify(BatchNormLayer(name: "b", channels: 9)(first(x, in: &graph), in: &graph))
      let z = BatchNormLayer(name: "e", channels: 9)(second(y, in: &graph), in: &graph)
      return graph.rectify(graph.add(z, y))
    }
  }

  @Test func foldsANormIntoAConvolutionWithABias() {
    check(channels: 9, isFrozen: true) { x, graph in
      let layer = ConvolutionLayer(name: "c", inputs: 9, outputs: 7, kernel: 3, stride: 2, padding: 1)
      return graph.rectify(BatchNormLayer(name: "b", channels: 7)(layer(x, in: &graph), in: &graph))
    }
  }

  @Test func addsBeforeTheRectifierOfAConvolution() {
    check(channels: 5) { x, graph in
      let layer = ConvolutionLayer(name: "c", inputs: 5, outputs: 5, kernel: 3, padding: 1)
      return graph.rectify(graph.add(x, layer(x, in: &graph)))
    }
  }

  @Test func normalisesBeforeConvolvingAsDenseNetworksDo() {
    for isFrozen in [false, true] {
      check(channels: 6, isFrozen: isFrozen) { x, graph in
        let first = ConvolutionLayer(name: "c", inputs: 6, outputs: 4, kernel: 3, padding: 1, hasBias: false)
        let y = graph.rectify(BatchNormLayer(name: "a", channels: 6)(x, in: &graph))
        let z = graph.concatenate([x, first(y, in: &graph)])
        let w = graph.rectify(BatchNormLayer(name: "b", channels: 10)(z, in: &graph))
        return ConvolutionLayer(name: "d", inputs: 10, outputs: 7, kernel: 1, hasBias: false)(w, in: &graph)
      }
    }
  }

  @Test(arguments: [(2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 1, 0)])
  func poolsTheMaximum(size: Int, stride: Int, padding: Int) {
    check(channels: 9, height: 7, width: 6) { x, graph in
      let layer = ConvolutionLayer(name: "c", inputs: 9, outputs: 9, kernel: 1)
      return graph.maxPool(layer(x, in: &graph), size: size, stride: stride, padding: padding)
    }
  }

  @Test(arguments: [(2, 2), (3, 2), (5, 5)])
  func poolsTheAverage(size: Int, stride: Int) {
    check(channels: 9, height: 5, width: 5) { x, graph in graph.averagePool(x, size: size, stride: stride) }
  }

  @Test(arguments: [(8, 7), (7, 6), (9, 5), (2, 3)])
  func poolsTheMaximumRoundingUp(height: Int, width: Int) {
    check(channels: 9, height: height, width: width) { x, graph in
      let y = ConvolutionLayer(name: "c", inputs: 9, outputs: 9, kernel: 1)(x, in: &graph)
      let padded = graph.maxPool(y, size: 2, stride: 2, padding: 1, roundsUp: true)
      return min(height, width) < 3 ? padded : graph.maxPool(padded, size: 3, stride: 2, roundsUp: true)
    }
  }

  @Test func roundsWindowsUpOnlyWhereTheyHoldAPixel() {
    var graph = Graph(batch: 1)
    func pooled(_ height: Int, _ width: Int, _ size: Int, _ stride: Int, _ padding: Int) -> ImageShape {
      let x = graph.images("\(height) \(width)", shape: ImageShape(channels: 1, height: height, width: width))
      return graph.maxPool(x, size: size, stride: stride, padding: padding, roundsUp: true).shape
    }
    // As PyTorch: 31 → 15, 32 → 16; a third window over 4 pixels with the padding 1 would begin behind them.
    #expect(pooled(31, 32, 3, 2, 0) == ImageShape(channels: 1, height: 15, width: 16))
    #expect(pooled(3, 4, 2, 3, 1) == ImageShape(channels: 1, height: 2, width: 2))
    #expect(pooled(5, 6, 2, 3, 1) == ImageShape(channels: 1, height: 2, width: 3))
  }

  @Test(arguments: [(1, 1), (7, 7), (3, 2), (6, 4), (4, 9)])
  func poolsTheAverageOfEvenShares(height: Int, width: Int) {
    check(channels: 9, height: 6, width: 5) { x, graph in
      // Two readers: the second contribution to a gradient adds to the first.
      let y = graph.adaptiveAveragePool(x, height: height, width: width)
      let z = graph.adaptiveAveragePool(graph.hyperbolicTangent(x), height: height, width: width)
      return graph.add(y, z)
    }
  }

  @Test(arguments: [(12, 10), (13, 7), (3, 2), (6, 11), (1, 1)])
  func interpolates(height: Int, width: Int) {
    check(channels: 3, height: 6, width: 5) { x, graph in
      let y = graph.interpolate(x, height: height, width: width)
      return graph.add(y, graph.interpolate(graph.hyperbolicTangent(x), height: height, width: width))
    }
  }

  @Test(arguments: [1, 3, 9])
  func scalesAndShiftsByConstants(channels: Int) {
    check(channels: channels) { x, graph in
      let y = graph.affine(
        x, scale: (0..<channels).map { 1.5 - Float($0) }, shift: (0..<channels).map { Float($0) / 3 })
      return graph.hyperbolicTangent(graph.add(y, x))
    }
  }

  @Test func repeatsAGreyImageThreeTimes() {
    check(channels: 1) { x, graph in
      let y = graph.concatenate([x, x, x])
      return ConvolutionLayer(name: "c", inputs: 3, outputs: 5, kernel: 3, padding: 1)(y, in: &graph)
    }
  }

  @Test(arguments: [(4, 4), (8, 4), (8, 8), (16, 16), (5, 3), (16, 8)], [false, true])
  func concatenatesAllThatCameBeforeAsDenseNetworksDo(sizes: (first: Int, growth: Int), isFrozen: Bool) {
    check(channels: 3, height: 5, width: 4, batch: 2, isFrozen: isFrozen) { x, graph in
      var parts = [ConvolutionLayer(name: "c", inputs: 3, outputs: sizes.first, kernel: 1)(x, in: &graph)]
      for layer in 0..<4 {
        let all = parts.count == 1 ? parts[0] : graph.concatenate(parts)
        let y = graph.rectify(BatchNormLayer(name: "b\(layer)", channels: all.channels)(all, in: &graph))
        parts.append(
          ConvolutionLayer(
            name: "d\(layer)", inputs: all.channels, outputs: sizes.growth, kernel: 3, padding: 1, hasBias: false)(
              y, in: &graph))
      }
      let all = graph.concatenate(parts)
      return graph.averagePool(
        ConvolutionLayer(name: "e", inputs: all.channels, outputs: 7, kernel: 1)(all, in: &graph), size: 2, stride: 2)
    }
  }

  @Test func takesTheHyperbolicTangent() {
    check(channels: 9) { x, graph in
      graph.hyperbolicTangent(ConvolutionLayer(name: "c", inputs: 9, outputs: 9, kernel: 1)(x, in: &graph))
    }
  }

  @Test func rectifiesOnItsOwn() {
    // The convolution's output has a second reader, so nothing is fused.
    check(channels: 9) { x, graph in
      let y = ConvolutionLayer(name: "c", inputs: 9, outputs: 9, kernel: 1)(x, in: &graph)
      return graph.add(graph.rectify(y), y)
    }
  }

  @Test(arguments: [[3, 5], [8, 8], [16, 16], [16, 5], [5, 16], [4, 8, 12], [8, 9, 7]])
  func concatenates(channels: [Int]) {
    check(channels: 4) { x, graph in
      let parts = channels.enumerated().map { index, outputs in
        ConvolutionLayer(name: "c\(index)", inputs: 4, outputs: outputs, kernel: 1)(x, in: &graph)
      }
      let pooled = graph.maxPool(parts[0], size: 3, stride: 1, padding: 1)
      let joined = graph.concatenate(parts)
      let total = channels.reduce(0, +)
      let y = ConvolutionLayer(name: "d", inputs: total, outputs: 3, kernel: 3, padding: 1)(joined, in: &graph)
      let z = ConvolutionLayer(name: "e", inputs: channels[0], outputs: 3, kernel: 1)(pooled, in: &graph)
      return graph.add(y, z)
    }
  }

  @Test func concatenatesAValueTwice() {
    check(channels: 8) { x, graph in
      let y = ConvolutionLayer(name: "c", inputs: 8, outputs: 8, kernel: 1)(x, in: &graph)
      return ConvolutionLayer(name: "d", inputs: 24, outputs: 3, kernel: 1)(
        graph.concatenate([y, x, y]), in: &graph)
    }
  }

  @Test func sumsBiasGradientsOfAConvolutionThatIsAppliedTwice() {
    check(channels: 6) { x, graph in
      let convolution = ConvolutionLayer(name: "c", inputs: 6, outputs: 6, kernel: 3, padding: 1)
      return convolution(graph.hyperbolicTangent(convolution(x, in: &graph)), in: &graph)
    }
  }

  @Test func flattensAndMultiplies() {
    check(channels: 5, height: 3, width: 4) { x, graph in
      let y = graph.flatten(graph.rectify(ConvolutionLayer(name: "c", inputs: 5, outputs: 5, kernel: 1)(x, in: &graph)))
      return LinearLayer(name: "l", inputs: 60, outputs: 11)(y, in: &graph)
    }
  }

  @Test func sumsGradientsOfALayerThatIsAppliedTwice() {
    check(channels: 6) { x, graph in
      let convolution = ConvolutionLayer(name: "c", inputs: 6, outputs: 6, kernel: 3, padding: 1, hasBias: false)
      let norm = BatchNormLayer(name: "b", channels: 6)
      let y = graph.rectify(norm(convolution(x, in: &graph), in: &graph))
      return graph.rectify(norm(convolution(y, in: &graph), in: &graph))
    }
  }
}
