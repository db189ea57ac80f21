/// Everything that follows from a plan and its transcript: the pooled evidence, the tests and the verdict. Pure; the audit
/// and whoever checks an evidence package compute it in the same way.
/// - Source: METHODS §5
package struct AuditReckoning: Sendable {
  /// The real key's pooled rank, looked at after each complete round.
  package let evidence: PooledKeyEvidence
  /// The tests over images of complete rounds; nil before the first.
  package let paired: PairedTests?
  /// Scores of complete rounds.
  package let scores: [KeyedScores]
  package let health: AuditHealth
  package let panel: ExchangeableRank?
  /// What the panel's rank is among; nil without one.
  package let panelGains: PanelGains?
  package let verdict: Verdict
  /// Share of the real key's marked images whose answers bear the claim out; nil without an answer.
  package let successRate: Double?

  /// - Parameter references: ΔP of each reference model under the key, given for each of the key's carriers the images that
  ///   have both answers (indices in the plan's `samples`); nil if there is no panel for them.
  /// - Throws: as `PooledKeyEvidence` does.
  package init(
    _ record: AuditRecord, panel references: ([[Int]], ScoreKind) -> [Double]? = { _, _ in nil }
  ) throws(EvidenceError) {
    let plan = record.plan
    var policy = plan.policy
    policy.alpha = record.alpha
    var evidence = PooledKeyEvidence(
      .key(release: plan.release, index: 0), decoys: max(1, plan.keys - 1), spending: policy.spending,
      looksBefore: plan.looksBefore)
    var rounds: [KeyedScores] = []
    let kinds = record.kinds
    if let kind = kinds.first, kinds.count == 1 {
      for round in 0..<record.completeRounds {
        let scores = try record.scores(ofRound: round, kind)
        rounds.append(scores)
        try evidence.absorb(scores)
        // A look needs an answer for every key; without one it is not taken and not paid for. That depends on counts alone.
        if evidence.totals?.isWhole ?? false { try evidence.look() }
      }
    }
    scores = rounds
    self.evidence = evidence

    paired = rounds.first.map { PairedTests($0, later: Array(rounds.dropFirst()), margin: plan.margin) }
    var gains: PanelGains?
    let panel = Self.rank(evidence, rounds, plan) { images, kind in
      gains = references(images, kind).map { PanelGains(kind: kind, images: images, deltaP: $0) }
      return gains?.deltaP
    }
    self.panel = panel
    panelGains = panel == nil ? nil : gains

    let health = Self.health(record)
    self.health = health
    verdict = Verdict(
      .init(health: health, instrument: .pooledKey(evidence), panel: panel, paired: paired), policy: policy)
    let scoring = plan.scoring
    let marked = record.answers.enumerated().flatMap { round, answers in
      scoring.carriers.prefix(scoring.keySize).enumerated().flatMap { place, carrier in
        (0..<plan.images).compactMap { image -> Bool? in
          let column = scoring.claim.column(ofCarrier: place)
          guard let label = plan.name(of: plan.labels[round * plan.images + image]),
            scoring.claim.concerns(label: label, in: column)
          else { return nil }
          return answers[(carrier + 1) * plan.images + image]?.label
            .map { scoring.claim.isHit($0, label: label, in: column) }
        }
      }
    }
    successRate = marked.isEmpty ? nil : Double(marked.count { $0 }) / Double(marked.count)
  }

  private static func rank(
    _ evidence: PooledKeyEvidence, _ rounds: [KeyedScores], _ plan: AuditPlan,
    _ references: ([[Int]], ScoreKind) -> [Double]?
  ) -> ExchangeableRank? {
    // Models that tell all classes apart are no measure for one that does not: its probabilities are of other things.
    guard plan.answeredAs == nil else { return nil }
    let images = (0..<plan.keySize).map { carrier in
      rounds.enumerated().flatMap { round, scores in
        scores.pairedImages(ofCarrier: carrier).map { round * plan.images + $0 }
      }
    }
    guard let kind = evidence.kind, let gain = evidence.totals?.keyDeltaP, let others = references(images, kind),
      !others.isEmpty
    else { return nil }
    return try? ExchangeableRank(of: gain, among: others)
  }

  /// Over all audits of the series, questions of an unfinished round included.
  private static func health(_ record: AuditRecord) -> AuditHealth {
    let plan = record.plan
    var cleanAnswers = 0
    var correct = 0
    var distinct: [SuspectAnswer] = []
    for (round, answers) in record.answers.enumerated() {
      for image in 0..<plan.images {
        guard let answer = answers[image], let label = answer.label else { continue }
        cleanAnswers += 1
        if label == plan.name(of: plan.labels[round * plan.images + image]) { correct += 1 }
        // Two tell a model from a constant.
        if distinct.count < 2, !distinct.contains(answer) { distinct.append(answer) }
      }
    }
    return AuditHealth(
      asked: record.asked.reduce(0) { $0 + $1.count }, answered: record.answers.reduce(0) { $0 + $1.count },
      // Where nothing was left to ask, an outage has taken nothing away.
      interruption: record.isComplete ? nil : record.interruption,
      modelChanged: record.modelChanged || record.kinds.count > 1,
      cleanAnswers: cleanAnswers, cleanCorrect: correct, classes: plan.answeredAs?.count ?? plan.classes.count,
      largestGroup: plan.answeredAs?.largestGroup ?? 1, distinctAnswers: distinct.count)
  }
}
