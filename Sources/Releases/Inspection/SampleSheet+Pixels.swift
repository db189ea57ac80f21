import Datasets
import Evidence
import Foundation
package import Foundations
import Jobs
package import Work

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
  ///   - marked: what is shown of each sample, and `originals` the same before marking as far as they are known.
  init(originals: [Int: SampleView.Picture], marked: [Int: SampleView.Picture]) {
    func png(_ picture: SampleView.Picture) -> Data {
      Data(PNGImage(planar: picture.pixels, shape: picture.shape).encoded())
    }
    func difference(_ original: SampleView.Picture, _ marked: SampleView.Picture) -> SampleView.Picture {
      let pixels = ContactSheet.difference(original.pixels, marked.pixels, times: Self.enlargement)
      return SampleView.Picture(shape: marked.shape, pixels: pixels)
    }
    self.init(
      factor: Self.enlargement,
      samples: marked.sorted { $0.key < $1.key }.map { index, picture in
        let original = originals[index]
        return Sample(
          index: index, original: original.map(png), marked: png(picture),
          difference: original.map { png(difference($0, picture)) })
      })
  }
}

extension SampleSheet {
  /// Looks at a release's archived bytes, and at the archive before marking if it is at hand.
  ///
  /// - Throws: `WorkError.otherSource` if the release was not made from `original`.
  package init(
    release directory: String, vault root: String, original: String?, limits: InputLimits, _ context: WorkContext
  ) throws {
    let onProgress = Reporter(context).bytes("read")
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(directory)/release.json")
    let vault = Vault(root: root, release: document.name)
    let opening = try vault.opening(of: document)
    let shown = Set(Self.chosen(of: try vault.marks().map(\.index)))
    let released = try context.survey(
      "\(directory)/\(document.archive.path)", limits: limits, onProgress: onProgress
    ).counting(document.commitment.leaves)
    func middles(_ survey: DatasetSurvey) throws -> [Int: SampleView.Picture] {
      try survey.views(of: shown, limits: limits, onProgress: onProgress) { SampleView(middle: Self.side, of: $0) }
    }
    let marked = try middles(released)
    var originals: [Int: SampleView.Picture] = [:]
    if let original {
      let survey = try context.survey(original, limits: limits, onProgress: onProgress)
        .counting(document.commitment.leaves)
      guard opening.statement.source == survey.digest else {
        throw WorkError.otherSource(release: directory, archive: original)
      }
      try released.check(hasShapeOf: survey)
      originals = try middles(survey)
    }
    self.init(originals: originals, marked: marked)
  }
}

extension DatasetSurvey {
  /// Whether samples can be laid beside those of another archive.
  /// - Throws: `WorkError.otherShape`.
  func check(hasShapeOf other: DatasetSurvey) throws {
    guard geometry == other.geometry else {
      throw WorkError.otherShape(
        file: other.file, expects: "\(other.geometry) images", archive: file, found: "\(geometry) images")
    }
  }
}
