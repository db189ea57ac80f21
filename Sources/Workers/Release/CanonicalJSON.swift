import Foundation
import Glibc
import Jobs

/// JSON with sorted keys, no spaces and a trailing newline, so that equal values are equal bytes (FORMATS.md).
enum CanonicalJSON {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = JobJSON.infinities
    return try encoder.encode(value) + Data("\n".utf8)
  }

  /// - Throws: `WorkError.malformed` with the decoder's reason; `missing`, `io`.
  static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
    let data: Data
    do { data = try DurableFile(path).read() } catch WorkError.io(_, _, ENOENT) {
      throw WorkError.missing(path: path)
    }
    do { return try JobJSON.decode(type, from: data) } catch {
      throw WorkError.malformed(path: path, reason: String(describing: error))
    }
  }
}
