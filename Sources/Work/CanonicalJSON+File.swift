package import Foundations

extension CanonicalJSON {
  /// - Throws: `WorkError.malformed` with the decoder's reason; `missing`, `io`.
  package static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
    let bytes = try WorkError.reading(path) { () throws(FileFault) in
      try StrangersFile(path).bytes(limit: FileLimits.list)
    }
    return try decode(type, from: bytes, of: path)
  }

  /// The same for a file in a directory that a stranger has filled.
  package static func decode<Value: Decodable>(_ type: Value.Type, named name: String, below directory: String) throws
    -> Value
  {
    let path = "\(directory)/\(name)"
    let bytes = try WorkError.reading(path) { () throws(FileFault) in
      try StrangersFile(name, below: directory).bytes(limit: FileLimits.document)
    }
    return try decode(type, from: bytes, of: path)
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], of path: String) throws -> Value
  {
    do { return try CanonicalJSON.decode(type, from: bytes) } catch {
      throw WorkError.malformed(path: path, reason: String(describing: error))
    }
  }
}
