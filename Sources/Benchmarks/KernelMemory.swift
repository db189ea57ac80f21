import NeuralNet

/// What kernels read and write: the benchmark's counterpart to a plan's arena.
typealias KernelMemory = AlignedMemory<Float>

extension AlignedMemory where Element == Float {
  /// Uniform in [−1, 1): ordinary numbers, neither zero nor denormal.
  convenience init(count: Int, seed: UInt64) {
    self.init(count: count)
    var stream = RandomStream(seed: seed)
    for index in 0..<count { pointer[index] = 2 * stream.uniform() - 1 }
  }
}
