import Archives

/// Where extraction would put each member, to find places that are taken twice: eight bytes a member.
///
/// "a.png", "./a.png" and "x//a.png" beside "x/a.png" are such places, and names that differ only in how Unicode composes
/// their letters, which some file systems take for one. A directory may occur again: `tar -r` writes it again.
struct MemberPlaces {
  /// Of each member a hash of its place, whose lowest bit says whether it is a directory. Equal places have equal hashes;
  /// which others have is for the names to decide, so that the hash need not be the same in every process.
  private var marks: [UInt64] = []

  mutating func add(_ member: ArchiveMember) {
    marks.append(Self.hash(of: member) | (member.kind == .directory ? 1 : 0))
  }

  /// Hashes that more than one member has, at least one of them a file.
  mutating func suspects() -> Set<UInt64> {
    marks.sort()
    var suspects: Set<UInt64> = []
    for place in marks.indices.dropFirst() where (marks[place] ^ marks[place - 1]) & ~1 == 0 {
      // Of a directory and a file with one hash the file comes first, so every group with a file shows one here.
      if marks[place - 1] & 1 == 0 { suspects.insert(marks[place] & ~1) }
    }
    return suspects
  }

  /// Reads the archive again and compares the names of the suspects.
  /// - Throws: `DatasetError.Cause.nameTwice` about the second of two members in one place.
  static func check(_ suspects: Set<UInt64>, in reader: ArchiveReader) throws {
    var seen: [String: (number: Int, name: String, kind: ArchiveMember.Kind)] = [:]
    while let member = try reader.nextMember() {
      guard suspects.contains(hash(of: member)) else { continue }
      let place = member.place
      guard let first = seen[place] else {
        seen[place] = (reader.memberCount, member.name, member.kind)
        continue
      }
      guard first.kind == .directory, member.kind == .directory else {
        throw reader.error(.nameTwice(first: first.number, second: reader.memberCount, name: first.name))
      }
    }
  }

  private static func hash(of member: ArchiveMember) -> UInt64 {
    var hasher = Hasher()
    // As strings hash: equal for names that Unicode holds to be the same.
    for component in member.path { hasher.combine(component) }
    return UInt64(truncatingIfNeeded: hasher.finalize()) & ~1
  }
}
