import Networks

/// Marking images with a generator, bytes in and bytes out.
enum InferenceBenchmark {
  /// ε of the released generators.
  static let epsilon: Float = 8 / 255

  /// - Parameter threads: all that there are; fewer are cases of their own.
  static func cases(threads: Int) -> [BenchmarkCase] {
    let sizes = [32, 64, 224].flatMap { size in
      [32, 64].map { NetworkCase.unet(width: $0, size: size, batch: 64) }
    }
    let batches = [1, 4, 16, 256].map { NetworkCase.unet(width: 32, size: 32, batch: $0) }
    return (sizes + batches).map { benchmark($0) }
      + ThreadCounts.below(threads).map { benchmark(.unet(width: 32, size: 32, batch: 64), threads: $0) }
  }

  private static func benchmark(_ network: NetworkCase, threads: Int? = nil) -> BenchmarkCase {
    BenchmarkCase(
      "inference/\(network.name)" + ThreadCounts.suffix(threads), unit: .images, threads: threads,
      isLong: network.isLong
    ) { threads in
      let model = try network.model()
      let plan = try GeneratorPlan(model, epsilon: epsilon, batch: network.batch, threads: threads)
      let images = network.images()
      var marked = [UInt8](repeating: 0, count: images.count)
      return Trial(
        work: Double(network.batch),
        run: {
          var output = marked.mutableSpan
          plan.mark(images.span, count: network.batch, into: &output)
        }, parameters: model.numbers)
    }
  }
}

/// The numbers of threads that scaling is measured with.
enum ThreadCounts {
  /// 1, 2, 3 … up to eight, then doubling: below `all`, which the case without a suffix has.
  static func below(_ all: Int) -> [Int] {
    var counts: [Int] = []
    var count = 1
    while count < all {
      counts.append(count)
      count = count < 8 ? count + 1 : 2 * count
    }
    return counts
  }

  static func suffix(_ threads: Int?) -> String { threads.map { "/threads\($0)" } ?? "" }
}
