package import Archives
import Crypto
import Foundation
package import Foundations
import Glibc

/// Surveys that are kept by the digest of what they are of, so that an archive is surveyed once (docs/formats, "Kept
/// surveys").
///
/// Nothing here is needed: what is not there, or cannot be used, is made again. Several processes may use one directory.
package struct SurveyStore: Sendable {
  private let directory: String
  private let program: String

  /// Surveys that are kept, those made last, their bytes, and files whose digests are known.
  private static let mostSurveys = 64
  private static let mostBytes = 4 << 30
  private static let mostFiles = 256

  /// - Parameters:
  ///   - directory: made when it is needed.
  ///   - program: version of the program; what another one has made is not taken.
  package init(directory: String, program: String) {
    self.directory = directory
    self.program = program
  }

  /// The survey of an archive: as it is kept, or made now and kept.
  ///
  /// - Parameters:
  ///   - pixels: see `DatasetSurvey`; a kept survey has none.
  ///   - note: takes a line about a survey that could not be used or kept.
  ///   - onProgress: hears of passes over the archive, if there are any.
  /// - Throws: what a survey throws.
  package func survey(
    of file: String, limits: InputLimits, keeping pixels: Int = 0, note: (String) -> Void,
    onProgress: @escaping ProgressReport
  ) throws -> DatasetSurvey {
    let key = SurveyFile.Key(program: program, limits: limits)
    if let kept = try kept(file, key, note, onProgress) { return kept }
    let survey = try DatasetSurvey(file: file, limits: limits, keeping: pixels, onProgress: onProgress)
    do {
      try keep(survey, key)
    } catch {
      note("\(directory): the survey of \(file) is not kept: \(error)")
    }
    return survey
  }

  /// Remembers the digest of a file that this process has written, and nobody else writes, so that it need not be read
  /// for it.
  package func remember(_ digest: HexDigest, of file: String, note: (String) -> Void) {
    do {
      try DurableFile(directory).createDirectory(mode: 0o700)
      try remember(digest, of: StrangersFile(file).identity())
    } catch {
      note("\(directory): the digest of \(file) is not kept: \(error)")
    }
  }

  private func kept(
    _ file: String, _ key: SurveyFile.Key, _ note: (String) -> Void, _ onProgress: @escaping ProgressReport
  ) throws -> DatasetSurvey? {
    // What is wrong with the file is told by the survey.
    guard let archive = try? StrangersFile(file, limit: key.limits.archiveBytes), archive.size > 0 else { return nil }
    let now = FileIdentity.now()
    guard let found = try? archive.identity() else { return nil }
    let identity = found.isSettled(at: now) ? found : nil
    var digest = identity.flatMap(knownDigest)
    if digest == nil {
      // Reading it is worth while only if there may be a survey of what is read.
      guard names().contains(where: { $0.hasPrefix("\(found.size)-") && $0.hasSuffix(Self.ending) }) else { return nil }
      let read = HexDigest(
        try archive.digest(SHA256.self) { read in
          try onProgress(ArchiveProgress(bytesRead: read, bytesTotal: max(read, found.size)))
        })
      try onProgress(ArchiveProgress(over: file, bytes: found.size))
      guard try archive.identity() == found else { return nil }
      digest = read
      if let identity { try? remember(read, of: identity) }
    }
    guard let digest else { return nil }
    let path = path(digest, bytes: found.size)
    guard let content = try? StrangersFile(path).bytes(limit: SurveyFile.largest) else { return nil }
    do throws(SurveyFile.Unusable) {
      return try SurveyFile.decode(content, of: file, digest: digest, key, identity: identity)
    } catch {
      note("\(path): \(error.why); \(file) is surveyed anew")
      return nil
    }
  }

  private func keep(_ survey: DatasetSurvey, _ key: SurveyFile.Key) throws {
    // One of several files is never looked for: nothing tells what it is but reading all of them.
    guard !survey.container.isSeveralFiles, let content = try SurveyFile.encode(survey, key) else { return }
    try DurableFile(directory).createDirectory(mode: 0o700)
    let path = path(survey.digest, bytes: survey.fileBytes)
    try DurableFile(path).replace(with: content, mode: 0o600, under: "\(path).\(UUID().uuidString)\(Self.draft)")
    if let identity = survey.identity { try remember(survey.digest, of: identity) }
    tidy()
  }

  // MARK: - Files

  private static let ending = ".survey"
  private static let stamp = ".sha256"
  private static let draft = ".partial"

  private func names() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] }

  private func path(_ digest: HexDigest, bytes: Int) -> String { "\(directory)/\(bytes)-\(digest)\(Self.ending)" }

  private func path(_ identity: FileIdentity) -> String {
    "\(directory)/\(identity.size)-\(identity.modified)-\(identity.inode)-\(identity.device)\(Self.stamp)"
  }

  private func knownDigest(of identity: FileIdentity) -> HexDigest? {
    guard let text = try? StrangersFile(path(identity)).text(limit: 65) else { return nil }
    return HexDigest(String(text.prefix(64)))
  }

  private func remember(_ digest: HexDigest, of identity: FileIdentity) throws {
    let path = path(identity)
    try DurableFile(path).replace(
      with: Array("\(digest)\n".utf8), mode: 0o600, under: "\(path).\(UUID().uuidString)\(Self.draft)")
  }

  /// Removes what is oldest of too much, and what a crash has left.
  private func tidy() {
    func files(_ ending: String) -> [(path: String, status: stat)] {
      names().filter { $0.hasSuffix(ending) }.compactMap { name in
        var status = stat()
        let path = "\(directory)/\(name)"
        return lstat(path, &status) == 0 ? (path, status) : nil
      }.sorted { $0.status.st_mtim.tv_sec > $1.status.st_mtim.tv_sec }
    }
    var bytes = 0
    for (place, file) in files(Self.ending).enumerated() {
      bytes += Int(file.status.st_size)
      if place >= Self.mostSurveys || bytes > Self.mostBytes { try? DurableFile(file.path).remove() }
    }
    for file in files(Self.stamp).dropFirst(Self.mostFiles) { try? DurableFile(file.path).remove() }
    let hourAgo = time(nil) - 3600
    for file in files(Self.draft) where file.status.st_mtim.tv_sec < hourAgo { try? DurableFile(file.path).remove() }
  }
}
