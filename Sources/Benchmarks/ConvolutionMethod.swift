import Foundations
import Kernels
import NeuralNet

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
