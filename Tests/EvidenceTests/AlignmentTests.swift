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
