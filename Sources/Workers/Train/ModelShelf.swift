import Crypto
import Evidence
import Foundation
import Jobs
import NeuralNet
import Watermarks

/// Where finished models are kept, so that a job that was killed trains none of them twice and ends with the same bytes.
struct ModelShelf {
  /// Finished models by name; nil keeps none.
  let directory: String?
  /// Checkpoints of the model in training; nil for none.
  let checkpoints: String?
  let context: WorkContext
  let reporter: Reporter

  /// Everything that decides a model's tensors: a kept model that was made otherwise is trained again.
  struct Recipe: Encodable {
    /// What it learns from, by a name that tells data apart.
    var data: String
    var samples: Int
    var training: ClassifierSettings
    var seed: UInt64
    /// The recipe of the model that it is fine-tuned from.
    var start: String?

    /// Canonical JSON.
    var text: String { get throws { try JobJSON.line(self) } }
  }

  struct Kept {
    var model: Model
    /// The kept model's metadata beside its recipe.
    var notes: [String: String]
    var wasTrained: Bool
  }

  /// The model of this recipe: as it was kept, or trained now and kept.
  /// - Parameters:
  ///   - name: the file's name without its suffix.
  ///   - notes: further metadata of a model that is trained now.
  func model(
    _ name: String, recipe: Recipe, stage: String, notes: [String: String] = [:],
    training: () throws -> ClassifierTraining
  ) throws -> Kept {
    try model(name, recipe: recipe.text, stage: stage, notes: notes, training: training) { $0.model }
  }

  /// The model of any training, as above.
  /// - Parameters:
  ///   - text: canonical JSON of everything that decides the tensors.
  ///   - result: what a finished training made.
  func model<Training: ResumableTraining>(
    _ name: String, recipe text: String, stage: String, notes: [String: String] = [:],
    training: () throws -> Training, result: (Training) -> Model
  ) throws -> Kept {
    if let kept = try kept(name, text) { return kept }
    let run = try training()
    let checkpoint = try checkpoint(name, text)
    try TrainingRun(stage: stage, checkpoint: checkpoint, context: context).finish(run, reporter)
    let model = result(run)
    try keep(model, name, notes.merging([Self.recipeKey: text]) { $1 })
    if let checkpoint { try DurableFile(checkpoint).remove() }
    return Kept(model: model, notes: notes, wasTrained: true)
  }

  /// The models of one training after some of its epochs: each as it was kept, or trained now and kept.
  /// - Parameters:
  ///   - epochs: ascending; the last is the training's.
  ///   - look: called with each model in this order.
  /// - Throws: `WorkError.otherWork` if one of the models that come before the checkpoint is gone.
  func models<Training: EpochTraining>(
    _ name: String, recipe text: String, stage: String, after epochs: [Int], training: () throws -> Training,
    look: (_ epoch: Int, _ model: Model) throws -> Void
  ) throws {
    var epochs = epochs[...]
    let checkpoint = try checkpoint(name, text)
    // Another training's models, of the same name, may lie beside them.
    let name = "\(name)-\(Self.digest(of: text).prefix(8))"
    while let epoch = epochs.first, let kept = try kept("\(name)-\(epoch)", text) {
      epochs.removeFirst()
      try look(epoch, kept.model)
    }
    guard !epochs.isEmpty else {
      if let checkpoint { try DurableFile(checkpoint).remove() }
      return
    }
    let run = try training()
    try TrainingRun(stage: stage, checkpoint: checkpoint, context: context).finish(run, reporter) {
      guard let epoch = epochs.first, run.stepsTaken >= epoch * run.stepsPerEpoch else { return }
      if let checkpoint, run.stepsTaken > epoch * run.stepsPerEpoch {
        throw WorkError.otherWork(
          path: checkpoint, reason: "\(name)-\(epoch).safetensors, which it has passed, is gone")
      }
      epochs.removeFirst()
      let model = run.model
      try keep(model, "\(name)-\(epoch)", [Self.recipeKey: text])
      try look(epoch, model)
    }
    if let checkpoint { try DurableFile(checkpoint).remove() }
  }

  // MARK: - Files

  private func path(_ name: String) -> String? { directory.map { "\($0)/\(name).safetensors" } }

  /// The kept model of this name, if it was made by this recipe.
  private func kept(_ name: String, _ text: String) throws -> Kept? {
    guard let path = path(name), let model = try? Model(contentsOf: path) else { return nil }
    let metadata = try Model.metadata(of: path)
    return metadata[Self.recipeKey] == text ? Kept(model: model, notes: metadata, wasTrained: false) : nil
  }

  private func keep(_ model: Model, _ name: String, _ metadata: [String: String]) throws {
    guard let path = path(name) else { return }
    try model.save(to: path, metadata: metadata)
  }

  /// Where the checkpoint of a training goes, named after its recipe: that of another is never met.
  private func checkpoint(_ name: String, _ text: String) throws -> String? {
    for folder in [directory, checkpoints].compactMap(\.self) { try DurableFile(folder).createDirectory(mode: 0o700) }
    return checkpoints.map { "\($0)/\(name)-\(Self.digest(of: text)).training" }
  }

  private static func digest(of text: String) -> String { HexDigest(SHA256.hash(data: Data(text.utf8))).description }

  private static let recipeKey = "training"
}
