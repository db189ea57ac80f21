import Testing

@testable import NeuralNet

/// Rates against PyTorch 2.13's StepLR, CosineAnnealingLR and OneCycleLR.
@Suite struct ScheduleTests {
  private func expect(_ schedule: Schedule, _ rates: [(step: Int, rate: Float)]) {
    for (step, rate) in rates {
      let found = schedule.rate(at: step)
      #expect(abs(found - rate) <= 2e-6 * rate + 1e-12, "step \(step): \(found), expected \(rate)")
    }
  }

  @Test func staysConstant() { expect(.constant(rate: 0.1), [(0, 0.1), (1_000_000, 0.1)]) }

  @Test func fallsInSteps() {
    expect(.step(rate: 0.1, every: 10, factor: 0.5), [(0, 0.1), (9, 0.1), (10, 0.05), (29, 0.025), (30, 0.0125)])
  }

  @Test func fallsAlongACosine() {
    expect(
      .cosine(rate: 0.1, steps: 100, minimum: 0.001),
      [(0, 0.1), (1, 0.0999755747), (25, 0.0855017857), (50, 0.0505), (99, 0.00102442526), (100, 0.001)])
  }

  @Test func risesAndFallsInOneCycle() {
    expect(
      .oneCycle(peak: 0.1, steps: 100),
      [
        (0, 0.004), (1, 0.00428137806), (15, 0.0545986676), (29, 0.1), (30, 0.0999496535), (60, 0.058928009),
        (98, 5.07464715e-05), (99, 4e-07),
      ])
  }
}
