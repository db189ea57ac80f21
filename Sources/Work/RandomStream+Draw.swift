import NeuralNet

extension RandomStream {
  /// `count` of the indices without replacement, ascending; all of them if there are no more.
  /// - Parameter purpose: tells draws by one seed apart.
  package static func draw(_ count: Int, of indices: [Int], seed: UInt64, purpose: String) -> [Int] {
    guard count < indices.count else { return indices }
    var stream = RandomStream(seed: seed, stream: purpose)
    return stream.permutation(indices.count).prefix(count).map { indices[$0] }.sorted()
  }
}
