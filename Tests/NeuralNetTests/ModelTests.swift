import Foundation
import Foundations
import Testing

@testable import Networks
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

  /// A file of 55 kilobytes: the tensors of a convolution do not tell the size of its images.
  @Test func aSmallFileThatNamesHugeImagesIsRefusedBeforeAnythingIsAllocated() throws {
    let tensors = try Model(definition, seed: 1).tensors
    for side in [16_384, 8192] {
      var huge = definition
      huge.input = ImageShape(channels: 3, height: side, width: side)
      try SafetensorsWriter.write(tensors, metadata: [Model.definitionKey: huge.json], to: path)
      guard case .invalidDefinition(_, let reason)? = error(of: { _ = try Model(contentsOf: path) }) else {
        Issue.record("images of \(side)×\(side) are refused")
        return
      }
      #expect(reason.contains("activations"))
    }
    var wide = definition
    wide.width = 16_384
    guard case .invalidDefinition(_, let reason)? = error(of: { _ = try Model(wide, seed: 1) }) else {
      Issue.record("parameters of a terabyte are refused")
      return
    }
    #expect(reason.contains("parameters"))
  }

  @Test(arguments: NetworkDefinition.classifiers) func publishedNetworksAreModest(name: String) throws {
    let width = try #require(NetworkDefinition.defaultWidth(of: name))
    let small = NetworkDefinition(
      architecture: name, width: width, input: ImageShape(channels: 3, height: 32, width: 32), classes: 10)
    try small.validated().requireModest()
    let photographs = ImageShape(channels: 3, height: 224, width: 224)
    try NetworkDefinition(
      architecture: name, width: width, input: photographs, classes: 1000,
      form: NetworkDefinition.usualForm(of: name, for: photographs)
    ).validated().requireModest()
  }

  @Test func aTensorThatIsNoneOfTheNetworksIsNotRead() throws {
    var tensors = try Model(definition, seed: 1).tensors
    tensors["else"] = Tensor(shape: [2], values: [1, 2])
    try SafetensorsWriter.write(tensors, metadata: [Model.definitionKey: definition.json], to: path)
    #expect(error(of: { _ = try Model(contentsOf: path) }) == .extraTensor(source: path, tensor: "else", found: [2]))
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

  /// A header written by hand, for what the writer never writes.
  private func write(header: String, data: Data) throws {
    let text = Data(header.utf8)
    try (withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text + data)
      .write(to: URL(fileURLWithPath: path))
  }

  /// The file of a model with one tensor's type changed; every type has the size of what it replaces.
  @Test(arguments: ["I32", "U32"])
  func refusesAWronglyTypedTensor(type: String) throws {
    try Model(definition, seed: 1).save(to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    let own = try #require(header.range(of: "\"fc.bias\":{"))
    let from = try #require(header.range(of: "\"F32\"", range: own.upperBound..<header.endIndex))
    try write(header: header.replacingCharacters(in: from, with: "\"\(type)\""), data: bytes.dropFirst(8 + length))
    #expect(
      error(of: { _ = try Model(contentsOf: path) })
        == .wronglyTypedTensor(source: path, tensor: "fc.bias", expected: "F32", found: type))
  }

  @Test func refusesHalfPrecisionInPlaceOfTheNetworksTensors() throws {
    let definition = NetworkDefinition(
      architecture: "cnn", width: 1, input: ImageShape(channels: 1, height: 4, width: 4), classes: 1)
    var (entries, end) = ([String](), 0)
    for declaration in try definition.validated().declarations {
      let begin = end
      end += 2 * Tensor.count(of: declaration.shape)
      let shape = declaration.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\"\(declaration.name)\":{\"dtype\":\"F16\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}")
    }
    try write(header: "{\(entries.joined(separator: ","))}", data: Data(count: end))
    #expect(
      error(of: { _ = try Model(definition, contentsOf: path) })
        == .wronglyTypedTensor(source: path, tensor: "conv1.bias", expected: "F32", found: "F16"))
  }

  @Test(arguments: [0, 7, 8, 100, 5_000, -4_000, -1])
  func refusesAFileTruncatedAt(place: Int) throws {
    try Model(definition, seed: 1).save(to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.prefix(place < 0 ? bytes.count + place : place).write(to: URL(fileURLWithPath: path))
    guard case .truncated(path, let expected, let found)? = error(of: { _ = try Model(contentsOf: path) }) else {
      Issue.record("a file cut at \(place) is truncated")
      return
    }
    #expect(found < expected)
  }

  @Test func namesTheTensorWithTheShapesExpectedAndFound() throws {
    let error = try #require(try errorAfter { $0["fc.weight"] = Tensor(shape: [16, 4], repeating: 0) })
    #expect(error.description == "\(path): tensor fc.weight: expected shape [4, 16], found [16, 4]")
    let missing = try #require(try errorAfter { $0["bn1.bias"] = nil })
    #expect(missing.description == "\(path): tensor bn1.bias of shape [2] is missing")
    let extra = try #require(try errorAfter { $0["z"] = Tensor(shape: [3, 1], repeating: 0) })
    #expect(extra.description == "\(path): tensor z of shape [3, 1] does not belong to the network")
  }

  /// The definition in a file is checked like any other, and the shapes that it gives are compared before a tensor is
  /// read: a few bytes cannot ask for memory.
  @Test(arguments: [16_384, Int.max])
  func refusesAFileThatAsksForAbsurdMemory(width: Int) throws {
    var absurd = definition
    absurd.architecture = "vgg19"
    absurd.form = .imageNet
    absurd.width = width
    absurd.input = ImageShape(channels: 3, height: 224, width: 224)
    try SafetensorsWriter.write(
      ["features.0.bias": Tensor(shape: [1], values: [0])], metadata: [Model.definitionKey: absurd.json], to: path)
    #expect(throws: NeuralNetError.self) { try Model(contentsOf: path) }
  }

  @Test func readsACheckpointThatNamesNoNetwork() throws {
    let model = try Model(definition, seed: 1)
    try SafetensorsWriter.write(model.tensors, to: path)
    #expect(try Model(definition, contentsOf: path).tensors == model.tensors)
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
      architecture: "resnet18", width: 2, input: ImageShape(channels: 3, height: 7, width: 16), classes: 4),
    NetworkDefinition(
      architecture: "resnet18", width: 2, input: ImageShape(channels: 3, height: 8, width: 8), classes: 0),
    NetworkDefinition(
      architecture: "resnet18", width: 2, depth: 1, input: ImageShape(channels: 3, height: 8, width: 8), classes: 4),
    NetworkDefinition(
      architecture: "densenet121", width: 3, input: ImageShape(channels: 3, height: 32, width: 32), classes: 4),
    NetworkDefinition(
      architecture: "cnn", width: 8, input: ImageShape(channels: 1, height: 28, width: 28), classes: 10,
      form: .imageNet),
    NetworkDefinition(
      architecture: "wrn-28-10\"", width: 8, input: ImageShape(channels: 1, height: 28, width: 28), classes: 10),
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
