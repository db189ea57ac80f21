import Foundation
import NeuralNet

/// Numbers at one address, for the kernels, which take pointers: the benchmark's counterpart to a plan's arena.
final class KernelMemory {
  let pointer: UnsafeMutablePointer<Float>

  /// Zeros.
  init(count: Int) {
    // As the engine's memory: aligned to a large page where there is one to fill, which saves TLB misses.
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = bytes >= 4 * Self.largePageBytes
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? Self.largePageBytes : 64)
    #if os(Linux)
      // Only advice: where it is refused the memory works as well.
      if isLarge { _ = madvise(raw, bytes, Self.adviceForLargePages) }
    #endif
    pointer = raw.bindMemory(to: Float.self, capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  /// Uniform in [−1, 1): ordinary numbers, neither zero nor denormal.
  convenience init(count: Int, seed: UInt64) {
    self.init(count: count)
    var stream = RandomStream(seed: seed)
    for index in 0..<count { pointer[index] = 2 * stream.uniform() - 1 }
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  private static let largePageBytes = 2 << 20
  /// MADV_HUGEPAGE, a macro that the C library's module does not show.
  private static let adviceForLargePages: Int32 = 14
}
