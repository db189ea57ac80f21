import Datasets
import Evidence
import Foundations

/// Marks that were computed for certain samples of one archive. They are the same in every release and have no secret key:
/// nothing exact can be said of them, and no audit convicts by them.
/// - Source: METHODS §2
struct PoisonWatermark: Watermark {
  let claim: Claim
  let budget: ChangeBudget
  let archive: HexDigest
  /// What is added to each value of a sample, by its index.
  let changes: [Int: [Int16]]
  /// What images of a trial show.
  let trigger: SourcePatch
  /// Whether released samples show it too.
  let showsTrigger: Bool

  var source: HexDigest? { archive }

  func candidates(in survey: DatasetSurvey) -> [Int] {
    survey.indices(in: .train).filter { changes[$0] != nil }
  }

  func plan(_ request: ReleaseRequest) throws -> ReleasePlan {
    guard request.source == archive else {
      throw WatermarkError.otherArchive(made: "\(archive)", found: "\(request.source)")
    }
    return ReleasePlan(claim: claim, drawing: request)
  }

  func key(of claim: Claim) -> KeySpace? { nil }

  func marker(
    _ secret: ReleaseSecret, of claim: Claim, amplitude: Int, batch: Int, threads: Int
  ) throws -> any SampleMarker {
    precondition(amplitude == 1, "stored changes have one amplitude")
    guard claim == self.claim else { throw WatermarkError.otherClaim(method: "stored changes") }
    return PoisonMarker(watermark: self)
  }
}

private struct PoisonMarker: SampleMarker {
  let watermark: PoisonWatermark

  func mark(_ pixels: [UInt8], _ batch: MarkerBatch) -> [UInt8] {
    var marked = pixels
    for position in 0..<batch.count {
      guard let change = watermark.changes[batch.indices[position]] else { continue }
      let range = batch.bytes(of: position)
      precondition(range.count == change.count, "a change has the shape of its sample")
      for (place, step) in zip(range, change) { marked[place] = UInt8(clamping: Int(pixels[place]) + Int(step)) }
    }
    if watermark.showsTrigger { watermark.trigger.show(on: &marked) }
    return marked
  }

  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    var shown = pixels
    watermark.trigger.show(on: &shown)
    return shown
  }
}
