import Foundation
import Jobs

/// Names of datasets and releases, as directories and identifiers.
enum ReleaseName {
  /// The dataset's name for an archive on the command line, as the daemon would derive it.
  static func dataset(ofArchive path: String) -> String {
    DatasetName.derived(fromFile: (path as NSString).lastPathComponent) ?? "dataset"
  }

  /// Takes `release-<dataset>-<version>` apart; nil for any other name.
  static func parse(_ name: String) -> (dataset: String, version: Int)? {
    let words = name.split(separator: "-", omittingEmptySubsequences: false)
    guard words.count >= 3, words[0] == "release", let last = words.last, let version = Int(last), version >= 1 else {
      return nil
    }
    let dataset = words.dropFirst().dropLast().joined(separator: "-")
    return dataset.isEmpty ? nil : (dataset, version)
  }
}
