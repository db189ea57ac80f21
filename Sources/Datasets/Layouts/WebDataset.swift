import Archives

/// A WebDataset shard: members of one sample stand together and are called `KEY.EXTENSION`, the key being what comes before
/// the first dot of the last component, with the folders before it.
///
/// The picture has the extension png, jpg or jpeg. Its class stands in one other member, the same for the whole shard: `cls`,
/// else `json` (under `cls`, `label` or `class`), else `txt`. Classes are numbers, or names; a member `classnames.txt` has
/// the names of numbers, one a line. Other members pass through. A picture keeps its name when it is written anew, as PNG
/// too: extensions are what programs ask a sample for, and those that read pictures look at their bytes.
/// - Source: webdataset 1.0.2, `tariterators.group_by_keys` and `autodecode`.
enum WebDataset: LayoutRules {
  static let lookedFor = "KEY.png or KEY.jpg beside KEY.cls, KEY.json or KEY.txt (WebDataset shard)"
  static let headBytes = 0
  static let classCount: Int? = nil
  static let requiredFiles: [String] = []
  static let hasImageFiles = true
  static let renamesImages = false

  static let classNameFiles: Set<String> = ["classnames.txt", "classes.txt"]
  /// What a member may be called that is about the whole shard.
  private static let otherKeys: Set<String> = ["readme", "license", "licence", "dataset_info", "metadata"]
  private static let pictures: Set<String> = ["png", "jpg", "jpeg"]

  static func content(of member: ArchiveMember, head: [UInt8]) throws(RefusedMember) -> MemberContent {
    guard isOfASample(member) else {
      return member.path.last.map { classNameFiles.contains($0.lowercased()) } == true ? .classNames : .other
    }
    return isPicture(member) ? .image(className: nil, member.innermostSplit) : .other
  }

  /// Whether it has a key. Names like `__this__` are passed over by WebDataset itself.
  static func isOfASample(_ member: ArchiveMember) -> Bool {
    guard member.kind == .file, !member.isCompanion, let file = member.path.last?.lowercased(), file.contains("."),
      !classNameFiles.contains(file), !(file.hasPrefix("__") && file.hasSuffix("__"))
    else { return false }
    return !otherKeys.contains(String(file.prefix { $0 != "." }))
  }

  static func isPicture(_ member: ArchiveMember) -> Bool { pictures.contains(member.shardKey.ending) }
}

/// In which of a sample's members its class stands, in the order in which they are believed.
enum ShardLabel: String, CaseIterable, Sendable {
  case cls, json, txt

  init?(_ member: ArchiveMember) { self.init(rawValue: member.shardKey.ending) }
}

extension ArchiveMember {
  /// The split that is said by the name of the shard that it is in: `pets-val-000003.tar`. Nil for any other name.
  var shardSplit: Split? {
    guard let name = shard?.name.split(separator: "/").last else { return nil }
    return name.split { !$0.isLetter }.lazy.compactMap(ImageFolder.split).last
  }

  /// The innermost folder that is called like a split, or else a word in the shard's name that is.
  var innermostSplit: Split { path.dropLast().lazy.compactMap(ImageFolder.split).last ?? shardSplit ?? .train }

  /// How WebDataset takes a name apart: at the first dot of what follows the last slash.
  var shardKey: (key: String, ending: String) {
    guard let file = path.last else { return (name, "") }
    let stem = file.prefix { $0 != "." }
    return (
      (path.dropLast() + [stem]).joined(separator: "/"), file.dropFirst(stem.count + 1).lowercased()
    )
  }
}
