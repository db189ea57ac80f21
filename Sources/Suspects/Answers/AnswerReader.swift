import Foundation

/// Reads the forms in which servers state a classification.
struct AnswerReader: Sendable {
  let table: ClassTable
  let scores: OutputForm.Scores

  /// - Throws: `NoAnswer`.
  func answer(in value: JSONValue) throws -> Answer {
    switch value {
    case .null, .bool: throw NoAnswer(.wrongShape, detail: value.kindName)
    case .number:
      guard let number = value.integer else { throw NoAnswer(.wrongShape, detail: "a fraction where a class is due") }
      return try label(number)
    case .string(let name): return try label(named: name)
    case .object(let members): return try answer(inObject: members)
    case .array(let values): return try answer(inList: values)
    }
  }

  private static let labelKeys = ["label", "class", "class_name", "className", "name"]
  private static let scoreKeys = ["score", "probability", "prob", "confidence"]
  private static let labelListKeys = ["classes", "labels", "class_names"]
  private static let scoreListKeys = ["scores", "probabilities", "confidences"]

  private func answer(inObject members: [String: JSONValue]) throws -> Answer {
    if let names = Self.labelListKeys.lazy.compactMap({ members[$0]?.strings }).first,
      let values = Self.scoreListKeys.lazy.compactMap({ members[$0]?.numbers }).first
    {
      guard names.count == values.count else {
        throw NoAnswer(.wrongShape, detail: "\(names.count) names, \(values.count) scores")
      }
      return try named(Array(zip(names, values)))
    }
    if let pair = Self.pair(members) { return try named([pair]) }
    if let name = Self.labelKeys.lazy.compactMap({ members[$0]?.string }).first { return try label(named: name) }
    let pairs = members.compactMap { name, value in value.number.map { (name, $0) } }
    guard pairs.count == members.count, !pairs.isEmpty else {
      throw NoAnswer(.wrongShape, detail: "an object that is no classification")
    }
    return try named(pairs)
  }

  /// One `{"label": …, "score": …}`.
  private static func pair(_ members: [String: JSONValue]) -> (String, Double)? {
    guard let name = labelKeys.lazy.compactMap({ members[$0]?.string }).first,
      let score = scoreKeys.lazy.compactMap({ members[$0]?.number }).first
    else { return nil }
    return (name, score)
  }

  private func answer(inList values: [JSONValue]) throws -> Answer {
    let numbers = values.compactMap(\.number)
    if !values.isEmpty, numbers.count == values.count {
      if values.count == 1, let number = values[0].integer, table.order?.count != 1 { return try label(number) }
      return try vector(numbers)
    }
    let pairs = values.compactMap { value -> (String, Double)? in
      guard let members = value.object else { return nil }
      if let pair = Self.pair(members) { return pair }
      guard members.count == 1, let (name, score) = members.first else { return nil }
      return score.number.map { (name, $0) }
    }
    if !values.isEmpty, pairs.count == values.count { return try named(pairs) }
    // A batch of one.
    guard values.count == 1 else { throw NoAnswer(.wrongShape, detail: "a list of \(values.count)") }
    return try answer(in: values[0])
  }

  /// Numbers in the suspect's order.
  /// - Throws: `NoAnswer`.
  func vector(_ values: [Double]) throws -> Answer {
    guard let order = table.order else {
      throw NoAnswer(.unknownClass, detail: "\(values.count) numbers without names, and no order is known")
    }
    guard values.count == order.count else {
      throw NoAnswer(.wrongShape, detail: "\(values.count) numbers for \(order.count) classes")
    }
    guard values.allSatisfy(\.isFinite) else { throw NoAnswer(.notFinite) }
    let probabilities = scores == .logits ? Self.softmax(values) : try checked(values, isWhole: true)
    var result = [Double](repeating: 0, count: table.count)
    for (value, index) in zip(probabilities, order) {
      if let index { result[index] = value }
    }
    return .probabilities(result)
  }

  /// Scores beside names. With all of our classes that the suspect has they are as good as a vector.
  /// - Throws: `NoAnswer`.
  func named(_ pairs: [(String, Double)]) throws -> Answer {
    try indexed(try pairs.map { (try table.index(of: $0.0), $0.1) })
  }

  /// Scores beside our classes, nil for others.
  /// - Throws: `NoAnswer`.
  func indexed(_ pairs: [(Int?, Double)]) throws -> Answer {
    let values = pairs.map(\.1)
    guard values.allSatisfy(\.isFinite) else { throw NoAnswer(.notFinite) }
    let present = Set(pairs.compactMap(\.0))
    guard present.count == pairs.count(where: { $0.0 != nil }) else {
      throw NoAnswer(.wrongShape, detail: "a class twice")
    }
    let isWhole = present.count == table.named
    let probabilities: [Double]
    if scores == .logits {
      guard isWhole else { throw NoAnswer(.notProbabilities, detail: "some logits, but not all") }
      probabilities = Self.softmax(values)
    } else {
      probabilities = try checked(values, isWhole: isWhole)
    }
    var result: [Int: Double] = [:]
    for (pair, value) in zip(pairs, probabilities) {
      if let index = pair.0 { result[index] = value }
    }
    return isWhole ? .probabilities((0..<table.count).map { result[$0] ?? 0 }) : .topK(result)
  }

  /// - Throws: `NoAnswer`.
  func label(_ number: Int) throws -> Answer { try known(try table.index(of: number)) }

  /// - Throws: `NoAnswer`.
  func label(named name: String) throws -> Answer { try known(try table.index(of: name)) }

  /// A label that we do not have is an answer too, but none that can be scored.
  private func known(_ index: Int?) throws -> Answer {
    guard let index else { return .topK([:]) }
    return .label(index)
  }

  /// Rounded probabilities may leave [0, 1] and their sum a little; what lies further off is something else.
  private func checked(_ values: [Double], isWhole: Bool) throws -> [Double] {
    guard values.allSatisfy({ (-1e-6...1.001).contains($0) }) else {
      throw NoAnswer(.notProbabilities, detail: "values outside [0, 1]")
    }
    if scores == .probabilities {
      // Half a unit of the second decimal for each value.
      let tolerance = max(0.02, 0.005 * Double(values.count))
      let sum = values.reduce(0, +)
      guard sum <= 1 + tolerance, !isWhole || sum >= 1 - tolerance else {
        throw NoAnswer(.notProbabilities, detail: "values that sum to \(sum)")
      }
    }
    return values.map { min(max($0, 0), 1) }
  }

  private static func softmax(_ values: [Double]) -> [Double] {
    let greatest = values.max() ?? 0
    let powers = values.map { exp($0 - greatest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
