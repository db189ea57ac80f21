package import Archives
package import Foundations

/// Writes a surveyed archive anew with chosen samples marked.
///
/// Same container, member order, names, times and labels, but for what `LabelChanges` says. Members without a chosen sample pass through byte for byte.
/// In a member of records only the pixel bytes of chosen records change; a gzip member that holds some is compressed
/// again. A chosen image file is decoded, marked and encoded again, with what decides how it is shown
/// (`ImagePresentation`): a PNG under its own name, a JPEG as `MarkedJPEG` says; on request so are all other images, so
/// that no file tells whether it is marked. The output depends neither on the batch size nor on timing.
package struct ArchiveRewriter {
  /// Bytes that may wait for a batch to fill, chosen pixels included; then a smaller batch is marked.
  static let waitingBytes = 16 << 20

  private let survey: DatasetSurvey
  private let batch: Int
  private let budget: ChangeBudget?
  private let jpeg: MarkedJPEG
  private let rewritesAll: Bool
  private let relabelling: LabelChanges?
  private let limits: InputLimits

  /// - Parameters:
  ///   - batch: most samples that are marked at once, ≥ 1.
  ///   - budget: a marker that goes beyond it is an error; nil: not checked.
  ///   - jpeg: how JPEG files are written anew.
  ///   - rewritesAll: whether image files without a mark are written anew as well.
  ///   - relabelling: samples that are given to other classes; nil: none.
  package init(
    _ survey: DatasetSurvey, batch: Int, budget: ChangeBudget?, jpeg: MarkedJPEG = .png, rewritesAll: Bool = false,
    relabelling: LabelChanges? = nil, limits: InputLimits = InputLimits()
  ) {
    precondition(batch >= 1)
    self.survey = survey
    self.batch = batch
    self.budget = budget
    self.jpeg = jpeg
    self.rewritesAll = rewritesAll && survey.layout.hasImageFiles
    self.relabelling = relabelling
    self.limits = limits
  }

  /// Reads the archive once and writes the marked one to `path`, forced to the disk at the end. What an error
  /// leaves behind is the caller's to remove, as are `path`.member and `path`.inner, which exist while a gzip member or an
  /// archive in an archive is written.
  ///
  /// - Parameters:
  ///   - choose: gets each sample index once, in order.
  ///   - marker: changes (N, C, H, W) pixels in place, N = `batch.count`; each result must depend on its own sample only.
  ///   - released: gets each batch once more, the pixels before marking and those that the archive has now.
  /// - Throws: `DatasetError`, and what the closures throw.
  package func rewrite(
    to path: String, choose: @escaping (Int) -> Bool, onProgress: @escaping ProgressReport,
    marker: @escaping (_ pixels: inout [UInt8], _ batch: MarkerBatch) throws -> Void,
    released: @escaping (_ originals: [UInt8], _ marked: [UInt8], _ batch: MarkerBatch) throws -> Void = { _, _, _ in }
  ) throws -> RewriteResult {
    precondition(path != survey.file, "an archive cannot be rewritten in place")
    let walker = try SampleWalker(survey, limits: limits, relabelling: relabelling, onProgress: onProgress)
    let writer = try ArchiveWriter(path: path, container: survey.container)
    let members = MemberWriter(writer, spool: path + ".member")
    var visitor = MarkingVisitor(
      members, survey: survey, batch: batch, budget: budget, jpeg: jpeg, limits: limits,
      isMarked: rewritesAll ? choose : { _ in true }, marker: marker, released: released)
    let decode = rewritesAll ? { _ in true } : choose
    while try walker.step(&visitor, choose: decode) {}
    try visitor.flush()
    let output = try writer.finish()
    return RewriteResult(
      inputDigest: survey.digest, outputDigest: output.digest, outputBytes: output.bytes, files: output.files,
      isExact: visitor.isExact,
      largestUnmarkedChange: visitor.largestUnmarkedChange, sampleCount: survey.count, marked: visitor.marked)
  }
}
