@testable import Datasets

/// Builds archives in CIFAR-10's binary layout out of plain colours.
struct CIFARBuilder {
  static let files = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]

  var folder = "cifar-10-batches-bin/"
  var names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n"
  /// Records of each file; changed by tests that break a rule.
  var batches: [String: [UInt8]] = [:]
  var extra: [(name: String, content: [UInt8])] = []

  /// `perBatch` records a batch: the label is the record's number modulo 10, the pixels tell file and record apart.
  init(perBatch: Int = 20) {
    for (file, name) in Self.files.enumerated() {
      var batch: [UInt8] = []
      for record in 0..<perBatch {
        batch.append(UInt8(record % 10))
        for position in 0..<3072 { batch.append(UInt8(truncatingIfNeeded: file * 37 + record * 11 + position)) }
      }
      batches[name] = batch
    }
  }

  var tar: [UInt8] {
    var tar = TarBuilder()
    if !folder.isEmpty { tar.add(folder, type: "5", mode: 0o755) }
    tar.add(folder + "batches.meta.txt", content: Array(names.utf8))
    for (name, content) in extra { tar.add(folder + name, content: content) }
    for name in Self.files {
      if let content = batches[name] { tar.add(folder + name, content: content) }
    }
    return tar.finished
  }
}
