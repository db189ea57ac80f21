import Evidence
import Foundation
import Foundations
import Work

/// The answers of a suspect as a CSV file: a name, then one probability for each class, or one label (docs/formats,
/// "Queries"). A first line that starts with “name” is a heading. An empty answer is none.
struct AnswerTable {
  enum Answer: Equatable {
    /// (K), each in [0, 1].
    case probabilities([Double])
    case label(Int)
    case none
  }

  private(set) var answers: [String: Answer] = [:]
  /// Whether the answers are labels.
  private(set) var hasLabels = false

  /// - Parameters:
  ///   - classes: names in the release's order; a label may be a name or an index.
  ///   - own: the suspect's, which rows and indices go by; nil where it has the release's.
  ///   - check: takes each name when it comes and throws for one that was not asked about: no more is kept than was
  /// asked.
  ///   - checkStop: asked again and again.
  /// - Throws: `WorkError.malformed` with the line and what is wrong with it; `missing`.
  init(
    file path: String, classes: [String], own: QueryClasses? = nil, check: (String) throws -> Void = { _ in },
    checkStop: () throws -> Void = {}
  ) throws {
    let own = own ?? .all(classes.count)
    var rows = try AnswerRows(path)
    while let (line, fields) = try rows.next() {
      try checkStop()
      let name = fields[0]
      try check(name)
      func malformed(_ reason: String) -> WorkError {
        .malformed(path: path, reason: "line \(line), “\(name)”: \(reason)")
      }
      guard answers[name] == nil else { throw malformed("answered twice") }
      let values = fields.dropFirst()
      if values.allSatisfy(\.isEmpty) {
        answers[name] = Answer.none
      } else if let value = values.first, values.count == 1 {
        guard let label = own.label(value, among: classes) else {
          throw malformed("“\(value)” is neither a class name nor an index below \(own.groups.count)")
        }
        hasLabels = true
        answers[name] = .label(label)
      } else {
        guard values.count == own.groups.count else {
          throw malformed(
            "\(values.count) values; one label or \(own.groups.count) probabilities are expected; the classes of a "
              + "suspect that has others than the release are named when its questions are exported")
        }
        let probabilities = try values.map { text in
          guard let value = Double(text), (0...1).contains(value) else {
            throw malformed("“\(text)” is not a probability in [0, 1]")
          }
          return value
        }
        let sum = probabilities.reduce(0, +)
        guard abs(sum - 1) <= max(0.02, Self.rounding * Double(values.count)) else {
          throw malformed("probabilities that sum to \(sum)")
        }
        answers[name] = .probabilities(own.probabilities(probabilities, among: classes.count))
      }
    }
    let kinds = Set(
      answers.values.compactMap { answer -> Bool? in
        switch answer {
        case .probabilities: false
        case .label: true
        case .none: nil
        }
      })
    guard kinds.count < 2 else {
      throw WorkError.malformed(path: path, reason: "some answers are labels and some are not")
    }
  }

  /// Half a unit of the second decimal, for each class.
  private static let rounding = 0.005

  /// The first name that is answered; nil without answers. It tells which export asked, and that tells the classes.
  static func firstName(in path: String) throws -> String? {
    var rows = try AnswerRows(path)
    return try rows.next()?.fields[0]
  }

  /// Nil without an answer.
  func answer(_ name: String) -> SuspectAnswer? {
    switch answers[name] {
    case .probabilities(let values): .probabilities(values)
    case .label(let answer): .label(answer)
    case .some(.none), nil: nil
    }
  }

  /// How many different answers the names got.
  func distinct(_ names: [String]) -> Int {
    var seen: [Answer] = []
    // Two are enough to tell a model from a constant; comparing all with all is not needed.
    for answer in names.compactMap({ answers[$0] }) where answer != .none && !seen.contains(answer) {
      seen.append(answer)
      if seen.count > 8 { break }
    }
    return seen.count
  }

  /// The class that was answered.
  func label(_ name: String) -> Int? {
    switch answers[name] {
    case .probabilities(let values): values.indices.max { values[$0] < values[$1] }
    case .label(let answer): answer
    case .some(.none), nil: nil
    }
  }
}
