import Foundations
import Kernels
import NeuralNet

/// One pass of a convolution on one core, by one of the methods that the kernels have for it. Weights are packed before.
struct ConvolutionBenchmark {
  enum Pass: String, CaseIterable {
    case forward
    case inputGradient = "input-gradient"
    case weightGradient = "weight-gradient"
  }

  static var cases: [BenchmarkCase] {
    (ConvolutionCase.inner + ConvolutionCase.outer).flatMap { convolution in
      Pass.allCases.flatMap { pass in
        ConvolutionMethod.methods(of: convolution, pass).map { method in
          BenchmarkCase(
            "\(convolution.name)/\(pass.rawValue)/\(method.name)", unit: .gigaflops, threads: 1,
            isLong: convolution.gigaoperations > 10
          ) { _ in
            ConvolutionBenchmark(convolution, table: Processor.kernels).trial(pass, method)
          }
        }
      }
    }
  }

  private let convolution: ConvolutionCase
  private let table: KernelTable
  /// The layer's input and output, or their gradients.
  private let input: BlockedImages
  private let output: BlockedImages
  /// (O, I, kH, kW), transposed (I, O, 2, 2).
  private let weights: KernelMemory

  init(_ convolution: ConvolutionCase, table: KernelTable) {
    self.convolution = convolution
    self.table = table
    let shape = convolution.shape
    // A transposed convolution reads no padding.
    let halos = convolution.isTransposed ? (0, 0) : (table.forwardHalo(shape), table.backwardHalo(shape))
    input = BlockedImages(
      images: convolution.images, shape: convolution.input, halo: halos.0, table: table, seed: 1)
    output = BlockedImages(
      images: convolution.images, shape: convolution.output, halo: halos.1, table: table, seed: 2)
    weights = KernelMemory(
      count: shape.inputChannels * shape.outputChannels * shape.kernelHeight * shape.kernelWidth, seed: 3)
  }

  func trial(_ pass: Pass, _ method: ConvolutionMethod) -> Trial {
    let run =
      switch method {
      case .direct where convolution.isTransposed: transposed(pass)
      case .direct: direct(pass)
      case .winograd(let task) where pass == .weightGradient: winogradWeightGradient(task)
      case .winograd(let task): winograd(task, pass)
      }
    return Trial(work: convolution.gigaoperations, run: run)
  }

  private func direct(_ pass: Pass) -> () -> Void {
    let (shape, x, y) = (convolution.shape, input, output)
    switch pass {
    case .forward:
      let packed = KernelMemory(count: table.packedForwardCount(shape))
      table.packForward(shape, weights.pointer, packed.pointer)
      let units = 0..<table.convolutionUnits(shape, y.activation)
      return { [table] in
        table.convolve(shape, x.activation, packed.pointer, nil, nil, false, y.activation, units)
      }
    case .inputGradient:
      let packed = KernelMemory(count: table.packedBackwardCount(shape))
      table.packBackward(shape, weights.pointer, packed.pointer)
      let units = 0..<table.inputGradientUnits(shape, x.activation)
      return { [table] in
        table.convolveInputGradient(shape, y.activation, packed.pointer, false, x.activation, units)
      }
    case .weightGradient:
      let units = 0..<table.weightGradientUnits(shape)
      return { [table, weights] in
        table.convolveWeightGradient(shape, x.activation, y.activation, weights.pointer, units)
      }
    }
  }

  private func transposed(_ pass: Pass) -> () -> Void {
    let (shape, x, y) = (convolution.shape, input, output)
    // It is packed as the convolution from its output to its input.
    var mirrored = shape
    (mirrored.inputChannels, mirrored.outputChannels) = (shape.outputChannels, shape.inputChannels)
    switch pass {
    case .forward:
      let packed = KernelMemory(count: table.packedBackwardCount(mirrored))
      table.packTransposedForward(shape, weights.pointer, packed.pointer)
      let units = 0..<table.transposedUnits(shape, y.activation)
      return { [table] in
        table.convolveTransposed(shape, x.activation, packed.pointer, nil, y.activation, units)
      }
    case .inputGradient:
      let packed = KernelMemory(count: table.packedForwardCount(mirrored))
      table.packTransposedBackward(shape, weights.pointer, packed.pointer)
      let units = 0..<table.transposedInputGradientUnits(shape, x.activation)
      return { [table] in
        table.convolveTransposedInputGradient(shape, y.activation, packed.pointer, false, x.activation, units)
      }
    case .weightGradient:
      let units = 0..<table.transposedWeightGradientUnits(shape)
      return { [table, weights] in
        table.convolveTransposedWeightGradient(shape, x.activation, y.activation, weights.pointer, units)
      }
    }
  }

