import Archives
import Datasets
import Evidence
import Foundation
import Foundations
package import Jobs
import Networks
import Training
import Watermarks
package import Work

/// The `release` job: one archive streamed through a generator into a release directory and a vault record.
///
/// The vault record is on disk before the release becomes visible, and the release becomes visible by one rename. A job
/// that was killed anywhere and runs again makes the same bytes, or finds them published.
package struct ReleaseWork {
  private let spec: ReleaseSpec
  private let secret: VaultSecret
  private let context: WorkContext
  private let limits: InputLimits
  /// The release directory.
  private let published: String

  /// - Parameters:
  ///   - secret: the one that the vault keeps.
  ///   - directory: the release directory, if it is not to be `<outbox>/<release name>`.
  package init(_ spec: ReleaseSpec, secret: VaultSecret, _ context: WorkContext, directory: String? = nil) {
    self.spec = spec
    self.secret = secret
    self.context = context
    limits = spec.limits
    published = directory ?? "\(spec.outbox)/\(spec.name)"
  }

  private var rewritesAll: Bool { spec.images?.rewritesAll ?? false }
  private var terms: ReleaseTerms { spec.terms ?? ReleaseTerms() }

  package func run() throws -> ReleaseResult {
    let reporter = Reporter(context)
    let generator = try Generator(contentsOf: spec.generator, methods: context.methods)
    let found = try context.survey(spec.archive, limits: limits, onProgress: reporter.bytes("survey"))
    // What an earlier version recorded it began with its reading of the archive.
    let earlier = try Vault(root: spec.vault, release: spec.name).openingIfThere()
    let survey = try generator.seeing(
      found.counting(earlier?.statement.samples ?? found.count), file: spec.generator)
    // Before a rate is taken of samples that another archive has not.
    if let made = generator.watermark.source, made != survey.digest {
      throw WatermarkError.otherArchive(made: "\(made)", found: "\(survey.digest)")
    }

    // A record from before samples were left out goes on with all of them.
    let choice = MarkedChoice(generator.watermark, in: survey)
    let leftOut = earlier.map { $0.leftOut ?? [] } ?? choice.leftOut
    let candidates = choice.candidates.count - leftOut.count
    let budget = generator.watermark.budget
    let digest = try HexDigest(ofFile: spec.generator, onProgress: reporter.bytes("survey"))
    let method = try context.methods.method(named: MethodName(rawValue: generator.objective))
    let rate = spec.rate ?? method.declaration.rate
    let count = generator.watermark.samples(
      marking: try rate.count(
        candidates: candidates, training: survey.indices(in: .train).count, archive: spec.archive))
    guard count <= candidates else {
      throw WorkError.impossibleRate(rate.description, selects: count, available: candidates, archive: spec.archive)
    }
    // The key that the vault's record of this very release has, which may be from before there were keys.
    let key =
      earlier.map(\.statement.key) ?? secret.key(generator: digest, source: survey.digest, seed: spec.seed)
    let plan = try choice.plan(
      marking: count, of: survey.digest,
      with: ReleaseSecret(recordedKey: key, generator: digest, source: survey.digest, seed: spec.seed),
      leftOut: leftOut)
    let statement = ReleaseStatement(
      generator: digest, source: survey.digest, claim: plan.claim, epsilon: budget.largestChange,
      changedPixels: budget.changedPixels, changedRegion: budget.region, displacement: budget.displacement,
      openCorners: budget.openCorners, seed: spec.seed, samples: survey.count, markedSamples: plan.samples.count,
      key: key)
    // Before anything is marked in vain.
    guard earlier == nil || earlier?.statement == statement else {
      throw WorkError.otherRelease(
        path: Vault(root: spec.vault, release: spec.name).directory,
        reason: "it was made from other data, settings or seed, and a record is never replaced; "
          + "make the release under another number")
    }

    if FileManager.default.fileExists(atPath: published) {
      return try alreadyPublished(statement: statement, survey: survey, reporter)
    }
    let relabelling = try plan.labels.map { labels in
      try LabelChanges(
        survey, classes: Dictionary(uniqueKeysWithValues: zip(plan.samples, labels)), limits: limits)
    }
    let pool = VerificationPool(survey, claim: statement.claim, except: Set(plan.samples))
    if let remark = pool.remark { context.note("\(spec.archive): \(remark)") }
    let staging = "\(spec.staging)/\(spec.name)"
    try DurableFile(staging).remove()
    try DurableFile("\(staging)/data").createDirectory()

    let surrogate = try KeptSurrogate(
      of: spec.generator, digest: statement.generator, input: generator.input)
    let besides = KeptSurrogate.path(beside: spec.generator)
    if surrogate == nil, DurableFile(besides).exists {
      context.note("\(besides): belongs to another generator and is left aside")
    }
    let payload = "data/\(spec.archiveName)"
    let (rewritten, quality, sheet) = try mark(
      plan, relabelling, survey: survey, generator: generator, surrogate: surrogate?.model, secret: statement.secret,
      into: "\(staging)/\(payload)", reporter)
    let marks = rewritten.marked.map(Vault.Mark.init)
    let commit = reporter.images("commit")
    let root = try ReleaseCommitment.root(
      of: statement, marks: Dictionary(uniqueKeysWithValues: marks.map { ($0.index, $0.marked) })
    ) { try commit($0, statement.samples) }

    reporter.progress(JobProgress(stage: "publish", done: 0, total: 1, unit: "steps"))
    let document = try document(
      survey: survey, statement: statement, changesLabels: plan.labels != nil, root: root, payload: payload,
      rewritten: rewritten, quality: quality)
    let files: [BagIt.File] =
      document.archive.files == nil
      ? [(payload, rewritten.outputBytes, rewritten.outputDigest)]
      : rewritten.files.map { ("\(payload)/\($0.name)", $0.bytes, $0.digest) }
    try ReleaseDirectory(path: staging).seal(
      document, terms: terms, payload: files,
      container: survey.container, key: spec.signingKey.map { try OwnerKey(text: SecretText.read($0)) },
      created: spec.created, onProgress: reporter.bytes("publish"))
    if !survey.container.isSeveralFiles {
      context.surveys?.remember(rewritten.outputDigest, of: "\(staging)/\(payload)", note: context.note)
    }
    for directory in ["\(staging)/data", staging] { try DurableFile(directory).synchronise() }

    try Vault(root: spec.vault, release: spec.name).write(
      opening: Vault.Opening(
        release: document.name, root: root, statement: statement, rate: rate.description,
        releasedArchive: rewritten.outputDigest, leftOut: leftOut),
      marks: marks,
      verification: Vault.Verification(pool),
      quality: quality, sheet: sheet, skipped: Vault.Skipped(survey), generator: spec.generator,
      surrogate: surrogate?.path)
    try DurableFile(staging).rename(to: published)
    reporter.progress(JobProgress(stage: "publish", done: 1, total: 1, unit: "steps"))
    return result(
      digest: rewritten.outputDigest, statement: statement, changesLabels: plan.labels != nil, survey: survey,
      quality: quality)
  }

  /// Streams the archive and marks the chosen samples.
  private func mark(
    _ plan: ReleasePlan, _ relabelling: LabelChanges?, survey: DatasetSurvey, generator: Generator, surrogate: Model?,
    secret: ReleaseSecret,
    into path: String, _ reporter: Reporter
  ) throws -> (RewriteResult, Vault.Quality, SampleSheet) {
    let indices = plan.samples
    var quality = try ReleaseQuality(
      of: indices, survey: survey, lpips: spec.lpips, surrogate: surrogate, seed: spec.seed, threads: context.threads)
    let marker = try generator.watermark.marker(
      secret, of: plan, batch: min(spec.batch, max(1, indices.count)), threads: context.threads)
    let chosen = Set(indices)
    var done = 0
    let shown = Set(SampleSheet.chosen(of: indices.sorted()))
    var pairs: [Int: (original: SampleView.Picture, marked: SampleView.Picture)] = [:]
    let rewriter = ArchiveRewriter(
      survey, batch: spec.batch, budget: generator.watermark.budget, jpeg: MarkedJPEG(spec.images),
      rewritesAll: rewritesAll, relabelling: relabelling, limits: limits)
    let result = try rewriter.rewrite(
      to: path, choose: { chosen.contains($0) },
      onProgress: { passed in
        try context.checkStop()
        if let file = passed.over { return context.passed(file, "mark") }
        reporter.progress(
          JobProgress(
            stage: "mark", done: passed.bytesRead, total: passed.bytesTotal, unit: "bytes",
            metrics: [
              "marked": Double(done), "psnr": quality.images.meanPSNR,
              "largestChange": Double(quality.images.largestChange),
            ]))
      },
      marker: { pixels, batch in pixels = try marker.mark(pixels, batch) },
      // What is measured and shown is what was written.
      released: { originals, marked, batch in
        quality.add(originals: originals, marked: marked, batch)
        for (place, index) in batch.indices.enumerated() where shown.contains(index) {
          let view = SampleView(middle: SampleSheet.side, of: batch.shapes[place])
          let bytes = batch.bytes(of: place)
          pairs[index] = (view.picture(originals[bytes]), view.picture(marked[bytes]))
        }
        done += batch.count
      })
    return (
      result,
      quality.summary(jpegQuality: result.isExact ? nil : spec.images?.jpegQuality),
      SampleSheet(originals: pairs.mapValues(\.original), marked: pairs.mapValues(\.marked))
    )
  }

  private func document(
    survey: DatasetSurvey, statement: ReleaseStatement, changesLabels: Bool, root: HexDigest, payload: String,
    rewritten: RewriteResult, quality: Vault.Quality
  ) throws -> ReleaseDocument {
    guard let dataset = DatasetName(spec.dataset) else {
      throw WorkError.malformed(path: spec.archive, reason: "“\(spec.dataset)” is no dataset's name")
    }
    let created = Date(timeIntervalSince1970: TimeInterval(spec.created))
    return ReleaseDocument(
      dataset: dataset, version: spec.releaseVersion, created: created.formatted(.iso8601),
      archive: .init(
        path: payload, bytes: rewritten.outputBytes, sha256: rewritten.outputDigest,
        files: survey.container.isSeveralFiles ? rewritten.files.count : nil),
      layout: survey.layout.rawValue,
      image: .init(survey.geometry),
      classes: survey.classNames,
      samples: .init(
        total: survey.count, train: survey.indices(in: .train).count,
        test: survey.count - survey.indices(in: .train).count),
      trainingMining: TrainingMiningAssertion(terms),
      largestChange: quality.jpegQuality == nil
        ? statement.epsilon : max(quality.largestChange, rewritten.largestUnmarkedChange),
      changedPixels: quality.jpegQuality == nil ? statement.changedPixels : nil,
      displacement: quality.jpegQuality == nil ? statement.displacement : nil,
      changesLabels: changesLabels ? true : nil,
      openCorners: quality.jpegQuality == nil ? statement.openCorners : nil,
      jpegQuality: quality.jpegQuality, rewritesAll: survey.layout.hasImageFiles && rewritesAll ? true : nil,
      commitment: .init(
        scheme: statement.key == nil
          ? ReleaseDocument.Commitment.keylessScheme : ReleaseDocument.Commitment.currentScheme,
        leaves: statement.samples,
        root: root))
  }

  /// A release of this name is there: ours if its bytes and its vault record are what this job would have published.
  private func alreadyPublished(
    statement: ReleaseStatement, survey: DatasetSurvey, _ reporter: Reporter
  ) throws -> ReleaseResult {
    if let problem = try BagInspection(BagIt(directory: published), onProgress: reporter.bytes("publish")).problems
      .first
    {
      throw WorkError.otherRelease(path: published, reason: problem)
    }
    let opening = try Vault(root: spec.vault, release: spec.name).opening()
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(published)/release.json")
    guard opening.statement == statement, opening.difference(from: document) == nil else {
      throw WorkError.otherRelease(path: published, reason: "its commitment is not this job's")
    }
    return result(
      digest: opening.releasedArchive, statement: statement, changesLabels: document.changesLabels == true,
      survey: survey,
      quality: try Vault(root: spec.vault, release: spec.name).quality())
  }

  private func result(
    digest: HexDigest, statement: ReleaseStatement, changesLabels: Bool, survey: DatasetSurvey,
    quality: Vault.Quality
  ) -> ReleaseResult {
    ReleaseResult(
      directory: published, archiveDigest: digest.description, samples: statement.samples,
      markedSamples: statement.markedSamples, changesLabels: changesLabels, skippedSamples: survey.skippedCount,
      quality: quality.figures,
      skipped: survey.skipped.map { SkippedFile(member: $0.member, reason: $0.reason) })
  }
}

