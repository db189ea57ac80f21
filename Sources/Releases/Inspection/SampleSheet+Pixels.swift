package import Datasets
import Evidence
import Foundation
package import Foundations
import Jobs
import Work

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
  ///   - shape: (C, H, W) of what is shown of each sample.
  ///   - marked: pixels by sample, and `originals` the same before marking as far as they are known.
  package init(shape: ImageShape, originals: [Int: [UInt8]], marked: [Int: [UInt8]]) {
    func png(_ pixels: [UInt8]) -> Data { Data(PNGImage(planar: pixels, shape: shape).encoded()) }
    self.init(
      factor: Self.enlargement,
      samples: marked.sorted { $0.key < $1.key }.map { index, pixels in
        let original = originals[index]
        return Sample(
          index: index, original: original.map(png), marked: png(pixels),
          difference: original.map { png(ContactSheet.difference($0, pixels, times: Self.enlargement)) })
      })
  }
}

extension SampleSheet {
  /// Looks at a release's archived bytes, and at the archive before marking if it is at hand.
  ///
  /// - Throws: `WorkError.otherSource` if the release was not made from `original`.
  package init(
    release directory: String, vault root: String, original: String?, limits: InputLimits,
    onProgress: @escaping ProgressReport
  ) throws {
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(directory)/release.json")
    let vault = Vault(root: root, release: document.name)
    let opening = try vault.opening(of: document)
    let shown = Set(Self.chosen(of: try vault.marks().map(\.index)))
    let released = try DatasetSurvey(
      file: "\(directory)/\(document.archive.path)", limits: limits, onProgress: onProgress)
    let view = SampleView(middle: Self.side, of: released.shape)
    let marked = try released.views(view, of: shown, limits: limits, onProgress: onProgress)
    var originals: [Int: [UInt8]] = [:]
    if let original {
      let survey = try DatasetSurvey(file: original, limits: limits, onProgress: onProgress)
      guard opening.statement.source == survey.digest else {
        throw WorkError.otherSource(release: directory, archive: original)
      }
      try released.check(hasShapeOf: survey)
      originals = try survey.views(view, of: shown, limits: limits, onProgress: onProgress)
    }
    self.init(shape: view.shape, originals: originals, marked: marked)
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
}
