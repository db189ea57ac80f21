/// How a generator is trained, once the surrogate and the samples are there.
/// - Source: SSCL-BW §III-B1, eqs. 3–6; METHODS §1
package struct SSCLBWSettings: Codable, Sendable, Equatable {
  /// Channels of the U-Net's first level and its number of halvings.
  package var width: Int
  package var depth: Int
  package var steps: Int
  /// Images a step, at least 2: half of the target class, half of the others, so that each group's mean has the same noise.
  package var batch: Int
  /// ε, the perturbation budget, in 1/255.
  package var epsilon: Int
  /// α, β, γ of eq. 3.
  package var targetWeight: Double
  package var nonTargetWeight: Double
  package var perceptualWeight: Double
  /// Adam's rate at the first step; it falls to zero along a cosine.
  package var rate: Double

  package init(
    width: Int, depth: Int, steps: Int, batch: Int, epsilon: Int, targetWeight: Double, nonTargetWeight: Double,
    perceptualWeight: Double, rate: Double = 1e-3
  ) {
    self.width = width
    self.depth = depth
    self.steps = steps
    self.batch = batch
    self.epsilon = epsilon
    self.targetWeight = targetWeight
    self.nonTargetWeight = nonTargetWeight
    self.perceptualWeight = perceptualWeight
    self.rate = rate
  }
}

extension SSCLBWSettings {
  /// - Throws: `DecodingError`, also for settings that nothing can be trained with.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func number<Number: Comparable & Decodable>(_ key: CodingKeys, _ range: ClosedRange<Number>) throws -> Number {
      let value = try container.decode(Number.self, forKey: key)
      guard range.contains(value) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container,
          debugDescription: "\(value) is outside \(range.lowerBound) … \(range.upperBound)")
      }
      return value
    }
    let weights = 0...1e12
    width = try number(.width, 1...1 << 14)
    depth = try number(.depth, 0...10)
    steps = try number(.steps, 0...1 << 31)
    batch = try number(.batch, 2...1 << 16)
    epsilon = try number(.epsilon, 1...255)
    targetWeight = try number(.targetWeight, weights)
    nonTargetWeight = try number(.nonTargetWeight, weights)
    perceptualWeight = try number(.perceptualWeight, weights)
    rate = try number(.rate, weights)
  }
}
