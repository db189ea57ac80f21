package import Foundations
import NeuralNet

/// The learned perceptual image patch similarity: a trunk's weights and the heads that weigh its channels.
///
/// d = Σ_taps mean over H, W of Σ_c w_c·(ŷ_c − ŷ'_c)², ŷ divided by √(Σ_c y_c² + 1e-10) per pixel. Images in [0, 1] are
/// scaled to [−1, 1], then shifted and scaled per channel; grey ones are repeated, ones under 64 pixels interpolated.
///
/// - Source: Zhang, Isola, Efros, Shechtman & Wang 2018, equation 1; version 0.1 of the heads.
package struct LPIPS: Sendable {
  /// The network whose features are compared.
  package enum Trunk: String, Sendable, CaseIterable {
    case alexNet = "alexnet"
    case vgg16
    case squeezeNet = "squeezenet1_1"

    /// Channels of the compared values, shallow to deep.
    package var channels: [Int] {
      switch self {
      case .alexNet: [64, 192, 384, 256, 256]
      case .vgg16: [64, 128, 256, 512, 512]
      case .squeezeNet: [64, 128, 256, 384, 384, 512, 512]
      }
    }
  }

  package let trunk: Trunk
  /// Names the weights: two equal metrics have equal fingerprints, 16 hexadecimal digits.
  package let fingerprint: String
  /// Of the trunk, under torchvision's names.
  let tensors: [String: Tensor]
  /// w of each tap, not negative.
  let heads: [[Float]]

  /// The shorter side that images are brought to before they are compared, if theirs is less.
  package static let leastSide = 64

  /// Reads the trunk's weights (torchvision's names; a classifier's layers are not read) and the heads (`lin0.weight`,
  /// (1, C, 1, 1), and so on), which also tell what the trunk is.
  ///
  /// - Throws: `NeuralNetError`: whatever is wrong with either file or any tensor.
  package init(trunk trunkPath: String, heads headsPath: String) throws {
    let headsFile = try SafetensorsFile(path: headsPath)
    trunk = try Self.trunk(of: headsFile)
    heads = try trunk.channels.enumerated().map { tap, channels in
      let name = Self.head(tap)
      let values = try headsFile.tensor(name, expecting: [1, channels, 1, 1]).values
      if let index = values.firstIndex(where: { $0 < 0 }) {
        throw NeuralNetError.negative(source: headsPath, tensor: name, index: index)
      }
      return values
    }
    let file = try SafetensorsFile(path: trunkPath)
    let declarations = Graph.declarations(
      of: LPIPSNetwork(trunk: trunk), input: ImageShape(channels: 3, height: Self.leastSide, width: Self.leastSide))
    let known = Set(declarations.map(\.name))
    for name in file.names where !known.contains(name) && !name.hasPrefix("classifier.") {
      throw NeuralNetError.extraTensor(source: trunkPath, tensor: name, found: file.shape(of: name) ?? [])
    }
    var tensors: [String: Tensor] = [:]
    for declaration in declarations {
      tensors[declaration.name] = try file.tensor(declaration.name, expecting: declaration.shape)
    }
    self.tensors = tensors
    fingerprint = Fingerprint.text(of: declarations.compactMap { tensors[$0.name]?.values } + heads)
  }

  /// Height and width at which images are compared: their own, or scaled up until the shorter side is 64.
  package static func size(of images: ImageShape) -> (height: Int, width: Int) {
    let side = min(images.height, images.width)
    if side >= leastSide { return (images.height, images.width) }
    // To the nearest pixel.
    return (
      (2 * images.height * leastSide + side) / (2 * side), (2 * images.width * leastSide + side) / (2 * side)
    )
  }

  private static func head(_ tap: Int) -> String { "lin\(tap).weight" }

  /// The trunk whose taps have as many channels as the heads; judged by the number of heads and the second one.
  private static func trunk(of file: SafetensorsFile) throws -> Trunk {
    let second = file.shape(of: head(1)) ?? []
    let count = Trunk.squeezeNet.channels.count
    let trunk: Trunk =
      if second == [1, Trunk.alexNet.channels[1], 1, 1] {
        .alexNet
      } else if file.shape(of: head(count - 1)) != nil {
        .squeezeNet
      } else {
        .vgg16
      }
    let known = Set(trunk.channels.indices.map(head))
    for name in file.names where !known.contains(name) {
      throw NeuralNetError.extraTensor(source: file.path, tensor: name, found: file.shape(of: name) ?? [])
    }
    return trunk
  }
}
