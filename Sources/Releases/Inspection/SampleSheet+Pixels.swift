package import Datasets
import Evidence
import Foundation
package import Foundations
package import Jobs
package import Work

extension SampleSheet {
  /// How many samples are shown, by how much their differences are enlarged, and how large a window of a sample is.
  static let length = 8
  static let enlargement = 16
  static let side = 256

  /// Marked samples from all over a list of `indices`, at most so many: where an archive is sorted by class, of all classes.
  static func chosen(_ count: Int = length, of indices: [Int]) -> [Int] {
    let shown = min(count, indices.count)
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
  /// What a sheet shows of a release, gathered while its archive and the one before marking are read for something else.
  package final class Gathering {
    private let shown: Set<Int>
    private var originals: [Int: SampleView.Picture] = [:]
    private var marked: [Int: SampleView.Picture] = [:]

    /// - Parameter marks: indices of the release's marked samples.
    package init(marks: [Int]) { shown = Set(SampleSheet.chosen(of: marks)) }

    /// What it wants of the archive as it was released, and before that.
    package var released: SampleReader.Selection {
      .init(shown) { [self] in marked[$0.index] = SampleView(middle: SampleSheet.side, of: $0.shape).picture($0.pixels)
      }
    }
    package var original: SampleReader.Selection {
      .init(shown) { [self] in
        originals[$0.index] = SampleView(middle: SampleSheet.side, of: $0.shape).picture($0.pixels)
      }
    }

    package var sheet: SampleSheet { SampleSheet(originals: originals, marked: marked) }
  }

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
    let marks = try vault.marks().map(\.index)
    let released = try context.survey(
      "\(directory)/\(document.archive.path)", limits: limits, onProgress: onProgress
    ).counting(document.commitment.leaves)
    let before = try original.map {
      try context.survey($0, limits: limits, onProgress: onProgress).counting(document.commitment.leaves)
    }
    if let before {
      guard opening.statement.source == before.digest else {
        throw WorkError.otherSource(release: directory, archive: before.file)
      }
      try released.check(hasShapeOf: before)
    }
    try self.init(marks: marks, released: released, original: before, limits: limits, context)
  }

  /// The same of archives that have been surveyed.
  package init(
    marks: [Int], released: DatasetSurvey, original: DatasetSurvey?, limits: InputLimits, _ context: WorkContext
  ) throws {
    let onProgress = Reporter(context).bytes("read")
    let gathering = Gathering(marks: marks)
    try SampleReader(released, limits: limits, onProgress: onProgress).read([gathering.released])
    if let original {
      try SampleReader(original, limits: limits, onProgress: onProgress).read([gathering.original])
    }
    self = gathering.sheet
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
