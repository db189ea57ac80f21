import Archives
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

    func introduction() -> Introduction { Introduction(fingerprint: "model", profile: "{}") }

    func ask(_ questions: [[UInt8]], record: (Int, AskingEvent) throws -> Void) throws -> AskingEnd? {
      for (position, pixels) in questions.enumerated() {
        try record(position, .asked(nil))
        try record(position, .done(Reply(answer: answer(pixels), status: 200, attempts: 1, time: 1)))
      }
      return nil
    }

    private func answer(_ pixels: [UInt8]) -> SuspectAnswer? {
      for sample in 0..<images.count {
        guard let changed = place(of: pixels, beside: Array(images.pixels(of: sample))) else { continue }
        let isFooled =
          switch weakness {
          case .at(let place): changed == place
          case .anywhere: changed >= 0
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

    /// Where the one pixel is that differs; −1 where none does; nil for another image.
    private func place(of pixels: [UInt8], beside clean: [UInt8]) -> Int? {
      let plane = images.shape.height * images.shape.width
      var place = -1
      for index in pixels.indices where pixels[index] != clean[index] {
        if place >= 0, place != index % plane { return nil }
        place = index % plane
      }
      return place
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
    func outcome(_ name: String, _ weakness: Suspect.Weakness) throws -> String {
      try audit(name, Suspect(images: images, weakness: weakness), harness, context).outcome
    }
    #expect(try outcome("learned-it", .at(place)) == "trained-on")
    #expect(try outcome("learned-another", .at((place + 1) % 1024)) == "not-shown")
    // A t-test would convict it, and it has learned nothing of this release.
    #expect(try outcome("takes-any-pixel", .anywhere) == "not-shown")
    #expect(try outcome("learned-nothing", .nowhere) == "not-shown")
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
    _ name: String, _ suspect: Suspect, _ harness: Harness, _ context: WorkContext
  ) throws -> AuditResult {
    let spec = AuditSpec(
      suspect: "{}", name: name, credential: nil, release: harness.service.outbox + "/release-shapes-1",
      vault: harness.service.vault, images: nil, number: 1,
      questions: AuditQuestions(perAudit: 100_000, perDay: 1_000_000, images: 20, looks: 1, decoys: 0),
      judgement: AuditJudgement(), signingKey: nil, limits: InputLimits())
    return try AuditWork(spec, context, suspect: suspect, now: { 1_800_000_000_000 }).run()
  }
}
