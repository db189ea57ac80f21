import Foundations

/// From a suspect's names and numbers to our classes.
struct ClassTable: Sendable {
  /// Ours.
  let count: Int
  /// Their index → ours; an element is nil for a class that we do not have. nil when the order is not known. Of several
  /// classes of ours that the suspect has as one it is the first.
  let order: [Int?]?
  /// For each of our classes the one that answers name it by: itself, or the first that the suspect has as one with it; nil
  /// for one that it has not.
  let names: [Int?]
  private let byName: [String: Int]
  private let allowsOthers: Bool
  /// Their names for classes that they have not.
  private let missing: Set<String>

  /// - Parameters:
  ///   - ours: names in our order.
  ///   - told: names in the suspect's order, as it tells them itself.
  /// - Throws: `SuspectError.classes` where the two do not go together; nothing is guessed.
  init(ours: [String], names: ClassNames, told: [String]?, suspect: String) throws {
    func refuse(_ reason: String) -> SuspectError { .classes(suspect: suspect, reason: reason) }
    func quoted(_ name: String) -> String { "“\(PrintableText(name, limit: 256))”" }
    precondition(ours.count >= 2, "a classifier has at least two classes")
    if let stranger = names.names.keys.sorted().first(where: { !ours.contains($0) }) {
      throw refuse("the release has no class \(quoted(stranger))")
    }
    let theirs = ours.map { names.names[$0] ?? $0 }
    var byName: [String: Int] = [:]
    var firsts = Array(theirs.indices)
    for (index, name) in theirs.enumerated() {
      if let first = byName[name] { firsts[index] = first } else { byName[name] = index }
    }
    guard byName.count > 1 else { throw refuse("all of ours are \(quoted(theirs[0])) to the suspect") }
    count = ours.count
    allowsOthers = names.allowsOthers
    let given = try Self.order(theirs, names, told, refuse: refuse)
    guard let given else {
      guard !names.allowsMissing else {
        throw refuse(
          "which ones are missing has to be known before the first question; configure class-order, their names")
      }
      (order, self.names, self.byName, missing) = (nil, firsts, byName, [])
      return
    }
    guard Set(given).count == given.count else { throw refuse("the suspect has a class twice") }
    let missing = Set(theirs).subtracting(given)
    if let name = theirs.first(where: missing.contains), !names.allowsMissing {
      throw refuse("the suspect has no class \(quoted(name)); with missing-classes = true it is asked about the others")
    }
    guard byName.count - missing.count > 1 else { throw refuse("the suspect has fewer than two of our classes") }
    if !names.allowsOthers, let other = given.first(where: { byName[$0] == nil }) {
      throw refuse("the suspect's class \(quoted(other)) is none of ours")
    }
    order = given.map { byName[$0] }
    self.names = zip(firsts, theirs).map { missing.contains($1) ? nil : $0 }
    self.byName = byName.filter { !missing.contains($0.key) }
    self.missing = missing
  }

  /// The names that the suspect has, in its order; nil where that is not known.
  private static func order(
    _ theirs: [String], _ names: ClassNames, _ told: [String]?, refuse: (String) -> SuspectError
  ) throws -> [String]? {
    switch (names.order, told) {
    case (.same, let told):
      var seen: Set<String> = []
      let same = theirs.filter { seen.insert($0).inserted }
      guard let told else {
        guard same.count == theirs.count, !names.allowsMissing else {
          throw refuse("“same” order is configured for other classes than ours; configure class-order, their names")
        }
        return same
      }
      guard told == same.filter({ !names.allowsMissing || told.contains($0) }) else {
        throw refuse("“same” order is configured, but the suspect numbers them otherwise")
      }
      return told
    case (.names(let list), let told):
      guard told == nil || told == list else { throw refuse("the suspect numbers them otherwise than configured") }
      return list
    case (nil, let told): return told
    }
  }

  /// `names`, where the suspect has other classes than ours; nil where each is there, by itself.
  var answeredAs: [Int?]? { names.enumerated().contains { $0 != $1 } ? names : nil }

  /// Classes of ours that answers can name.
  var named: Int { byName.count }

  /// Our class; nil for one of theirs that we do not have.
  /// - Throws: `NoAnswer` with `unknownClass`, also for a class that the suspect was not to have.
  func index(of name: String) throws -> Int? {
    if let index = byName[name] { return index }
    if allowsOthers, !missing.contains(name) { return nil }
    throw NoAnswer(.unknownClass, detail: PrintableText(name, limit: 256).description)
  }

  /// The same for a number.
  /// - Throws: `NoAnswer` with `unknownClass`.
  func index(of number: Int) throws -> Int? {
    guard let order, order.indices.contains(number) else {
      throw NoAnswer(.unknownClass, detail: order == nil ? "a class number, but no order is known" : "class \(number)")
    }
    return order[number]
  }
}
