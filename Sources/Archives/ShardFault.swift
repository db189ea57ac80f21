/// What is wrong with a shard.
package enum ShardFault: Equatable, Sendable {
  case noPicture
  /// The extension that the label should have.
  case noLabel(String)
  /// The extension that is there again.
  case twice(String)
  case secondPicture
  case label(String)
}

extension ShardFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noPicture:
      "this key of the WebDataset shard has no picture (png, jpg, jpeg) beside it: members of a key stand together, "
        + "tar --sort=name packs them so"
    case .noLabel(let ending):
      "this key of the WebDataset shard has no .\(ending) with its class beside it: members of a key stand together, "
        + "tar --sort=name packs them so"
    case .twice(let ending):
      "this key of the WebDataset shard has the extension .\(ending) twice; give each picture a key"
    case .secondPicture: "this key of the WebDataset shard has two pictures; give each a key and a label of its own"
    case .label(let why): "the class in the WebDataset shard is unusable: \(why)"
    }
  }
}
