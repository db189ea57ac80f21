import Archives
import Foundations

extension ArchiveReader {
  /// What the current member is to `layout`.
  func content(of member: ArchiveMember, in layout: Layout) throws -> MemberContent {
    let rules = layout.rules
    let head = rules.headBytes > 0 ? try peek(rules.headBytes) : []
    // Hidden and system files are none of the dataset's, whatever they are called.
    guard !member.isCompanion else { return .other }
    do {
      return try rules.content(of: member, head: head)
    } catch {
      throw self.error(error.cause)
    }
  }

  /// Applies the limit for members that are no batches.
  func checkSize(_ member: ArchiveMember, _ limits: InputLimits) throws {
    guard member.size <= limits.memberBytes else {
      throw error(.memberTooLarge(bytes: member.size, limit: limits.memberBytes))
    }
  }
}