  private func winograd(_ task: WinogradTask, _ pass: Pass) -> () -> Void {
    let kernels = table.winograd
    let isBackward = pass == .inputGradient
    let shape = convolution.shape
    let (source, target) = isBackward ? (output, input) : (input, output)
    let packed = KernelMemory(count: kernels.packedCount(task.size, shape, isBackward))
    let packing = 0..<kernels.packingUnits(shape, isBackward)
    kernels.pack(task.size, shape, isBackward, weights.pointer, packed.pointer, packing)
    let scratch = KernelMemory(count: kernels.scratchCount(task))
    let units = 0..<kernels.units(task)
    return {
      kernels.convolve(
        task, source.activation, packed.pointer, nil, nil, false, false, target.activation, scratch.pointer, units)
    }
  }

  private func winogradWeightGradient(_ task: WinogradTask) -> () -> Void {
    let kernels = table.winograd
    let sums = KernelMemory(count: kernels.weightGradientSumsCount(task))
    let scratch = KernelMemory(count: kernels.weightGradientScratchCount(task))
    let units = 0..<kernels.weightGradientUnits(task)
    let channels = 0..<convolution.shape.inputChannels
    return { [input, output, weights] in
      kernels.sumWeightGradient(
        task, input.activation, output.activation, sums.pointer, scratch.pointer, units)
      kernels.finishWeightGradient(task, sums.pointer, weights.pointer, channels)
    }
  }
}

/// The algorithms that there are kernels for.
enum ConvolutionMethod {
  case direct
  case winograd(WinogradTask)

  /// `direct`, `winograd2`, `winograd4`.
  var name: String {
    switch self {
    case .direct: "direct"
    case .winograd(let task): "winograd\(task.size.rawValue)"
    }
  }

  /// The direct one, and behind it what the engine prefers for this pass: F(2×2) or F(4×4), which for an output depends
  /// on whether the network is in training (the former) or frozen.
  static func methods(of convolution: ConvolutionCase, _ pass: ConvolutionBenchmark.Pass) -> [ConvolutionMethod] {
    guard !convolution.isTransposed else { return [.direct] }
    let target = pass == .inputGradient ? convolution.input : convolution.output
    let tasks = (pass == .weightGradient ? [true] : [true, false]).compactMap { isTrained in
      WinogradTask.fastest(
        convolution.shape, for: pass.task, images: convolution.images, height: target.height, width: target.width,
        isTrained: isTrained)
    }
    return [.direct] + Set(tasks).sorted { $0.size.rawValue < $1.size.rawValue }.map { .winograd($0) }
  }
}

extension ConvolutionBenchmark.Pass {
  fileprivate var task: WinogradTask.Pass {
    switch self {
    case .forward: .output
    case .inputGradient: .inputGradient
    case .weightGradient: .weightGradient
    }
  }
}

/// Random images in the kernels' blocked layout, (N, ⌈C/L⌉, H, W, L) with a halo of zeros.
struct BlockedImages {
  let activation: Activation
  let memory: KernelMemory

  init(images: Int, shape: ImageShape, halo: Int, table: KernelTable, seed: UInt64) {
    let lanes = table.lanes
    let blocks = (shape.channels + lanes - 1) / lanes
    let row = (shape.width + 2 * halo) * lanes
    let block = (shape.height + 2 * halo) * row
    memory = KernelMemory(count: images * blocks * block)
    activation = Activation(
      base: memory.pointer + halo * (row + lanes), images: images, channels: shape.channels, height: shape.height,
      width: shape.width, halo: halo, imageStride: blocks * block, blockStride: block, rowStride: row)
    // One image's numbers serve for all: no kernel looks at values.
    let one = KernelMemory(count: shape.count, seed: seed)
    for image in 0..<images {
      var view = activation
      view.base += image * view.imageStride
      view.images = 1
      table.importFloats(UnsafePointer(one.pointer), view, 0..<1)
    }
  }
}
