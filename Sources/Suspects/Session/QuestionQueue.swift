/// The questions of one audit: what is next, what came of them, and when to give up.
actor QuestionQueue {
  private var waiting: ArraySlice<Question>
  private var interrupted: [String] = []
  private var budget: QueryBudget
  private let policy: AskingPolicy
  private var failures = 0
  private var unusable = 0
  private(set) var result: Questioning

  init(_ questions: [Question], after transcript: Transcript, budget: QueryBudget, policy: AskingPolicy) {
    let ids = Set(questions.map(\.id))
    precondition(ids.count == questions.count, "a question's name is used once")
    let open = policy.repeatsInterrupted ? [] : transcript.open
    waiting = questions.filter { transcript.answers[$0.id] == nil && !open.contains($0.id) }[...]
    interrupted = open.intersection(ids).sorted()
    self.budget = budget
    self.policy = policy
    result = Questioning(answers: transcript.answers.filter { ids.contains($0.key) }, interruption: nil)
  }

  /// Questions that an earlier process sent and whose answers are lost: they are closed, not sent again.
  func takeInterrupted(at time: Int) -> [TranscriptLine] {
    defer { interrupted = [] }
    return interrupted.map { id in
      let answer = Answer.none(NoAnswer(.interrupted))
      result.answers[id] = answer
      return .answered(.init(time: time, question: id, attempts: [], answer: answer, response: nil))
    }
  }

  /// nil at the end or after an interruption.
  func next() -> Question? { result.interruption == nil ? waiting.popFirst() : nil }

  func allow(at time: Int) -> Bool { budget.take(at: time) }

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
    case .rateLimited, .redirect, .budget, .stopped, .interrupted: break
    }
  }
}
