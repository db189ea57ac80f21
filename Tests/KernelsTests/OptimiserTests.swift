import Foundation
import Kernels
import Testing

@Suite struct OptimiserTests {
  @Test(arguments: tables, [0, 0.01])
  func adamAgreesWithTheReferenceOverTenSteps(_ table: KernelTable, _ decay: Float) {
    for count in [1, table.lanes - 1, table.lanes, table.lanes + 1, 5 * table.lanes + 3] {
      var expected = Plain.random(1, count, 1, 1, seed: 1).values
      var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
      var weights = expected.map { Float($0) } + [.nan]
      var first = [Float](repeating: 0, count: count) + [.nan]
      var second = first
      for step in 1...10 {
        let gradient = Plain.random(1, count, 1, 1, seed: UInt64(step + 1)).values
        table.adam(
          &weights, gradient.map { Float($0) }, &first, &second, count, 0.01, 0.9, 0.999, 1e-8, decay, step)
        let (beta1, beta2) = (Double(Float(0.9)), Double(Float(0.999)))
        for i in 0..<count {
          let g = gradient[i] + Double(decay) * expected[i]
          m[i] = beta1 * m[i] + (1 - beta1) * g
          v[i] = beta2 * v[i] + (1 - beta2) * g * g
          let centred = m[i] / (1 - pow(beta1, Double(step)))
          let spread = (v[i] / (1 - pow(beta2, Double(step)))).squareRoot()
          expected[i] -= Double(Float(0.01)) * centred / (spread + 1e-8)
        }
      }
      #expect(distance(Array(weights.prefix(count)), expected) < 2e-6)
      #expect(distance(Array(second.prefix(count)), v) < 2e-6)
      #expect(weights[count].isNaN && first[count].isNaN && second[count].isNaN)
    }
  }

  @Test(arguments: tables, [false, true])
  func momentumAgreesWithTheReferenceOverTenSteps(_ table: KernelTable, _ nesterov: Bool) {
    for count in [1, table.lanes + 1, 5 * table.lanes + 3] {
      var expected = Plain.random(1, count, 1, 1, seed: 1).values
      var moving = [Double](repeating: 0, count: count)
      var weights = expected.map { Float($0) } + [.nan]
      var velocity = [Float](repeating: 0, count: count) + [.nan]
      for step in 1...10 {
        let gradient = Plain.random(1, count, 1, 1, seed: UInt64(step + 1)).values
        table.sgd(&weights, gradient.map { Float($0) }, &velocity, count, 0.1, 0.9, nesterov, 0.01)
        for i in 0..<count {
          let g = gradient[i] + 0.01 * expected[i]
          moving[i] = 0.9 * moving[i] + g
          expected[i] -= 0.1 * (nesterov ? g + 0.9 * moving[i] : moving[i])
        }
      }
      #expect(distance(Array(weights.prefix(count)), expected) < 2e-6)
      #expect(weights[count].isNaN && velocity[count].isNaN)
    }
  }
}
