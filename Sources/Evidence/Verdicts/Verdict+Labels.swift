extension Verdict {
  /// What the answers to a model watermark's triggers show: obstacles first, then the exact test at α.
  ///
  /// - Parameters:
  ///   - asked: triggers that the model was to be asked about.
  ///   - interruption: what ended the asking before the last of them.
  ///   - modelChanged: whether another model answered in the end.
  package init(
    _ labels: LabelMatches, asked: Int, interruption: AuditHealth.Interruption? = nil, modelChanged: Bool = false,
    policy: VerdictPolicy
  ) {
    var obstacles = [interruption?.reason].compactMap(\.self)
    if modelChanged { obstacles.append(Reason(.modelChanged)) }
    let share = asked > 0 ? Double(labels.answered) / Double(asked) : 0
    if share < policy.leastAnswerShare {
      obstacles.append(Reason(.tooFewAnswers, value: share, limit: policy.leastAnswerShare))
    }
    if !labels.leastP.isAtMost(policy.alpha) {
      obstacles.append(Reason(.tooFewTriggers, value: labels.leastP.value, limit: policy.alpha))
    }
    guard obstacles.isEmpty else {
      self.init(.inconclusive, obstacles)
      return
    }
    let convicts = labels.p.isAtMost(policy.alpha)
    self.init(
      convicts ? .trainedOn : .notShown,
      [Reason(convicts ? .labelsAtLevel : .labelsAboveLevel, value: labels.p.value, limit: policy.alpha)])
  }
}
