import Foundation

/// What a safetensors header says, checked against the size of the file before anything else is read.
///
/// Layout: 8 bytes little-endian header length, the header as a JSON object (tensor name → dtype, shape, data_offsets;
/// `__metadata__` → string map), then the tensors' bytes, which cover the rest of the file without hole or overlap.
struct SafetensorsHeader {
  struct Entry: Decodable {
    var type: String
    var shape: [Int]
    /// Relative to the first byte after the header.
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }
  }

  var metadata: [String: String] = [:]
  var entries: [String: Entry] = [:]

  /// The format allows 100 MB. The largest headers here have some hundred bytes a tensor, of which networks have hundreds,
  /// and the images of a reference panel, eight bytes each.
  static let largestLength = 16 << 20
  /// Tensors, and values of all kinds beside them: what decoding takes is a multiple of their number.
  static let mostTensors = 1 << 16
  static let mostValues = 1 << 20
  static let metadataKey = "__metadata__"

  /// Bytes of one element of each type the format knows.
  static let elementBytes = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
    "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8,
  ]

  /// Decodes a header and checks every tensor's range against `dataBytes`, the bytes that follow the header.
  init(json: Data, dataBytes: Int, path: String) throws {
    guard Self.isModest(json) else {
      throw NeuralNetError.malformedHeader(path: path, reason: "more tensors or values than a network has")
    }
    do {
      let decoded = try JSONDecoder().decode(Document.self, from: json)
      metadata = decoded.metadata
      entries = decoded.entries
    } catch {
      throw NeuralNetError.malformedHeader(path: path, reason: Self.reason(of: error))
    }
    var end = 0
    for (name, entry) in entries.sorted(by: { $0.value.offsets.lexicographicallyPrecedes($1.value.offsets) }) {
      try check(entry, named: name, startingAt: end, path: path)
      end = entry.offsets[1]
    }
    guard end <= dataBytes else { throw NeuralNetError.truncated(path: path, expected: end, found: dataBytes) }
    guard end == dataBytes else {
      throw NeuralNetError.malformedHeader(path: path, reason: "\(dataBytes - end) bytes belong to no tensor")
    }
  }

  /// Whether so many values, in so many objects, are worth decoding: one look at the bytes, before anything is made of them.
  private static func isModest(_ json: Data) -> Bool {
    var (objects, values, depth) = (0, 0, 0)
    var (isText, isEscaped) = (false, false)
    for byte in json {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: ","): values += 1
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        if byte == UInt8(ascii: "{") { objects += 1 }
        depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      // The header, an entry, its shape.
      if objects > mostTensors + 2 || values > mostValues || depth > 3 { return false }
    }
    return true
  }

  private func check(_ entry: Entry, named name: String, startingAt start: Int, path: String) throws {
    guard let elementBytes = Self.elementBytes[entry.type] else {
      throw NeuralNetError.wronglyTypedTensor(source: path, tensor: name, expected: "F32", found: entry.type)
    }
    guard entry.offsets.count == 2 else {
      throw NeuralNetError.malformedHeader(path: path, reason: "tensor \(name) has not two offsets")
    }
    var bytes = elementBytes
    for extent in entry.shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else {
        throw NeuralNetError.malformedHeader(path: path, reason: "tensor \(name) has an impossible shape")
      }
      bytes = product
    }
    let (begin, end) = (entry.offsets[0], entry.offsets[1])
    // Sorted by their begin, the ranges must follow one another; that excludes holes, overlaps and repeated names.
    let (expectedEnd, overflow) = start.addingReportingOverflow(bytes)
    guard begin == start, !overflow, end == expectedEnd else {
      throw NeuralNetError.badOffsets(path: path, tensor: name, begin: begin, end: end, expected: bytes)
    }
  }

  private static func reason(of error: any Error) -> String {
    guard let error = error as? DecodingError else { return "not JSON" }
    return switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context):
      "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
    case .dataCorrupted(let context): context.debugDescription
    @unknown default: "not JSON"
    }
  }
}

/// The header's JSON object, whose keys are tensor names but for one.
private struct Document: Decodable {
  var metadata: [String: String] = [:]
  var entries: [String: SafetensorsHeader.Entry] = [:]

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for key in container.allKeys {
      if key.stringValue == SafetensorsHeader.metadataKey {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        entries[key.stringValue] = try container.decode(SafetensorsHeader.Entry.self, forKey: key)
      }
    }
  }
}
