package import Foundations

/// Reads members of an archive from their places, which a pass over the same bytes has told.
///
/// A member goes through the reader of its container as in a pass, so that it is held to the same rules.
package final class ArchiveSeeker {
  private let file: FileSource
  private let container: ArchiveContainer
  private let limits: InputLimits
  private let identity: FileIdentity
  /// Of a zip archive.
  private let directory: ZipDirectory?
  private var content: (any ContainerReader)?

  /// - Parameters:
  ///   - container: what the pass has found.
  ///   - identity: of the file, when it did.
  /// - Returns: nil for a container that is read front to back only, and for a file that is not the same any more as far as
  ///   can be told without reading it.
  /// - Throws: `DatasetError`.
  package init?(path: String, container: ArchiveContainer, identity: FileIdentity, limits: InputLimits) throws {
    guard [.tar, .tarOfTars, .zip].contains(container) else { return nil }
    file = try FileSource(path: path, limits: limits) { _ in }
    guard file.identity == identity else { return nil }
    self.container = container
    self.limits = limits
    self.identity = identity
    directory = container == .zip ? try ZipDirectory(file) : nil
  }

  /// A reader whose next member is the one at a place.
  package func reader(at place: MemberPlace) throws -> ArchiveReader {
    guard (0..<file.size).contains(place.archive?.position ?? place.position) else { throw changed() }
    let content: any ContainerReader
    if let directory {
      content = try ZipReader(file, directory, limits: limits, at: place)
    } else {
      content = try NestedTarReader(file, limits: limits, at: place)
    }
    self.content = content
    return ArchiveReader(file, container, content, limits: limits)
  }

  /// Bytes of the last reader's member; nil where they cannot be read without what is before them.
  package func bytes(_ range: Range<Int>, of member: ArchiveMember) throws -> [UInt8]? {
    guard let tar = content as? NestedTarReader else { return nil }
    guard range.lowerBound >= 0, range.upperBound <= member.size, tar.contentPosition + member.size <= file.size else {
      throw changed(member.name)
    }
    return try file.bytes(tar.contentPosition + range.lowerBound..<tar.contentPosition + range.upperBound)
  }

  /// Whether all that was read is of the same bytes as in the pass.
  /// - Throws: `DatasetError.Cause.archiveChanged`.
  package func check() throws {
    guard file.identity == identity else { throw changed() }
  }

  private func changed(_ member: String? = nil) -> DatasetError {
    DatasetError(.archiveChanged, file: file.path, member: member)
  }
}
