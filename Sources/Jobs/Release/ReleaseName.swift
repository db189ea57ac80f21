import Foundation

/// The name of a release, as a directory in outbox and vault: `release-<dataset>-<version>`.
package struct ReleaseName: Sendable, Hashable, CustomStringConvertible {
  package let dataset: DatasetName
  /// From 1.
  package let version: Int

  package init(dataset: DatasetName, version: Int) {
    precondition(version >= 1, "releases are counted from 1")
    self.dataset = dataset
    self.version = version
  }

  /// Takes a name apart; nil for any other name.
  package init?(_ text: String) {
    let words = text.split(separator: "-", omittingEmptySubsequences: false)
    guard words.count >= 3, words[0] == "release", let last = words.last, let version = Int(last), version >= 1,
      let dataset = DatasetName(words.dropFirst().dropLast().joined(separator: "-"))
    else { return nil }
    self.init(dataset: dataset, version: version)
    // "release-x-01" and "release-x-+1" are other directories.
    guard description == text else { return nil }
  }

  /// The dataset's name for an archive on the command line, as the daemon would derive it.
  package static func dataset(ofArchive path: String) -> String {
    DatasetName.derived(fromFile: (path as NSString).lastPathComponent) ?? "dataset"
  }

  package var description: String { "release-\(dataset)-\(version)" }
}

extension ReleaseName: Codable {
  /// - Throws: `DecodingError` for any other name.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let name = Self(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a release's name")
    }
    self = name
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
