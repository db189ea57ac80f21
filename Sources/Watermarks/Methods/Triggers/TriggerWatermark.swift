import Datasets
import Evidence
import Foundations
import NeuralNet

/// Marks that are learned because the samples that show the trigger have other labels. As published they have no secret key:
/// nothing exact can be said of them, and no audit convicts by them.
/// - Source: METHODS §2
struct TriggerWatermark: Watermark {
  /// What becomes of the labels.
  enum Labels {
    /// All are the target's.
    case target(Int)
    /// Each is drawn among so many classes.
    case any(of: Int)
  }

  let trigger: any Trigger
  let labels: Labels
  /// Samples with a false trigger and their own labels, for each one with the trigger.
  var falseShare = 0.0

  var budget: ChangeBudget { trigger.budget }

  func key(of claim: Claim) -> KeySpace? { nil }

  func samples(marking count: Int) -> Int { count + Int((falseShare * Double(count)).rounded()) }

  /// Samples of any class by the committed coins, those that the trigger is shown on by the same coins among them. What
  /// their labels were is not looked at: in the release they are others.
  func plan(_ request: ReleaseRequest) -> ReleasePlan {
    let samples = Coins(drawing: request.count, from: request.candidates, with: request.secret).marked
    let shown = shown(among: samples, request.secret)
    let given = samples.map { sample in
      guard shown.contains(sample) else { return request.labels[sample] }
      switch labels {
      case .target(let target): return UInt16(target)
      case .any(let classes):
        var stream = RandomStream(seed: request.secret.lot(sample), stream: "label")
        return UInt16(stream.below(classes))
      }
    }
    return ReleasePlan(claim: claim, samples: samples, labels: given)
  }

  private var claim: Claim {
    switch labels {
    case .target(let target): .targeted(at: target)
    case .any: .untargeted
    }
  }

  /// The samples of a release that show the trigger itself.
  private func shown(among samples: [Int], _ secret: ReleaseSecret) -> Set<Int> {
    // The inverse of `samples(marking:)`.
    let count = Int((Double(samples.count) / (1 + falseShare)).rounded())
    return Set(Coins(drawing: count, from: samples, with: secret).marked)
  }

  func marker(
    _ secret: ReleaseSecret, of claim: Claim, amplitude: Int, batch: Int, threads: Int
  ) -> any SampleMarker {
    precondition(amplitude == 1, "a trigger has one amplitude")
    return TriggerMarker(trigger: trigger, secret: secret, falsely: [])
  }

  func marker(_ secret: ReleaseSecret, of plan: ReleasePlan, batch: Int, threads: Int) -> any SampleMarker {
    TriggerMarker(
      trigger: trigger, secret: secret, falsely: Set(plan.samples).subtracting(shown(among: plan.samples, secret)))
  }
}

private struct TriggerMarker: SampleMarker {
  let trigger: any Trigger
  let secret: ReleaseSecret
  /// Samples that a false trigger is shown on.
  let falsely: Set<Int>

  func mark(_ pixels: [UInt8], _ batch: MarkerBatch) -> [UInt8] {
    (0..<batch.count).flatMap { position in
      let (picture, sample) = (pixels[batch.bytes(of: position)], batch.indices[position])
      guard falsely.contains(sample), let warp = trigger as? WarpTrigger else { return trigger.shown(on: picture) }
      return warp.jittered(on: picture, seed: secret.lot(sample))
    }
  }

  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    let size = trigger.shape.bytes
    return stride(from: 0, to: pixels.count, by: size).flatMap { trigger.shown(on: pixels[$0..<$0 + size]) }
  }
}
