import Evidence

/// The classes of a suspect that is asked by hand, in its order, where they are not the release's: what a row of
/// probabilities is about, and what a label may be.
struct QueryClasses: Equatable {
  /// Of each class of the suspect the release's that it is: several that it has as one, none of one that the release has
  /// not.
  let groups: [[Int]]

  /// - Parameters:
  ///   - words: a name for each class of the suspect, or names joined by "+", or "-" for one of its own.
  ///   - names: of the release's classes; a number below their number means one too.
  /// - Throws: `Fault`.
  init(_ words: [String], among names: [String]) throws(Fault) {
    var groups: [[Int]] = []
    for word in words {
      var group: [Int] = []
      // A class may have a plus sign in its name.
      let parts = names.contains(word) ? [word] : word == "-" ? [] : word.split(separator: "+").map(String.init)
      for part in parts {
        guard let label = names.firstIndex(of: part) ?? Int(part), names.indices.contains(label) else {
          throw Fault(why: "“\(part)” is none of the release's classes")
        }
        guard !groups.joined().contains(label), !group.contains(label) else {
          throw Fault(why: "“\(part)” is named twice")
        }
        group.append(label)
      }
      guard word == "-" || !group.isEmpty else { throw Fault(why: "“\(word)” names no class") }
      groups.append(group.sorted())
    }
    self.groups = groups
    if let why = fault(among: names.count) { throw Fault(why: why) }
  }

  private init(groups: [[Int]]) { self.groups = groups }

  /// The release's own.
  static func all(_ count: Int) -> Self { Self(groups: (0..<count).map { [$0] }) }

  struct Fault: Error {
    var why: String
  }

  /// The first rule that they break; nil if they break none.
  func fault(among classes: Int) -> String? {
    let named = groups.joined()
    if Set(named).count != named.count || !named.allSatisfy((0..<classes).contains) {
      return "each of the release's classes is one of the suspect's at most"
    }
    return groups.count { !$0.isEmpty } > 1 ? nil : "the suspect has fewer than two of the release's classes"
  }

  /// How they stand to the release's; nil where they are these, each by itself.
  func suspect(among classes: Int) -> SuspectClasses? {
    var names = [Int?](repeating: nil, count: classes)
    for group in groups { for label in group { names[label] = group.first } }
    return SuspectClasses(names)
  }

  /// A row of probabilities by the release's classes: of several that are one the first has them all, and those of the
  /// suspect's own classes are left out.
  func probabilities(_ values: [Double], among classes: Int) -> [Double] {
    var whole = [Double](repeating: 0, count: classes)
    for (group, value) in zip(groups, values) { if let label = group.first { whole[label] = value } }
    return whole
  }

  /// The release's class that an answer means, by a name of it or by its place among the suspect's; a number that no class
  /// has, for a class of the suspect's own. Nil for what is none of the suspect's.
  func label(_ text: String, among names: [String]) -> Int? {
    if let label = names.firstIndex(of: text) { return groups.first { $0.contains(label) }?.first }
    guard let place = Int(text), groups.indices.contains(place) else { return nil }
    return groups[place].first ?? names.count
  }
}

/// A list of lists of numbers.
extension QueryClasses: Codable {
  init(from decoder: any Decoder) throws {
    self.init(groups: try decoder.singleValueContainer().decode([[Int]].self).map { $0.sorted() })
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(groups)
  }
}
