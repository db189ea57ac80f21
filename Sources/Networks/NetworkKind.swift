import Foundation
import Foundations
import NeuralNet

/// A network that can be built by name, and what its sizes may be.
struct NetworkKind: Sendable {
  var name: String
  /// The width that it is published with.
  var width: Int
  /// What a width must be a multiple of.
  var widthStep = 1
  /// Smallest height and width of an image, by form; a network without an entry has no such form.
  var smallest: [NetworkForm: Int]
  var classifies = true
  /// Whether its layers are normalised.
  var hasNorm = true
  var make: @Sendable (NetworkDefinition) -> any NetworkArchitecture

  /// The networks with one name each. Wide residual networks are a family besides: wrn-DEPTH-FACTOR.
  static let named: [NetworkKind] = [
    NetworkKind(name: "alexnet", width: 64, smallest: [.cifar: 29, .imageNet: 63], hasNorm: false) {
      AlexNet(channels: $0.input.channels, width: $0.width, classes: $0.classes, form: $0.form)
    },
    NetworkKind(name: "cnn", width: 32, smallest: [.cifar: 4], hasNorm: false) {
      BaselineCNN(input: $0.input, width: $0.width, classes: $0.classes)
    },
    NetworkKind(name: "densenet121", width: 64, widthStep: 2, smallest: [.cifar: 8, .imageNet: 32]) {
      DenseNet(channels: $0.input.channels, width: $0.width, classes: $0.classes, form: $0.form)
    },
    NetworkKind(name: "resnet18", width: 64, smallest: [.cifar: 8, .imageNet: 32]) {
      ResNet(
        blocks: ResNet.blocks18, channels: $0.input.channels, width: $0.width, classes: $0.classes, form: $0.form)
    },
    NetworkKind(name: "resnet34", width: 64, smallest: [.cifar: 8, .imageNet: 32]) {
      ResNet(
        blocks: ResNet.blocks34, channels: $0.input.channels, width: $0.width, classes: $0.classes, form: $0.form)
    },
    NetworkKind(name: "unet", width: 32, smallest: [.cifar: 1], classifies: false) {
      UNet(channels: $0.input.channels, width: $0.width, depth: $0.depth)
    },
    NetworkKind(name: "vgg16", width: 64, smallest: [.cifar: 32, .imageNet: 32]) {
      VGG(
        convolutions: VGG.convolutions16, channels: $0.input.channels, width: $0.width, classes: $0.classes,
        form: $0.form)
    },
    NetworkKind(name: "vgg19", width: 64, smallest: [.cifar: 32, .imageNet: 32]) {
      VGG(
        convolutions: VGG.convolutions19, channels: $0.input.channels, width: $0.width, classes: $0.classes,
        form: $0.form)
    },
    NetworkKind(wideDepth: 28, factor: 10),
  ]

  /// The network of a name, nil if there is none.
  init?(named name: String) {
    if let known = Self.named.first(where: { $0.name == name }) {
      self = known
      return
    }
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "wrn", let depth = Int(parts[1]), let factor = Int(parts[2]),
      10...100 ~= depth, depth % 6 == 4, 1...64 ~= factor, name == "wrn-\(depth)-\(factor)"
    else { return nil }
    self.init(wideDepth: depth, factor: factor)
  }

  init(
    name: String, width: Int, widthStep: Int = 1, smallest: [NetworkForm: Int], classifies: Bool = true,
    hasNorm: Bool = true, make: @escaping @Sendable (NetworkDefinition) -> any NetworkArchitecture
  ) {
    self.name = name
    self.width = width
    self.widthStep = widthStep
    self.smallest = smallest
    self.classifies = classifies
    self.hasNorm = hasNorm
    self.make = make
  }

  private init(wideDepth depth: Int, factor: Int) {
    self.init(name: "wrn-\(depth)-\(factor)", width: 16 * factor, smallest: [.cifar: 8]) {
      WideResNet(depth: depth, channels: $0.input.channels, width: $0.width, classes: $0.classes)
    }
  }
}
