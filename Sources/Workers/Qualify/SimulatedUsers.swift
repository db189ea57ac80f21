import Datasets
import Jobs
import NeuralNet
import Watermarks

/// Trains the models of a qualification, one after the other: those who used the release, and those who did not.
struct SimulatedUsers {
  let data: SimulatedData
  let classes: Int
  let settings: QualificationSettings
  let context: WorkContext
  let reporter: Reporter

  typealias Take = (QualificationRow.Scenario, QualificationRow.Trained, Model) throws -> Void

  /// Hands over each model when it is trained; none is kept but the one that the next is fine-tuned from.
  func train(_ take: Take) throws {
    for learner in settings.learners {
      for number in 0..<settings.seeds {
        let seed = settings.seed + UInt64(number)
        func trained(_ kind: String) -> QualificationRow.Trained {
          .init(architecture: learner.architecture, width: learner.width, seed: seed, kind: kind)
        }
        func wants(_ scenario: QualificationRow.Scenario) -> Bool { settings.scenarios.contains(scenario) }
        let clean = try model(learner, data.clean, seed: seed, stage: "ind-m")
        if wants(.independentModel) {
          try take(.independentModel, trained("scratch"), clean)
          // The hardest innocent: a copy of a clean model, trained on with clean data.
          try take(
            .independentModel, trained("fine-tuned"),
            model(learner, data.clean.half(1), seed: seed + 1000, stage: "ind-m", from: clean))
          try take(
            .independentModel, trained("disjoint"), model(learner, data.clean.half(0), seed: seed, stage: "ind-m"))
        }
        if wants(.independentWatermark), let other = data.otherOwner {
          try take(.independentWatermark, trained("scratch"), model(learner, other, seed: seed, stage: "ind-w"))
        }
        if wants(.malicious) {
          try take(.malicious, trained("scratch"), model(learner, data.released, seed: seed, stage: "malicious"))
          try take(
            .malicious, trained("fine-tuned"),
            model(learner, data.released, seed: seed + 1000, stage: "malicious", from: clean))
        }
      }
    }
  }

  private func model(
    _ learner: QualificationSettings.Learner, _ samples: SampleCache, seed: UInt64, stage: String,
    from start: Model? = nil
  ) throws -> Model {
    var training = ClassifierSettings(
      architecture: learner.architecture, width: learner.width,
      epochs: start == nil ? settings.epochs : max(1, settings.epochs / 2), augments: settings.augments)
    // A fine-tuning user starts where the pre-training ended: a fifth of the rate keeps what was learned.
    if start != nil { training.peakRate /= 5 }
    let run = try ClassifierTraining(
      samples: samples, classes: classes, settings: training, seed: seed, threads: context.threads, from: start)
    try TrainingRun(stage: stage, checkpoint: nil, context: context).finish(run, reporter)
    return run.model
  }
}
