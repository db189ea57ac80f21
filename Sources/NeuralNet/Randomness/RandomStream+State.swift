import Foundation

extension RandomStream {
  /// The whole state as 64 hexadecimal digits.
  package var state: String {
    [wordList.0, wordList.1, wordList.2, wordList.3].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// - Throws: `NeuralNetError.invalidRandomState` for anything that `state` cannot have returned.
  package init(state: String) throws {
    let digits = Array(state.utf8)
    // A sign would be taken for a number too.
    let isPlain = digits.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "f") ~= $0 }
    guard digits.count == 64, isPlain else { throw NeuralNetError.invalidRandomState(state) }
    let words = stride(from: 0, to: 64, by: 16).compactMap { start in
      UInt64(String(decoding: digits[start..<start + 16], as: UTF8.self), radix: 16)
    }
    // The all-zero state is the one fixed point of the generator.
    guard words.count == 4, words.contains(where: { $0 != 0 }) else {
      throw NeuralNetError.invalidRandomState(state)
    }
    self.init(words: (words[0], words[1], words[2], words[3]))
  }
}

extension RandomStream: Codable {
  package init(from decoder: any Decoder) throws {
    try self.init(state: decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(state)
  }
}
