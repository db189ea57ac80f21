/// The committed random choice of the samples that are marked: one coin a sample, 1 = marked.
package struct Coins: Sendable, Equatable {
  /// Indices of the marked samples, ascending.
  package let marked: [Int]

  /// Draws `count` of the candidates without replacement; every subset of that size is equally likely.
  /// - Parameter candidates: indices of the samples that may be marked, ascending.
  package init(drawing count: Int, from candidates: some Sequence<Int>, with secret: ReleaseSecret) {
    marked =
      candidates.map { (lot: secret.lot($0), index: $0) }
      .sorted { ($0.lot, $0.index) < ($1.lot, $1.index) }
      .prefix(count)
      .map(\.index)
      .sorted()
  }
}
