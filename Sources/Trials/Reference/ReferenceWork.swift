import Datasets
import Evidence
import Foundation
import Foundations
package import Jobs
import Networks
import Releases
import Training
import Watermarks
package import Work

/// The `reference` job: the models of a dataset's panel, trained on clean data where they are not there yet, and their
/// scores under one release's key.
/// - Source: METHODS §5.1
package struct ReferenceWork {
  private let spec: ReferenceSpec
  private let context: WorkContext
  private let limits: InputLimits

  package init(_ spec: ReferenceSpec, _ context: WorkContext) {
    self.spec = spec
    self.context = context
    limits = spec.limits
  }

  package func run() throws -> ReferenceResult {
    let reporter = Reporter(context)
    try DurableFile(spec.models).createDirectory(mode: 0o700)
    let lock = try DirectoryLock(spec.models)
    defer { withExtendedLifetime(lock) {} }
    let record = Vault(root: spec.vault, release: spec.release)
    let opening = try record.opening()
    let generator = try Generator(contentsOf: record.generator, methods: context.methods)
    let survey = try generator.seeing(
      context.survey(spec.archive, limits: limits, readsAll: true, onProgress: reporter.bytes("survey"))
        .counting(opening.statement.samples), file: record.generator)
    guard survey.digest == opening.statement.source else {
      throw WorkError.otherSource(release: record.directory, archive: spec.archive)
    }
    let (watermark, claim) = (generator.watermark, opening.statement.claim)
    let training = try TrainingSamples(
      survey, limits: limits, sampleShare: 1, seed: 0, onProgress: reporter.bytes("read"))
    let held = try training.allAndHeld().held ?? training.heldOrAll()
    let wanted = spec.settings.models
    let candidates = try ReferenceModel.panel(
      of: 2 * wanted, input: survey.shape, classes: survey.classNames.count)
    guard !candidates.isEmpty else {
      throw WorkError.otherShape(
        file: "the reference panel", expects: "images of at least 8×8", archive: spec.archive, found: "\(survey.shape)")
    }

    // The pool's images carry no mark, so they are the same before and after marking.
    let pool = VerificationPool(survey, claim: claim, except: Set(try record.marks().map(\.index)))
    guard !pool.candidates.isEmpty else {
      throw WorkError.tooFewSamples(archive: spec.archive, split: "\(pool.split)", found: 0, needed: 1)
    }
    let key = watermark.key(of: claim)
    let (amplitude, keySize) = (key?.amplitude ?? 1, key?.size ?? 1)
    let marker = try watermark.marker(
      opening.statement.secret, of: claim, amplitude: amplitude, batch: 64, threads: context.threads)
    let store = ModelStore(
      directory: spec.models, checkpoints: spec.workDirectory, context: context, reporter: reporter, isShared: true)

    var models: [Model] = []
    var members: [ReferencePanel.Member] = []
    var useless: [String] = []
    var trained = 0
    for model in candidates {
      // The next in line makes up for one that learned nothing: fewer references than asked for may allow no p-value that
      // convicts. Where none of the first n has learned, the data are to blame.
      if members.count == wanted || members.isEmpty && model.number == wanted { break }
      let kept = try self.model(model, survey: survey, training: training, store: store)
      if kept.wasTrained { trained += 1 }
      let plan = try ClassifierPlan(kept.model, batch: 64, threads: context.threads)
      // Who has learned nothing answers to no mark either: such references would make any suspect stand out.
      let correct = try plan.correct(held, onProgress: reporter.images("evaluate"))
      guard Self.hasLearned(correct, of: held.count, classes: survey.classNames.count) else {
        useless.append(kept.name)
        continue
      }
      models.append(kept.model)
      members.append(
        ReferencePanel.Member(
          name: kept.name, architecture: model.learner.architecture, width: model.learner.width, seed: model.seed,
          part: model.part.rawValue, augments: model.augments, epochs: spec.settings.epochs,
          source: kept.notes[Self.sourceKey] ?? "", ba: Double(correct) / Double(held.count), deltaP: 0))
    }
    guard !members.isEmpty else { throw WorkError.uselessReferences(archive: spec.archive, models: useless) }
    let tensors = try scores(
      of: models, claim, keySize: keySize, survey: survey, pool: pool.candidates, among: held, marker: marker, reporter)
    var document = ReferencePanel.Document(
      release: record.name, archive: opening.releasedArchive, generator: opening.statement.generator,
      claim: claim, amplitude: amplitude, keySize: keySize, samples: pool.candidates, models: members)
    let gains =
      ReferencePanel(document, tensors).deltaP(
        on: (0..<keySize).map { carrier in
          let column = claim.column(ofCarrier: carrier)
          return pool.candidates.filter { claim.concerns(label: Int(survey.labels[$0]), in: column) }
        }, .probabilities) ?? []
    for (index, gain) in gains.enumerated() { document.models[index].deltaP = gain }
    try ReferencePanel(document, tensors).write(to: record, onProgress: reporter.bytes("score"))
    return ReferenceResult(
      release: record.name, panel: record.panel,
      panelDigest: try HexDigest(ofFile: record.panel, onProgress: reporter.bytes("score")).description,
      models: members.count, leftOut: useless, trained: trained, largestGain: gains.max() ?? 0)
  }

  /// Whether an accuracy is above guessing, as a suspect's must be.
  private static func hasLearned(_ correct: Int, of count: Int, classes: Int) -> Bool {
    AuditHealth(
      asked: count, answered: count, cleanAnswers: count, cleanCorrect: correct, classes: classes,
      distinctAnswers: count
    ).chanceP.isAtMost(VerdictPolicy().chanceLevel)
  }

  private static let sourceKey = "source"

  private func model(
    _ model: ReferenceModel, survey: DatasetSurvey, training: TrainingSamples, store: ModelStore
  ) throws -> ModelStore.Kept {
    let settings = model.training(epochs: spec.settings.epochs)
    let classes = String(decoding: try CanonicalJSON.encode(survey.classNames).dropLast(), as: UTF8.self)
    // The archive is no part of the recipe: a model of an earlier archive of the dataset is as independent of the release.
    let recipe = try Recipe(
      "reference",
      data: .init(
        source: "\(model.part.rawValue) of draw \(model.number / 3), \(survey.shape), classes \(classes)",
        samples: spec.settings.samples), settings: settings, seed: model.seed)
    return try store.model(
      model.name, recipe: recipe, stage: "reference",
      notes: [
        "format": "dandyroll-model/1", "classes": classes, Self.sourceKey: survey.digest.description,
      ]
    ) {
      let chosen = model.samples(among: training.indices, limit: spec.settings.samples)
      return try ClassifierTraining(
        samples: try training.some(chosen.sorted()),
        classes: survey.classNames.count, settings: settings, seed: model.seed, threads: context.threads)
    }
  }

  /// Asks every model about every image of the pool, as many at a time as the cache may hold.
  private func scores(
    of models: [Model], _ claim: Claim, keySize: Int, survey: DatasetSurvey, pool: [Int], among held: SampleCache,
    marker: any SampleMarker, _ reporter: Reporter
  ) throws -> ReferencePanel.Tensors {
    let capacity = max(1, min(limits.cacheBytes / survey.shape.bytes, Self.imagesAtOnce))
    // A row for each model and column, one for each model and carrier.
    let columns = claim.columns
    var clean = (0..<models.count * columns).map { _ in (scores: [Float](), hits: [Float]()) }
    var marked = (0..<models.count * keySize).map { _ in (scores: [Float](), hits: [Float]()) }
    for start in stride(from: 0, to: pool.count, by: capacity) {
      let chosen = Array(pool[start..<min(pool.count, start + capacity)])
      let samples =
        try held.subset(chosen)
        ?? SampleCache.read(survey, limits: limits, [Set(chosen)], onProgress: reporter.bytes("read"))[0]
      let carriers = (0..<keySize).map { marker.mark(samples.pixels, samples: samples.indices, carrier: $0) }
      for (index, model) in models.enumerated() {
        try context.checkStop()
        // A plan has threads and buffers of its own: there is one at a time, however many models there are.
        let plan = try ClassifierPlan(model, batch: 64, threads: context.threads)
        let before = plan.probabilities(samples.pixels.span, count: samples.count)
        for column in 0..<columns {
          let answers = plan.answers(before, labels: samples.labels, claim, in: column)
          clean[index * columns + column].scores += answers.scores
          clean[index * columns + column].hits += answers.hits
        }
        for (number, images) in carriers.enumerated() {
          let after = plan.answers(
            plan.probabilities(images.span, count: samples.count), labels: samples.labels, claim,
            in: claim.column(ofCarrier: number))
          marked[index * keySize + number].scores += after.scores
          marked[index * keySize + number].hits += after.hits
        }
        reporter.progress(
          JobProgress(
            stage: "score", done: start * models.count + (index + 1) * samples.count,
            total: pool.count * models.count, unit: "images"))
      }
    }
    return ReferencePanel.Tensors(
      clean: clean.flatMap(\.scores), marked: marked.flatMap(\.scores), cleanHits: clean.flatMap(\.hits),
      markedHits: marked.flatMap(\.hits))
  }

  /// Of images of 3×224×224, one cache of so many is 0.15 GiB, and there is one for each carrier; it decides no result.
  private static let imagesAtOnce = 1024
}

extension ClassifierPlan {
  /// The claim's score of each image in a column, in [0, 1], and 1 where the prediction bears it out.
  fileprivate func answers(
    _ probabilities: [Float], labels: [UInt16], _ claim: Claim, in column: Int
  ) -> (scores: [Float], hits: [Float]) {
    // A model that has learned and has a number for no image is not met; it would count as one that says nothing.
    let scores = scores(probabilities, of: claim, labels: labels)[column].map { Float($0 ?? 0) }
    return (
      scores, zip(predictions(probabilities), labels).map { claim.isHit($0, label: Int($1), in: column) ? 1 : 0 }
    )
  }
}

extension ReferenceJob: RunnableJob {
  package static func run(_ spec: ReferenceSpec, _ context: WorkContext) throws -> ReferenceResult {
    try ReferenceWork(spec, context).run()
  }
}
