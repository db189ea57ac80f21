import Crypto
import Foundations

extension ReleaseSecret {
  /// The first `count` carriers of the release's order, as entries of a book of `total`: its key first, then decoys. All
  /// orders are equally likely, so to a model that never saw the release the carriers are exchangeable.
  /// - Source: METHODS §7(c); the shuffle of Fisher and Yates
  package func carriers(_ count: Int, of total: Int) -> [Int] {
    precondition(count >= 0 && count <= total, "carriers are drawn without replacement")
    var order = Array(0..<total)
    for place in 0..<count {
      order.swapAt(place, place + uniform(below: total - place, "carrier", UInt64(place)))
    }
    return Array(order.prefix(count))
  }

  /// Which of its key's carriers a released sample shows, in 0..<count.
  package func carrier(ofSample index: Int, among count: Int) -> Int {
    uniform(below: count, "share", UInt64(index))
  }

  /// The lot of a class: of those that may be marked the ones with the smallest lots are, and the first of them has the first
  /// carrier of the release's order. Uniform over 64 bits.
  /// - Source: METHODS §8
  package func lot(ofClass index: Int) -> UInt64 { Self.word(draw("class", UInt64(index))) }

  /// A random word that places a carrier on a sample: by its number in the release's order, or by its entry in the book, as
  /// the method has it.
  package func placement(ofCarrier number: Int, sample: Int) -> UInt64 {
    Self.word(draw("phase", UInt64(number), UInt64(sample)))
  }

  /// The same for the twin of a sample that was not released. Which of two equally distributed words placed the released
  /// one is the coin.
  package func twinPlacement(ofCarrier number: Int, sample: Int) -> UInt64 {
    Self.word(draw("twin", UInt64(number), UInt64(sample)))
  }

  /// What a carrier in the features of a network is drawn from: the state of a random stream, 64 hexadecimal digits.
  /// - Parameters:
  ///   - index: the class that the carrier belongs to, or its number among those that belong to none.
  ///   - set: 0 for the release's own, others for decoys.
  /// - Source: METHODS §3; docs/formats, "Commitment"
  package func featureCarrier(_ index: Int, set: UInt64) -> String {
    HexDigest(bytes: draw("feature", set, UInt64(index))).description
  }

  /// The coin of a sample of whose two marked variants one is published.
  /// - Source: METHODS §5.2
  package func twinCoin(_ sample: Int) -> Bool { draw("coin", UInt64(sample))[0] & 1 == 1 }

  /// What the direction is drawn from in which the variants of a sample begin to part: the state of a random stream, as
  /// above.
  package func twinStart(_ sample: Int) -> String { HexDigest(bytes: draw("twin start", UInt64(sample))).description }

  /// A name that tells nothing: 16 hex digits for query `number` of export `export`.
  package func queryName(export: Int, number: Int) -> String {
    HexDigest(bytes: draw("query", UInt64(export), UInt64(number))).description.prefix(16).description
  }

  /// A number in 0..<bound, every one equally likely: words of the last, incomplete round are drawn again.
  private func uniform(below bound: Int, _ purpose: String, _ number: UInt64) -> Int {
    let bound = UInt64(bound)
    let complete = UInt64.max - UInt64.max % bound
    var attempt: UInt64 = 0
    while true {
      let word = Self.word(draw(purpose, number, attempt))
      if word < complete { return Int(word % bound) }
      attempt += 1
    }
  }

  /// The first 8 bytes, most significant first.
  static func word(_ bytes: [UInt8]) -> UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
