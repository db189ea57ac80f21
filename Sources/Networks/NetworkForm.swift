/// The size of images that a classifier's first and last layers are made for.
package enum NetworkForm: String, Codable, Hashable, Sendable, CaseIterable {
  /// About 32×32, as CIFAR-10: a stem that keeps the resolution (AlexNet: small pools), global average pooling and one
  /// linear layer at the end.
  case cifar
  /// About 224×224, as published for ImageNet: torchvision's layers throughout.
  case imageNet = "imagenet"

  /// From this side length on the published stems leave enough pixels: 128/32 = 4 in the last stage.
  static let leastImageNetSide = 128
}
