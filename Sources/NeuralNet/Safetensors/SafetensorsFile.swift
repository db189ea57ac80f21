import Foundation
import Foundations

/// A safetensors file opened for reading: its header is read and checked, its tensors are read one at a time.
package struct SafetensorsFile {
  /// Metadata entry that holds what a network is built from.
  package static let definitionKey = "network"

  package let path: String
  package let metadata: [String: String]
  private let file: StrangersFile
  private let header: SafetensorsHeader
  private let dataStart: Int

  /// Opens a file and checks header length, JSON, types and offsets against the file's size.
  ///
  /// - Throws: `NeuralNetError.fileOperation`, `.notRegular`, `.truncated`, `.malformedHeader`, `.badOffsets`,
  ///   `.wronglyTypedTensor`.
  package init(path: String) throws {
    self.path = path
    let file = try Self.attempt(path) { () throws(FileFault) in try StrangersFile(path) }
    self.file = file
    let size = file.size
    guard size >= 8 else { throw NeuralNetError.truncated(path: path, expected: 8, found: size) }
    let prefix = try Self.read(0..<8, of: file)
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(SafetensorsHeader.largestLength) else {
      throw NeuralNetError.malformedHeader(
        path: path, reason: "a header of \(length) bytes; the limit is \(SafetensorsHeader.largestLength)")
    }
    dataStart = 8 + Int(length)
    guard dataStart <= size else {
      throw NeuralNetError.truncated(path: path, expected: dataStart, found: size)
    }
    let json = try Self.read(8..<dataStart, of: file)
    header = try SafetensorsHeader(json: Data(json), dataBytes: size - dataStart, path: path)
    metadata = header.metadata
  }

  /// Names of all tensors, sorted.
  package var names: [String] { header.entries.keys.sorted() }

  /// Shape of a tensor, nil when there is none of that name.
  package func shape(of name: String) -> [Int]? { header.entries[name]?.shape }

  /// Type of a tensor as the format spells it ("F32", "I64"), nil when there is none of that name.
  package func type(of name: String) -> String? { header.entries[name]?.type }

  /// The most bytes of a tensor that is read: far more than those of any network that is built here, and what a file with
  /// holes cannot claim.
  static let largestTensor = 4 << 30

  /// Reads a Float32 tensor.
  ///
  /// - Throws: `NeuralNetError.missingTensor`, `.wronglyTypedTensor`; `.malformedHeader` for one above
  ///   `largestTensor`; `.truncated` if the file shrank since it was opened.
  package func tensor(_ name: String) throws -> Tensor {
    guard let entry = header.entries[name] else {
      throw NeuralNetError.missingTensor(source: path, tensor: name, expected: [])
    }
    guard entry.type == "F32" else {
      throw NeuralNetError.wronglyTypedTensor(source: path, tensor: name, expected: "F32", found: entry.type)
    }
    let bytes = entry.offsets[1] - entry.offsets[0]
    guard bytes <= Self.largestTensor else {
      throw NeuralNetError.malformedHeader(
        path: path, reason: "tensor \(name) has \(bytes) bytes; the limit is \(Self.largestTensor)")
    }
    let start = dataStart + entry.offsets[0]
    var found = 0
    var values = try [Float](unsafeUninitializedCapacity: bytes / 4) { buffer, count in
      found = try Self.attempt(path) { () throws(FileFault) in
        try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: start)
      }
      count = found / 4
    }
    guard found == bytes else {
      throw NeuralNetError.truncated(path: path, expected: start + bytes, found: start + found)
    }
    for index in values.indices { values[index] = Float(bitPattern: UInt32(littleEndian: values[index].bitPattern)) }
    return Tensor(shape: entry.shape, values: values)
  }

  private static func read(_ range: Range<Int>, of file: StrangersFile) throws -> [UInt8] {
    try attempt(file.path) { () throws(FileFault) in try file.bytes(range) }
  }

  private static func attempt<Result>(
    _ path: String, _ body: () throws(FileFault) -> Result
  ) throws(NeuralNetError) -> Result {
    do { return try body() } catch {
      if case .system(let call, let number) = error {
        throw .fileOperation(path: path, call: call, reason: String(cString: strerror(number)), errno: number)
      }
      throw .notRegular(path: path, reason: error.description)
    }
  }
}
