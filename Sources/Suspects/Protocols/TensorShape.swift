/// What an input tensor's shape says about images.
struct TensorShape {
  /// Whether the first axis counts images.
  var hasBatchAxis: Bool
  /// Whether rows, columns and channels are one axis.
  var isFlat = false
  var layout: InputForm.Layout?
  var height: Int?
  var width: Int?

  /// - Parameters:
  ///   - shape: with −1 for any extent.
  ///   - form: what the configuration says; it decides where the shape allows several readings.
  /// - Throws: `SuspectError.configuration` where the two contradict each other or leave it open.
  init(_ shape: [Int], form: InputForm, image: ImageSize, setup: EndpointSetup) throws {
    let channels = image.channels
    var axes = shape
    hasBatchAxis = true
    switch axes.count {
    case 4: axes.removeFirst()
    case 3 where channels == 1 && axes[0] != 1:
      // (N, H, W) of grey images.
      axes[0] = 1
      (layout, height, width) = (.chw, Self.extent(axes[1]), Self.extent(axes[2]))
      return
    case 3: hasBatchAxis = false
    case 2:
      isFlat = true
      layout = form.layout
      let count = (form.height ?? image.height) * (form.width ?? image.width) * channels
      guard axes[1] < 0 || axes[1] == count else {
        throw setup.refuse("input", "the model takes \(axes[1]) numbers, an image has \(count)")
      }
      return
    default: throw setup.refuse("input", "a tensor of shape \(shape) is no image")
    }
    let first = axes[0] == channels || axes[0] < 0
    let last = axes[2] == channels || axes[2] < 0
    switch (form.layout, first, last) {
    case (.chw?, true, _), (nil, true, false): layout = .chw
    case (.hwc?, _, true), (nil, false, true): layout = .hwc
    case (nil, true, true):
      throw setup.refuse("layout", "the shape \(shape) does not tell; configure “nchw” or “nhwc”")
    default: throw setup.refuse("input", "a tensor of shape \(shape) does not take \(channels) channels")
    }
    height = Self.extent(layout == .chw ? axes[1] : axes[0])
    width = Self.extent(layout == .chw ? axes[2] : axes[1])
    for (told, wanted) in [(height, form.height), (width, form.width)] {
      if let told, let wanted, told != wanted {
        throw setup.refuse("input", "\(wanted) is configured, but the model takes \(told)")
      }
    }
  }

  private static func extent(_ value: Int) -> Int? { value > 0 ? value : nil }
}
