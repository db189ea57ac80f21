import NeuralNet

/// A checkpoint of changes in progress: how many steps were taken, and tensors by name.
struct PoisonCheckpoint {
  var steps: Int
  var tensors: [String: Tensor]
  var metadata: [String: String] = [:]
  private var path = ""

  private static let stepsKey = "steps"

  init(steps: Int, tensors: [String: Tensor], metadata: [String: String] = [:]) {
    (self.steps, self.tensors, self.metadata) = (steps, tensors, metadata)
  }

  /// - Throws: `WatermarkError.otherTraining` if it belongs to another training; `NeuralNetError` for whatever is wrong with
  ///   the file.
  init(_ path: String, of training: String, steps range: ClosedRange<Int>) throws {
    try TrainingPlan.check(path, isOf: training)
    let file = try SafetensorsFile(path: path)
    guard let steps = file.metadata[Self.stepsKey].flatMap(Int.init), range.contains(steps) else {
      throw NeuralNetError.badMetadata(source: path, key: Self.stepsKey, reason: "not a number of steps")
    }
    var tensors: [String: Tensor] = [:]
    for name in file.names {
      let tensor = try file.tensor(name)
      if let index = tensor.firstNotFinite { throw NeuralNetError.notFinite(source: path, tensor: name, index: index) }
      tensors[name] = tensor
    }
    self.init(steps: steps, tensors: tensors, metadata: file.metadata)
    self.path = path
  }

  func save(to path: String, of training: String) throws {
    let own = ["training": training, Self.stepsKey: String(steps)]
    try SafetensorsWriter.write(tensors, metadata: metadata.merging(own) { $1 }, to: path)
  }

  /// A run of numbers.
  func values(_ name: String, count: Int) throws -> [Float] {
    guard let tensor = tensors[name] else {
      throw NeuralNetError.missingTensor(source: path, tensor: name, expected: [count])
    }
    guard tensor.shape == [count] else {
      throw NeuralNetError.misshapenTensor(source: path, tensor: name, expected: [count], found: tensor.shape)
    }
    return tensor.values
  }
}
