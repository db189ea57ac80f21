import Networks
package import NeuralNet

extension TrainingPlan {
  /// Writes a checkpoint that says which training it belongs to.
  package func save(to path: String, of training: String) throws {
    try save(to: path, metadata: ["training": training])
  }

  /// Goes on from a checkpoint.
  /// - Throws: `WatermarkError.otherTraining` if it belongs to another training.
  package func restore(from path: String, of training: String) throws {
    try Self.check(path, isOf: training)
    _ = try restore(from: path)
  }

  /// Before anything is taken over: a training that refuses a checkpoint is still the one that it was.
  /// - Throws: `WatermarkError.otherTraining`.
  static func check(_ path: String, isOf training: String) throws {
    guard try Model.metadata(of: path)["training"] == training else {
      throw WatermarkError.otherTraining(path: path, reason: "seed or settings differ")
    }
  }
}
