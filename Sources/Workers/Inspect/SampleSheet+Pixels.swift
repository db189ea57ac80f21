import Datasets
import Evidence
import Foundation
import Jobs

extension SampleSheet {
  /// How many samples are shown, by how much their differences are enlarged, and how large a window of a sample is.
  static let length = 8
  static let enlargement = 16
  static let side = 256

  /// Marked samples from all over a list of `indices`, at most `length`.
  static func chosen(of indices: [Int]) -> [Int] {
    let shown = min(length, indices.count)
    return (0..<shown).map { indices[$0 * indices.count / shown] }
  }

  /// - Parameters:
  ///   - shape: (C, H, W) of the samples.
  ///   - marked: pixels by sample, and `originals` the same before marking as far as they are known.
  init(shape: ImageShape, originals: [Int: [UInt8]], marked: [Int: [UInt8]]) {
    self.init(
      factor: Self.enlargement,
      samples: marked.sorted { $0.key < $1.key }.map { index, pixels in
        let original = originals[index]
        return Sample(
          index: index, original: original.map { Self.png($0, shape) }, marked: Self.png(pixels, shape),
          difference: original.map { Self.png(ContactSheet.difference($0, pixels, times: Self.enlargement), shape) })
      })
  }

  /// The PNG file of a sample; of a large one its middle, pixel by pixel, since shrinking would hide the mark.
  private static func png(_ pixels: [UInt8], _ shape: ImageShape) -> Data {
    let window = ImageShape(
      channels: shape.channels, height: min(side, shape.height), width: min(side, shape.width))
    guard window != shape else { return Data(PNGImage(planar: pixels, shape: shape).encoded()) }
    let top = (shape.height - window.height) / 2
    let left = (shape.width - window.width) / 2
    var cut: [UInt8] = []
    cut.reserveCapacity(window.bytes)
    for channel in 0..<shape.channels {
      for y in 0..<window.height {
        let start = (channel * shape.height + top + y) * shape.width + left
        cut += pixels[start..<start + window.width]
      }
    }
    return Data(PNGImage(planar: cut, shape: window).encoded())
  }
}

extension SampleSheet {
  /// Looks at a release's archived bytes, and at the archive before marking if it is at hand.
  ///
  /// - Throws: `WorkError.otherSource` if the release was not made from `original`.
  init(release directory: String, vault root: String, original: String?, limits: Limits) throws {
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(directory)/release.json")
    let vault = Vault(root: root, release: document.name)
    let opening = try vault.opening(of: document)
    let shown = Self.chosen(of: try vault.marks().map(\.index))
    let released = try DatasetSurvey(file: "\(directory)/\(document.archive.path)", limits: limits)
    let marked = try released.pixels(of: Set(shown), limits: limits)
    var originals: [Int: [UInt8]] = [:]
    if let original {
      let survey = try DatasetSurvey(file: original, limits: limits)
      guard opening.statement.source == HexDigest(survey.digest) else {
        throw WorkError.otherSource(release: directory, archive: original)
      }
      try released.check(hasShapeOf: survey)
      originals = try survey.pixels(of: Set(shown), limits: limits)
    }
    self.init(shape: released.shape, originals: originals, marked: marked)
  }
}

extension DatasetSurvey {
  /// Whether samples can be laid beside those of another archive.
  /// - Throws: `WorkError.otherShape`.
  func check(hasShapeOf other: DatasetSurvey) throws {
    guard shape == other.shape else {
      throw WorkError.otherShape(
        file: other.file, expects: "\(other.shape) images", archive: file, found: "\(shape) images")
    }
  }

  /// The pixels (C, H, W) of chosen samples by their index.
  func pixels(of chosen: Set<Int>, limits: Limits) throws -> [Int: [UInt8]] {
    var found: [Int: [UInt8]] = [:]
    let stream = try SampleStream(self, limits: limits, choose: { chosen.contains($0) })
    while let sample = try stream.next() { found[sample.index] = sample.pixels }
    return found
  }
}
