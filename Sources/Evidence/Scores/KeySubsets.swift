/// All keys that could have been drawn: the subsets of `size` of the carriers that a model was asked about.
enum KeySubsets {
  /// How many subsets there are.
  static func count(of carriers: Int, size: Int) -> Int {
    (0..<size).reduce(1) { $0 * (carriers - $1) / ($1 + 1) }
  }

  /// Hands over the sum of every subset, among them that of the first `size`.
  static func forEachSum(of values: [Double], size: Int, _ body: (Double) -> Void) {
    add(values[...], size, 0, body)
  }

  private static func add(_ values: ArraySlice<Double>, _ size: Int, _ sum: Double, _ body: (Double) -> Void) {
    if size == 0 { return body(sum) }
    for index in values.indices.dropLast(size - 1) {
      add(values[(index + 1)...], size - 1, sum + values[index], body)
    }
  }
}
