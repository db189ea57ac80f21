import Foundation
import NeuralNet
import Testing
import Watermarks

@Suite struct CarrierTests {
  private let shape = ImageShape(channels: 3, height: 32, width: 32)

  private func planes(_ key: [UInt64], lots: [UInt64], gratings: Int = 1) -> [UInt8] {
    var planes: [UInt8] = []
    Carrier(key: key, channels: 3, form: CarrierForm(gratings: gratings)).append(lots, shape: shape, to: &planes)
    return planes
  }

  /// Mean product of two carriers, in [−1, 1].
  private func correlation(_ left: [UInt8], _ right: [UInt8]) -> Double {
    Double(zip(left, right).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : -1) }) / Double(left.count)
  }

  private func words(_ count: Int, seed: UInt64) -> [UInt64] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in stream.next() }
  }

  @Test func oneKeyAndLotAlwaysGiveTheSameCarrier() {
    let key = words(3, seed: 1)
    #expect(planes(key, lots: [7]) == planes(key, lots: [7]))
    #expect(planes(key, lots: [7]) != planes(key, lots: [1 << 63]))
    #expect(planes(key, lots: [7]).count == shape.count)
  }

  @Test func halfOfACarrierIsPositive() {
    for seed in 0..<20 {
      let carrier = planes(words(6, seed: UInt64(seed)), lots: words(2, seed: 99), gratings: 2)
      let share = Double(carrier.count { $0 == 255 }) / Double(carrier.count)
      #expect(abs(share - 0.5) < 0.12)
      #expect(carrier.allSatisfy { $0 == 0 || $0 == 255 })
    }
  }

  /// The mean over samples is what an adversary who averages the marked class sees.
  @Test func theMeanOverSamplesShowsNothing() {
    let key = words(3, seed: 5)
    var sums = [Int](repeating: 0, count: shape.count)
    let samples = 2000
    for sample in 0..<samples {
      let carrier = planes(key, lots: words(1, seed: UInt64(sample)))
      for index in sums.indices { sums[index] += carrier[index] == 255 ? 1 : -1 }
    }
    // Signs at random have a mean square of 1/samples; a carrier without phases would have 1.
    let meanSquare = sums.reduce(0.0) { $0 + Double($1 * $1) } / Double(shape.count * samples * samples)
    #expect(meanSquare < 3 / Double(samples))
  }

  @Test func differentKeysAreFarApartOnAverage() {
    let pairs = (0..<50).map { pair in
      abs(
        correlation(
          planes(words(3, seed: UInt64(2 * pair)), lots: [3]), planes(words(3, seed: UInt64(2 * pair + 1)), lots: [3])))
    }
    #expect(pairs.reduce(0, +) / 50 < 0.1)
  }

  @Test func aMarkKeepsItsBudgetAndClips() {
    let marker = KeyedMarker(epsilon: 8, amplitude: 1)
    #expect(marker.mark([0, 255, 100, 100], carriers: [0, 255, 0, 255]) == [0, 255, 92, 108])
    #expect(KeyedMarker(epsilon: 8, amplitude: 3).mark([100], carriers: [255]) == [124])
  }

  @Test func refusesAGeneratorFileWithAnImpossibleCarrier() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("carrier-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var form = CarrierForm()
    for gratings in [1, 0, 5] {
      form.gratings = gratings
      let generator = Generator(
        network: try Model(
          NetworkDefinition(architecture: "unet", width: 8, depth: 1, input: shape, classes: 0), seed: 1),
        classes: ["a", "b"],
        description: Generator.Description(
          epsilon: 8, targetClass: 1, targetName: "b", objective: "keyed",
          keyed: KeyedSettings(form: form, amplitude: 2),
          settings: SSCLBWSettings(
            width: 8, depth: 1, steps: 1, batch: 2, epsilon: 8, targetWeight: 1, nonTargetWeight: 1,
            perceptualWeight: 1),
          seed: 1, metrics: [:]))
      try generator.save(to: path)
      if gratings == 1 {
        #expect(try Generator(contentsOf: path).description == generator.description)
      } else {
        #expect(throws: WatermarkError.self) { try Generator(contentsOf: path) }
      }
    }
  }
}
