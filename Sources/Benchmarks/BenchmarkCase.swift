/// One measurement by name: what it runs, and the unit that its figure comes in.
package struct BenchmarkCase: Sendable {
  /// Stable from version to version, so that scripts compare by it: `inference/unet/w32/d3/3x32x32/batch64`.
  package let name: String
  package let unit: BenchmarkUnit
  /// Threads, where the name fixes them; nil for those of the settings.
  package let threads: Int?
  /// Left out of a quick run.
  package let isLong: Bool
  /// Makes what is timed ready for so many threads.
  let prepare: @Sendable (_ threads: Int) throws -> Trial

  init(
    _ name: String, unit: BenchmarkUnit, threads: Int? = nil, isLong: Bool = false,
    prepare: @escaping @Sendable (_ threads: Int) throws -> Trial
  ) {
    self.name = name
    self.unit = unit
    self.threads = threads
    self.isLong = isLong
    self.prepare = prepare
  }

  /// Whether a run's memory is worth a figure, and so a process of its own.
  package var measuresMemory: Bool { unit != .gigaflops }
}

/// What a figure counts, per second.
package enum BenchmarkUnit: String, Codable, Sendable {
  /// 10⁹ floating-point operations. A convolution counts its products and sums; one that needs fewer of them gains.
  case gigaflops = "GFLOP/s"
  case images = "images/s"
  /// 10⁶ bytes.
  case megabytes = "MB/s"
}

/// What a case runs again and again.
struct Trial {
  /// Units of the case in one run: images, 10⁹ operations, 10⁶ bytes.
  var work: Double
  /// Undoes what the last run left behind; its time does not count.
  var reset: () throws -> Void = {}
  var run: () throws -> Void
  /// Numbers in the network's file.
  var parameters: Int?
}
