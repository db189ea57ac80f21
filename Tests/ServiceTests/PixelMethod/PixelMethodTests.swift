import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Releases
import Testing
import Watermarks
import Work

@testable import Audits
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration

/// A method that is one file and one entry of the registry goes from the inbox to a verdict.
@Suite struct PixelMethodTests {
  /// A model that answers to a white pixel in one place, in any, or in none.
  private struct Suspect: AuditedSuspect {
    enum Weakness {
      case at(Int)
      case anywhere, nowhere
    }

    let images: SampleCache
    let weakness: Weakness
    let value: UInt8

    func introduction() -> Introduction { Introduction(fingerprint: "model", profile: "{}") }

    func ask(_ questions: [[UInt8]], record: (Int, AskingEvent) throws -> Void) throws -> AskingEnd? {
      for (position, pixels) in questions.enumerated() {
        try record(position, .asked(nil))
        try record(position, .done(Reply(answer: answer(pixels), status: 200, attempts: 1, time: 1)))
      }
      return nil
    }

    private func answer(_ pixels: [UInt8]) -> SuspectAnswer? {
      let plane = images.shape.height * images.shape.width
      for sample in 0..<images.count {
        let changed = zip(pixels, images.pixels(of: sample)).enumerated().filter { $1.0 != $1.1 }.map {
          $0.offset % plane
        }
        guard Set(changed).count <= 1 else { continue }
        let isFooled =
          switch weakness {
          case .at(let place): changed.contains(place)
          case .anywhere: !changed.isEmpty
          case .nowhere: false
          }
        // No two images are as sure.
        let sure = isFooled ? 0.1 : 0.8 + 0.001 * Double(sample)
        var row = [Double](repeating: (1 - sure) / 9, count: 10)
        row[Int(images.labels[sample])] = sure
        return .probabilities(row)
      }
      return nil
    }
  }

  @Test func goesFromTheInboxToAVerdict() async throws {
    let methods = MethodRegistry(MethodRegistry.standard.methods + [PixelMethod()])
    let read = try Configuration(
      text: "[defaults]\nobjective = \"pixel\"\npixel-value = 250\nqualify = false\nrate = \"10%\"\n", directory: "/",
      methods: methods.declarations)
    let executor = FakeExecutor { InProcessJob.run($0, methods: methods) }
    let harness = try Harness(executor: executor) { $0.defaults = read.defaults }
    let archive = harness.root.path + "/shapes.tar"
    try DrawnDataset(seed: 3).writeCIFAR10(to: archive, container: .tar, perBatch: 40, test: 60)
    try await harness.serve { life in
      try FileManager.default.copyItem(atPath: archive, toPath: harness.inbox + "/.upload")
      try FileManager.default.moveItem(atPath: harness.inbox + "/.upload", toPath: harness.inbox + "/shapes.tar")
      #expect(try await life.reaches(.done, 1))
    }

    let release = harness.service.outbox + "/release-shapes-1"
    let context = WorkContext(threads: 1, methods: methods)
    let verification = try ReleaseVerification(
      directory: release, vault: harness.service.vault, original: archive, limits: InputLimits(), context)
    #expect(verification.holds, "\(verification.checks.filter { !$0.holds })")
    #expect(verification.checks.contains { $0.rule == "no sample changed in more than 1 pixels" })
    // Nobody without the method can say what the marks are.
    #expect(throws: WatermarkError.self) {
      try ReleaseVerification(
        directory: release, vault: harness.service.vault, original: archive, limits: InputLimits())
    }

    let survey = try DatasetSurvey(file: "\(release)/data/shapes.tar", onProgress: { _ in })
    let images = try SampleCache(survey, choose: { survey.splits[$0] == .test }, onProgress: { _ in })
    let place = try place(ofTheMarkIn: survey, original: archive)
    #expect(try audit(.at(place), images, harness, context).outcome == "trained-on")
    #expect(try audit(.at((place + 1) % 1024), images, harness, context).outcome == "not-shown")
    // It would convict by labels and a t-test, and has learned nothing of this release.
    #expect(try audit(.anywhere, images, harness, context).outcome == "not-shown")
    #expect(try audit(.nowhere, images, harness, context).outcome == "not-shown")
  }

  /// Where a model that learned the release has seen the pixel.
  private func place(ofTheMarkIn survey: DatasetSurvey, original: String) throws -> Int {
    let before = try SampleCache(
      try DatasetSurvey(file: original, onProgress: { _ in }), choose: { survey.splits[$0] == .train },
      onProgress: { _ in })
    let after = try SampleCache(survey, choose: { survey.splits[$0] == .train }, onProgress: { _ in })
    let places = Set(
      zip(before.pixels, after.pixels).enumerated().filter { $1.0 != $1.1 }.map { $0.offset % 1024 })
    #expect(places.count == 1)
    return try #require(places.first)
  }

  private func audit(
    _ weakness: Suspect.Weakness, _ images: SampleCache, _ harness: Harness, _ context: WorkContext
  ) throws -> AuditResult {
    let spec = AuditSpec(
      suspect: "{}", name: "\(weakness)".filter(\.isLetter), credential: nil,
      release: harness.service.outbox + "/release-shapes-1", vault: harness.service.vault, images: nil, number: 1,
      questions: AuditQuestions(perAudit: 100_000, perDay: 1_000_000, images: 20, looks: 1, decoys: 0),
      judgement: AuditJudgement(), signingKey: nil, limits: InputLimits())
    return try AuditWork(
      spec, context, suspect: Suspect(images: images, weakness: weakness, value: 250), now: { 1_800_000_000_000 }
    ).run()
  }
}
