import Archives
package import Foundations

/// Samples that a release gives to other classes, and what that makes of the archive: another label byte of a record or in
/// an IDX file, another folder around an image, another text in the member of a shard that says the class.
package struct LabelChanges: Sendable {
  /// The new class of each such sample; none of them had it before.
  package let classes: [Int: UInt16]
  private let splits: Set<Split>
  /// What their members are called in the release, of image folders.
  private var names: [Int: String] = [:]
  /// The samples by the keys that they have in a shard, and where their classes stand.
  private let keys: [String: Int]
  private let shardLabel: ShardLabel?
  private let classNames: [String]
  private let file: String

  /// - Parameters:
  ///   - survey: of the archive before marking.
  ///   - classes: by sample; those that a sample has anyway change nothing.
  /// - Throws: `DatasetError` where the layout cannot say it: `fixedLabels`, `emptiedClass`.
  package init(_ survey: DatasetSurvey, classes given: [Int: UInt16], limits: InputLimits) throws {
    let classes = given.filter { survey.labels[$0.key] != $0.value }
    precondition(classes.values.allSatisfy { Int($0) < survey.classNames.count }, "a class of the dataset")
    self.classes = classes
    classNames = survey.classNames
    file = survey.file
    splits = Set(classes.keys.map { survey.splits[$0] })
    guard survey.layout.hasImageFiles, !classes.isEmpty else {
      (keys, shardLabel) = ([:], nil)
      return
    }
    if let obstacle = try survey.labelObstacle(limits: limits) {
      throw DatasetError(.fixedLabels(obstacle), file: survey.file)
    }
    // The names of the classes are those that samples have: one without samples would be gone.
    var left = Set(survey.labels)
    for (index, label) in survey.labels.enumerated() { left.remove(classes[index] ?? label) }
    if let emptied = left.min() {
      throw DatasetError(.emptiedClass(survey.classNames[Int(emptied)]), file: survey.file)
    }
    func name(of index: Int) -> String { survey.places.member(of: index, among: survey.count).name }
    guard survey.layout == .webDataset else {
      (keys, shardLabel) = ([:], nil)
      names = Self.moved(classes, in: survey, name: name)
      return
    }
    shardLabel = try ShardLabel.find(in: ArchiveReader(path: survey.file, limits: limits))
    keys = Dictionary(
      classes.keys.map { (ArchiveMember(name: name(of: $0), size: 0, modified: 0).shardKey.key, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// What a release changed, from what is there.
  /// - Throws: as above, `fixedLabels` also where the samples are not the same.
  init(from original: DatasetSurvey, to released: DatasetSurvey, limits: InputLimits) throws {
    guard original.count == released.count, original.classNames == released.classNames else {
      throw DatasetError(.fixedLabels("there are other samples or classes in the release"), file: released.file)
    }
    let changed = original.labels.indices.filter { original.labels[$0] != released.labels[$0] }
    try self.init(
      original, classes: Dictionary(uniqueKeysWithValues: changed.map { ($0, released.labels[$0]) }), limits: limits)
  }

  /// The same in an archive where it is done.
  var done: Self {
    var done = self
    done.names = [:]
    return done
  }

  /// The class folders' names, exchanged. A name that another sample has gets a number before its ending.
  private static func moved(
    _ classes: [Int: UInt16], in survey: DatasetSurvey, name: (Int) -> String
  ) -> [Int: String] {
    var taken: Set<String> = []
    func take(_ name: String) -> Bool {
      // A marked JPEG file may be a PNG file in the release.
      let places = Set([name, ImageFormat.nameAsPNG(name)].map { ArchiveMember(name: $0, size: 0, modified: 0).place })
      guard taken.isDisjoint(with: places) else { return false }
      taken.formUnion(places)
      return true
    }
    for index in 0..<survey.count { _ = take(name(index)) }
    for skipped in survey.skipped { _ = take(skipped.member) }
    var names: [Int: String] = [:]
    for (index, label) in classes.sorted(by: { $0.key < $1.key }) {
      var parts = name(index).split(separator: "/", omittingEmptySubsequences: false)
      let places = parts.indices.filter { !parts[$0].isEmpty && parts[$0] != "." }
      guard let file = places.last, let folder = places.dropLast().last else { continue }
      parts[folder] = survey.classNames[Int(label)][...]
      let wanted = parts.joined(separator: "/")
      let (stem, ending) = Self.ending(of: String(parts[file]))
      var (name, number) = (wanted, 1)
      while !take(name) {
        number += 1
        parts[file] = "\(stem)-\(number)\(ending)"
        name = parts.joined(separator: "/")
      }
      names[index] = name
    }
    return names
  }

  private static func ending(of file: String) -> (stem: String, ending: String) {
    guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return (file, "") }
    return (String(file[..<dot]), String(file[dot...]))
  }
}

// MARK: - What a walk asks

extension LabelChanges {
  func label(of sample: Int) -> UInt16? { classes[sample] }

  /// Whether samples of a split get other classes.
  func concern(_ split: Split) -> Bool { splits.contains(split) }

  /// What the member of an image is in the release.
  /// - Throws: `fixedLabels` where the folder around it is an archive.
  func moved(_ member: ArchiveMember, of sample: Int) throws -> ArchiveMember {
    guard let name = names[sample] else { return member }
    guard !member.isClassAnArchive else {
      throw DatasetError(.fixedLabels(DatasetSurvey.archivesAreClasses), file: file, member: member.name)
    }
    var moved = member
    moved.name = name
    return moved
  }

  /// Whether a member of a shard says the class of such a sample.
  func concern(_ member: ArchiveMember) -> Bool {
    shardLabel != nil && ShardLabel(member) == shardLabel && WebDataset.isOfASample(member)
      && keys[member.shardKey.key] != nil
  }

  /// What such a member says in the release.
  func content(_ content: [UInt8], of member: ArchiveMember, _ reader: ArchiveReader) throws -> [UInt8] {
    guard let shardLabel, let sample = keys[member.shardKey.key], let label = classes[sample] else { return content }
    return try shardLabel.content(content, with: Int(label), named: classNames[Int(label)], reader)
  }
}

extension DatasetSurvey {
  fileprivate static var archivesAreClasses: String {
    "the folder that says the class of an image is an archive of its own; pack the images as [split/]class/file into one "
      + "tar or zip archive"
  }

  /// Why samples of the archive cannot be given to other classes; nil where they can.
  /// - Throws: `DatasetError` if the archive cannot be read.
  package func labelObstacle(limits: InputLimits) throws -> String? {
    guard layout == .imageFolder else { return nil }
    if container == .directory {
      return
        "the class of an image is its folder, and files of a directory are read in the order of their names, so that "
        + "the samples would change their order; pack the directory into a tar or zip archive"
    }
    let reader = try ArchiveReader(path: file, limits: limits)
    while let member = try reader.nextMember() {
      guard case .image = try reader.content(of: member, in: layout) else { continue }
      return member.isClassAnArchive ? Self.archivesAreClasses : nil
    }
    return nil
  }
}

extension ArchiveMember {
  /// Whether the folder around it stands for an archive that it is in.
  fileprivate var isClassAnArchive: Bool { path.count - 2 < archiveDepth }
}
