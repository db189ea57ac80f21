import Crypto

extension ReleaseSecret {
  /// The words of a carrier's key: number 0 marks the release, 1, 2, … are decoys. All are drawn in one way, so to a model
  /// that never saw the release they are exchangeable.
  /// - Parameter count: how many words of 64 bits.
  /// - Source: METHODS §7(c)
  package func carrierKey(_ number: Int, words count: Int) -> [UInt64] {
    precondition(number >= 0 && count > 0, "keys are numbered from 0")
    var words: [UInt64] = []
    var block: UInt64 = 0
    while words.count < count {
      words += Self.words(draw("carrier", UInt64(number), block))
      block += 1
    }
    return Array(words.prefix(count))
  }

  /// Four random words that place carrier `number` on a sample.
  package func carrierLots(_ number: Int, sample: Int) -> [UInt64] {
    Self.words(draw("phase", UInt64(number), UInt64(sample)))
  }

  /// A name that tells nothing: 16 hex digits for query `number` of export `export`.
  package func queryName(export: Int, number: Int) -> String {
    HexDigest(bytes: draw("query", UInt64(export), UInt64(number))).description.prefix(16).description
  }

  /// Most significant byte first.
  static func words(_ bytes: [UInt8]) -> [UInt64] {
    stride(from: 0, to: bytes.count, by: 8).map { first in
      bytes[first..<first + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}
