import Datasets
import Evidence
import Foundation
import Foundations
import Jobs

@testable import Audits
@testable import Releases
@testable import Work

/// A suspect that knows which image it is shown, because the test knows the plan; it keeps what it was asked.
final class PlayedSuspect: AuditedSuspect {
  struct Killed: Error {}

  /// Where the process dies on a question.
  enum Death: CaseIterable {
    /// Nothing of it is written down.
    case before
    /// It is written down, and not sent yet.
    case unsent
    /// The suspect has it.
    case unanswered
    /// Its answer is written down.
    case answered
  }

  let spec: AuditSpec
  var model = "model 1"
  var identityEnd: AskingEnd?
  /// What of our classes it has; what `row` says of others is not answered, and of those that it has as one added up.
  var classes: SuspectClasses?
  /// The probability of the class that a form is to show, by form and image; nil is no answer.
  var target: (Int, Int) -> Double? = { form, image in
    (1...3).contains(form) ? 0.8 : 0.02 + 0.001 * Double((form + image) % 7)
  }
  /// The probabilities of all classes, where more than `target` is played; nil is no answer.
  var row: ((AuditPlan, AuditPlan.Question) -> [Double]?)?
  /// What it tells of the classes' probabilities.
  var telling: ([Double]) -> SuspectAnswer = { .probabilities($0) }
  /// After so many more questions: what happens instead of the next answer.
  var failsAfter = Int.max
  var failure: AskingEnd?
  var death = Death.unanswered
  /// Answers so many of the questions handed in and then ends as it is told.
  private(set) var asked: [String] = []
  private var forms: [String: AuditPlan.Question] = [:]
  private var plan: AuditPlan?

  init(_ spec: AuditSpec) { self.spec = spec }

  func introduction() throws -> Introduction {
    if let identityEnd { throw identityEnd }
    return Introduction(fingerprint: model, profile: "{}", classes: classes)
  }

  private func learn() throws -> AuditPlan {
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(spec.release)/release.json")
    let record = Vault(root: spec.vault, release: document.name)
    let audits = AuditDirectory(record, suspect: spec.name)
    guard let series = audits.series().last else { throw WorkError.missing(path: audits.directory) }
    let plan = try audits.readPlan(series)
    if plan == self.plan { return plan }
    let context = WorkContext(threads: 1)
    let pictures = try AuditPictures(
      plan, of: AuditImages(spec, document, context), spec: spec, record: record, document: document, context)
    forms = [:]
    for round in 0..<plan.looks {
      for number in 0..<plan.questionsARound {
        forms[HexDigest(of: pictures.picture(number, round: round)).description] = plan.question(number, round: round)
      }
    }
    self.plan = plan
    return plan
  }

  func ask(_ images: [[UInt8]], record: (Int, AskingEvent) throws -> Void) throws -> AskingEnd? {
    let plan = try learn()
    for (position, image) in images.enumerated() {
      let digest = HexDigest(of: image).description
      if failsAfter == 0 {
        failsAfter = .max
        if let failure { return failure }
        if death == .before { throw Killed() }
        try record(position, .asked(nil))
        if death == .unsent { throw Killed() }
        asked.append(digest)
        if death == .unanswered { throw Killed() }
        try answer(digest, position, plan, record)
        throw Killed()
      }
      failsAfter -= 1
      try record(position, .asked(nil))
      asked.append(digest)
      try answer(digest, position, plan, record)
    }
    return nil
  }

  private func targetRow(_ plan: AuditPlan, _ question: AuditPlan.Question) -> [Double]? {
    guard let p = target(question.form, question.image) else { return nil }
    var row = [Double](repeating: 0, count: plan.classes.count)
    row[plan.claim.members.targetClass ?? 0] = p
    row[plan.labels[question.image]] = 1 - p
    return row
  }

  private func answered(_ row: [Double]) -> [Double] {
    guard let classes else { return row }
    var answered = [Double](repeating: 0, count: row.count)
    for (label, value) in row.enumerated() {
      if let name = classes.name(of: label) { answered[name] = min(1, answered[name] + value) }
    }
    return answered
  }

  private func answer(
    _ digest: String, _ position: Int, _ plan: AuditPlan, _ record: (Int, AskingEvent) throws -> Void
  ) throws {
    var answer: SuspectAnswer?
    if let question = forms[digest] { answer = (row ?? targetRow)(plan, question).map(answered).map(telling) }
    try record(
      position,
      .done(Reply(answer: answer, problem: answer == nil ? "lost" : nil, status: 200, attempts: 1, time: 5)))
  }
}

extension PlayedSuspect {
  /// What a model answers that takes images under a carrier for the class that it belongs to.
  /// - Parameter lift: by how much it rather does, by the carrier's number in the key.
  static func assigned(_ lift: @escaping (Int) -> Double) -> (AuditPlan, AuditPlan.Question) -> [Double]? {
    { plan, question in
      guard case .assignment(let classes) = plan.claim else { return nil }
      var row = plan.classes.indices.map {
        0.01 + 0.001 * Double((question.form * 5 + question.image * 3 + $0 * 7) % 11)
      }
      if let carrier = question.carrier, classes.indices.contains(carrier) { row[classes[carrier]] += lift(carrier) }
      row[plan.labels[question.image]] += 1 - row.reduce(0, +)
      return row.map { min(1, max(0, $0)) }
    }
  }
}