extension ReleaseDocument.Image {
  init(_ geometry: SampleGeometry) {
    self.init(channels: geometry.channels, height: geometry.shape?.height, width: geometry.shape?.width)
  }
}

extension Vault.Mark {
  init(_ sample: MarkedSample) {
    self.init(
      index: sample.index, member: sample.member, originalMember: sample.originalMember, offset: sample.offset,
      original: sample.original, marked: sample.marked)
  }
}

extension MarkedJPEG {
  init(_ writing: ImageWriting?) {
    self.init(quality: writing?.jpegQuality, keepsNames: writing?.keepsNames == true)
  }

  /// - Parameter quality: nil for PNG files.
  init(quality: Int?, keepsNames: Bool = false) {
    self = quality.map { .jpeg(quality: $0) } ?? (keepsNames ? .pngKeepingName : .png)
  }
}

extension MarkingRate {
  /// The number of samples to mark.
  /// - Parameters:
  ///   - candidates: samples that may be marked.
  ///   - training: all samples of the training split.
  /// - Throws: `WorkError.impossibleRate` if that is none, or more than there are.
  func count(candidates: Int, training: Int, archive: String) throws -> Int {
    let whole = Double(unit == .dataset ? training : candidates)
    // A share such as 0.29 times 100 may fall short of the integer that it means by one rounding error.
    let count = Int((share * whole + 1e-9).rounded(.down))
    guard count > 0, count <= candidates else {
      throw WorkError.impossibleRate(description, selects: count, available: candidates, archive: archive)
    }
    return count
  }
}

extension ReleaseJob: RunnableJob {
  package static func run(_ spec: ReleaseSpec, _ context: WorkContext) throws -> ReleaseResult {
    try ReleaseWork(spec, secret: VaultSecret.kept(in: spec.vault, fresh: .drawn()), context).run()
  }
}
