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
    let path = directory.map { "\($0)/\(name).safetensors" }
    if let path, let kept = try? Model(contentsOf: path) {
      let metadata = try Model.metadata(of: path)
      if metadata[Self.recipeKey] == text { return Kept(model: kept, notes: metadata, wasTrained: false) }
    }
    for folder in [directory, checkpoints].compactMap(\.self) { try DurableFile(folder).createDirectory(mode: 0o700) }
    // Named after its recipe: a checkpoint of another training is never met.
    let checkpoint = checkpoints.map { "\($0)/\(name)-\(HexDigest(SHA256.hash(data: Data(text.utf8)))).training" }
    let run = try training()
    try TrainingRun(stage: stage, checkpoint: checkpoint, context: context).finish(run, reporter)
    let model = result(run)
    if let path {
      try model.save(to: path, metadata: notes.merging([Self.recipeKey: text]) { $1 })
      try DurableFile(path).setMode(0o600)
    }
    if let checkpoint { try DurableFile(checkpoint).remove() }
    return Kept(model: model, notes: notes, wasTrained: true)
  }

  private static let recipeKey = "training"
}
