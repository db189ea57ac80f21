import Foundation
import Testing

@testable import Evidence

@Suite struct AlignmentTests {
  private func isNear(_ found: Double, _ golden: Double, _ tolerance: Double = 1e-9) -> Bool {
    abs(found - golden) <= tolerance * max(1, abs(golden))
  }

  @Test func cosinesOnASphereAreThoseOfMpmath() {
    for (cosine, dimensions, ln) in AlignmentGoldens.cosines {
      let found = SphereCosine.logUpperTail(cosine, dimensions: dimensions)
      #expect(isNear(found, ln), "c \(cosine), d \(dimensions): \(found), not \(ln)")
    }
    // Beyond what a Double can hold, and down to the end.
    #expect(SphereCosine.logUpperTail(0.999, dimensions: 512) < -1500)
    #expect(SphereCosine.logUpperTail(1, dimensions: 64) == -.infinity)
    #expect(SphereCosine.logUpperTail(-1, dimensions: 64) == 0)
  }

  @Test func fishersMethodIsScipys() {
    for (logs, ln) in AlignmentGoldens.fisher {
      #expect(isNear(Fisher.logCombined(logs), ln), "\(logs)")
    }
    #expect(Fisher.logCombined([0, 0]) == 0)
    #expect(Fisher.logCombined([-.infinity, -1]) == -.infinity)
  }

  @Test func leastSquaresAreScipysAlsoWhereFeaturesAreDependent() throws {
    for (rows, a, b, x) in AlignmentGoldens.fits {
      let found = try LeastSquares.solve(a, b, rows: rows)
      #expect(found.count == x.count)
      #expect(zip(found, x).allSatisfy { isNear($0, $1, 1e-5) }, "\(found), not \(x)")
    }
  }

  @Test func refusesFeaturesThatSayNothing() {
    #expect(throws: EvidenceError.notFinite(what: "feature", index: 1)) {
      try LeastSquares.solve([1, .nan], [1, 2], rows: 2)
    }
    #expect(throws: EvidenceError.notFinite(what: "target feature", index: 0)) {
      try LeastSquares.solve([1, 2], [.infinity, 2], rows: 2)
    }
    #expect(throws: EvidenceError.noDifference(count: 4)) { try LeastSquares.solve([0, 0, 0, 0], [1, 2], rows: 2) }
    #expect(throws: EvidenceError.tooFew(what: "features", count: 1, least: 2)) {
      try CarrierAlignment([[1]], carriers: [[1]])
    }
  }

  /// Weights that lean towards their carriers are found; p-values of weights that do not are uniform.
  @Test func weightsThatKnowTheirCarrierStandOut() throws {
    var lots = SplitMix64(state: 7)
    func normal() -> Double {
      // The sum of twelve uniform numbers is normal enough for directions in 64 dimensions.
      (0..<12).reduce(-6) { sum, _ in sum + Double(lots.next() >> 11) * 0x1p-53 }
    }
    func vector() -> [Double] { (0..<64).map { _ in normal() } }
    var low = 0
    for _ in 0..<400 {
      let carriers = (0..<3).map { _ in vector().map { Float($0) } }
      let innocent = try CarrierAlignment((0..<3).map { _ in vector() }, carriers: carriers)
      if innocent.combined.value <= 0.1 { low += 1 }
    }
    // 40 are expected; six standard deviations of a binomial are 36.
    #expect((4...76).contains(low))
    let carriers = (0..<3).map { _ in vector().map { Float($0) } }
    let guilty = carriers.map { carrier in zip(vector(), carrier).map { $0 + 0.8 * Double($1) } }
    let found = try CarrierAlignment(guilty, carriers: carriers)
    #expect(found.combined.value < 1e-6 && found.cosines.allSatisfy { $0 > 0.2 })
    #expect(try CarrierAlignment([[0, 0]], carriers: [[1, 0]]).cosines == [0])
  }
}

@Suite struct SignFlipsTests {
  @Test func everyWayThatTheCoinsMightHaveFallenCounts() throws {
    // Of 2^3 ways only the own one reaches 6; 1 + 2 − 3 = 0 and more are reached by five.
    #expect(try SignFlips([1, 2, 3]).p.value == 1.0 / 8)
    #expect(try SignFlips([1, 2, -3]).p.value == 5.0 / 8)
    #expect(try SignFlips([-1, -2, -4]).p.value == 1)
    #expect(try SignFlips([]).p.value == 1 && SignFlips([0, 0]).p.value == 1)
    // Zeros change nothing but the mean.
    let found = try SignFlips([1, 0, 2, 0, 3])
    #expect(found.p.value == 1.0 / 8 && found.mean == 1.2)
    #expect(throws: EvidenceError.self) { try SignFlips([1, .nan]) }
  }

  @Test func magnitudesAreSeenWhereSignsAreNot() throws {
    // Half of the signs either way, but the favourable ones are ten times as large.
    let differences = (0..<60).map { place in
      let part = Double(place) / 60
      return place.isMultiple(of: 2) ? 10 + part : -1 - part
    }
    #expect(try SignFlips(differences).p.value < 0.001)
    #expect(try DiscordantPairs(signsOf: differences).p.value > 0.4)
    #expect(try SignFlips(differences.map { -$0 }).p.value > 0.99)
  }

  /// With fair signs p is at most .1 in a tenth.
  @Test func holdsItsLevelOnFairCoins() throws {
    var lots = SplitMix64(state: 3)
    var low = 0
    for _ in 0..<600 {
      let differences = (1...10).map { place in
        let magnitude = Double(place * place)
        return lots.next() & 1 == 0 ? magnitude : -magnitude
      }
      if try SignFlips(differences).p.value <= 0.1 { low += 1 }
    }
    // 60 are expected; six standard deviations are 44.
    #expect((16...104).contains(low))
  }

  @Test func twinsHaveBothTests() throws {
    var evidence = TwinEvidence(release: "r")
    for sample in 0..<8 {
      try evidence.add(sample: sample, published: 0.6, withheld: 0.5, difference: Double(sample + 1))
    }
    #expect(abs(evidence.p.value * 256 - 1) < 1e-9)
    #expect(evidence.flips.p.value == 1.0 / 256 && evidence.flips.mean == 4.5)
    #expect(throws: EvidenceError.self) {
      try evidence.add(sample: 9, published: 0.6, withheld: 0.5, difference: .infinity)
    }
  }
}
