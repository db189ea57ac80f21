package import Crypto
package import Datasets
package import Evidence
package import Foundations

/// Digests of files, which are read in pieces.
package enum FileDigest {
  /// SHA-256 of a file, read in pieces.
  package static func of(_ path: String, onProgress: ProgressReport = { _ in }) throws -> HexDigest {
    do {
      return HexDigest(try of(StrangersFile(path), SHA256.self, onProgress: onProgress))
    } catch let fault as FileFault {
      throw WorkError(fault, path: path)
    }
  }

  /// - Parameter onProgress: called after each piece; what it throws ends the reading.
  package static func of<Hash: HashFunction>(
    _ file: StrangersFile, _ hash: Hash.Type, onProgress: ProgressReport = { _ in }
  ) throws -> Hash.Digest {
    var hash = Hash()
    var read = 0
    try file.forEachBlock { block in
      hash.update(bufferPointer: block)
      read += block.count
      try onProgress(ArchiveProgress(bytesRead: read, bytesTotal: max(read, file.size)))
    }
    return hash.finalize()
  }
}
