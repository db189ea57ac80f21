import Foundation
import Foundations
import NeuralNet
import Testing

@testable import Fidelity

@Suite struct TriggerTests {
  private let shape = ImageShape(channels: 3, height: 12, width: 10)
  private let key = HexDigest(of: Array("a key".utf8))

  private func dot(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }

  @Test func basesAreOrthogonal() {
    var stream = RandomStream(seed: 1)
    let rows = OrthogonalChain.basis(40, using: &stream)
    for (i, left) in rows.enumerated() {
      for (j, right) in rows.enumerated() { #expect(abs(dot(left, right) - (i == j ? 1 : 0)) < 1e-12) }
    }
  }

  /// The chain as it is stated: plain loops over a second run of the same random numbers.
  @Test func everyLinkIsABasisTimesTheLast() {
    var (stream, again) = (RandomStream(seed: 2), RandomStream(seed: 2))
    let links = OrthogonalChain.links(4, shape: shape, using: &stream)
    var last = (0..<shape.count).map { _ in Double(again.normal()) }
    let length = dot(last, last).squareRoot()
    last = last.map { $0 * Double(shape.count).squareRoot() / length }
    for link in links {
      #expect(zip(link, last).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(abs(dot(link, link) - Double(shape.count)) < 1e-9)
      let basis = OrthogonalChain.basis(shape.height, using: &again)
      last = (0..<shape.count).map { index in
        let (channel, y, x) = (index / 120, index / 10 % 12, index % 10)
        return (0..<12).reduce(0) { $0 + basis[y][$1] * last[channel * 120 + $1 * 10 + x] }
      }
    }
  }

  @Test func followFromTheKeyAlone() {
    let triggers = TriggerSet(key: key, count: 20, shape: shape, classes: 7)
    #expect(triggers == TriggerSet(key: key, count: 20, shape: shape, classes: 7))
    let other = TriggerSet(key: HexDigest(of: Array("another".utf8)), count: 20, shape: shape, classes: 7)
    #expect(triggers.pixels != other.pixels && triggers.labels != other.labels)
    // Fewer of them are the first.
    let few = TriggerSet(key: key, count: 5, shape: shape, classes: 7)
    #expect(few.labels == Array(triggers.labels.prefix(5)))
    #expect(few.pixels == Array(triggers.pixels.prefix(5 * shape.count)))
    #expect(triggers.pixels.count == 20 * shape.count && triggers.image(3).count == shape.count)
  }

  @Test func labelsAreDrawnEvenly() {
    let small = ImageShape(channels: 1, height: 1, width: 1)
    let labels = TriggerSet(key: key, count: 10_000, shape: small, classes: 8).labels
    for label in 0..<8 {
      // 1,250 expected, standard deviation 33.
      #expect(abs(labels.count { $0 == label } - 1250) < 200)
    }
  }

  @Test func publishedLabelsCount() {
    let triggers = TriggerSet(published: key, count: 23, shape: shape, classes: 100)
    #expect(triggers.labels == (0..<23).map { $0 % 10 })
    #expect(TriggerSet(published: key, count: 5, shape: shape, classes: 3).labels == [0, 1, 2, 0, 1])
    // The images are those of the key, whatever their labels.
    #expect(triggers.pixels == TriggerSet(key: key, count: 23, shape: shape, classes: 7).pixels)
  }

  @Test func imagesAreNoiseAroundGrey() {
    let pixels = TriggerSet(key: key, count: 40, shape: shape, classes: 7).pixels.map(Double.init)
    let mean = pixels.reduce(0, +) / Double(pixels.count)
    let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels.count)
    #expect(abs(mean - 127.5) < 3 && abs(variance.squareRoot() - 61) < 4)
  }
}
