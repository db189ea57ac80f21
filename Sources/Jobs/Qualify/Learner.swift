/// An architecture and the channels of its first stage: "resnet18:8".
package struct Learner: Codable, Sendable, Hashable {
  package var architecture: String
  package var width: Int

  package init(architecture: String, width: Int) {
    self.architecture = architecture
    self.width = width
  }

  /// Parses "ARCHITECTURE:WIDTH"; nil for anything else. Whether there is such an architecture is `isKnown`'s to say.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[1]), width >= 1, DatasetName.isSafe(String(parts[0])) else {
      return nil
    }
    self.init(architecture: String(parts[0]), width: width)
  }
}

extension Learner {
  /// The classifiers that can be named; wide residual networks are a family besides.
  package static let architectures = ["alexnet", "cnn", "densenet121", "resnet18", "resnet34", "vgg16", "vgg19"]
  /// As help and errors list them.
  package static let names = (architectures + ["wrn-DEPTH-FACTOR"]).joined(separator: ", ")

  /// Whether a classifier of that name can be built. Depths of the family are 10, 16, … 100, factors 1 … 64.
  package static func isKnown(_ architecture: String) -> Bool {
    if architectures.contains(architecture) { return true }
    let parts = architecture.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "wrn", let depth = Int(parts[1]), let factor = Int(parts[2]) else {
      return false
    }
    return 10...100 ~= depth && depth % 6 == 4 && 1...64 ~= factor && architecture == "wrn-\(depth)-\(factor)"
  }
}

extension Learner: CustomStringConvertible {
  package var description: String { "\(architecture):\(width)" }
}
