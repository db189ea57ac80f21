import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import NeuralNet
import Testing
import Watermarks

@testable import Fidelity
@testable import Fixtures
@testable import Work

@Suite struct ModelWatermarkTests {
  private let directory: TemporaryDirectory
  private let fixture: FidelityFixture
  private let context = WorkContext(threads: 2)

  init() throws {
    directory = try TemporaryDirectory()
    fixture = try FidelityFixture.shared.get()
  }

  private var vault: String { directory.file("vault") }

  private func verify(_ path: String, _ name: String? = nil) throws -> WatermarkVerification.Report {
    try WatermarkVerification(name, in: vault, alpha: 0.01).run(asking: path, context)
  }

  @Test func marksAModelAndRecognisesIt() throws {
    let report = try fixture.watermarking("marked", in: directory).run(context)
    #expect(report.before.twl == 0 && report.before == report.hostFigures && report.after.twl > 0)
    #expect(report.images == 60 && report.trainingImages == 300 && report.triggers == 16)
    let marked = try verify(directory.file("marked.safetensors"))
    #expect(marked.verdict.outcome == .trainedOn && marked.matches >= 8 && marked.commitment == report.commitment)
    #expect(marked.chance == 0.1 && marked.answered == 16 && marked.watermark == "marked")
    let host = try verify(fixture.host, "marked")
    #expect(
      host.verdict.outcome == .notShown && Double(host.matches) == 16 * (report.hostFigures.triggerAccuracy ?? -1))

    // The secret is nobody else's, and the report is there beside it.
    for file in ["watermark.json", "report.json"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(vault)/models/marked/\(file)")
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
    let kept = try CanonicalJSON.decode(ModelWatermarking.Report.self, from: "\(vault)/models/marked/report.json")
    #expect(kept == report)
    #expect(
      try Model.metadata(of: directory.file("marked.safetensors"))["classes"]
        == Model.metadata(of: fixture.host)["classes"])
    let entries = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(!entries.contains { $0.hasSuffix(".training") })

