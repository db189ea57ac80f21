import Foundation
import Foundations
package import Networks
package import Watermarks
package import Work

/// Where finished models are kept, so that a job that was killed trains none of them twice and ends with the same bytes.
package struct ModelStore {
  /// Finished models by name; nil keeps none.
  let directory: String?
  /// Checkpoints of the model in training; nil for none.
  let checkpoints: String?
  package let context: WorkContext
  package let reporter: Reporter

  /// Whether models of other recipes stay where they are, and those of another instruction set are taken: what others rest
  /// on is only ever added to.
  var isShared = false

  package init(
    directory: String?, checkpoints: String?, context: WorkContext, reporter: Reporter, isShared: Bool = false
  ) {
    self.directory = directory
    self.checkpoints = checkpoints
    self.context = context
    self.reporter = reporter
    self.isShared = isShared
  }

  package struct Kept {
    /// Of the file, without its suffix.
    package var name: String
    package var model: Model
    /// The kept model's metadata beside its recipe.
    package var notes: [String: String]
    package var wasTrained: Bool
  }

  /// The model of this recipe: as it was kept, or trained now and kept.
  /// - Parameters:
  ///   - name: the file's name without its suffix.
  ///   - notes: further metadata of a model that is trained now.
  package func model(
    _ name: String, recipe: Recipe, stage: String, notes: [String: String] = [:],
    training: () throws -> any ResumableTraining
  ) throws -> Kept {
    if let kept = try kept(name, recipe) { return kept }
    let run = try training()
    let checkpoint = try checkpoint(name, recipe)
    try finish(run, stage: stage, checkpoint)
    let model = run.model
    let place = try keep(model, name, recipe, notes)
    try checkpoint?.remove()
    return Kept(name: place, model: model, notes: notes, wasTrained: true)
  }

  private func finish(_ run: some ResumableTraining, stage: String, _ checkpoint: Checkpoint?) throws {
    try TrainingRun(stage: stage, checkpoint: checkpoint, context: context).finish(run, reporter)
  }

  /// The models of one training after some of its epochs: each as it was kept, or trained now and kept.
  /// - Parameters:
  ///   - epochs: ascending; the last is the training's.
  ///   - look: called with each model in this order.
  /// - Throws: `WorkError.otherWork` if one of the models that come before the checkpoint is gone.
  package func models<Training: EpochTraining>(
    _ name: String, recipe: Recipe, stage: String, after epochs: [Int], training: () throws -> Training,
    look: (_ epoch: Int, _ model: Model) throws -> Void
  ) throws {
    var epochs = epochs[...]
    let checkpoint = try checkpoint(name, recipe)
    // Another training's models, of the same name, may lie beside them.
    let name = "\(name)-\(try recipe.digest.prefix(8))"
    while let epoch = epochs.first, let kept = try kept("\(name)-\(epoch)", recipe) {
      epochs.removeFirst()
      try look(epoch, kept.model)
    }
    guard !epochs.isEmpty else {
      try checkpoint?.remove()
      return
    }
    let run = try training()
    try TrainingRun(stage: stage, checkpoint: checkpoint, context: context).finish(run, reporter) {
      guard let epoch = epochs.first, run.stepsTaken >= epoch * run.stepsPerEpoch else { return }
      if let checkpoint, run.stepsTaken > epoch * run.stepsPerEpoch {
        throw WorkError.otherWork(
          path: checkpoint.path, reason: "\(name)-\(epoch).safetensors, which it has passed, is gone")
      }
      epochs.removeFirst()
      let model = run.model
      _ = try keep(model, "\(name)-\(epoch)", recipe, [:])
      try look(epoch, model)
    }
    try checkpoint?.remove()
  }

  // MARK: - Files

  private func path(_ name: String) -> String? { directory.map { "\($0)/\(name).safetensors" } }

  /// Where a model may lie: under its plain name, or under one with its recipe if another recipe's has that and stays.
  private func names(_ name: String, _ recipe: Recipe) throws -> [String] {
    isShared ? [name, "\(name)-\(try recipe.digest.prefix(8))"] : [name]
  }

  /// The kept model of this name, if it was made by this recipe.
  private func kept(_ name: String, _ recipe: Recipe) throws -> Kept? {
    // The one with the recipe in its name first: it is there only because another has the plain name.
    for name in try names(name, recipe).reversed() {
      guard let path = path(name) else { continue }
      if let (model, metadata) = try recipe.kept(at: path, onAnyKernels: isShared, context) {
        return Kept(name: name, model: model, notes: metadata, wasTrained: false)
      }
    }
    return nil
  }

  /// - Returns: the name that it is kept under.
  private func keep(_ model: Model, _ name: String, _ recipe: Recipe, _ notes: [String: String]) throws -> String {
    let names = try names(name, recipe)
    let free = names.first { name in path(name).map { !DurableFile($0).exists } ?? true } ?? names[names.count - 1]
    guard let file = path(free) else { return name }
    try model.save(to: file, metadata: notes.merging([Recipe.key: recipe.text]) { $1 })
    return free
  }

  private func checkpoint(_ name: String, _ recipe: Recipe) throws -> Checkpoint? {
    for folder in [directory, checkpoints].compactMap(\.self) { try DurableFile(folder).createDirectory(mode: 0o700) }
    return try checkpoints.map { try Checkpoint(name, of: recipe, in: $0, isAlone: false, context) }
  }
}
