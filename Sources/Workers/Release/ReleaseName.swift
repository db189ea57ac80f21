import Foundation

/// Names of datasets and releases, as directories and identifiers.
enum ReleaseName {
  /// The dataset's name for an archive without a configuration: the file's name up to `.tar`, in safe characters.
  static func dataset(ofArchive path: String) -> String {
    var name = Substring((path as NSString).lastPathComponent.lowercased())
    if let dot = name.range(of: ".tar", options: .backwards) {
      name = name[..<dot.lowerBound]
    } else if let dot = name.range(of: ".tgz", options: [.backwards, .anchored]) {
      name = name[..<dot.lowerBound]
    }
    let safe = name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    let words = String(safe).split(separator: "-")
    return words.isEmpty ? "dataset" : words.joined(separator: "-")
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
