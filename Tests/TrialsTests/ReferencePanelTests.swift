import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import NeuralNet
import Synchronization
import Testing

@testable import Audits
@testable import Fixtures
@testable import Releases
@testable import Trials
@testable import Work

@Suite struct ReferencePanelTests {
  private static let digest = HexDigest(bytes: [UInt8](repeating: 7, count: 32))

  private func member(_ number: Int, gain: Double = 0) -> ReferencePanel.Member {
    .init(
      name: "\(number)", architecture: "cnn", width: 8, seed: UInt64(number), part: "all", augments: true, epochs: 1,
      source: "", ba: 0.5, deltaP: gain)
  }

  /// Three models on four images of indices 10, 20, 30, 40, under a key of one carrier.
  private func panel() -> ReferencePanel {
    ReferencePanel(
      .init(
        release: "release-drawn-1", archive: Self.digest, generator: Self.digest, claim: .targeted(at: 1), amplitude: 2,
        keySize: 1,
        samples: [10, 20, 30, 40], models: (1...3).map { member($0) }),
      .init(
        clean: [0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2, 0, 0, 0, 0],
        marked: [0.2, 0.4, 0.1, 0.1, 0.2, 0.2, 0.7, 0.2, 0, 0, 0, 1],
        cleanHits: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], markedHits: [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]))
  }

  private func near(_ found: [Double]?, _ expected: [Double]) -> Bool {
    guard let found, found.count == expected.count else { return false }
    return zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  @Test func ranksASuspectOnTheVeryImagesThatItWasAskedAbout() throws {
    let panel = panel()
    #expect(near(panel.deltaP(on: [[10, 20]], .probabilities), [0.2, 0, 0]))
    #expect(near(panel.deltaP(on: [[40, 30]], .probabilities), [0, 0.25, 0.5]))
    // An image that was asked about twice counts twice.
    #expect(near(panel.deltaP(on: [[10, 20, 20]], .probabilities), [0.7 / 3, 0, 0]))
    #expect(near(panel.deltaP(on: [[30, 40]], .label), [0, 0.5, 0.5]))
    #expect(try #require(panel.rank(of: 0.3, on: [[10, 20]], .probabilities)).p.value == 0.25)
    #expect(try #require(panel.rank(of: 0.3, on: [[30, 40]], .probabilities)).p.value == 0.5)
    // Ties count against the suspect's accuser.
    #expect(try #require(panel.rank(of: 0, on: [[10, 20]], .probabilities)).p.value == 1)
  }

  @Test func saysNothingAboutAnImageThatItNeverSaw() {
    #expect(panel().deltaP(on: [[10, 11]], .probabilities) == nil)
    #expect(panel().rank(of: 0.5, on: [[]], .probabilities) == nil)
  }

  @Test func leavesOutImagesWithoutBothAnswers() throws {
    let scores = try KeyedScores(
      .probabilities, clean: [0, 0, nil, 0], real: [0.3, 0.3, 0.9, nil], decoys: [[0, 0, 0, 0]])
    let rank = try #require(panel().rank(scores, on: [10, 20, 30, 40]))
    #expect(rank.score == 0.3 && rank.p.value == 0.25)
  }

  /// Two carriers, and one answer lost: each carrier's mean is over its own images, the references' too.
  @Test func averagesOverTheCarriersOfTheKey() throws {
    let panel = ReferencePanel(
      .init(
        release: "release-drawn-1", archive: Self.digest, generator: Self.digest, claim: .targeted(at: 1), amplitude: 1,
        keySize: 2, samples: [10, 20], models: [member(1)]),
      .init(clean: [0.1, 0.2], marked: [0.3, 0.4, 0.6, 0.9], cleanHits: [0, 0], markedHits: [0, 0, 1, 1]))
    #expect(near(panel.deltaP(on: [[10, 20], [10]], .probabilities), [(0.2 + 0.5) / 2]))
    #expect(near(panel.deltaP(on: [[10], [10, 20]], .label), [0.5]))
    let scores = try KeyedScores(
      .probabilities, clean: [0, 0], carriers: [[0.3, 0.3], [0.3, nil], [0, 0]], keySize: 2)
    let rank = try #require(panel.rank(scores, on: [10, 20]))
    #expect(abs(rank.score - 0.3) < 1e-12 && rank.p.value == 1)
    // Answers under a key of another size are none that it knows.
    let other = try KeyedScores(.probabilities, clean: [0, 0], real: [1, 1], decoys: [[0, 0]])
    #expect(panel.rank(other, on: [10, 20]) == nil)
  }

  @Test func comesBackFromItsFileAsItWas() throws {
    let fixture = try QualifiedFixture()
    try panel().write(to: fixture.record)
    let read = try #require(
      try ReferencePanel(vault: fixture.vault, release: "release-drawn-1", archive: Self.digest))
    #expect(read.document == panel().document)
    #expect(near(read.deltaP(on: [[40, 30]], .probabilities), [0, 0.25, 0.5]))
    #expect(near(read.deltaP(on: [[30, 40]], .label), [0, 0.5, 0.5]))
    let summary = try PanelSummary(vault: fixture.vault, release: "release-drawn-1")
    #expect(summary.samples == 4 && summary.models.count == 3)
    #expect(summary.tensors == (try HexDigest(ofFile: fixture.record.panel)))
    // A panel about other images is none.
    let other = HexDigest(bytes: [UInt8](repeating: 8, count: 32))
    #expect(try ReferencePanel(vault: fixture.vault, release: "release-drawn-1", archive: other) == nil)
  }

  @Test func refusesScoresThatAreNoProbabilities() throws {
    let fixture = try QualifiedFixture()
    try panel().write(to: fixture.record)
    let file = try SafetensorsFile(path: fixture.record.panel)
    var tensors = Dictionary(uniqueKeysWithValues: try file.names.map { ($0, try file.tensor($0)) })
    tensors["marked"] = Tensor(shape: [3, 1, 4], values: [Float](repeating: 1.5, count: 12))
    try SafetensorsWriter.write(tensors, metadata: file.metadata, to: fixture.record.panel)
    let error = #expect(throws: WorkError.self) {
      try ReferencePanel(vault: fixture.vault, release: "release-drawn-1", archive: Self.digest)
    }
    #expect(error?.code == "malformed-file")
  }

  // MARK: - The job

  private func build(_ fixture: QualifiedFixture, _ models: Int) throws -> ReferenceResult {
    try ReferenceWork(
      fixture.referenceSpec(models: models, work: fixture.directory.file("work")), WorkContext(threads: 2)
    ).run()
  }

  @Test func scoresEveryImageOfThePool() throws {
    let fixture = try QualifiedFixture.colours()
    let result = try build(fixture, 3)
    #expect(result.models == 3 && result.trained == 3)
    for path in [result.panel, "\(fixture.vault)/panels/drawn/01-cnn-32.safetensors"] {
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(path)")
    }
    let archive = try fixture.record.opening().releasedArchive
    let panel = try #require(try ReferencePanel(vault: fixture.vault, release: "release-drawn-1", archive: archive))
    let verification = try CanonicalJSON.decode(
      Vault.Verification.self, from: "\(fixture.record.directory)/verification.json")
    #expect(panel.document.samples == verification.samples)
    #expect(panel.amplitude == 1 && panel.keySize == 3)
    #expect(panel.models.map(\.architecture) == ["cnn", "resnet18", "wrn-10-1"])
    #expect(panel.models.map(\.part) == ["all", "first-half", "second-half"])
    #expect(Set(panel.models.map(\.augments)) == [true, false])
    let gains = try #require(panel.deltaP(on: Array(repeating: verification.samples, count: 3), .probabilities))
    #expect(gains == panel.models.map(\.deltaP))
    #expect(result.largestGain == gains.max())
  }

  @Test func aNewReleaseMeetsTheModelsOfItsDataset() throws {
    let fixture = try QualifiedFixture.colours()
    let first = try build(fixture, 2)
    let bytes = FileManager.default.contents(atPath: first.panel)
    let again = try build(fixture, 2)
    #expect(again.trained == 0)
    #expect(FileManager.default.contents(atPath: again.panel) == bytes)
    #expect(try build(fixture, 3).trained == 1)
    // Another settings' models are trained anew.
    var spec = fixture.referenceSpec(models: 2, work: fixture.directory.file("work"))
    spec.settings.epochs = 25
    #expect(try ReferenceWork(spec, WorkContext(threads: 2)).run().trained == 2)
  }

  @Test func aStoppedPanelGoesOnToTheSameBytes() throws {
    let undisturbed = try QualifiedFixture.colours()
    let expected = FileManager.default.contents(atPath: try build(undisturbed, 3).panel)
    let fixture = try QualifiedFixture.colours()
    let steps = Atomic(0)
    let context = WorkContext(
      threads: 2, report: { if $0.stage == "reference", $0.done == $0.total { steps.add(1, ordering: .relaxed) } },
      stopRequested: { steps.load(ordering: .relaxed) >= 2 })
    let spec = fixture.referenceSpec(models: 3, work: fixture.directory.file("work"))
    #expect(throws: WorkError.stopped) { try ReferenceWork(spec, context).run() }
    let result = try ReferenceWork(spec, WorkContext(threads: 1)).run()
    #expect(result.trained == 1)
    #expect(FileManager.default.contents(atPath: result.panel) == expected)
  }

  @Test func aPanelBuiltByHandIsTheDaemons() throws {
    let fixture = try QualifiedFixture.colours()
    func build(_ release: String) throws -> ReferenceResult {
      try PanelInPlace(
        release: release, vault: fixture.vault, original: fixture.archive,
        settings: ReferenceSettings(models: 1, epochs: 24, samples: 0), limits: InputLimits()
      ).run(WorkContext(threads: 2))
    }
    let byHand = try build(fixture.release)
    #expect(byHand.trained == 1)
    #expect(!FileManager.default.fileExists(atPath: fixture.record.directory + "/panel.work"))
    // By its name in the vault, and with the models where the daemon looks for them.
    #expect(try build("release-drawn-1").trained == 0)
    let bytes = FileManager.default.contents(atPath: byHand.panel)
    #expect(try self.build(fixture, 1).trained == 0)
    #expect(FileManager.default.contents(atPath: byHand.panel) == bytes)
    #expect(throws: WorkError.self) { try build("no-release") }
  }

  @Test func modelsThatLearnedNothingHaveNoSay() throws {
    let fixture = try QualifiedFixture.colours()
    var spec = fixture.referenceSpec(models: 2, work: fixture.directory.file("work"))
    spec.settings.samples = 2
    spec.settings.epochs = 1
    let error = #expect(throws: WorkError.self) { try ReferenceWork(spec, WorkContext(threads: 1)).run() }
    #expect(error?.code == "useless-references" && error?.isRefusal == true)
    #expect(!FileManager.default.fileExists(atPath: fixture.record.panel))
    #expect(try build(fixture, 2).leftOut == nil)
  }

  @Test func theNextInLineMakesUpForOneThatLearnedNothing() throws {
    let fixture = try QualifiedFixture.colours()
    _ = try build(fixture, 1)
    // The first model is there, and answers everything alike.
    let path = "\(fixture.vault)/panels/drawn/01-cnn-32.safetensors"
    let file = try SafetensorsFile(path: path)
    let blank = try file.names.map { name in
      let shape = try file.tensor(name).shape
      return (name, Tensor(shape: shape, values: [Float](repeating: 0, count: shape.reduce(1, *))))
    }
    try SafetensorsWriter.write(Dictionary(uniqueKeysWithValues: blank), metadata: file.metadata, to: path)
    let result = try build(fixture, 2)
    #expect(result.leftOut == ["01-cnn-32"] && result.models == 2 && result.trained == 2)
    let panel = try PanelSummary(vault: fixture.vault, release: "release-drawn-1")
    #expect(panel.models.map(\.name) == ["02-resnet18-8", "03-wrn-10-1-16"])
  }

  @Test func refusesAnArchiveThatTheReleaseWasNotMadeOf() throws {
    let fixture = try QualifiedFixture()
    let other = fixture.directory.file("other.tar.gz")
    try DrawnDataset(seed: 99).writeCIFAR10(to: other, perBatch: 20, test: 20)
    var spec = fixture.referenceSpec(models: 2, work: fixture.directory.file("work"))
    spec.archive = other
    let error = #expect(throws: WorkError.self) { try ReferenceWork(spec, WorkContext(threads: 2)).run() }
    #expect(error?.code == "other-source")
  }

  @Test func halvesOfADrawShareNothing() throws {
    let models = try ReferenceModel.panel(of: 9, input: .init(channels: 3, height: 32, width: 32), classes: 10)
    let indices = Array(0..<101)
    for draw in stride(from: 0, to: 9, by: 3) {
      let parts = models[draw..<draw + 3].map { $0.samples(among: indices, limit: 60) }
      #expect(parts[0].count == 60)
      #expect(Set(parts[1]).isDisjoint(with: parts[2]))
      #expect(Set(parts[1]).union(parts[2]) == Set(parts[0]))
    }
  }

  @Test func everyArchitectureIsThereWithAndWithoutAugmentation() throws {
    let models = try ReferenceModel.panel(of: 16, input: .init(channels: 3, height: 32, width: 32), classes: 10)
    let kinds = Set(models.map { "\($0.learner) \($0.augments)" })
    #expect(kinds.count == 16)
  }

  @Test func smallImagesHaveAPanelToo() throws {
    let models = try ReferenceModel.panel(of: 19, input: .init(channels: 1, height: 28, width: 28), classes: 10)
    #expect(models.count == 19)
    #expect(models.allSatisfy { $0.learner.architecture != "vgg16" })
    #expect(Set(models.map(\.name)).count == 19)
  }

  // MARK: - Answers by hand

  @Test func answersByHandAreHeldAgainstThePanel() throws {
    let fixture = try QualifiedFixture()
    _ = try QueryExport(
      release: fixture.release, vault: fixture.vault, images: nil, count: 12, decoys: 29, amplitude: nil,
      output: fixture.directory.file("questions"), limits: InputLimits()
    ).run(WorkContext(threads: 2))
    let sheet = try #require(try fixture.record.sheets().first)
    let secret = try fixture.record.opening().statement.secret
    var lines: [String] = []
    for (group, names) in sheet.names(secret).enumerated() {
      for (position, name) in names.enumerated() {
        let p = 1...sheet.keySize ~= group ? 0.9 : 0.02 + 0.001 * Double((group + position) % 7)
        var row = [Double](repeating: 0, count: 10)
        row[sheet.labels[position]] = 1 - p
        row[sheet.claim.members.targetClass ?? 0] = p
        lines.append(([name] + row.map { "\($0)" }).joined(separator: ","))
      }
    }
    let answers = fixture.directory.file("answers.csv")
    try lines.joined(separator: "\n").write(toFile: answers, atomically: true, encoding: .utf8)
    func score() throws -> QueryScore {
      try QueryScore(answers: answers, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
    }
    #expect(try score().pPanel == nil)
    #expect(try score().verdict.outcome == .trainedOn)

    /// Nineteen models that answer the marked images with this probability.
    func panel(_ marked: Float) throws {
      let pool = try CanonicalJSON.decode(
        Vault.Verification.self, from: "\(fixture.record.directory)/verification.json"
      ).samples
      let values = [Float](repeating: 0, count: 19 * pool.count)
      try ReferencePanel(
        .init(
          release: "release-drawn-1", archive: fixture.record.opening().releasedArchive, generator: Self.digest,
          claim: sheet.claim, amplitude: sheet.amplitude, keySize: sheet.keySize, samples: pool,
          models: (1...19).map { member($0) }),
        .init(
          clean: values, marked: [Float](repeating: marked, count: sheet.keySize * values.count), cleanHits: values,
          markedHits: [Float](repeating: 0, count: sheet.keySize * values.count))
      ).write(to: fixture.record)
    }
    try panel(0.1)
    let held = try score()
    #expect(held.pPanel == 0.05 && held.references == 19 && held.verdict.outcome == .trainedOn)
    // Where models that never saw the release answer as loudly, the decoys alone convict nobody.
    try panel(0.95)
    let loud = try score()
    #expect(loud.pPanel == 1 && loud.verdict.outcome == .notShown)
    let json = String(decoding: try JSONEncoder().encode(loud), as: UTF8.self)
    #expect(json.contains("\"p_panel\":1"))
  }
}
