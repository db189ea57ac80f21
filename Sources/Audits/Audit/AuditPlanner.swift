import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Releases
import Watermarks
import Work

/// Draws the plan of a new series: which images, how many decoys, at what level each look is taken.
struct AuditPlanner {
  let spec: AuditSpec
  let images: AuditImages
  let record: Vault
  let statement: ReleaseStatement

  /// - Throws: `WorkError.noDecoys` for a release whose marks have no key; `tooFewSamples` if the pool is smaller than a
  ///   round; `unaskable` if no look can convict, whatever the answers, or the plan would be larger than plans may be.
  func plan(
    series: Int, of suspect: Introduction, looksBefore: Int, created: Int, _ context: WorkContext
  ) throws -> AuditPlan {
    let generator = try Generator(contentsOf: record.generator, methods: context.methods)
    guard let key = generator.watermark.key(of: statement.claim) else {
      throw WorkError.noDecoys(generator: record.generator, objective: generator.objective)
    }
    // Which classes are marked is the vault's to know.
    guard let (asked, columns) = statement.claim.asked(of: suspect.classes) else {
      throw WorkError.unaskable(
        suspect: spec.name,
        reason: """
          no answers could convict: too few of the classes that the release's claim is about are among those that the \
          suspect has, each by itself
          """)
    }
    let survey = try images.survey()
    _ = try generator.seeing(survey, file: record.generator)
    let questions = spec.questions
    let judgement = spec.judgement
    let policy = VerdictPolicy(
      alpha: judgement.alpha, panelAlpha: judgement.panelAlpha, needsPanel: judgement.needsPanel,
      leastPairs: judgement.leastPairs, leastAnswerShare: judgement.leastAnswerShare)
    let most = key.mostDecoys
    guard questions.decoys <= most else {
      throw WorkError.tooManyDecoys(generator: record.generator, asked: questions.decoys, most: most)
    }
    // Questions about a set of carriers are dear, so there are as few as can convict. A further carrier of an assignment
    // multiplies its keys: with ten times as many, a rank that is not quite the first convicts too.
    let spare = asked.columns > 1 ? 10 : 1
    let needed = spare * (1 + policy.spending.decoysNeeded(forLook: looksBefore + questions.looks))
    // The carriers of classes that the suspect has not are decoys like others.
    let size = asked.columns > 1 ? columns.count : key.size
    let idle = key.size - size
    let decoys =
      questions.decoys > 0
      ? questions.decoys
      : max(0, AuditPlan.decoys(forKeys: needed, of: asked, ofSize: size, most: most + idle) - idle)
    let keys = AuditPlan.distinctKeys(of: asked, ofSize: size, decoys: idle + decoys)
    let lastLook = policy.spending.lastLook(withDecoys: keys - 1)
    guard lastLook > looksBefore else {
      let look = looksBefore + 1
      throw WorkError.unaskable(
        suspect: spec.name,
        reason: """
          no answers could convict: \(keys) keys can be told apart with \(decoys) decoy carriers, which is a p of \
          \(1 / Double(keys)), and look \(look) may spend \(policy.spending.level(ofLook: look)) of this \
          claim's α, \(policy.alpha); more decoys, or a claim with more of α are needed
          """)
    }
    // A round whose look could convict nobody is not asked.
    let looks = min(questions.looks, lastLook - looksBefore)
    let source = survey.digest
    let (samples, reused, pool) = try draw(
      questions.images * looks, of: suspect.classes, survey: survey, source: source, series: series, context)
    let plan = AuditPlan(
      suspect: spec.name, release: record.name, series: series, created: created, model: suspect.fingerprint,
      claim: statement.claim, classes: survey.classNames, answeredAs: suspect.classes,
      amplitude: questions.amplitude > 0 ? questions.amplitude : key.amplitude, keySize: key.size,
      decoys: decoys, images: questions.images, looks: looks, looksBefore: looksBefore, policy: policy,
      margin: judgement.margin,
      source: .init(
        name: (images.path as NSString).lastPathComponent, sha256: source, isReleased: spec.images == nil, pool: pool),
      samples: samples, labels: samples.map { Int(survey.labels[$0]) }, reused: reused)
    guard plan.isBearable else {
      throw WorkError.unaskable(
        suspect: spec.name,
        reason: """
          \(plan.questions) questions and \(plan.keys) keys to rank in each of \(plan.looks) looks; a series has at most \
          \(AuditPlan.mostQuestions) questions and \(AuditPlan.mostSums) keys in all its looks; fewer images, looks or \
          decoys are needed
          """)
    }
    guard plan.isWholeSomewhere else {
      throw WorkError.unaskable(
        suspect: spec.name,
        reason: """
          no look could be taken: the \(plan.samples.count) images of \(plan.source.name) that may be asked about are of too \
          few classes; each class of the claim needs an image of another one
          """)
    }
    // Nobody could read it again.
    if let fault = plan.fault { throw WorkError.unaskable(suspect: spec.name, reason: fault) }
    return plan
  }

  /// Images by lot; those that this suspect was asked about before, for any release, only when there are no others.
  private func draw(
    _ count: Int, of classes: SuspectClasses?, survey: DatasetSurvey, source: HexDigest, series: Int,
    _ context: WorkContext
  ) throws -> (samples: [Int], reused: Int, pool: Int) {
    let marks = spec.images == nil ? Set(try record.marks().map(\.index)) : []
    let pool = VerificationPool(survey, claim: statement.claim, except: marks, of: classes)
    if let remark = pool.remark { context.note("\(spec.name): \(remark)") }
    let candidates = pool.candidates
    guard candidates.count >= spec.questions.images else {
      throw WorkError.tooFewSamples(
        archive: survey.file, split: "\(pool.split)", found: candidates.count, needed: spec.questions.images)
    }
    let used = try usedBefore(source)
    let secret = statement.secret
    let order =
      candidates
      .map { index in
        (
          used.contains(index) ? 1 : 0,
          secret.auditLot(.image, suspect: spec.name, series: series, round: 0, number: index), index
        )
      }
      .sorted { $0 < $1 }
      .map(\.2)
    let samples = (0..<count).map { order[$0 % order.count] }
    let reused = samples.count { used.contains($0) } + max(0, count - order.count)
    return (samples, min(count, reused), order.count)
  }

  /// Samples of the source that a series of this suspect has asked about.
  private func usedBefore(_ source: HexDigest) throws -> Set<Int> {
    var used: Set<Int> = []
    let releases = (try? FileManager.default.contentsOfDirectory(atPath: spec.vault)) ?? []
    let names = [spec.name] + (spec.formerNames ?? [])
    for (release, name) in releases.flatMap({ release in names.map { (release, $0) } }) {
      let audits = AuditDirectory(Vault(root: spec.vault, release: release), suspect: name)
      for series in audits.series() {
        let plan = try audits.readPlan(series)
        if plan.source.sha256 == source { used.formUnion(plan.samples) }
      }
    }
    return used
  }
}
