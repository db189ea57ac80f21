import NeuralNet

/// A short name of weights: equal weights have equal ones, 16 hexadecimal digits.
enum Fingerprint {
  /// FNV-1a over the bits of all values, 32 at a time.
  static func text(of blocks: [[Float]]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for block in blocks {
      for value in block { hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3 }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension Model {
  /// Names the tensors: two models of equal tensors have equal fingerprints, 16 hexadecimal digits.
  package var fingerprint: String { Fingerprint.text(of: tensors.sorted { $0.key < $1.key }.map(\.value.values)) }
}
