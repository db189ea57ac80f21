/// How a suspect's classes stand to ours, where it has not all of them or has several as one (docs/formats, "Audits").
/// Its answers name classes of ours by these.
///
/// Which classes it has is known before the first question and depends on no answer. What an answer then says of the
/// rest is a function of that answer, so to a model that never saw the release every assignment of carriers to the rest
/// is as likely as before.
/// - Source: METHODS §8
package struct SuspectClasses: Sendable, Hashable {
  /// For each class the one that answers name it by: itself; of several that the suspect has as one, the first of them;
  /// nil for one that it has not.
  package let names: [Int?]

  /// - Parameter names: nil where the suspect has all classes, each by itself, as it has where every class is its own
  /// name.
  package init?(_ names: [Int?]?) {
    guard let names, names.enumerated().contains(where: { $0 != $1 }) else { return nil }
    self.names = names
  }

  /// What answers name a class by; nil for one that the suspect has not.
  package func name(of label: Int) -> Int? { names.indices.contains(label) ? names[label] : nil }

  package var missing: [Int] { names.indices.filter { names[$0] == nil } }

  /// The classes that the suspect has as one, a list for each.
  package var merged: [[Int]] {
    Dictionary(grouping: names.indices.filter { names[$0] != nil }) { names[$0] }.values
      .filter { $0.count > 1 }
      .sorted { $0[0] < $1[0] }
  }

  /// Classes of ours that it has, and how many of them it has as one at most.
  package var count: Int { names.count - missing.count }
  package var largestGroup: Int { merged.map(\.count).max() ?? 1 }

  /// The first rule that it breaks; nil if it breaks none.
  func fault(among classes: Int) -> String? {
    if names.count != classes { return "\(names.count) names for \(classes) classes" }
    for (label, name) in names.enumerated() {
      if let name, !(0...label).contains(name) || names[name] != name { return "class \(label) is named \(name)" }
    }
    return Set(names.compactMap(\.self)).count > 1 ? nil : "a suspect that has fewer than two of the classes"
  }
}

/// A list with a number or null for each class.
extension SuspectClasses: Codable {
  package init(from decoder: any Decoder) throws {
    let names = try decoder.singleValueContainer().decode([Int?].self)
    guard let classes = Self(names) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a suspect with all classes has no list of them"))
    }
    self = classes
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(names)
  }
}

extension Claim {
  /// What a suspect can be asked of it, and the places in its columns that are left.
  /// - Returns: nil where that is nothing: its one class is missing, or fewer than two that the suspect tells apart are
  /// left.
  package func asked(of suspect: SuspectClasses?) -> (claim: Claim, columns: [Int])? {
    guard let suspect else { return (self, Array(0..<columns)) }
    switch self {
    case .targeted(let target): return suspect.name(of: target).map { (.targeted(at: $0), [0]) }
    case .untargeted: return (self, [0])
    case .assignment(let classes):
      let left = classes.indices.filter { suspect.name(of: classes[$0]) != nil }
      let names = left.compactMap { suspect.name(of: classes[$0]) }
      return Set(names).count > 1 ? (.assignment(to: names), left) : nil
    }
  }
}
