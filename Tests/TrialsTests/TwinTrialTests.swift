import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import Testing
import Watermarks

@testable import Fixtures
@testable import Releases
@testable import Trials

@Suite struct TwinTrialTests {
  private let fixture: KeyedFixture
  private let survey: DatasetSurvey
  private let release: OwnedRelease

  init() throws {
    fixture = try KeyedFixture.shared.get()
    survey = try DatasetSurvey(file: fixture.archive)
    release = try OwnedRelease("release-drawn-1", in: fixture.vault, methods: .standard)
  }

  @Test func oneTwinIsWhatWasReleasedAndTheOtherOnlyLiesElsewhere() throws {
    let marks = try release.record.marks()
    let marked = Set(marks.map(\.index))
    let original = try SampleCache(survey, limits: InputLimits(), choose: { marked.contains($0) })
    let published = try SampleCache(
      try DatasetSurvey(file: "\(fixture.release)/data/drawn.tar.gz"), limits: InputLimits(),
      choose: { marked.contains($0) })
    let marker = try release.generator.watermark.marker(
      release.secret, of: release.claim, amplitude: 1, batch: 8, threads: 1)
    let twins = try #require(try marker.markTwins(original.pixels, original.batch))
    let isReleased = try marker.mark(original.pixels, original.batch) == published.pixels
    #expect(isReleased)
    let size = survey.shape.bytes
    let epsilon = release.opening.statement.epsilon
    let isWithin = zip(twins, original.pixels).allSatisfy { abs(Int($0) - Int($1)) <= epsilon }
    // Once in a while two draws put a carrier in the same place.
    let moved = (0..<original.count).count { sample in
      let range = sample * size..<(sample + 1) * size
      return twins[range] != published.pixels[range]
    }
    #expect(isWithin && moved >= original.count * 9 / 10)
  }

  @Test func asksAboutEverySampleOnceAndAlwaysTheSame() throws {
    let gathering = try #require(try TwinTrial.Gathering(of: release, on: survey, threads: 1))
    try SampleReader(survey, limits: InputLimits(), onProgress: { _ in }).read([gathering.selection])
    let trial = gathering.trial()
    let model = try Model(
      NetworkDefinition(architecture: "cnn", width: 8, input: survey.shape, classes: 10), seed: 5)
    let plan = try ClassifierPlan(model, batch: 8, threads: 1)
    let answers = try trial.answers(of: plan)
    let evidence = try #require(answers.twins)
    #expect(evidence.published + evidence.withheld + evidence.ties == release.opening.statement.markedSamples)
    #expect(try trial.answers(of: plan).twins == evidence)
    #expect(answers.lossGain.map { abs($0) < 0.5 } == true)
    #expect(evidence.differences.count == release.opening.statement.markedSamples && evidence.flips.p.value > 0.001)
    // A network with its first weights knows no coin.
    #expect(evidence.p.value > 0.001)
  }

  @Test func whatIsNoNumberIsNoAnswer() throws {
    let model = try Model(
      NetworkDefinition(architecture: "cnn", width: 8, input: survey.shape, classes: 2), seed: 5)
    let plan = try ClassifierPlan(model, batch: 8, threads: 1)
    let answers: [Float] = [0.25, 0.75, .nan, .nan, 0, 1.000_001]
    #expect(plan.scores(answers, of: .targeted(at: 1), labels: [0, 0, 0]) == [[0.75, nil, 1]])
    #expect(plan.scores(answers, of: .untargeted, labels: [0, 0, 1]) == [[0.75, nil, 0]])
  }
}
