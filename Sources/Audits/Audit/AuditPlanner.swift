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
  let document: ReleaseDocument
  let record: Vault
  let statement: ReleaseStatement

  /// - Throws: `WorkError.noDecoys` for a release whose marks have no key; `tooFewSamples` if the pool is smaller than a
  ///   round; `unaskable` if no look can convict, whatever the answers, or the plan would be larger than plans may be.
  func plan(
    series: Int, model: String, looksBefore: Int, created: Int, _ context: WorkContext
  ) throws -> AuditPlan {
    let generator = try Generator(contentsOf: record.generator, methods: context.methods)
    guard let key = generator.watermark.key(of: statement.claim) else {
      throw WorkError.noDecoys(generator: record.generator, objective: generator.objective)
    }
    let path = spec.images ?? "\(spec.release)/\(document.archive.path)"
    let survey = try DatasetSurvey(
      file: path, limits: spec.limits, onProgress: Reporter(context).bytes("survey"))
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
    let spare = statement.claim.columns > 1 ? 10 : 1
    let needed = spare * (1 + policy.spending.decoysNeeded(forLook: looksBefore + questions.looks))
    let decoys =
      questions.decoys > 0
      ? questions.decoys : AuditPlan.decoys(forKeys: needed, of: statement.claim, ofSize: key.size, most: most)
    let keys = AuditPlan.keys(of: statement.claim, ofSize: key.size, decoys: decoys)
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
      questions.images * looks, survey: survey, source: source, series: series)
    let plan = AuditPlan(
      suspect: spec.name, release: record.name, series: series, created: created, model: model,
      claim: statement.claim, classes: survey.classNames,
      amplitude: questions.amplitude > 0 ? questions.amplitude : key.amplitude, keySize: key.size,
      decoys: decoys, images: questions.images, looks: looks, looksBefore: looksBefore, policy: policy,
      margin: judgement.margin,
      source: .init(
        name: (path as NSString).lastPathComponent, sha256: source, isReleased: spec.images == nil, pool: pool),
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
    // Nobody could read it again.
    if let fault = plan.fault { throw WorkError.unaskable(suspect: spec.name, reason: fault) }
    return plan
  }

  /// Images by lot; those that this suspect was asked about before, for any release, only when there are no others.
  private func draw(
    _ count: Int, survey: DatasetSurvey, source: HexDigest, series: Int
  ) throws -> (samples: [Int], reused: Int, pool: Int) {
    let marks = spec.images == nil ? Set(try record.marks().map(\.index)) : []
    let pool = VerificationPool(survey, claim: statement.claim, except: marks)
    guard pool.candidates.count >= spec.questions.images else {
      throw WorkError.tooFewSamples(
        archive: survey.file, split: "\(pool.split)", found: pool.candidates.count, needed: spec.questions.images)
    }
    let used = try usedBefore(source)
    let secret = statement.secret
    let order = pool.candidates
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
