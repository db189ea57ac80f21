import Datasets
import Evidence
import EvidencePackages
import Foundation
import Foundations
package import Jobs
import Releases
import Watermarks
package import Work

/// The `audit` job: asks a suspect the next questions of its series and reckons with all its answers so far.
///
/// A plan is on the disk before its first question, a question before it is sent, an answer before the next question. An
/// audit that was killed anywhere and runs again asks nothing twice.
/// - Source: METHODS §5
package struct AuditWork {
  let spec: AuditSpec
  let context: WorkContext
  let suspect: any AuditedSuspect
  /// Milliseconds since 1970.
  let now: () -> Int

  package init(
    _ spec: AuditSpec, _ context: WorkContext, suspect: any AuditedSuspect,
    now: @escaping () -> Int = { Int(Date().timeIntervalSince1970 * 1000) }
  ) {
    self.spec = spec
    self.context = context
    self.suspect = suspect
    self.now = now
  }

  package func run() throws -> AuditResult {
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(spec.release)/release.json")
    let record = Vault(root: spec.vault, release: document.name)
    let opening = try record.opening(of: document)
    let audits = AuditDirectory(record, suspect: spec.name)
    let images = AuditImages(spec, document, context)
    var result = AuditResult(
      suspect: spec.name, release: record.name, generator: opening.statement.generator.description,
      number: spec.number, outcome: Verdict.Outcome.inconclusive.rawValue, reasons: [])

    let introduction: Introduction?
    var end: AskingEnd?
    do {
      introduction = try suspect.introduction()
    } catch let ended as AskingEnd {
      if ended == .stopped { throw WorkError.stopped }
      introduction = nil
      end = ended
      if case .misfit(let reason) = ended {
        // What fitted before and does no longer is another model; what never did is a mistake.
        guard !audits.series().isEmpty else { throw WorkError.unaskable(suspect: spec.name, reason: reason) }
        end = .modelChanged
      }
    }
    guard let session = try session(images, record, opening.statement, audits, introduction) else {
      // Never heard of, and not to be reached.
      result.interruption = Self.interruption(end)?.rawValue
      result.reasons = [.init(code: Self.reason(end).rawValue, value: nil, limit: nil)]
      return result
    }
    let isDone = session.record.audits.last == spec.number && session.record.hasEnded
    if !isDone {
      var begin = AuditLine(.begin, audit: spec.number, time: now())
      begin.model = introduction?.fingerprint ?? session.plan.model
      begin.answeredAs = introduction.map(\.classes) ?? session.plan.answeredAs
      begin.profile = introduction?.profile
      // The plan's level was settled before the first question; it can only become stricter.
      if spec.judgement.alpha < session.plan.policy.alpha { begin.alpha = spec.judgement.alpha }
      try session.note(begin)
      if end == nil, !session.isOver, !session.record.isComplete {
        end = try ask(session, images, record, document, secret: opening.statement.secret)
      }
      var last = AuditLine(.end, audit: spec.number, time: now())
      last.interruption = Self.interruption(end)
      last.modelChanged = end == .modelChanged ? true : nil
      try session.note(last)
    }
    let panel = try AuditPanel(
      session.plan, vault: spec.vault, release: record.name, archive: opening.releasedArchive)
    let reckoning = try AuditReckoning(session.record, panel: panel.gains)
    result.fill(session.record, reckoning, number: spec.number)
    result.transcript = session.journal.path
    result.transcriptDigest = try session.journal.digest(onProgress: Reporter(context).bytes("audit")).description
    if !reckoning.evidence.looks.isEmpty {
      result.package = try EvidencePackage(
        session: session, reckoning: reckoning, record: record, release: spec.release,
        signingKey: spec.signingKey
      ).write(in: audits.folder(session.plan.series))
    }
    return result
  }

  /// The series to go on with: the last one, or a new one after a change of the model; nil if there is none and nobody
  /// knows what the model is.
  private func session(
    _ images: AuditImages, _ record: Vault, _ statement: ReleaseStatement, _ audits: AuditDirectory,
    _ introduction: Introduction?
  ) throws -> AuditSession? {
    var before = 0
    var number = 1
    if let last = audits.series().last {
      let session = try AuditSession(audits.readPlan(last), AuditJournal(path: audits.transcript(last)))
      // The audit that noticed the change belongs to the old series, also when it runs again.
      let hasSeen = session.record.audits.last.map { $0 >= spec.number } ?? false
      if !session.isOver || introduction == nil || hasSeen { return session }
      before = session.plan.looksBefore + session.record.completeRounds
      number = last + 1
    }
    guard let introduction else { return nil }
    // One share of α pays for everything under every name: looks that are planned elsewhere count as taken.
    for name in spec.formerNames ?? [] {
      let former = AuditDirectory(record, suspect: name)
      for series in former.series() { before = max(before, try former.readPlan(series).lastLook) }
    }
    let plan = try AuditPlanner(spec: spec, images: images, record: record, statement: statement).plan(
      series: number, of: introduction, looksBefore: before, created: now() / 1000, context)
    try audits.write(plan)
    return try AuditSession(plan, AuditJournal(path: audits.transcript(number)))
  }

  /// Asks until the audit's share of questions is used up, the series is complete, or something is in the way.
  private func ask(
    _ session: AuditSession, _ images: AuditImages, _ record: Vault, _ document: ReleaseDocument, secret: ReleaseSecret
  ) throws -> AskingEnd? {
    let plan = session.plan
    let pictures = try AuditPictures(
      plan, of: images, spec: spec, record: record, document: document, context)
    let reporter = Reporter(context)
    let before = session.record.askedByAudit[spec.number, default: 0]
    var left = spec.questions.perAudit - before
    let total = before + min(left, plan.questions - session.record.asked.reduce(0) { $0 + $1.count })
    while left > 0, !session.record.isComplete {
      try context.checkStop()
      let round = session.record.completeRounds
      let asked = session.record.asked[round]
      let waiting = plan.order(ofRound: round, with: secret).filter { !asked.contains($0) }
      let questions = Array(waiting.prefix(min(left, Self.atOnce)))
      let painted = questions.map { pictures.picture($0, round: round) }
      let end = try suspect.ask(painted) { position, event in
        try session.note(line(event, round: round, question: questions[position], painted[position]))
        reporter.progress(
          JobProgress(
            stage: "audit", done: session.record.askedByAudit[spec.number, default: 0], total: total,
            unit: "questions"))
      }
      if end == .stopped { throw WorkError.stopped }
      if let end { return end }
      left = spec.questions.perAudit - session.record.askedByAudit[spec.number, default: 0]
    }
    return nil
  }

  /// Questions that are painted before they are sent: enough to keep a fast suspect busy, and little memory.
  private static let atOnce = 256

  private func line(_ event: AskingEvent, round: Int, question: Int, _ image: [UInt8]) -> AuditLine {
    switch event {
    case .asked(let request):
      var line = AuditLine(.ask, audit: spec.number, time: now())
      line.round = round
      line.question = question
      line.image = HexDigest(of: image)
      line.request = request
      return line
    case .done(let reply):
      var line = AuditLine(.answer, audit: spec.number, time: reply.time)
      line.round = round
      line.question = question
      line.status = reply.status
      line.attempts = reply.attempts
      line.answer = reply.answer
      line.problem = reply.problem
      line.postponed = reply.isPostponed ? true : nil
      return line
    }
  }

  private static func interruption(_ end: AskingEnd?) -> AuditHealth.Interruption? {
    if case .interrupted(let interruption) = end { interruption } else { nil }
  }

  private static func reason(_ end: AskingEnd?) -> Verdict.Reason.Code {
    switch end {
    case .interrupted(.outage), .stopped, nil: .outage
    case .interrupted(.rateLimit): .rateLimited
    case .interrupted(.refused): .refused
    case .interrupted(.budget), .dayIsSpent: .budgetSpent
    case .modelChanged, .misfit: .modelChanged
    }
  }
}

