import Archives
import Foundations

/// The binary version of CIFAR-100: a training and a test batch and the names of the fine classes, in the folder
/// `cifar-100-binary` or without a folder.
///
/// A record is 3074 bytes: the coarse label, the fine label, which is the class, then 1024 red, 1024 green and 1024 blue
/// bytes, row-major. Without the folder a batch is one if it is whole records, because `train.bin` is a name that others use
/// too. All three files must be there, in any order. Other files (coarse_label_names.txt) pass through.
/// - Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
enum CIFAR100Binary: LayoutRules {
  static let folder = "cifar-100-binary"
  static let classNameFile = "fine_label_names.txt"
  static let trainFile = "train.bin"
  static let testFile = "test.bin"
  static let format = RecordFormat(
    bytes: 3074, labelAt: 1, pixelsAt: 2, shape: ImageShape(channels: 3, height: 32, width: 32))

  static let lookedFor = "\(folder)/{train,test}.bin and fine_label_names.txt (CIFAR-100, binary version)"
  static let headBytes = 0
  static let classCount: Int? = 100
  static let requiredFiles = [trainFile, testFile, classNameFile]

  static func content(of member: ArchiveMember, head: [UInt8]) throws(RefusedMember) -> MemberContent {
    let path = member.path
    let isInFolder = path.count == 2 && path[0] == folder
    guard member.kind == .file, let file = path.last, path.count == 1 || isInFolder else { return .other }
    if file == classNameFile { return .classNames }
    guard isInFolder || (member.size > 0 && member.size % format.bytes == 0) else { return .other }
    switch String(file) {
    case trainFile: return .records(format, .train)
    case testFile: return .records(format, .test)
    default: return .other
    }
  }
}
