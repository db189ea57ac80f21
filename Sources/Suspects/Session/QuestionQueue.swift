/// The questions of one session: what is next, what came of them, and when to give up.
actor QuestionQueue {
  private var waiting: ArraySlice<Question>
  private let policy: AskingPolicy
  private var failures = 0
  private var unusable = 0
  private(set) var result = Questioning(answers: [:], interruption: nil)

  init(_ questions: [Question], policy: AskingPolicy) {
    precondition(Set(questions.map(\.id)).count == questions.count, "a question's name is used once")
    waiting = questions[...]
    self.policy = policy
  }

  /// nil at the end or after an interruption.
  func next() -> Question? { result.interruption == nil ? waiting.popFirst() : nil }

  func interrupt(_ interruption: Interruption) { result.interruption = result.interruption ?? interruption }

  func finish(_ id: String, _ answer: Answer, interruption: Interruption?) {
    result.answers[id] = answer
    if let interruption { interrupt(interruption) }
    guard case .none(let reason) = answer else {
      (failures, unusable) = (0, 0)
      return
    }
    switch reason.code {
    case .unreachable, .timeout, .reset, .overloaded, .status:
      failures += 1
      if failures >= policy.failuresInARow { interrupt(Interruption(.outage, detail: reason.text)) }
    // Names that nobody told us of: the configuration lacks them, and no further answer will mend that.
    case .unknownClass: interrupt(Interruption(.unusable, detail: reason.text))
    case .rejected, .tooLarge, .malformed, .notFinite, .wrongShape, .notProbabilities:
      unusable += 1
      if unusable >= policy.unusableInARow { interrupt(Interruption(.unusable, detail: reason.text)) }
    case .modelChanged: interrupt(Interruption(.modelChanged, detail: reason.detail))
    case .rateLimited, .redirect, .budget, .stopped: break
    }
  }
}
