import Foundation
import Foundations

/// Writes safetensors files: equal content gives equal bytes, and a reader sees the old file or the new one, never a
/// part.
package enum SafetensorsWriter {
  private struct Entry: Encodable {
    var type = "F32"
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }
  }

  private enum Value: Encodable {
    case metadata([String: String])
    case entry(Entry)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .metadata(let map): try map.encode(to: encoder)
      case .entry(let entry): try entry.encode(to: encoder)
      }
    }
  }

  /// Writes tensors in the order of their names.
  ///
  /// - Parameter mode: of the file. Most networks are secrets of an owner.
  /// - Throws: `NeuralNetError.fileOperation`.
  package static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String, mode: UInt32 = 0o600
  ) throws {
    let sorted = tensors.sorted { $0.key < $1.key }
    let header = try header(of: sorted, metadata: metadata, path: path)
    do throws(SystemCall.Failure) {
      var file = try DurableFile.Writer(replacing: path, mode: mode)
      try file.write(header)
      for (_, tensor) in sorted {
        try file.write(tensor.values.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) })
      }
      try file.commit()
    } catch {
      throw NeuralNetError.fileOperation(
        path: error.path, call: error.operation, reason: String(cString: strerror(error.errno)), errno: error.errno)
    }
  }

  private static func header(
    of tensors: [(key: String, value: Tensor)], metadata: [String: String], path: String
  ) throws -> Data {
    var document: [String: Value] = [:]
    if !metadata.isEmpty { document[SafetensorsHeader.metadataKey] = .metadata(metadata) }
    var end = 0
    for (name, tensor) in tensors {
      let begin = end
      end += tensor.values.count * MemoryLayout<Float>.stride
      document[name] = .entry(Entry(shape: tensor.shape, offsets: [begin, end]))
    }
    var json: Data
    do {
      json = try CanonicalJSON.strict(document)
    } catch {
      throw NeuralNetError.fileOperation(path: path, call: "encode header", reason: String(describing: error))
    }
    // Spaces bring the tensors to a multiple of 8, as the format's reference writer does.
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    let length = UInt64(json.count).littleEndian
    return withUnsafeBytes(of: length) { Data($0) } + json
  }
}
