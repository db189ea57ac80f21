import Foundations

/// From a suspect's names and numbers to our classes.
struct ClassTable: Sendable {
  let count: Int
  /// Their index → ours; an element is nil for a class that we do not have. nil when the order is not known.
  let order: [Int?]?
  private let byName: [String: Int]
  private let allowsOthers: Bool

  /// - Parameters:
  ///   - ours: names in our order.
  ///   - told: names in the suspect's order, as it tells them itself.
  /// - Throws: `SuspectError.classes` where the two do not go together; nothing is guessed.
  init(ours: [String], names: ClassNames, told: [String]?, suspect: String) throws {
    func refuse(_ reason: String) -> SuspectError { .classes(suspect: suspect, reason: reason) }
    precondition(ours.count >= 2, "a classifier has at least two classes")
    if let stranger = names.names.keys.sorted().first(where: { !ours.contains($0) }) {
      throw refuse("the release has no class “\(PrintableText(stranger, limit: 256))”")
    }
    let theirs = ours.map { names.names[$0] ?? $0 }
    var byName: [String: Int] = [:]
    for (index, name) in theirs.enumerated() {
      guard byName.updateValue(index, forKey: name) == nil else {
        throw refuse("“\(PrintableText(name, limit: 256))” stands for two of our classes")
      }
    }
    self.byName = byName
    count = ours.count
    allowsOthers = names.allowsOthers
    let given: [String]?
    switch (names.order, told) {
    case (.same, nil): given = theirs
    case (.same, let told?):
      guard told == theirs else { throw refuse("“same” order is configured, but the suspect numbers them otherwise") }
      given = told
    case (.names(let list), let told):
      guard told == nil || told == list else { throw refuse("the suspect numbers them otherwise than configured") }
      given = list
    case (nil, let told): given = told
    }
    guard let given else {
      order = nil
      return
    }
    guard Set(given).count == given.count else { throw refuse("the suspect has a class twice") }
    if let missing = theirs.first(where: { !given.contains($0) }) {
      throw refuse("the suspect has no class “\(PrintableText(missing, limit: 256))”")
    }
    if !names.allowsOthers, let other = given.first(where: { byName[$0] == nil }) {
      throw refuse("the suspect's class “\(PrintableText(other, limit: 256))” is none of ours")
    }
    order = given.map { byName[$0] }
  }

  /// Our class; nil for one of theirs that we do not have.
  /// - Throws: `NoAnswer` with `unknownClass`.
  func index(of name: String) throws -> Int? {
    if let index = byName[name] { return index }
    if allowsOthers { return nil }
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
