package import Foundation
import Strangers

/// The one way in which specs, events and reasons become bytes: keys sorted, slashes plain, equal values as equal bytes, and
/// no character that a terminal would obey.
package enum JobJSON {
  /// One line, without its newline.
  package static func line(_ value: some Encodable) throws -> String {
    PrintableJSON.text(String(decoding: try encoder(pretty: false).encode(value), as: UTF8.self))
  }

  /// A file's content for people to read, with a newline at its end.
  package static func document(_ value: some Encodable) throws -> [UInt8] {
    Array((PrintableJSON.text(String(decoding: try encoder(pretty: true).encode(value), as: UTF8.self)) + "\n").utf8)
  }

  /// - Parameter kinds: of the jobs that specs and results may be about.
  /// - Throws: `DecodingError`.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Sequence<UInt8>, kinds: JobKinds = .all
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.userInfo[.jobKinds] = kinds
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: nan)
    return try decoder.decode(type, from: Data(bytes))
  }

  /// JSON has no word for numbers that are not finite: one figure of a training that diverged must not cost a whole result.
  package static var infinities: JSONEncoder.NonConformingFloatEncodingStrategy {
    .convertToString(positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: nan)
  }

  private static let infinity = "inf"
  private static let nan = "nan"

  private static func encoder(pretty: Bool) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = infinities
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return encoder
  }
}