    // Given again it is the same watermark, and the same model.
    #expect(try fixture.watermarking("marked", in: directory).run(context) == report)
  }

  /// Another number of triggers would be another secret under a name that is taken.
  @Test func neverReplacesASecret() throws {
    var settings = FidelityFixture.settings(.ce)
    settings.epochs = 1
    _ = try fixture.watermarking("one", in: directory, settings: settings).run(context)
    let before = FileManager.default.contents(atPath: "\(vault)/models/one/watermark.json")
    let error = #expect(throws: WorkError.self) {
      try fixture.watermarking("one", in: directory, triggers: 17, settings: settings).run(context)
    }
    #expect(error?.code == "other-work" && error?.description.contains("--name") == true)
    #expect(FileManager.default.contents(atPath: "\(vault)/models/one/watermark.json") == before)
    _ = try fixture.watermarking("two", in: directory, settings: settings).run(context)
    let several = #expect(throws: WorkError.self) { try verify(fixture.host) }
    #expect(several == .ambiguousModelWatermark(vault: vault, names: ["one", "two"]))
  }

  // MARK: - Bad input

  /// Whatever is wrong is said before anything is trained, and before there is a secret.
  private func refuses(_ code: String, _ work: ModelWatermarking, sourceLocation: SourceLocation = #_sourceLocation) {
    do {
      _ = try work.run(context)
      Issue.record("it was taken", sourceLocation: sourceLocation)
    } catch {
      let failure = JobFailure(error, stage: "command")
      #expect(failure.code == code, sourceLocation: sourceLocation)
      #expect(!failure.message.contains("\n"), sourceLocation: sourceLocation)
    }
    #expect(!FileManager.default.fileExists(atPath: vault), sourceLocation: sourceLocation)
  }

  private func saved(_ definition: NetworkDefinition, _ change: (inout [String: Tensor]) -> Void = { _ in }) throws
    -> String
  {
    let path = directory.file("\(UUID()).safetensors")
    var tensors = try Model(definition, seed: 1).tensors
    change(&tensors)
    try SafetensorsWriter.write(tensors, metadata: [Model.definitionKey: definition.json], to: path)
    return path
  }

  private func definition(_ architecture: String = "cnn", side: Int = 32, classes: Int = 10) -> NetworkDefinition {
    NetworkDefinition(
      architecture: architecture, width: 8, input: ImageShape(channels: 3, height: side, width: side), classes: classes)
  }

  @Test func refusesHostsThatDoNotFitTheArchive() throws {
    refuses("other-shape", fixture.watermarking("x", in: directory, host: try saved(definition(side: 16))))
    refuses("other-shape", fixture.watermarking("x", in: directory, host: try saved(definition(classes: 9))))
    let generator = NetworkDefinition(
      architecture: "unet", width: 4, depth: 1, input: ImageShape(channels: 3, height: 32, width: 32), classes: 0)
    refuses("malformed-file", fixture.watermarking("x", in: directory, host: try saved(generator)))
    refuses("io-error", fixture.watermarking("x", in: directory, host: directory.file("none")))
  }

  @Test func refusesWeightsThatAreNoNumbers() throws {
    let path = try saved(definition()) { $0["conv1.weight"]?.values[3] = .nan }
    let code = NeuralNetError.notFinite(source: path, tensor: "conv1.weight", index: 3).code
    refuses(code, fixture.watermarking("x", in: directory, host: path))
  }

  @Test func refusesSoFewTriggersThatNoAnswerCouldConvict() throws {
    refuses("bad-setting", fixture.watermarking("x", in: directory, triggers: 1))
  }

  @Test func refusesAPlaceThatCannotBeWrittenTo() throws {
    let work = ModelWatermarking(
      host: fixture.host, archive: fixture.archive, settings: FidelityFixture.settings(.ce), name: "x",
      output: directory.file("nowhere/x.safetensors"), vault: vault, limits: InputLimits())
    refuses("io-error", work)
  }

  // MARK: - Comparison

  private func compare(_ model: String) throws -> FidelityComparison.Figures {
    try FidelityComparison(host: fixture.host, model: model, archive: fixture.archive, limits: InputLimits())
      .run(context)
  }

  @Test func comparesTwoModels() throws {
    let same = try compare(fixture.host)
    #expect(same.images == 60 && same.host == same.model && same.model.agreement == 1)
    let other = try compare(try saved(definition()))
    #expect(other.model.twl > 0 && other.model.pfl > 0 && other.model.spl > 0)
  }

  @Test func comparesNoTwoArchitectures() throws {
    for other in [definition("resnet18"), definition("wrn-10-1"), definition(side: 16)] {
      let path = try saved(other)
      let error = #expect(throws: WorkError.self) { try compare(path) }
      #expect(error?.code == "other-network" && error?.isRefusal == true)
      #expect(error?.description.contains("cnn:8 of 3×32×32 images and 10 classes") == true)
    }
  }

  // MARK: - Verification

  @Test func refusesModelsOfOtherImagesOrClasses() throws {
    var settings = FidelityFixture.settings(.ce)
    settings.epochs = 1
    _ = try fixture.watermarking("one", in: directory, settings: settings).run(context)
    for path in [try saved(definition(side: 16)), try saved(definition(classes: 9))] {
      let error = #expect(throws: WorkError.self) { try verify(path) }
      #expect(error?.code == "other-shape")
    }
    // Another architecture may be a student of the marked model.
    #expect(try verify(try saved(definition("resnet18"))).answered == 16)
  }

  @Test func knowsNoWatermarkButThoseInTheVault() throws {
    for name in [nil, "one", "../models", ""] {
      #expect(throws: WorkError.noModelWatermark(vault: vault, name: name)) { try verify(fixture.host, name) }
    }
  }

  /// A record may be a stranger's: what would ask for absurd memory is no record.
  @Test(arguments: [
    #""triggers":0"#, #""triggers":10001"#, #""input":{"channels":3,"height":5000,"width":32}"#,
    #""input":{"channels":3,"height":0,"width":32}"#, #""classes":["a"]"#, #""format":"dandyroll-model-watermark/2""#,
  ]) func refusesARecordOutOfBounds(member: String) throws {
    let digest = String(repeating: "0", count: 64)
    var members = [
      "classes": #"["a","b"]"#, "format": #""dandyroll-model-watermark/1""#, "host": #""\#(digest)""#,
      "input": #"{"channels":3,"height":32,"width":32}"#, "key": #""\#(digest)""#, "name": #""one""#,
      "source": #""\#(digest)""#, "triggers": "16",
    ]
    func read() throws -> ModelWatermark {
      let json =
        "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
      try FileManager.default.createDirectory(atPath: "\(vault)/models/one", withIntermediateDirectories: true)
      try Data(json.utf8).write(to: URL(fileURLWithPath: "\(vault)/models/one/watermark.json"))
      return try ModelWatermark(nil, in: vault)
    }
    #expect(try read().triggerSet.count == 16)
    let parts = member.split(separator: ":", maxSplits: 1).map(String.init)
    members[parts[0].trimmingCharacters(in: ["\""])] = parts[1]
    let error = #expect(throws: WorkError.self) { try read() }
    #expect(error?.code == "malformed-file")
  }
}
