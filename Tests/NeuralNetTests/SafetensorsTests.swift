import Foundation
import Glibc
import Testing

@testable import NeuralNet

@Suite final class SafetensorsTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("safetensors-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String = "file.safetensors") -> String { folder.appendingPathComponent(name).path }

  /// A file of a header as it stands and so many zero bytes.
  private func write(header: String, data: Int, declaredLength: UInt64? = nil) throws -> String {
    var bytes = withUnsafeBytes(of: (declaredLength ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
    bytes.append(contentsOf: header.utf8)
    bytes.append(Data(count: data))
    try bytes.write(to: URL(fileURLWithPath: path()))
    return path()
  }

  private func error(of body: () throws -> Void) -> NeuralNetError? {
    do {
      try body()
      return nil
    } catch {
      return error as? NeuralNetError
    }
  }

  @Test func writesWhatItReads() throws {
    let tensors = [
      "b.weight": Tensor(shape: [2, 3], values: [1, -2, 3.5, 0, .leastNonzeroMagnitude, 6]),
      "a \"quoted\" name/ü": Tensor(shape: [], values: [7]), "empty": Tensor(shape: [0, 4], values: []),
    ]
    try SafetensorsWriter.write(tensors, metadata: ["ε": "8/255", "k": "a\nb"], to: path())
    let file = try SafetensorsFile(path: path())
    #expect(file.metadata == ["ε": "8/255", "k": "a\nb"])
    #expect(file.names == tensors.keys.sorted())
    for (name, tensor) in tensors { #expect(try file.tensor(name) == tensor) }
  }

  @Test func writesTheSameBytesForTheSameContent() throws {
    var tensors: [String: Tensor] = [:]
    for index in 0..<40 { tensors["t\(index)"] = Tensor(shape: [3], repeating: Float(index)) }
    let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", "value") })
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path("a"))
    try SafetensorsWriter.write(
      tensors.reduce(into: [:]) { $0[$1.key] = $1.value }, metadata: metadata, to: path("b"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path("a")))
    #expect(try bytes == Data(contentsOf: URL(fileURLWithPath: path("b"))))
    // Tensors start at a multiple of 8, as the format's reference writer has it.
    #expect((8 + Int(bytes[0]) + Int(bytes[1]) << 8) % 8 == 0)
  }

  @Test func leavesNothingBesideTheFile() throws {
    try SafetensorsWriter.write(["t": Tensor(shape: [1], values: [1])], to: path())
    try SafetensorsWriter.write(["t": Tensor(shape: [1], values: [2])], to: path())
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file.safetensors"])
    #expect(try SafetensorsFile(path: path()).tensor("t").values == [2])
  }

  @Test func saysWhichCallFailed() {
    let missing = path("nowhere/file")
    guard
      case .fileOperation(missing, "open", "No such file or directory", ENOENT)? =
        error(of: { _ = try SafetensorsFile(path: missing) })
    else {
      Issue.record("reading a missing file is a file operation that failed")
      return
    }
    guard case .fileOperation(_, "create", _, ENOENT)? = error(of: { try SafetensorsWriter.write([:], to: missing) })
    else {
      Issue.record("writing into a missing directory is a file operation that failed")
      return
    }
  }

  @Test(arguments: 0..<96)
  func rejectsAFileTruncatedAnywhere(kept: Int) throws {
    try SafetensorsWriter.write(["t": Tensor(shape: [4], values: [1, 2, 3, 4])], to: path())
    let whole = try Data(contentsOf: URL(fileURLWithPath: path()))
    guard kept < whole.count else { return }
    try whole.prefix(kept).write(to: URL(fileURLWithPath: path()))
    guard case .truncated? = error(of: { _ = try SafetensorsFile(path: path()) }) else {
      Issue.record("\(kept) bytes of \(whole.count) are a truncated file")
      return
    }
  }

  @Test(arguments: [90_000_000, 100_000_001, UInt64(Int64.max), .max])
  func rejectsAHeaderLengthThatWouldExhaustMemory(length: UInt64) throws {
    let path = try write(header: "{}", data: 0, declaredLength: length)
    // The file is as long as its header claims.
    try #require(truncate(path, off_t(min(length, 1 << 40))) == 0)
    guard case .malformedHeader? = error(of: { _ = try SafetensorsFile(path: path) }) else {
      Issue.record("a header of \(length) bytes is refused")
      return
    }
  }

  @Test(arguments: ["tensors", "values", "depth"]) func rejectsAHeaderOfMoreThanANetworkHas(what: String) throws {
    let header =
      switch what {
      case "tensors": "{" + (0..<70_000).map { "\"\($0)\":{}" }.joined(separator: ",") + "}"
      case "values":
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[" + String(repeating: "1,", count: 1 << 21)
          + "1],\"data_offsets\":[0,4]}}"
      default: String(repeating: "[", count: 1 << 20)
      }
    let path = try write(header: header, data: 4)
    #expect(
      error(of: { _ = try SafetensorsFile(path: path) })
        == .malformedHeader(path: path, reason: "more tensors or values than a network has"))
  }

  @Test func aTensorOfAFileWithHolesIsNotRead() throws {
    let elements = 1 << 32
    let header = "{\"t\":{\"dtype\":\"F32\",\"shape\":[\(elements)],\"data_offsets\":[0,\(4 * elements)]}}"
    let path = try write(header: header, data: 0)
    try #require(truncate(path, off_t(8 + header.utf8.count + 4 * elements)) == 0)
    guard case .malformedHeader? = error(of: { _ = try SafetensorsFile(path: path).tensor("t") }) else {
      Issue.record("sixteen gigabytes of nothing are refused")
      return
    }
  }

  @Test func aFIFOOrADeviceUnderAModelsNameIsNotReadFrom() throws {
    let fifo = path("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    #expect(
      error(of: { _ = try SafetensorsFile(path: fifo) })
        == .notRegular(path: fifo, reason: "a FIFO, not a regular file"))
    let link = path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/zero")
    #expect(
      error(of: { _ = try SafetensorsFile(path: link) })
        == .notRegular(path: link, reason: "a device, not a regular file"))
  }

  @Test(arguments: [
    "", "[]", "null", "{\"t\":1}", "{\"t\":{\"dtype\":\"F32\",\"shape\":[1]}}",
    "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}",
    "{\"t\":{\"dtype\":\"F32\",\"shape\":[-1,-1],\"data_offsets\":[0,4]}}",
    "{\"t\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,4]}}",
    "{\"t\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", "{\"__metadata__\":{\"a\":1}}",
  ])
  func rejectsAMalformedHeader(header: String) throws {
    let path = try write(header: header, data: 4)
    guard case .malformedHeader? = error(of: { _ = try SafetensorsFile(path: path) }) else {
      Issue.record("the header \(header) is malformed")
      return
    }
  }

  @Test(arguments: [
    "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
    "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
    "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
    "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}",
    "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[9223372036854775804,9223372036854775807]}}",
    "{\"s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
      + "\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
  ])
  func rejectsOffsetsThatOverlapLeaveHolesOrLeaveTheFile(header: String) throws {
    let path = try write(header: header, data: 8)
    guard case .badOffsets(path, _, _, _, _)? = error(of: { _ = try SafetensorsFile(path: path) }) else {
      Issue.record("the offsets of \(header) are bad")
      return
    }
  }

  @Test func rejectsBytesThatBelongToNoTensor() throws {
    let path = try write(header: "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", data: 12)
    #expect(
      error(of: { _ = try SafetensorsFile(path: path) })
        == .malformedHeader(path: path, reason: "8 bytes belong to no tensor"))
  }

  @Test func rejectsATensorOfAnotherType() throws {
    let path = try write(header: "{\"t\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", data: 4)
    #expect(
      error(of: { _ = try SafetensorsFile(path: path).tensor("t") })
        == .wronglyTypedTensor(source: path, tensor: "t", expected: "F32", found: "F16"))
    let unknown = try write(header: "{\"t\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", data: 4)
    #expect(
      error(of: { _ = try SafetensorsFile(path: unknown) })
        == .wronglyTypedTensor(source: unknown, tensor: "t", expected: "F32", found: "F33"))
  }
}
