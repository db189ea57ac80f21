/// What a transcript says about a plan: which questions were asked, what was answered, and how the audits went.
package struct AuditRecord: Sendable {
  package let plan: AuditPlan
  /// Answers by round and question; a question that was asked and not answered is not among them.
  package private(set) var answers: [[Int: SuspectAnswer]]
  package private(set) var asked: [Set<Int>]
  /// Questions of each audit, by its number.
  package private(set) var askedByAudit: [Int: Int] = [:]
  package private(set) var answeredByAudit: [Int: Int] = [:]
  package private(set) var audits: [Int] = []
  /// The last audit's.
  package private(set) var interruption: AuditHealth.Interruption?
  package private(set) var modelChanged = false
  /// α: the plan's, or less where an audit has lowered it. It never rises.
  package private(set) var alpha: Double
  package private(set) var hasEnded = false
  /// Questions of each round in the order of asking; one that was postponed comes more than once.
  package private(set) var sequence: [[Int]]

  /// - Throws: `strayLine` for a line that does not belong to the plan: another round, a question that was not asked, or one
  ///   that was asked or answered twice; a level that is none.
  package init(_ plan: AuditPlan, _ lines: [AuditLine]) throws(EvidenceError) {
    self.plan = plan
    alpha = plan.policy.alpha
    answers = Array(repeating: [:], count: plan.looks)
    asked = Array(repeating: [], count: plan.looks)
    sequence = Array(repeating: [], count: plan.looks)
    for (index, line) in lines.enumerated() { try add(line, index + 1) }
  }

  /// Takes the next line.
  package mutating func add(_ line: AuditLine, _ number: Int) throws(EvidenceError) {
    func stray(_ reason: String) -> EvidenceError { .strayLine(line: number, reason: reason) }
    switch line.event {
    case .begin:
      // An audit that was killed begins again under its number.
      if audits.last != line.audit {
        if let last = audits.last, last >= line.audit { throw stray("audit \(line.audit) comes after \(last)") }
        audits.append(line.audit)
      }
      interruption = nil
      hasEnded = false
      // What other classes make of an answer is another model's.
      if line.model != plan.model || line.answeredAs != plan.answeredAs { modelChanged = true }
      if let lowered = line.alpha {
        guard lowered > 0, lowered < 1 else { throw stray("a level of \(lowered)") }
        alpha = min(alpha, lowered)
      }
    case .ask:
      guard let round = line.round, asked.indices.contains(round), let question = line.question,
        (0..<plan.questionsARound).contains(question)
      else { throw stray("no such question") }
      guard asked[round].insert(question).inserted else { throw stray("question \(question) is asked twice") }
      askedByAudit[line.audit, default: 0] += 1
      if sequence[round].last != question { sequence[round].append(question) }
    case .answer:
      guard let round = line.round, asked.indices.contains(round), let question = line.question,
        asked[round].contains(question)
      else { throw stray("an answer to a question that was not asked") }
      if line.postponed == true, line.answer == nil, answers[round][question] == nil {
        asked[round].remove(question)
        askedByAudit[line.audit, default: 0] -= 1
      }
      guard let answer = line.answer else { return }
      guard fits(answer) else { throw stray("an answer out of its range") }
      guard answers[round].updateValue(answer, forKey: question) == nil else {
        throw stray("question \(question) is answered twice")
      }
      answeredByAudit[line.audit, default: 0] += 1
    case .end:
      interruption = line.interruption
      if line.modelChanged == true { modelChanged = true }
      hasEnded = true
    }
  }

  /// An answer names no class that the suspect has not, and each by its name.
  private func fits(_ answer: SuspectAnswer) -> Bool {
    let range = 0.0...1.0
    func isName(_ label: Int) -> Bool { plan.classes.indices.contains(label) && plan.name(of: label) == label }
    return switch answer {
    case .probabilities(let values):
      values.count == plan.classes.count && values.allSatisfy(range.contains)
        && (plan.answeredAs == nil || values.indices.allSatisfy { values[$0] == 0 || isName($0) })
    case .top(let values):
      !values.isEmpty && values.allSatisfy { isName($0.key) && range.contains($0.value) }
    case .label(let label): isName(label)
    }
  }

  /// Rounds whose questions have all been asked; they come in order.
  package var completeRounds: Int {
    asked.firstIndex { $0.count < plan.questionsARound } ?? plan.looks
  }

  package var isComplete: Bool { completeRounds == plan.looks }

  /// The kinds of answers there are; more than one means that the suspect changed.
  package var kinds: Set<ScoreKind> { Set(answers.lazy.flatMap(\.values).map(\.kind)) }

  /// The scores of one round.
  /// - Throws: as `KeyedScores` does.
  package func scores(ofRound round: Int, _ kind: ScoreKind) throws(EvidenceError) -> KeyedScores {
    let m = plan.images
    let scoring = plan.scoring
    let labels = plan.labels[round * m..<(round + 1) * m].map { plan.name(of: $0) }
    func scores(_ form: Int) -> [[Double?]] {
      (0..<scoring.claim.columns).map { column in
        (0..<m).map { image in
          guard let answer = answers[round][form * m + image], let label = labels[image] else { return nil }
          return scoring.claim.score(answer, label: label, in: column, isMarked: form > 0)
        }
      }
    }
    return try KeyedScores(
      kind, clean: scores(0), carriers: scoring.carriers.map { scores($0 + 1) }, keySize: scoring.keySize)
  }
}
