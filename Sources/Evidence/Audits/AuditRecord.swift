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
      if line.model != plan.model { modelChanged = true }
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

  private func fits(_ answer: SuspectAnswer) -> Bool {
    let range = 0.0...1.0
    return switch answer {
    case .probabilities(let values): values.count == plan.classes.count && values.allSatisfy(range.contains)
    case .top(let values):
      !values.isEmpty && values.allSatisfy { plan.classes.indices.contains($0.key) && range.contains($0.value) }
    case .label(let label): plan.classes.indices.contains(label)
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
    func scores(_ form: Int) -> [[Double?]] {
      (0..<plan.claim.columns).map { column in
        (0..<m).map { image in
          answers[round][form * m + image].flatMap {
            plan.claim.score($0, label: plan.labels[round * m + image], in: column, isMarked: form > 0)
          }
        }
      }
    }
    return try KeyedScores(
      kind, clean: scores(0), carriers: (1...plan.carriers).map(scores), keySize: plan.keySize)
  }
}
