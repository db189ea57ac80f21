import Foundation
import Testing

@testable import NeuralNet

@Suite final class ModelTests {
  private let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("model-\(UUID().uuidString).safetensors").path
  private let definition = NetworkDefinition(
    architecture: "resnet18", width: 2, input: ImageShape(channels: 3, height: 8, width: 8), classes: 4)

  deinit { try? FileManager.default.removeItem(atPath: path) }

  private func error(of body: () throws -> Void) -> NeuralNetError? {
    do {
      try body()
      return nil
    } catch {
      return error as? NeuralNetError
    }
  }

  /// Reads back a model's file after its tensors were changed.
  private func errorAfter(_ change: (inout [String: Tensor]) -> Void) throws -> NeuralNetError? {
    var tensors = try Model(definition, seed: 1).tensors
    change(&tensors)
    try SafetensorsWriter.write(tensors, metadata: [Model.definitionKey: definition.json], to: path)
    return error(of: { _ = try Model(contentsOf: path) })
  }

  @Test func comesBackFromItsFileUnchanged() throws {
    let model = try Model(definition, seed: 3)
    try model.save(to: path, metadata: ["epsilon": "8/255"])
    let read = try Model(contentsOf: path)
    #expect(read.definition == definition)
    #expect(read.tensors == model.tensors)
    #expect(try Model.metadata(of: path)["epsilon"] == "8/255")
  }

  @Test func namesTensorsAsTorchvisionDoes() throws {
    let tensors = try Model(definition, seed: 3).tensors
    #expect(tensors["layer2.0.downsample.0.weight"]?.shape == [4, 2, 1, 1])
    #expect(tensors["layer4.1.bn2.running_var"]?.shape == [16])
    #expect(tensors["fc.weight"]?.shape == [4, 16])
    // 20 convolutions, 20 batch norms of four vectors, one linear layer of two.
    #expect(tensors.count == 20 + 80 + 2)
  }

  @Test func startsTheSameFromTheSameSeedOnly() throws {
    #expect(try Model(definition, seed: 1).tensors == Model(definition, seed: 1).tensors)
    #expect(try Model(definition, seed: 1).tensors != Model(definition, seed: 2).tensors)
  }

  @Test func startsConvolutionsWithTheVarianceOfKaiming() throws {
    let wide = NetworkDefinition(
      architecture: "resnet18", width: 32, input: ImageShape(channels: 3, height: 8, width: 8), classes: 4)
    let values = try #require(Model(wide, seed: 1).tensors["layer3.1.conv1.weight"]?.values)
    let variance = values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)
    // 147,456 draws: the estimate's relative deviation is √(2/147456) = 0.4 %.
    #expect(abs(variance / (2 / (128 * 9)) - 1) < 0.02)
  }

  @Test func refusesAMissingTensor() throws {
    #expect(
      try errorAfter { $0["bn1.bias"] = nil } == .missingTensor(source: path, tensor: "bn1.bias", expected: [2]))
  }

  @Test func refusesAnExtraTensor() throws {
    #expect(
      try errorAfter { $0["bn9.bias"] = Tensor(shape: [2], values: [0, 0]) }
        == .extraTensor(source: path, tensor: "bn9.bias", found: [2]))
  }

  @Test func refusesAMisshapenTensor() throws {
    #expect(
      try errorAfter { $0["fc.weight"] = Tensor(shape: [16, 4], repeating: 0) }
        == .misshapenTensor(source: path, tensor: "fc.weight", expected: [4, 16], found: [16, 4]))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func refusesATensorThatIsNotFinite(value: Float) throws {
    #expect(
      try errorAfter { $0["fc.bias"]?.values[2] = value }
        == .notFinite(source: path, tensor: "fc.bias", index: 2))
  }

  @Test func refusesAFileThatNamesNoNetwork() throws {
    try SafetensorsWriter.write([:], metadata: [:], to: path)
    #expect(
      error(of: { _ = try Model(contentsOf: path) })
        == .badMetadata(source: path, key: "network", reason: "missing"))
  }

  @Test(arguments: [
    NetworkDefinition(
      architecture: "resnet19", width: 2, input: ImageShape(channels: 3, height: 8, width: 8), classes: 4),
    NetworkDefinition(
      architecture: "resnet18", width: 0, input: ImageShape(channels: 3, height: 8, width: 8), classes: 4),
    NetworkDefinition(
      architecture: "resnet18", width: 2, input: ImageShape(channels: 3, height: 8, width: 16), classes: 4),
    NetworkDefinition(
      architecture: "resnet18", width: 2, input: ImageShape(channels: 3, height: 8, width: 8), classes: 0),
    NetworkDefinition(
      architecture: "unet", width: 2, depth: 3, input: ImageShape(channels: 3, height: 28, width: 28), classes: 0),
    NetworkDefinition(
      architecture: "cnn", width: Int.max, input: ImageShape(channels: 1, height: 28, width: 28), classes: 10),
    NetworkDefinition(
      architecture: "cnn", width: 8, input: ImageShape(channels: 1, height: -28, width: 28), classes: 10),
  ])
  func refusesANetworkThatCannotBeBuilt(definition: NetworkDefinition) {
    guard case .invalidDefinition? = error(of: { _ = try Model(definition, seed: 1) }) else {
      Issue.record("\(definition) cannot be built")
      return
    }
  }

  @Test func ignoresTheBatchCountsOfPyTorch() throws {
    let model = try Model(definition, seed: 1)
    try model.save(to: path)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let end = bytes.count - 8 - length
    let count = "\"bn1.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[\(end),\(end + 8)]}"
    var header = String(decoding: bytes[8..<8 + length], as: UTF8.self).trimmingCharacters(in: .whitespaces)
    header.insert(contentsOf: count + ",", at: header.index(after: header.startIndex))
    let data = bytes.suffix(end)
    bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8) + data
    bytes.append(Data(count: 8))
    try bytes.write(to: URL(fileURLWithPath: path))
    #expect(try Model(contentsOf: path).tensors == model.tensors)
  }
}
