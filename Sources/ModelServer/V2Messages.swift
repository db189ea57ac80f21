/// What a client of the Open Inference Protocol sends.
struct V2Request: Decodable {
  struct Parameters: Decodable {
    var binaryDataSize: Int?
    var binaryData: Bool?
    var binaryDataOutput: Bool?

    private enum CodingKeys: String, CodingKey {
      case binaryDataSize = "binary_data_size"
      case binaryData = "binary_data"
      case binaryDataOutput = "binary_data_output"
    }
  }

  struct Input: Decodable {
    var name: String
    var shape: [Int]
    var datatype: String
    var data: PixelList?
    var parameters: Parameters?
  }

  struct Output: Decodable {
    var name: String
    var parameters: Parameters?
  }

  var id: String?
  var inputs: [Input]
  var outputs: [Output]?
  var parameters: Parameters?
}

/// Bytes as numbers in lists of any depth, in order.
struct PixelList: Decodable {
  private(set) var pixels: [UInt8] = []

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    try Self.read(&container, into: &pixels)
  }

  private static func read(_ container: inout any UnkeyedDecodingContainer, into pixels: inout [UInt8]) throws {
    while !container.isAtEnd {
      if var inner = try? container.nestedUnkeyedContainer() {
        try read(&inner, into: &pixels)
      } else {
        pixels.append(try container.decode(UInt8.self))
      }
    }
  }
}

struct V2Metadata: Encodable {
  struct Tensor: Encodable {
    struct Parameters: Encodable {
      var classes: [String]
    }

    var name: String
    var datatype: String
    var shape: [Int]
    var parameters: Parameters?
  }

  var name: String
  var versions: [String]
  var platform = "dandyroll"
  var inputs: [Tensor]
  var outputs: [Tensor]
}

struct V2Server: Encodable {
  var name = "dandyroll"
  var version: String
  var extensions = ["binary_tensor_data"]
}
