import Foundation
import Jobs
package import Networks
import Watermarks
import Work

/// A training that can be stepped, saved and restored to the same bits.
package protocol ResumableTraining: AnyObject {
  associatedtype Figures
  var stepsTaken: Int { get }
  var totalSteps: Int { get }
  func step() -> Figures
  func metrics(_ figures: Figures) -> [String: Double]
  func save(to path: String) throws
  func restore(from path: String) throws
}

/// A training in epochs, of one model.
package protocol EpochTraining: ResumableTraining {
  var stepsPerEpoch: Int { get }
  /// As it is after `stepsTaken`.
  var model: Model { get }
}

extension ClassifierTraining: EpochTraining {
  func metrics(_ figures: (loss: Double, correct: Int)) -> [String: Double] {
    ["loss": figures.loss, "accuracy": Double(figures.correct) / Double(batchSize)]
  }
}

extension StudentTraining: EpochTraining {
  func metrics(_ figures: (loss: Double, agreeing: Int)) -> [String: Double] {
    ["loss": figures.loss, "agreement": Double(figures.agreeing) / Double(batchSize)]
  }
}

extension GeneratorTraining: ResumableTraining {
  func metrics(_ figures: Losses) -> [String: Double] {
    ["targetLoss": figures.target, "nonTargetLoss": figures.nonTarget, "perceptualLoss": figures.perceptual]
  }
}

extension ReaderTraining: ResumableTraining {
  func metrics(_ figures: Double) -> [String: Double] { ["readingLoss": figures] }
}

extension PainterTraining: ResumableTraining {
  func metrics(_ figures: Losses) -> [String: Double] {
    ["readingLoss": figures.reading, "perceptualLoss": figures.perceptual]
  }
}

/// Drives a training to its end with progress, checkpoints and stops.
struct TrainingRun {
  let stage: String
  /// Where checkpoints go; nil for a training that is too short to be worth one.
  let checkpoint: Checkpoint?
  let context: WorkContext

  /// Seconds between checkpoints: what a kill can cost at most.
  private static let interval = Duration.seconds(20)

  /// Goes on from the checkpoint if there is one.
  /// - Parameter look: called after each step.
  /// - Returns: the last step's figures.
  @discardableResult
  func finish<Training: ResumableTraining>(
    _ training: Training, _ reporter: Reporter, look: () throws -> Void = {}
  ) throws -> Training.Figures {
    if let checkpoint, checkpoint.exists { try training.restore(from: checkpoint.path) }
    var saved = ContinuousClock.now
    while true {
      if context.stopRequested() {
        if let checkpoint { try training.save(to: checkpoint.path) }
        throw WorkError.stopped
      }
      let figures = training.step()
      reporter.progress(
        JobProgress(
          stage: stage, done: training.stepsTaken, total: training.totalSteps, unit: "steps",
          metrics: training.metrics(figures)))
      do { try look() } catch WorkError.stopped {
        if let checkpoint { try training.save(to: checkpoint.path) }
        throw WorkError.stopped
      }
      if training.stepsTaken >= training.totalSteps { return figures }
      if let checkpoint, ContinuousClock.now - saved > Self.interval {
        try training.save(to: checkpoint.path)
        saved = .now
      }
    }
  }
}
