import Foundation

/// JSON with sorted keys, no spaces and a trailing newline, so that equal values are equal bytes (FORMATS.md).
enum CanonicalJSON {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value) + Data("\n".utf8)
  }

  /// - Throws: `WorkError.malformed` with the decoder's reason.
  static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw WorkError.missing(path: path)
    }
    do { return try JSONDecoder().decode(type, from: data) } catch {
      throw WorkError.malformed(path: path, reason: String(describing: error))
    }
  }
}
