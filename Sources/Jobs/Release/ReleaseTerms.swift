/// What a release says to those who would use it: license, page and maker stand in `croissant.json`, and what may be
/// learned from it in `release.json` as well. An empty string says nothing.
package struct ReleaseTerms: Codable, Sendable, Equatable {
  /// The URL of a known license, such as those of spdx.org/licenses, or its name.
  package var license: String
  /// The dataset's page.
  package var url: String
  /// The organization that made the dataset.
  package var creator: String
  package var trainingMining: TrainingMining

  package init(
    license: String = "", url: String = "", creator: String = "", trainingMining: TrainingMining = .unsaid
  ) {
    self.license = license
    self.url = url
    self.creator = creator
    self.trainingMining = trainingMining
  }

  /// Why a text cannot be a license or a creator; nil if it can.
  package static func problem(ofText text: String) -> String? {
    text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } ? "has control characters" : nil
  }

  /// Why a text cannot be the dataset's page; nil if it can, or is empty.
  package static func problem(ofPage text: String) -> String? {
    guard !text.isEmpty else { return nil }
    let rest = ["https://", "http://"].lazy.compactMap { text.hasPrefix($0) ? text.dropFirst($0.count) : nil }.first
    guard let rest, let first = rest.first, first != "/", text.unicodeScalars.allSatisfy({ 33...126 ~= $0.value })
    else { return "is not the URL of a page" }
    return nil
  }
}

/// Whether people may learn from, mine and ask models about the images, in the words of the Creator Assertions Working
/// Group.
package enum TrainingMining: String, Codable, Sendable, CaseIterable {
  case unsaid = ""
  case allowed, notAllowed, constrained
}
