import Foundation
import Foundations
import Testing

@testable import Networks
@testable import NeuralNet

/// The full networks, which are too large to compute in a test: their tensors against torchvision's.
@Suite struct NetworkTests {
  private func names() throws -> [String: [String: [Int]]] {
    try JSONDecoder().decode(
      [String: [String: [Int]]].self, from: Data(contentsOf: GoldenNumbers.url("names", "json")))
  }

  private func shapes(_ declarations: [ParameterDeclaration]) -> [String: [Int]] {
    declarations.reduce(into: [:]) { $0[$1.name] = $1.shape }
  }

  @Test(arguments: ["alexnet", "densenet121", "resnet18", "resnet34", "vgg16", "vgg19"])
  func hasTheTensorsOfTorchvision(architecture: String) throws {
    let definition = try NetworkDefinition(
      architecture: architecture, width: #require(NetworkDefinition.defaultWidth(of: architecture)),
      input: ImageShape(channels: 3, height: 224, width: 224), classes: 1000, form: .imageNet
    ).validated()
    #expect(try shapes(definition.declarations) == #require(names()[architecture]))
  }

  @Test func hasTheTensorsOfTheUsualWideResNet() throws {
    let definition = try NetworkDefinition(
      architecture: "wrn-28-10", width: 160, input: ImageShape(channels: 3, height: 32, width: 32), classes: 10
    ).validated()
    #expect(NetworkDefinition.defaultWidth(of: "wrn-28-10") == 160)
    #expect(try shapes(definition.declarations) == #require(names()["wrn-28-10"]))
  }

  @Test(arguments: LPIPS.Trunk.allCases)
  func hasTheTensorsOfTheTrunks(trunk: LPIPS.Trunk) throws {
    let declarations = Graph.declarations(
      of: LPIPSNetwork(trunk: trunk), input: ImageShape(channels: 3, height: 64, width: 64))
    #expect(try shapes(declarations) == #require(names()["lpips \(trunk.rawValue)"]))
  }

  @Test func knowsTheNetworksOfThePapers() {
    #expect(
      NetworkDefinition.architectures == [
        "alexnet", "cnn", "densenet121", "resnet18", "resnet34", "unet", "vgg16", "vgg19", "wrn-28-10",
      ])
    #expect(NetworkDefinition.defaultWidth(of: "wrn-16-4") == 64)
    #expect(NetworkDefinition.isClassifier("wrn-40-2") && !NetworkDefinition.isClassifier("unet"))
    for unknown in ["wrn-27-10", "wrn-28-0", "wrn-28-+1", "wrn-28", "wrn-028-10", "wrn-28-10-1", "WRN-28-10", ""] {
      #expect(NetworkDefinition.defaultWidth(of: unknown) == nil)
    }
  }

  @Test func takesThePublishedFormForLargeImages() {
    func form(_ architecture: String, _ side: Int) -> NetworkForm {
      NetworkDefinition.usualForm(of: architecture, for: ImageShape(channels: 3, height: side, width: 2 * side))
    }
    #expect(form("resnet18", 32) == .cifar && form("resnet18", 64) == .cifar)
    #expect(form("resnet18", 224) == .imageNet && form("alexnet", 128) == .imageNet)
    #expect(form("wrn-28-10", 224) == .cifar && form("cnn", 224) == .cifar)
  }

  /// Every network in every form at the smallest size that it takes, upright and lying, and what is smaller is refused.
  @Test(arguments: NetworkDefinition.architectures, NetworkForm.allCases)
  func computesFromItsSmallestImagesOn(architecture: String, form: NetworkForm) throws {
    let kind = try #require(NetworkKind(named: architecture))
    func definition(_ height: Int, _ width: Int) -> NetworkDefinition {
      NetworkDefinition(
        architecture: architecture, width: 2, input: ImageShape(channels: 3, height: height, width: width),
        classes: kind.classifies ? 4 : 0, form: form)
    }
    guard let smallest = kind.smallest[form] else {
      #expect(throws: NeuralNetError.self) { try definition(224, 224).validated() }
      return
    }
    for (height, width) in [(smallest, smallest), (smallest + 3, smallest), (smallest, smallest + 8)] {
      let model = try Model(definition(height, width), seed: 1)
      var graph = Graph(batch: 2)
      let handle = try graph.use(model, named: "network", frozen: false)
      let output = graph.apply(handle, to: graph.images("images", shape: model.definition.input)).output
      let loss = graph.squaredError(output, graph.images("target", shape: output.shape), name: "loss")
      let plan = TrainingPlan(
        graph, minimising: [(loss, 1)], optimiser: .adam(), schedule: .constant(rate: 1e-3), threads: 2)
      plan.setImages("images", sampleBytes(2 * model.definition.input.count, seed: 1).span)
      plan.setImages("target", sampleBytes(2 * output.shape.count, seed: 2).span)
      plan.step()
      #expect(plan.loss("loss").isFinite)
      let isFinite = plan.stores[0].tensors.values.allSatisfy { $0.firstNotFinite == nil }
      #expect(isFinite)
    }
    if smallest > 1 {
      #expect(throws: NeuralNetError.self) { try definition(smallest - 1, smallest).validated() }
      #expect(throws: NeuralNetError.self) { try definition(smallest, smallest - 1).validated() }
    }
  }

  @Test func writesTheFormOnlyWhereItIsNotTheUsualOne() throws {
    var definition = NetworkDefinition(
      architecture: "resnet18", width: 2, input: ImageShape(channels: 3, height: 64, width: 48), classes: 4)
    let text =
      "{\"architecture\":\"resnet18\",\"classes\":4,\"depth\":0,"
      + "\"input\":{\"channels\":3,\"height\":64,\"width\":48},\"width\":2}"
    #expect(definition.json == text)
    #expect(try JSONDecoder().decode(NetworkDefinition.self, from: Data(text.utf8)) == definition)
    definition.form = .imageNet
    #expect(definition.json.contains("\"form\":\"imagenet\""))
    #expect(try JSONDecoder().decode(NetworkDefinition.self, from: Data(definition.json.utf8)) == definition)
  }
}
