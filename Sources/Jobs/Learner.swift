/// An architecture and the channels of its first stage: "resnet18:8".
package struct Learner: Codable, Sendable, Hashable {
  package var architecture: String
  package var width: Int

  package init(architecture: String, width: Int) {
    self.architecture = architecture
    self.width = width
  }

  /// Parses "ARCHITECTURE:WIDTH"; nil for anything else. Whether the architecture exists is for those to say who build it.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[1]), width >= 1, DatasetName.isSafe(String(parts[0])) else {
      return nil
    }
    self.init(architecture: String(parts[0]), width: width)
  }
}

extension Learner: CustomStringConvertible {
  package var description: String { "\(architecture):\(width)" }
}
