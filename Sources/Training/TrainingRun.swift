import Foundation
import Jobs
import Networks
package import Watermarks
package import Work

/// Drives a training to its end with progress, checkpoints and stops.
package struct TrainingRun {
  let stage: String
  /// Where checkpoints go; nil for a training that is too short to be worth one.
  let checkpoint: Checkpoint?
  let context: WorkContext

  /// Seconds between checkpoints: what a kill can cost at most.
  private static let interval = Duration.seconds(20)

  package init(stage: String, checkpoint: Checkpoint?, context: WorkContext) {
    self.stage = stage
    self.checkpoint = checkpoint
    self.context = context
  }

  /// Goes on from the checkpoint if there is one.
  /// - Parameter look: called after each step.
  /// - Returns: the last step's figures.
  @discardableResult
  package func finish<Training: ResumableTraining>(
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
