import Foundation

/// A safetensors file opened for reading: its header is read and checked, its tensors are read one at a time.
package struct SafetensorsFile {
  package let path: String
  package let metadata: [String: String]
  private let handle: FileHandle
  private let header: SafetensorsHeader
  private let dataStart: Int

  /// Opens a file and checks header length, JSON, types and offsets against the file's size.
  ///
  /// - Throws: `NeuralNetError.fileOperation`, `.truncated`, `.malformedHeader`, `.badOffsets`, `.wronglyTypedTensor`.
  package init(path: String) throws {
    self.path = path
    let handle = try Self.attempt("open", path) { try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) }
    self.handle = handle
    let size = try Self.attempt("seek", path) { Int(try handle.seekToEnd()) }
    guard size >= 8 else { throw NeuralNetError.truncated(path: path, expected: 8, found: size) }
    let prefix = try Self.read(8, from: handle, at: 0, path: path)
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(SafetensorsHeader.largestLength) else {
      throw NeuralNetError.malformedHeader(path: path, reason: "a header of \(length) bytes")
    }
    guard 8 + Int(length) <= size else {
      throw NeuralNetError.truncated(path: path, expected: 8 + Int(length), found: size)
    }
    let json = try Self.read(Int(length), from: handle, at: 8, path: path)
    dataStart = 8 + Int(length)
    header = try SafetensorsHeader(json: json, dataBytes: size - dataStart, path: path)
    metadata = header.metadata
  }

  /// Names of all tensors, sorted.
  package var names: [String] { header.entries.keys.sorted() }

  /// Shape of a tensor, nil when there is none of that name.
  package func shape(of name: String) -> [Int]? { header.entries[name]?.shape }

  /// Type of a tensor as the format spells it ("F32", "I64"), nil when there is none of that name.
  package func type(of name: String) -> String? { header.entries[name]?.type }

  /// Reads a Float32 tensor.
  ///
  /// - Throws: `NeuralNetError.missingTensor`, `.wronglyTypedTensor`; `.truncated` if the file shrank since it was
  ///   opened.
  package func tensor(_ name: String) throws -> Tensor {
    guard let entry = header.entries[name] else {
      throw NeuralNetError.missingTensor(source: path, tensor: name, expected: [])
    }
    guard entry.type == "F32" else {
      throw NeuralNetError.wronglyTypedTensor(source: path, tensor: name, expected: "F32", found: entry.type)
    }
    let data = try Self.read(
      entry.offsets[1] - entry.offsets[0], from: handle, at: dataStart + entry.offsets[0], path: path)
    let values = [Float](unsafeUninitializedCapacity: data.count / 4) { buffer, count in
      count = data.copyBytes(to: buffer) / 4
    }
    return Tensor(shape: entry.shape, values: values.map { Float(bitPattern: UInt32(littleEndian: $0.bitPattern)) })
  }

  private static func read(_ count: Int, from handle: FileHandle, at offset: Int, path: String) throws -> Data {
    try attempt("read", path) {
      try handle.seek(toOffset: UInt64(offset))
      var data = Data()
      while data.count < count {
        guard let part = try handle.read(upToCount: count - data.count), !part.isEmpty else {
          throw NeuralNetError.truncated(path: path, expected: offset + count, found: offset + data.count)
        }
        if data.isEmpty { data = part } else { data.append(part) }
      }
      return data
    }
  }

  private static func attempt<Result>(_ call: String, _ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as NeuralNetError {
      throw error
    } catch {
      // Foundation's own text says neither which file nor, in words that are to be found, what is wrong with it.
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let number = cause.flatMap { $0.domain == NSPOSIXErrorDomain ? Int32(exactly: $0.code) : nil }
      throw NeuralNetError.fileOperation(
        path: path, call: call, reason: number.map { String(cString: strerror($0)) } ?? error.localizedDescription,
        errno: number ?? 0)
    }
  }
}
