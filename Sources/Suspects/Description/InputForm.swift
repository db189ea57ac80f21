/// What an endpoint takes. What is nil comes from its metadata, and from our images where that says nothing.
package struct InputForm: Codable, Sendable, Hashable {
  package enum Layout: String, Codable, Sendable, Hashable {
    /// Channels, rows, columns.
    case chw = "nchw"
    /// Rows, columns, channels.
    case hwc = "nhwc"
  }

  package enum Element: String, Codable, Sendable, Hashable {
    /// 0 … 255, unscaled.
    case uint8
    /// (byte · scale − mean) / deviation
    case float32
  }

  package enum Carrier: String, Codable, Sendable, Hashable {
    /// Numbers in JSON.
    case tensor
    /// A PNG file as the request's body.
    case png
    /// A PNG file in Base64, inside JSON.
    case base64
  }

  /// The input tensor's name.
  package var tensor: String?
  package var height: Int?
  package var width: Int?
  package var layout: Layout?
  package var element: Element?
  package var carrier: Carrier?
  /// Factor on bytes; nil for 1/255. For float32 only.
  package var scale: Double?
  /// One for each channel, after `scale`; empty for 0.
  package var mean: [Double]
  /// One for each channel, after `scale`; empty for 1.
  package var deviation: [Double]

  package init(
    tensor: String? = nil, height: Int? = nil, width: Int? = nil, layout: Layout? = nil, element: Element? = nil,
    carrier: Carrier? = nil, scale: Double? = nil, mean: [Double] = [], deviation: [Double] = []
  ) {
    self.tensor = tensor
    self.height = height
    self.width = width
    self.layout = layout
    self.element = element
    self.carrier = carrier
    self.scale = scale
    self.mean = mean
    self.deviation = deviation
  }
}
