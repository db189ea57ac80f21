import Archives
import Datasets
import Foundations

/// What is kept of a sample to look at: small enough that many fit into memory, however large the samples are.
struct SampleView {
  /// (C, H, W) of a sample, and of what is kept of it.
  let source: ImageShape
  let shape: ImageShape
  private let isCut: Bool

  /// What is kept of one sample.
  struct Picture: Equatable {
    let shape: ImageShape
    /// (C, H, W).
    let pixels: [UInt8]
  }

  /// The whole sample, shrunk where a side is longer than `side` pixels: each pixel is the mean of those it stands for.
  init(thumbnail side: Int, of source: ImageShape) {
    self.source = source
    let longest = max(source.height, source.width)
    func shrunk(_ extent: Int) -> Int { longest > side ? max(1, extent * side / longest) : extent }
    shape = ImageShape(channels: source.channels, height: shrunk(source.height), width: shrunk(source.width))
    isCut = false
  }

  /// The sample's middle, at most `side` pixels each way, pixel by pixel, since shrinking would hide a mark.
  init(middle side: Int, of source: ImageShape) {
    self.source = source
    shape = ImageShape(
      channels: source.channels, height: min(side, source.height), width: min(side, source.width))
    isCut = true
  }

  func picture(_ pixels: some Collection<UInt8>) -> Picture { Picture(shape: shape, pixels: self(pixels)) }

  /// - Parameter pixels: (C, H, W) of a sample.
  func callAsFunction(_ pixels: some Collection<UInt8>) -> [UInt8] {
    precondition(pixels.count == source.bytes, "a sample of the shape that the view is of")
    guard shape != source else { return Array(pixels) }
    let pixels = Array(pixels)
    return isCut ? cut(pixels) : shrink(pixels)
  }

  private func cut(_ pixels: [UInt8]) -> [UInt8] {
    let top = (source.height - shape.height) / 2
    let left = (source.width - shape.width) / 2
    var cut: [UInt8] = []
    cut.reserveCapacity(shape.bytes)
    for channel in 0..<shape.channels {
      for y in 0..<shape.height {
        let start = (channel * source.height + top + y) * source.width + left
        cut += pixels[start..<start + shape.width]
      }
    }
    return cut
  }

  private func shrink(_ pixels: [UInt8]) -> [UInt8] {
    var shrunk: [UInt8] = []
    shrunk.reserveCapacity(shape.bytes)
    for channel in 0..<shape.channels {
      for y in 0..<shape.height {
        let rows = y * source.height / shape.height..<(y + 1) * source.height / shape.height
        for x in 0..<shape.width {
          let columns = x * source.width / shape.width..<(x + 1) * source.width / shape.width
          var sum = 0
          for row in rows {
            let start = (channel * source.height + row) * source.width
            for column in columns { sum += Int(pixels[start + column]) }
          }
          let count = rows.count * columns.count
          shrunk.append(UInt8((sum + count / 2) / count))
        }
      }
    }
    return shrunk
  }
}

extension DatasetSurvey {
  /// What views keep of chosen samples, by their index. One sample at a time is in memory whole.
  /// - Parameter view: of samples of a shape.
  func views(
    of chosen: Set<Int>, limits: InputLimits, onProgress: @escaping ProgressReport,
    through view: @escaping (ImageShape) -> SampleView
  ) throws -> [Int: SampleView.Picture] {
    var found: [Int: SampleView.Picture] = [:]
    try SampleReader(self, limits: limits, onProgress: onProgress).read([
      .init(chosen) { found[$0.index] = view($0.shape).picture($0.pixels) }
    ])
    return found
  }
}
