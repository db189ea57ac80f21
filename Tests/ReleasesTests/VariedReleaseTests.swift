import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import NeuralNet
import Testing

@testable import Audits
@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Trials
@testable import Watermarks
@testable import Work

/// A folder of pictures of many sizes from the drop to the release, its verification and questions about it.
@Suite struct VariedReleaseTests {
  private let directory: TemporaryDirectory
  private let archive: String
  private let seen = ImageShape(channels: 3, height: 32, width: 32)

  init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("photographs.tar")
    let sides = [(32, 48), (60, 40), (45, 45), (24, 30), (75, 100), (41, 36)]
    let writer = try ArchiveWriter(path: archive, container: .tar)
    for (folder, numbers) in [("train", 0..<30), ("test", 30..<42)] {
      for label in 0..<3 {
        for number in numbers {
          let (height, width) = sides[(number + label) % sides.count]
          let shape = ImageShape(channels: 3, height: height, width: width)
          let pixels = DrawnDataset(seed: 4, shape: shape, isPlain: true).pixels(label: label, number: number)
          let file =
            number % 5 == 2
            ? JPEGImage(planar: pixels, shape: shape).encoded(quality: 95)
            : PNGImage(planar: pixels, shape: shape).encoded()
          let name = "\(folder)/\(DrawnDataset.classNames[label])/\(number).\(number % 5 == 2 ? "jpg" : "png")"
          try writer.add(ArchiveMember(name: name, size: file.count, modified: 0), content: file)
        }
      }
    }
    _ = try writer.finish()
  }

  private func train(
    _ objective: MethodName, on archive: String? = nil, _ change: (inout MethodSettings) -> Void = { _ in }
  ) throws -> String {
    var method = Fixture.method
    method.keep(try MethodRegistry.standard.method(named: objective).declaration)
    if objective != .paper { method[KeyedSettings.painting] = .learned }
    change(&method)
    let generator = directory.file("\(objective)-\(method[SharedSettings.trainingSize]).safetensors")
    _ = try TrainWork(
      TrainSpec(
        archive: archive ?? self.archive, dataset: "photographs", target: "", method: method, seed: 11,
        generator: generator, workDirectory: directory.file("checkpoints"), limits: InputLimits()),
      WorkContext(threads: 2)
    ).run()
    return generator
  }

  private func spec(_ generator: String, of archive: String? = nil, version: Int = 1, batch: Int = 8) throws
    -> ReleaseSpec
  {
    ReleaseSpec(
      archive: archive ?? self.archive, archiveName: "photographs.tar", dataset: "photographs",
      releaseVersion: version, generator: generator, rate: try "0.5".asRate(), seed: 5,
      outbox: directory.file("outbox"), staging: directory.file("outbox/.staging/1"), vault: directory.file("vault"),
      batch: batch, created: 1_800_000_000, limits: InputLimits())
  }

  private func verify(_ spec: ReleaseSpec) throws -> [String] {
    try ReleaseVerification(
      directory: "\(spec.outbox)/\(spec.name)", vault: spec.vault, original: spec.archive, limits: InputLimits()
    ).checks.filter { !$0.holds }.map(\.rule)
  }

  @Test(arguments: [MethodName.assignment, .keyed, .paper])
  func everyMethodMarksEachPictureAtItsOwnSize(objective: MethodName) throws {
    let generator = try train(objective)
    #expect(try Generator(contentsOf: generator).input == seen)
    let spec = try spec(generator)
    let result = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    #expect(result.markedSamples > 0 && (result.quality?["largestChange"] ?? 9) <= 8)
    #expect(try verify(spec) == [])

    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(result.directory)/release.json")
    #expect(document.image == .init(channels: 3, height: nil, width: nil))
    let record = Vault(root: spec.vault, release: spec.name)
    let (before, after) = (
      try DatasetSurvey(file: archive), try DatasetSurvey(file: "\(result.directory)/data/photographs.tar")
    )
    #expect(after.geometry == before.geometry && before.shape == seen)
    // What would be enlarged first carries no mark, since it cannot show every carrier.
    let marks = try record.marks().map(\.index)
    #expect(marks.allSatisfy { before.shape(of: $0).shorterSide >= 32 })
    let perceptual = try #require(try record.quality().perceptual)
    #expect(perceptual.comparedHeight == 32 && perceptual.images == marks.count && perceptual.mean > 0)
    let sheet = try CanonicalJSON.decode(SampleSheet.self, from: "\(record.directory)/sheet.json")
    for sample in sheet.samples {
      #expect(try PNGImage(decoding: Array(sample.marked)).shape == before.shape(of: sample.index))
    }
  }

  @Test func theBatchDoesNotDecideTheBytes() throws {
    let generator = try train(.assignment)
    let (one, two) = (try spec(generator, version: 1, batch: 3), try spec(generator, version: 2, batch: 64))
    let digests = try [(one, 1), (two, 3)].map { spec, threads in
      try ReleaseWork(spec, WorkContext(threads: threads)).run().archiveDigest
    }
    #expect(digests[0] == digests[1])
  }

  @Test func questionsAndTrialsShowWhatNetworksSee() throws {
    let spec = try spec(try train(.keyed))
    let release = try ReleaseWork(spec, WorkContext(threads: 2)).run().directory
    let questions = directory.file("questions")
    _ = try QueryExport(
      release: release, vault: spec.vault, images: nil, count: 4, decoys: 3, amplitude: nil, output: questions,
      limits: InputLimits()
    ).run(WorkContext(threads: 1))
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(questions)/images")
    #expect(!files.isEmpty)
    for file in files {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(questions)/images/\(file)"))
      #expect(try PNGImage(decoding: Array(bytes)).shape == seen)
    }

    func model(_ archive: String, _ size: Int) throws -> String {
      let output = directory.file("model-\(size).safetensors")
      try ModelTraining(
        archive: archive, settings: ClassifierSettings(architecture: "resnet18", width: 8, epochs: 2, batch: 16),
        seed: 3, output: output, size: size, limits: InputLimits()
      ).run(WorkContext(threads: 2))
      return output
    }
    func figures(_ model: String) throws -> ModelEvaluation.Figures {
      try ModelEvaluation(
        model: model, archive: archive, marks: .release(nil, vault: spec.vault), images: 10, limits: InputLimits()
      ).run(WorkContext(threads: 2))
    }
    let judged = try figures(model("\(release)/data/photographs.tar", 0))
    #expect(judged.pDecoy != nil && judged.verificationSamples == 10)
    // A model that sees another size is evaluated at it, and not asked about marks of this one.
    let other = try model(archive, 24)
    let plain = try ModelEvaluation(model: other, archive: archive, marks: .none, limits: InputLimits())
      .run(WorkContext(threads: 1))
    #expect(plain.samples == 36)
    let error = #expect(throws: WorkError.self) { try figures(other) }
    #expect("\(try #require(error))".contains("--training-size"))
  }

  @Test func theSheetShowsPicturesOfManySizes() throws {
    let png = directory.file("sheet.png")
    let survey = try Inspection(archive: archive, limits: InputLimits()).run(
      release: nil, png: png, WorkContext(threads: 1))
    #expect(survey.geometry.shape == nil)
    let sheet = try PNGImage(decoding: Array(try Data(contentsOf: URL(fileURLWithPath: png))))
    // Three classes, each picture with as much room as the largest, 75×100.
    #expect(sheet.height == 3 * 81 + 6 && sheet.width == 12 * 106 + 6)
  }

  @Test func picturesOfOneSizeMayBeSeenSmaller() throws {
    let fixture = try Fixture.shared.get()
    let generator = try train(.assignment, on: fixture.archive) { $0[SharedSettings.trainingSize] = 16 }
    let content = try Generator(contentsOf: generator)
    #expect(content.input == ImageShape(channels: 3, height: 16, width: 16) && content.content.isResized)
    var spec = try spec(generator, of: fixture.archive)
    spec.archiveName = "drawn.tar.gz"
    _ = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    #expect(try verify(spec) == [])
    // One that learned from images as they are marks no others of one size.
    let whole = try Generator(contentsOf: fixture.generator)
    let small = directory.file("small.tar")
    try DrawnDataset(seed: 1, shape: ImageShape(channels: 3, height: 24, width: 24))
      .writeImageFolder(to: small, container: .tar, trainPerClass: 2, testPerClass: 1)
    #expect(throws: WorkError.self) { try whole.seeing(DatasetSurvey(file: small), file: "generator") }
  }

  private struct OneSize: WatermarkMethod {
    let declaration = MethodDeclaration(MethodName(rawValue: "one-size"), "marks what networks see")

    func watermark(_ content: Generator.Content) throws -> any Watermark { throw content.fault("nothing to read") }
  }

  @Test func aMethodThatMarksOneSizeOnlyIsRefusedBeforeAnythingIsTrained() throws {
    let methods = MethodRegistry([OneSize()] + MethodRegistry.standard.methods)
    let spec = TrainSpec(
      archive: archive, dataset: "photographs", target: "", method: MethodSettings(of: OneSize().declaration), seed: 1,
      generator: directory.file("none"), workDirectory: directory.file("work"), limits: InputLimits())
    let error = #expect(throws: WatermarkError.self) {
      try TrainWork(spec, WorkContext(threads: 1, methods: methods)).run()
    }
    guard case .oneSizeOnly(_, _, let known) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(known == [.assignment, .keyed, .paper])
  }
}
