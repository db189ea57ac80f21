import Datasets
import Evidence
import Jobs
import Releases
import Watermarks
import Work

/// Paints the images of a plan's questions: clean, or under a carrier.
struct AuditPictures {
  private let plan: AuditPlan
  private let marker: any SampleMarker
  private let pixels: [Int: [UInt8]]

  /// - Throws: `WorkError.otherRelease` if the archive of images is no longer the one that the plan was drawn from.
  init(
    _ plan: AuditPlan, of images: AuditImages, spec: AuditSpec, record: Vault, document: ReleaseDocument,
    _ context: WorkContext
  ) throws {
    var survey = try images.survey()
    guard survey.digest == plan.source.sha256 else {
      throw WorkError.otherRelease(
        path: images.path, reason: "it is not the archive of images that the series began with")
    }
    let generator = try Generator(contentsOf: record.generator, methods: context.methods)
    survey = try generator.seeing(survey, file: record.generator)
    let chosen = Set(plan.samples)
    let cache = try SampleCache(
      survey, limits: spec.limits, choose: { chosen.contains($0) }, onProgress: Reporter(context).bytes("read"))
    var pixels: [Int: [UInt8]] = [:]
    for (position, index) in cache.indices.enumerated() { pixels[index] = Array(cache.pixels(of: position)) }
    self.pixels = pixels
    self.plan = plan
    marker = try generator.watermark.marker(
      record.opening(of: document).statement.secret, of: plan.claim, amplitude: plan.amplitude, batch: 1,
      threads: context.threads)
  }

  /// Pixels (C, H, W).
  func picture(_ number: Int, round: Int) -> [UInt8] {
    let question = plan.question(number, round: round)
    let sample = plan.samples[question.image]
    guard let clean = pixels[sample] else { preconditionFailure("the plan's samples are in its archive") }
    guard let carrier = question.carrier else { return clean }
    return marker.mark(clean, samples: [sample], carrier: carrier)
  }
}
