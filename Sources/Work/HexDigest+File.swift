package import Archives
package import Crypto
package import Foundations

extension HexDigest {
  /// SHA-256 of a file, read in pieces.
  /// - Throws: `WorkError`, and what `onProgress` throws, which ends the reading.
  package init(ofFile path: String, onProgress: ProgressReport = { _ in }) throws {
    do {
      self.init(try StrangersFile(path).digest(SHA256.self, onProgress: onProgress))
    } catch let fault as FileFault {
      throw WorkError(fault, path: path)
    }
  }
}

extension HexDigest {
  /// The digest of a dataset, of one file or of several.
  /// - Throws: `WorkError`, `DatasetError`, and what `onProgress` throws.
  package init(of source: DatasetSource, onProgress: ProgressReport = { _ in }) throws {
    do { self = try source.digest(onProgress: onProgress) } catch let fault as FileFault {
      throw WorkError(fault, path: source.path)
    }
  }
}

extension StrangersFile {
  /// The digest of the whole file.
  /// - Parameter onProgress: called after each piece; what it throws ends the reading.
  package func digest<Hash: HashFunction>(_ hash: Hash.Type, onProgress: ProgressReport) throws -> Hash.Digest {
    let digest = try digest(hash) { read in
      try onProgress(ArchiveProgress(bytesRead: read, bytesTotal: max(read, size)))
    }
    try onProgress(ArchiveProgress(over: path, bytes: size))
    return digest
  }
}
