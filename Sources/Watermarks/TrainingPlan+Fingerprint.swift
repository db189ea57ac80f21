import NeuralNet

extension TrainingPlan {
  /// Writes a checkpoint that says which training it belongs to.
  func save(to path: String, of training: String) throws {
    try save(to: path, metadata: ["training": training])
  }

  /// Goes on from a checkpoint.
  /// - Throws: `WatermarkError.otherTraining` if it belongs to another training.
  func restore(from path: String, of training: String) throws {
    guard try restore(from: path)["training"] == training else {
      throw WatermarkError.otherTraining(path: path, reason: "seed or settings differ")
    }
  }
}
