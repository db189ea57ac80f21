import Foundation
import Testing

@testable import NeuralNet

@Suite struct RandomStreamTests {
  @Test func givesTheReferenceSequence() {
    // First outputs of xoshiro256** from the state 1, 2, 3, 4, computed by hand from its definition:
    // rotl(2·5, 7)·9 = 11520; the next state has word 1 = 1^2^3 = 0, hence 0; then (1 ^ 3 ^ 2<<17 …).
    var stream = RandomStream(words: (1, 2, 3, 4))
    #expect(stream.next() == 11520)
    #expect(stream.next() == 0)
    #expect(stream.next() == 1_509_978_240)
    #expect(stream.next() == 1_215_971_899_390_074_240)
  }

  @Test func continuesFromItsSavedState() throws {
    var stream = RandomStream(seed: 5, stream: "order")
    for _ in 0..<100 { _ = stream.normal() }
    var copy = try RandomStream(state: stream.state)
    let decoded = try JSONDecoder().decode([RandomStream].self, from: JSONEncoder().encode([stream]))
    #expect(decoded == [stream])
    for _ in 0..<100 { #expect(stream.next() == copy.next()) }
  }

  @Test(arguments: ["", "zz", String(repeating: "0", count: 64), "+" + String(repeating: "1", count: 63)])
  func refusesAStateThatItCannotHaveSaved(state: String) {
    #expect(throws: NeuralNetError.invalidRandomState(state)) { try RandomStream(state: state) }
  }

  @Test func keepsPurposesApart() {
    var a = RandomStream(seed: 1, stream: "a")
    var b = RandomStream(seed: 1, stream: "b")
    var c = RandomStream(seed: 2, stream: "a")
    let words = [a.next(), b.next(), c.next()]
    #expect(Set(words).count == 3)
  }

  @Test func drawsUniformsNormalsAndBounds() {
    var stream = RandomStream(seed: 11)
    let count = 40_000
    var (uniformSum, normalSum, normalSquares) = (0.0, 0.0, 0.0)
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<count {
      let uniform = stream.uniform()
      #expect(uniform >= 0 && uniform < 1)
      uniformSum += Double(uniform)
      let normal = Double(stream.normal())
      normalSum += normal
      normalSquares += normal * normal
      counts[stream.below(6)] += 1
    }
    // Five standard deviations each: of a mean of uniforms 0.289/200, of normals 1/200, of their squares √2/200.
    #expect(abs(uniformSum / Double(count) - 0.5) < 5 * 0.289 / 200)
    #expect(abs(normalSum / Double(count)) < 5.0 / 200)
    #expect(abs(normalSquares / Double(count) - 1) < 5 * 1.415 / 200)
    // √(n·p·(1 − p)) = 74.5.
    for each in counts { #expect(abs(Double(each) - Double(count) / 6) < 5 * 74.5) }
  }

  @Test func permutesEverything() {
    var stream = RandomStream(seed: 3)
    let order = stream.permutation(1000)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
    #expect(stream.permutation(0).isEmpty)
  }
}
