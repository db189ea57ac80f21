import Datasets
import Jobs
import Networks
import Training
import Watermarks
import Work

/// Trains the models of a qualification, one after the other: those who used the release, and those who did not.
struct SimulatedUsers {
  let data: SimulatedData
  /// What the generator was trained against; nil if it was not kept.
  let surrogate: Model?
  /// Who trains a generator for `data.otherOwner`, which is nil then; nil where another key is enough, and without the
  /// original.
  let otherOwner: OtherOwner?
  let classes: Int
  let settings: QualificationSettings
  let store: ModelStore

  /// - Parameter twin: of a model that learned the release, the one that learned the clean data from the same weights in the
  ///   same order; nil for all others.
  typealias Take = (
    _ scenario: QualificationRow.Scenario, _ trained: QualificationRow.Trained, _ model: Model, _ twin: Model?
  ) throws -> Void

  /// Hands over each model when it is trained.
  func train(_ take: Take) throws {
    if let surrogate, settings.scenarios.contains(.independentModel) { try train(copiesOf: surrogate, take) }
    var otherRelease = data.otherOwner
    for learner in settings.learners {
      for number in 0..<settings.seeds {
        let seed = settings.seed &+ UInt64(number)
        func trained(_ kind: String) -> QualificationRow.Trained {
          .init(architecture: learner.architecture, width: learner.width, seed: seed, kind: kind)
        }
        func wants(_ scenario: QualificationRow.Scenario) -> Bool { settings.scenarios.contains(scenario) }
        func model(
          _ scenario: QualificationRow.Scenario, _ kind: String, _ samples: SampleCache, of name: String,
          from start: Trained? = nil
        ) throws -> Trained {
          try self.model(
            "\(learner.architecture)-\(learner.width)-\(number)-\(scenario.rawValue)-\(kind)", learner, samples,
            data: name, seed: start == nil ? seed : seed &+ 1000, stage: scenario.rawValue, from: start)
        }
        let clean = try model(.independentModel, "scratch", data.clean, of: "clean")
        if wants(.independentModel) {
          try take(.independentModel, trained("scratch"), clean.model, nil)
          // A copy of a clean model, trained on with clean data: what the fine-tuned user is set against.
          try take(
            .independentModel, trained(QualificationRow.Trained.fineTuned),
            model(
              .independentModel, QualificationRow.Trained.fineTuned, data.clean.half(1), of: "clean half 1", from: clean
            ).model, nil)
          try take(
            .independentModel, trained("half"),
            model(.independentModel, "half", data.clean.half(0), of: "clean half 0").model, nil)
        }
        if wants(.independentWatermark), otherRelease == nil {
          otherRelease = try otherOwner?.release(of: data, against: clean)
        }
        if wants(.independentWatermark), let other = otherRelease {
          try take(
            .independentWatermark, trained("scratch"),
            model(.independentWatermark, "scratch", other, of: "another owner's").model, nil)
        }
        if wants(.malicious) {
          // Without the original the clean samples are fewer, and come in another order.
          let twin = data.clean.indices == data.released.indices ? clean.model : nil
          try take(
            .malicious, trained("scratch"), model(.malicious, "scratch", data.released, of: "released").model, twin)
          try take(
            .malicious, trained(QualificationRow.Trained.fineTuned),
            model(.malicious, QualificationRow.Trained.fineTuned, data.released, of: "released", from: clean).model, nil
          )
        }
      }
    }
  }

  /// The innocents whom a mark that was trained against the surrogate is likeliest to move: copies of it, trained on with
  /// clean data.
  private func train(copiesOf surrogate: Model, _ take: Take) throws {
    let learner = Learner(surrogate.definition)
    let start = (model: surrogate, recipe: "surrogate \(surrogate.fingerprint)")
    for number in 0..<settings.seeds {
      let seed = settings.seed &+ UInt64(number)
      let kind = QualificationRow.Trained.surrogate
      let copy = try model(
        "\(learner.architecture)-\(learner.width)-\(number)-ind-m-\(kind)", learner, data.clean.half(1),
        data: "clean half 1", seed: seed &+ 1000, stage: QualificationRow.Scenario.independentModel.rawValue,
        from: start)
      try take(
        .independentModel,
        .init(architecture: learner.architecture, width: learner.width, seed: seed, kind: kind), copy.model, nil)
    }
  }

  private typealias Trained = (model: Model, recipe: String)

  private func model(
    _ name: String, _ learner: Learner, _ samples: SampleCache, data source: String, seed: UInt64, stage: String,
    from start: Trained?
  ) throws -> Trained {
    var training = ClassifierSettings(
      architecture: learner.architecture, width: learner.width,
      epochs: start == nil ? settings.epochs : max(1, settings.epochs / 2), augments: settings.augments)
    // A fine-tuning user starts where the pre-training ended: a fifth of the rate keeps what was learned.
    if let start {
      training.peakRate = ClassifierSettings.fineTuningRate(of: learner.architecture)
      training.form = start.model.definition.form
    }
    let recipe = try Recipe(
      "model", data: .init(source: "\(source) of \(data.identity)", indices: samples.indices), settings: training,
      seed: seed, from: [start?.recipe].compactMap(\.self))
    let kept = try store.model(name, recipe: recipe, stage: stage) {
      try ClassifierTraining(
        samples: samples, classes: classes, settings: training, seed: seed, threads: store.context.threads,
        from: start?.model)
    }
    return (kept.model, try recipe.digest)
  }
}
