import Testing

@testable import Evidence

/// One α for everybody who is ever accused.
struct ClaimSpendingTests {
  /// Claims that come one by one, `claims` being what the configuration says at each.
  private static func grant(_ claims: [Int], of alpha: Double = 0.01) -> [Double?] {
    var granted: [Double] = []
    return claims.map { number in
      let share = ClaimSpending(alpha: alpha).next(after: granted, of: number)
      if let share { granted.append(share) }
      return share
    }
  }

  @Test func neverSpendsMoreThanAlphaHoweverManyCome() {
    let granted = Self.grant(Array(repeating: 0, count: 1000)).compactMap(\.self)
    #expect(granted.count == 1000)
    var sum = 0.0
    for (index, share) in granted.enumerated() {
      sum += share
      let number = Double(index + 1)
      #expect(abs(share / (0.01 / (number * (number + 1))) - 1) < 1e-9)
      #expect(abs(share / (0.01 * ClaimSpending.share(ofClaim: index + 1)) - 1) < 1e-9)
      #expect(sum < 0.01)
    }
  }

  @Test func neverSpendsMoreThanAlphaWhateverTheConfigurationSaysMeanwhile() {
    for claims in [[4, 4, 4, 4, 4, 4], [0, 1, 0], [1, 0, 2], [3, 0, 2, 0, 5, 1, 0], [7, 3, 3, 3, 3]] {
      let granted = Self.grant(claims)
      #expect(granted.compactMap(\.self).reduce(0, +) <= 0.01 * (1 + 1e-12), "\(claims)")
      #expect(granted.allSatisfy { $0 ?? 1 > 0 })
    }
    // Divided evenly, it is gone after the last.
    #expect(Self.grant([4, 4, 4, 4, 4, 0]).map { $0 == nil } == [false, false, false, false, true, true])
    #expect(Self.grant([3, 3, 3, 3]).last == .some(nil))
  }

  /// Why the series decays as it does: whoever is audited first has to be convictable with the keys that there are.
  @Test func leavesTheFirstClaimsEnoughToConvict() {
    let granted = Self.grant(Array(repeating: 0, count: 5)).compactMap(\.self)
    func convictable(keys: Int) -> Int {
      granted.count { 1 / Double(keys) <= AlphaSpending(alpha: $0).level(ofLook: 1) }
    }
    #expect(convictable(keys: 4560) == 4)
    #expect(convictable(keys: 2016) == 3)
    #expect(convictable(keys: 1128) == 2)
  }
}
