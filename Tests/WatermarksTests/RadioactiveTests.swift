import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import NeuralNet
import Testing

@testable import Watermarks

@Suite struct RadioactiveTests {
  private let shape = ImageShape(channels: 1, height: 8, width: 8)
  private let marking = FeatureMarking.Settings(steps: 90, rate: 1, pixelWeight: 0.0005, featureWeight: 0.01)

  /// Numbers in [0, 1) that radioactive_golden.py draws too.
  private func uniform(_ name: String, _ count: Int) -> [Float] {
    var state = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } &+ 20_261_201
    return (0..<count).map { _ in
      state &+= 0x9e37_79b9_7f4a_7c15
      var word = state
      word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
      return Float((word ^ (word >> 31)) >> 40) * 0x1p-24
    }
  }

  private func network(classes: Int = 5) throws -> Model {
    let shapes = [
      "conv1.weight": [4, 1, 3, 3], "conv1.bias": [4], "conv2.weight": [8, 4, 3, 3], "conv2.bias": [8],
      "fc1.weight": [16, 32], "fc1.bias": [16], "fc2.weight": [classes, 16], "fc2.bias": [classes],
    ]
    var tensors: [String: Tensor] = [:]
    for (name, shape) in shapes {
      tensors[name] = Tensor(shape: shape, values: uniform(name, shape.reduce(1, *)).map { $0 - 0.5 })
    }
    return try Model(
      NetworkDefinition(architecture: "cnn", width: 4, input: shape, classes: classes), tensors: tensors)
  }

  private func watermark(classes: Int = 5, steps: Int = 90) throws -> RadioactiveWatermark {
    var settings = marking
    settings.steps = steps
    return RadioactiveWatermark(
      description: RadioactiveDescription(epsilon: 10, marking: settings, amplitude: 1),
      network: try network(classes: classes))
  }

  private func secret(_ number: UInt64) -> ReleaseSecret {
    let digest = HexDigest(of: [])
    return ReleaseSecret(key: digest, generator: digest, source: digest, seed: number)
  }

  private func request(_ count: Int, labels: [UInt16], secret number: UInt64 = 1) -> ReleaseRequest {
    ReleaseRequest(
      count: count, candidates: Array(labels.indices), source: HexDigest(of: []), labels: labels,
      secret: secret(number))
  }

  private func pictures(_ count: Int) -> [UInt8] { uniform("pictures", count * shape.bytes).map { UInt8($0 * 256) } }

  @Test func pixelsFollowTheRuleAsInPyTorch() throws {
    let carriers = uniform("carriers", 32).map { $0 - 0.5 }
    let directions = [0, 16].flatMap { start in
      let row = carriers[start..<start + 16]
      let norm = row.reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
      return row.map { Float(Double($0) / norm) }
    }
    let images = RadioactiveGoldens.images
    #expect(uniform("images", 128).map { UInt8($0 * 256) } == images)
    let found = try FeatureMarking(network(), marking, epsilon: 10, batch: 2, threads: 1)
      .mark(images, count: 2, directions: directions)
    // A rounding may fall the other way, and what follows it.
    let equal = zip(found, RadioactiveGoldens.marked).count { $0 == $1 }
    #expect(equal >= 122, "\(equal) of 128 values")
    let plan = try ClassifierPlan(network(), batch: 2, threads: 1)
    let moved = zip(plan.features(found.span, count: 2), plan.features(images.span, count: 2)).map { $0 - $1 }
    for image in 0..<2 {
      var gain = 0.0
      for place in image * 16..<(image + 1) * 16 { gain += Double(moved[place] * directions[place]) }
      #expect(abs(gain / RadioactiveGoldens.gains[image] - 1) < 0.02)
    }
  }

  @Test func marksStayWithinTheBudgetAndDependOnNeitherThreadsNorBatches() throws {
    let watermark = try watermark(steps: 12)
    let labels = (0..<13).map { UInt16($0 % 5) }
    let pixels = pictures(13)
    let batch = MarkerBatch(indices: Array(0..<13), labels: labels, shape: shape)
    let plan = try watermark.plan(request(13, labels: labels))
    func marked(batch size: Int, threads: Int) throws -> [UInt8] {
      try watermark.marker(secret(1), of: plan.claim, amplitude: 1, batch: size, threads: threads).mark(pixels, batch)
    }
    let first = try marked(batch: 13, threads: 1)
    for (size, threads) in [(1, 1), (4, 2), (64, 3)] { #expect(try marked(batch: size, threads: threads) == first) }
    for image in 0..<13 {
      let range = batch.bytes(of: image)
      let change = SampleChange(from: Array(pixels[range]), to: first[range], shape: shape)
      #expect(change.keeps(to: watermark.budget) && change.largestChange > 0)
    }
    // What white-box verification marks anew is what was released.
    #expect(try watermark.mark(pixels, labels: labels, set: 0, secret(1), batch: 5, threads: 1) == first)
    #expect(try watermark.mark(pixels, labels: labels, set: 1, secret(1), batch: 5, threads: 1) != first)
  }

  /// With a rate of nothing every change is rounded away, and still each picture is another.
  @Test func everyMarkedSampleDiffersFromItsOriginal() throws {
    var settings = marking
    (settings.steps, settings.rate) = (2, 1e-9)
    let marking = try FeatureMarking(network(), settings, epsilon: 10, batch: 2, threads: 1)
    for level: UInt8 in [0, 128, 255] {
      let pixels = [UInt8](repeating: level, count: 2 * shape.bytes)
      let found = marking.mark(pixels, count: 2, directions: [Float](repeating: 0.25, count: 32))
      for start in [0, shape.bytes] {
        let image = start..<start + shape.bytes
        #expect(found[image].count { $0 != level } == 1)
        #expect(found[image].allSatisfy { abs(Int($0) - Int(level)) <= 1 })
      }
    }
  }

  @Test func questionsMoveAlongTheCarrierThatIsAskedFor() throws {
    let watermark = try watermark()
    let labels = (0..<10).map { UInt16($0 % 5) }
    let plan = try watermark.plan(request(10, labels: labels))
    guard case .assignment(let assigned) = plan.claim else { throw WatermarkError.otherClaim(method: "another") }
    let key = try #require(watermark.key(of: plan.claim))
    #expect(Set(assigned) == Set(0..<5) && key.size == 5 && key.mostDecoys == 14)
    let marker = try watermark.marker(secret(1), of: plan.claim, amplitude: 1, batch: 4, threads: 1)
    let pixels = pictures(4)
    let features = try ClassifierPlan(watermark.network, batch: 4, threads: 1)
    let clean = features.features(pixels.span, count: 4)
    for number in [0, 3] {
      let marked = marker.mark(pixels, samples: Array(0..<4), carrier: number)
      #expect(marked == marker.mark(pixels, samples: Array(0..<4), carrier: number))
      let carrier = try watermark.carrier(ofClass: assigned[number], set: 0, count: 16, secret(1))
      let moved = features.features(marked.span, count: 4)
      for sample in 0..<4 {
        var gain: Float = 0
        for (place, weight) in carrier.enumerated() {
          gain += (moved[sample * 16 + place] - clean[sample * 16 + place]) * weight
        }
        #expect(gain > 0)
      }
    }
    #expect(
      marker.mark(pixels, samples: [0, 1, 2, 3], carrier: 5) != marker.mark(pixels, samples: [0, 1, 2, 3], carrier: 6))
    #expect(throws: WatermarkError.self) {
      _ = try watermark.marker(secret(1), of: .untargeted, amplitude: 1, batch: 4, threads: 1)
    }
  }

  @Test func everyClassGivesTheSameShareAndHasACarrierOfItsOwn() throws {
    let labels = (0..<400).map { UInt16($0 % 10 < 6 ? 0 : $0 % 10 - 5) }
    let plan = try watermark().plan(request(40, labels: labels))
    let counts = Dictionary(grouping: plan.samples) { Int(labels[$0]) }.mapValues(\.count)
    #expect(counts == [0: 24, 1: 4, 2: 4, 3: 4, 4: 4] && plan.samples == plan.samples.sorted())
    #expect(RadioactiveWatermark.shares(of: 7, among: [0: 10, 1: 10, 2: 10]) == [0: 3, 1: 2, 2: 2])
    #expect(RadioactiveWatermark.shares(of: 3, among: [4: 1, 9: 99]) == [4: 0, 9: 3])
    let watermark = try watermark()
    let carriers = try (0..<3).map { try watermark.carrier(ofClass: $0, set: 0, count: 16, secret(1)) }
    #expect(Set(carriers).count == 3)
    for carrier in carriers { #expect(abs(carrier.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5) }
    #expect(try watermark.carrier(ofClass: 0, set: 0, count: 16, secret(2)) != carriers[0])
    #expect(try watermark.carrier(ofClass: 0, set: 1, count: 16, secret(1)) != carriers[0])
  }

  /// A claim names 32 classes at most; marks are on all.
  @Test func aClaimNamesAsManyClassesAsItCan() throws {
    let labels = (0..<400).map { UInt16($0 % 40) }
    let plan = try watermark(classes: 40).plan(request(80, labels: labels))
    #expect(plan.claim.columns == 32 && Set(plan.samples.map { labels[$0] }).count == 40)
  }

  @Test func refusesMarksOfOneClassOnly() throws {
    let watermark = try watermark()
    #expect(throws: WatermarkError.self) { try watermark.plan(request(4, labels: [0, 0, 0, 0, 0, 0])) }
    #expect(throws: WatermarkError.self) { try watermark.plan(request(1, labels: [0, 0, 1, 1])) }
  }

  @Test func aGeneratorIsReadBackAndOneThatNobodyCouldHaveMadeIsRefused() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("radioactive-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("generator.safetensors").path
    let classes = ["a", "b", "c", "d", "e"]
    func save(_ description: RadioactiveDescription, _ network: Model?, classes: [String]) throws {
      var metadata = ["format": Generator.format, "classes": try CanonicalJSON.line(classes)]
      metadata["generator"] = try CanonicalJSON.line(description)
      if let network {
        try network.save(to: path, metadata: metadata)
      } else {
        metadata["input"] = try CanonicalJSON.line(shape)
        try SafetensorsWriter.write([:], metadata: metadata, to: path)
      }
    }
    let good = RadioactiveDescription(epsilon: 10, marking: marking, amplitude: 1)
    try save(good, network(), classes: classes)
    let generator = try Generator(contentsOf: path)
    #expect(generator.objective == "radioactive" && generator.watermark.budget == .linf(10))
    let own = try network()
    let watermark = try #require(generator.watermark as? any FeatureCarriers)
    let marker = watermark.featureNetwork
    #expect(marker.fingerprint == own.fingerprint)
    let fewer = try network(classes: 4)
    let painter = try Model(
      NetworkDefinition(architecture: "unet", width: 4, depth: 1, input: shape, classes: 0), seed: 1)
    let faint = RadioactiveDescription(epsilon: 0, marking: marking, amplitude: 1)
    let loud = RadioactiveDescription(epsilon: 10, marking: marking, amplitude: 99)
    let forged: [(description: RadioactiveDescription, network: Model?)] = [
      (faint, own), (loud, own), (good, nil), (good, fewer), (good, painter),
    ]
    for (description, network) in forged {
      try save(description, network, classes: classes)
      #expect(throws: WatermarkError.self) { try Generator(contentsOf: path) }
    }
    // A classifier paints for nobody else.
    let assignment = AssignmentDescription(
      epsilon: 8, form: AssignmentForm(hasDirections: true, colours: [.brightness]), classes: 0, amplitude: 1,
      isPainted: true,
      settings: SSCLBWSettings(
        width: 8, depth: 1, steps: 1, batch: 2, epsilon: 8, targetWeight: 1, nonTargetWeight: 1, perceptualWeight: 1),
      seed: 1)
    let names = try CanonicalJSON.line(classes)
    let described = try CanonicalJSON.line(assignment)
    try own.save(
      to: path, metadata: ["format": Generator.format, "classes": names, "generator": described])
    #expect(throws: WatermarkError.self) { try Generator(contentsOf: path) }
  }

  @Test func twinsAreEquallyFarFromTheirSampleAndFarApartInFeatures() throws {
    let generator = try Generator(
      Prepared(network: network(), description: TwinsDescription(epsilon: 10, steps: 40)), input: shape,
      classes: ["a", "b", "c", "d", "e"])
    #expect(generator.watermark.isJudgedByTwins && generator.watermark.key(of: .untargeted) == nil)
    let pixels = pictures(24)
    let batch = MarkerBatch(indices: Array(100..<124), labels: [UInt16](repeating: 0, count: 24), shape: shape)
    func variants(batch size: Int, threads: Int) throws -> (released: [UInt8], withheld: [UInt8]) {
      let marker = try generator.watermark.marker(
        secret(1), of: .untargeted, amplitude: 1, batch: size, threads: threads)
      return (try marker.mark(pixels, batch), try #require(try marker.markTwins(pixels, batch)))
    }
    let (released, withheld) = try variants(batch: 24, threads: 1)
    let again = try variants(batch: 5, threads: 2)
    #expect(again.released == released && again.withheld == withheld)
    for index in pixels.indices {
      #expect(Int(released[index]) - Int(pixels[index]) == Int(pixels[index]) - Int(withheld[index]))
      #expect(abs(Int(released[index]) - Int(pixels[index])) <= 10)
    }
    // By lot the same pictures are nearer to each other than by steps.
    let plan = try ClassifierPlan(network(), batch: 24, threads: 1)
    func apart(_ first: [UInt8], _ second: [UInt8]) -> Double {
      zip(plan.features(first.span, count: 24), plan.features(second.span, count: 24))
        .reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    var lots = RandomStream(seed: 5)
    let signs = pixels.map { _ in lots.next() >> 63 == 1 }
    let room = pixels.map { min(10, $0, 255 - $0) }
    let up = pixels.indices.map { signs[$0] ? pixels[$0] + room[$0] : pixels[$0] - room[$0] }
    let down = pixels.indices.map { signs[$0] ? pixels[$0] - room[$0] : pixels[$0] + room[$0] }
    #expect(apart(released, withheld) > 2 * apart(up, down))
    // Coins fall either way.
    let coins = (0..<200).count { secret(1).twinCoin($0) }
    #expect((60...140).contains(coins))
  }
}
