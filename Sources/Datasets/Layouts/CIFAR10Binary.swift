import Archives
import Foundations

/// The binary version of CIFAR-10: five training batches, a test batch and the class names, in the folder
/// `cifar-10-batches-bin` or without a folder.
///
/// A record is 3073 bytes: the label, then 1024 red, 1024 green and 1024 blue bytes, row-major. A batch may hold any
/// number of records, at least one, so that subsets in the same layout are read too. All seven files must be there, in
/// any order. Other files (readme.html) pass through.
/// - Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
enum CIFAR10Binary: LayoutRules {
  static let folder = "cifar-10-batches-bin"
  static let classNameFile = "batches.meta.txt"
  static let trainFiles = (1...5).map { "data_batch_\($0).bin" }
  static let testFile = "test_batch.bin"
  static let format = RecordFormat(
    bytes: 3073, labelAt: 0, pixelsAt: 1, shape: ImageShape(channels: 3, height: 32, width: 32))

  static let lookedFor = "\(folder)/{data_batch_1…5,test_batch}.bin and batches.meta.txt (CIFAR-10, binary version)"
  static let headBytes = 0
  static let classCount: Int? = 10
  static var requiredFiles: [String] { trainFiles + [testFile, classNameFile] }

  static func content(of member: ArchiveMember, head: [UInt8]) throws(RefusedMember) -> MemberContent {
    let path = member.path
    if path.first == "cifar-10-batches-py" { throw RefusedMember(cause: .pickled) }
    guard member.kind == .file, let file = path.last, path.count == 1 || (path.count == 2 && path[0] == folder) else {
      return .other
    }
    switch String(file) {
    case classNameFile: return .classNames
    case testFile: return .records(format, .test)
    case let name where trainFiles.contains(name): return .records(format, .train)
    default: return .other
    }
  }
}
