import CPeak
import Dispatch
import Kernels
import NeuralNet

/// What the processor can do at most with the instructions that the kernels use: multiplying and adding on registers.
enum PeakBenchmark {
  static let prefix = "peak/"

  /// Billions of operations of one run on a thread: about 20 ms where a core does 100 GFLOP/s.
  private static let target = 2.0

  static var cases: [BenchmarkCase] {
    [
      BenchmarkCase(prefix + "multiply-add/threads1", unit: .gigaflops, threads: 1, prepare: trial),
      BenchmarkCase(prefix + "multiply-add", unit: .gigaflops, prepare: trial),
    ]
  }

  /// 10⁹ operations a second of one core, the best of three short runs.
  static func gigaflops() -> Double {
    let rounds = rounds
    let clock = ContinuousClock()
    return (0..<3).map { _ in
      var operations: UInt64 = 0
      let time = clock.measure { operations = cpeak_run(instructions, rounds) }
      return Double(operations) / 1e9 / (time / .seconds(1))
    }.max() ?? 0
  }

  private static func trial(threads: Int) -> Trial {
    let rounds = rounds
    return Trial(work: Double(threads) * Double(rounds) * operationsARound / 1e9) {
      DispatchQueue.concurrentPerform(iterations: threads) { _ in _ = cpeak_run(instructions, rounds) }
    }
  }

  private static var operationsARound: Double { Double(cpeak_run(instructions, 1)) }
  private static var rounds: UInt64 { UInt64(target * 1e9 / operationsARound) }

  private static var instructions: cpeak_instructions {
    switch Processor.kernels.name {
    case "avx512": CPEAK_AVX512
    case "avx2": CPEAK_AVX2
    default: CPEAK_BASELINE
    }
  }
}
