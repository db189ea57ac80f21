import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Testing

@testable import Watermarks

/// What BadNets, Blended, WaNet and UBW-P do to pixels, against their rules in NumPy (trigger_golden.py).
@Suite struct TriggerTests {
  private struct Golden: Decodable {
    struct Warp: Decodable {
      var noise: [Float]
      var strength: Double
      var across, down, values: [Double]
    }

    var image, pattern, badnets, ubw, blendedPatch, blendedNoise: [UInt8]
    var warps: [Warp]

    static func read() throws -> Self {
      let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Goldens/triggers.json")
      return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }
  }

  private let shape = ImageShape(channels: 3, height: 12, width: 10)

  @Test func patchesAndBlendsAreThePapers() throws {
    let golden = try Golden.read()
    #expect(PatchTrigger.white(3, on: shape).shown(on: golden.image[...]) == golden.badnets)
    #expect(PatchTrigger([0, 0, 255, 0, 255, 0, 255, 0, 255], on: shape).shown(on: golden.image[...]) == golden.ubw)
    #expect(PatchTrigger.white(3, opacity: 0.2, on: shape).shown(on: golden.image[...]) == golden.blendedPatch)
    #expect(
      BlendTrigger(shape: shape, pattern: golden.pattern, opacity: 0.2).shown(on: golden.image[...])
        == golden.blendedNoise)
  }

  @Test func warpsAreThePapers() throws {
    let golden = try Golden.read()
    #expect(golden.warps.count == 2)
    for warp in golden.warps {
      let trigger = WarpTrigger(noise: warp.noise, strength: warp.strength, on: shape)
      for (found, expected) in [(trigger.across, warp.across), (trigger.down, warp.down)] {
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 } && found.count == expected.count)
      }
      let shown = trigger.shown(on: golden.image[...])
      // Rounded to 8 bits, of which half a step is the most.
      #expect(zip(shown, warp.values).allSatisfy { abs(Double($0) - $1) <= 0.5001 } && shown.count == warp.values.count)
    }
  }

  private func triggers() throws -> [any Trigger] {
    let golden = try Golden.read()
    return [
      PatchTrigger.white(3, on: shape), PatchTrigger.white(5, opacity: 0.3, on: shape),
      BlendTrigger(shape: shape, pattern: golden.pattern, opacity: 0.2),
      BlendTrigger(shape: shape, pattern: golden.pattern, opacity: 1),
    ]
      + [(4, 0.5), (4, 3), (10, 1)].map {
        WarpTrigger.drawn($0.0, strength: $0.1, seed: 5, isJittered: true, on: shape)
      }
  }

  @Test func eachKeepsToItsBudget() throws {
    let golden = try Golden.read()
    for trigger in try triggers() {
      for picture in [golden.image, golden.pattern, golden.image.map { $0 < 128 ? 0 : 255 }] {
        var shown = [trigger.shown(on: picture[...])]
        if let warp = trigger as? WarpTrigger { shown += (0..<5).map { warp.jittered(on: picture[...], seed: $0) } }
        for marked in shown {
          let change = SampleChange(
            from: picture, to: marked[...], shape: shape, displacedBy: trigger.budget.displacement)
          #expect(change.keeps(to: trigger.budget), "\(trigger.budget): \(change)")
        }
      }
    }
  }

  @Test func whatGoesFurtherIsFound() throws {
    let golden = try Golden.read()
    let budget = PatchTrigger.white(3, on: shape).budget
    #expect(budget.changedPixels == 9)
    var elsewhere = golden.image
    elsewhere[0] ^= 1
    #expect(!SampleChange(from: golden.image, to: elsewhere[...], shape: shape).keeps(to: budget))
    // One value that no neighbour has.
    let flat = [UInt8](repeating: 100, count: shape.bytes)
    var brighter = flat
    brighter[57] = 101
    #expect(!SampleChange(from: flat, to: brighter[...], shape: shape, displacedBy: 3).keeps(to: .warp(3)))
    let moved = WarpTrigger.drawn(4, strength: 4, seed: 1, on: shape)
    let change = SampleChange(
      from: golden.image, to: moved.shown(on: golden.image[...])[...], shape: shape, displacedBy: 0)
    #expect(change.displacement == 1 && !change.keeps(to: .warp(0)))
  }

  // MARK: - Plans

  private func request(_ count: Int, of candidates: Int, seed: UInt64 = 1) -> ReleaseRequest {
    let digest = HexDigest(of: [1])
    return ReleaseRequest(
      count: count, candidates: Array(0..<candidates), source: digest, labels: (0..<candidates).map { UInt16($0 % 10) },
      secret: ReleaseSecret(key: HexDigest(of: [2]), generator: digest, source: digest, seed: seed))
  }

  @Test func targetedMarksGiveOneClass() {
    let watermark = TriggerWatermark(trigger: PatchTrigger.white(3, on: shape), labels: .target(4))
    let plan = watermark.plan(request(50, of: 300))
    #expect(plan.claim == .targeted(at: 4) && plan.samples.count == 50)
    #expect(plan.labels == [UInt16](repeating: 4, count: 50))
    #expect(watermark.key(of: plan.claim) == nil && watermark.samples(marking: 50) == 50)
    // Others coins, other samples; labels of before or after, the same.
    #expect(watermark.plan(request(50, of: 300, seed: 2)).samples != plan.samples)
    var after = request(50, of: 300)
    for sample in plan.samples { after.labels[sample] = 4 }
    #expect(watermark.plan(after) == plan)
  }

  @Test func untargetedMarksGiveAnyClass() {
    let watermark = TriggerWatermark(trigger: PatchTrigger.white(3, on: shape), labels: .any(of: 10))
    let plan = watermark.plan(request(2000, of: 5000))
    #expect(plan.claim == .untargeted)
    // 200 of each are expected; six standard deviations are 80.
    for label in 0..<10 { #expect(abs((plan.labels ?? []).count { $0 == label } - 200) < 80) }
    // What they had does not matter.
    #expect(abs(zip(plan.samples, plan.labels ?? []).count { UInt16($0 % 10) == $1 } - 200) < 80)
  }

  @Test func falseWarpsKeepTheirLabels() throws {
    let watermark = TriggerWatermark(
      trigger: WarpTrigger.drawn(4, strength: 0.5, seed: 1, isJittered: true, on: shape), labels: .target(4),
      falseShare: 2)
    for count in [1, 2, 7, 100] {
      let asked = watermark.samples(marking: count)
      #expect(asked == 3 * count)
      let request = request(asked, of: 400)
      let plan = watermark.plan(request)
      let labels = try #require(plan.labels)
      let kept = zip(plan.samples, labels).filter { request.labels[$0] == $1 && $1 != 4 }
      let fours = plan.samples.count { request.labels[$0] == 4 }
      #expect(labels.count == asked && kept.count >= 2 * count - fours && kept.count <= 2 * count)
    }
    let request = request(30, of: 400)
    let plan = watermark.plan(request)
    let batch = MarkerBatch(indices: plan.samples, labels: plan.samples.map { request.labels[$0] }, shape: shape)
    let picture = try Golden.read().image
    let pixels = plan.samples.flatMap { _ in picture }
    let released = try watermark.marker(request.secret, of: plan, batch: 8, threads: 1).mark(pixels, batch)
    let asked = watermark.marker(request.secret, of: plan.claim, amplitude: 1, batch: 8, threads: 1)
      .mark(pixels, samples: plan.samples, carrier: 0)
    let trues = (0..<30).filter { released[batch.bytes(of: $0)] == asked[batch.bytes(of: $0)] }
    #expect(trues.count == 10 && trues.allSatisfy { plan.labels?[$0] == 4 })
  }

  @Test func aGeneratorWithoutConsentIsNone() throws {
    for method in [MethodName.badNets, .blended, .waNet, .ubwP] {
      let declaration = try MethodRegistry.standard.method(named: method).declaration
      #expect(declaration.changesLabels)
      var settings = MethodSettings(of: declaration)
      #expect(!settings[SharedSettings.allowLabelChanges])
      func generator() throws -> Generator {
        try Generator(
          Prepared(description: Described(objective: method.rawValue, settings: settings, seed: 3)),
          input: shape, classes: ["a", "b", "c"])
      }
      #expect(throws: WatermarkError.self) { try generator() }
      settings[SharedSettings.allowLabelChanges] = true
      if method == .ubwP {
        #expect(try generator().watermark.budget.changedPixels == 9)
      } else {
        // It has no target.
        #expect(throws: WatermarkError.self) { try generator() }
      }
    }
  }

  private struct Described: Codable {
    var objective: String
    var settings: MethodSettings
    var seed: UInt64
  }
}