extension AuditResult {
  /// Takes over what the series shows.
  mutating func fill(_ record: AuditRecord, _ reckoning: AuditReckoning, number: Int) {
    let plan = record.plan
    series = plan.series
    asked = record.askedByAudit[number, default: 0]
    answered = record.answeredByAudit[number, default: 0]
    seriesAsked = reckoning.health.asked
    seriesAnswered = reckoning.health.answered
    seriesQuestions = plan.questions
    outcome = reckoning.verdict.outcome.rawValue
    reasons = reckoning.verdict.reasons.map { Reason(code: $0.code.rawValue, value: $0.value, limit: $0.limit) }
    deltaP = reckoning.evidence.looks.last?.deltaP
    targetClass = plan.claim.subject(among: plan.classes)
    classes = plan.answeredAs.map { .init($0, among: plan.classes) }
    let totals = reckoning.evidence.totals
    scores =
      reckoning.scores.isEmpty
      ? nil
      : ScoreDistributions(
        clean: reckoning.scores.flatMap(\.realScores.clean).compactMap { $0 },
        marked: reckoning.scores.flatMap(\.realScores.marked).compactMap { $0 },
        carriers: totals?.deltaP.prefix(plan.scoring.keySize).compactMap { $0 } ?? [],
        decoys: totals?.otherDeltaP ?? [])
    assignment = AuditedAssignment(record, reckoning)
    pairs = totals?.leastPairs ?? 0
    pDecoy = reckoning.evidence.decisive()?.p.value
    decoys = plan.decoys
    keys = plan.keys
    looks = plan.looksBefore + reckoning.evidence.looks.count
    level = reckoning.evidence.decisive()?.level
    evidence = reckoning.evidence.eValue?.ln
    pPanel = reckoning.panel?.p.value
    wsr = reckoning.successRate
    interruption = record.interruption?.rawValue
    modelChanged = reckoning.health.modelChanged
    reused = plan.reused
    isComplete = record.isComplete
    model = plan.model
  }
}

extension AuditResult.Classes {
  fileprivate init(_ classes: SuspectClasses, among names: [String]) {
    self.init(
      asked: classes.count, missing: classes.missing.map { names[$0] },
      merged: classes.merged.map { group in group.map { names[$0] } })
  }
}

extension AuditedAssignment {
  fileprivate init?(_ record: AuditRecord, _ reckoning: AuditReckoning) {
    let (plan, evidence) = (record.plan, reckoning.evidence)
    guard let assigned = plan.claim.assigned(among: plan.classes), let totals = evidence.totals,
      let distribution = totals.assignments()
    else { return nil }
    let images = reckoning.scores.count * plan.images
    let level = evidence.nextLevel
    self.init(
      classes: plan.scoring.columns.map { assigned[$0] }, gains: totals.matrix, counts: distribution.counts,
      range: distribution.range,
      score: distribution.score,
      standardised: distribution.standardised, images: images, nextLevel: level,
      imagesNeeded: distribution.images(toReach: level, from: images))
  }
}

extension AuditJob: RunnableJob {
  package static func run(_ spec: AuditSpec, _ context: WorkContext) throws -> AuditResult {
    try AuditWork(asking: spec, context).run()
  }
}
