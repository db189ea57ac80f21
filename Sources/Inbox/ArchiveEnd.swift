import CZlib
import Foundation
import Glibc
import ServiceFoundation

/// Whether a container is there to its end, so that no upload is taken in pieces. Reads frames and lengths, nothing else:
/// whatever else is wrong with a file is found, and told, by its job.
enum ArchiveEnd {
  /// What a file that stands still may still lack; nil when its end is there, or is not known how to be found.
  ///
  /// `piece` is called now and then and may throw to stop.
  static func isMissing(
    of head: ArchiveHead, in file: borrowing DroppedFile, piece: () throws -> Void
  ) throws -> Bool {
    let size = file.stamp.size
    switch head {
    case .tar: return try !tarEnds(file, size, piece)
    case .gzip: return try !gzipEnds(file, size, piece)
    case .zstandard: return try !zstandardEnds(file, size, piece)
    case .xz: return try !xzEnds(file, size)
    case .zip: return try !zipEnds(file, size)
    case .foreign: return false
    }
  }

  /// From header to header; two blocks of zeros end a tar, and one of them will do.
  private static func tarEnds(
    _ file: borrowing DroppedFile, _ size: Int, _ piece: () throws -> Void
  ) throws -> Bool {
    var offset = 0
    var override: Int?
    while offset + TarHeader.blockBytes <= size {
      try piece()
      let block = try file.read(TarHeader.blockBytes, at: offset)
      if block.allSatisfy({ $0 == 0 }) { return true }
      // Not a header: the job says what is wrong with it.
      guard var header = TarHeader(block) else { return true }
      if header.type == UInt8(ascii: "x") {
        // A size of its own for the member behind it, in what needs more than the header has room for.
        override = header.size <= 1 << 16 ? paxSize(try file.read(header.size, at: offset + 512)) : nil
      } else if ![UInt8(ascii: "L"), UInt8(ascii: "K"), UInt8(ascii: "g")].contains(header.type) {
        header.size = override ?? header.size
        override = nil
      }
      let (next, overflow) = offset.addingReportingOverflow(header.extent)
      if overflow { return true }
      offset = next
    }
    return false
  }

  private static func paxSize(_ records: [UInt8]) -> Int? {
    let text = String(decoding: records, as: UTF8.self)
    return text.split(separator: "\n").lazy.compactMap { line -> Int? in
      guard let key = line.range(of: " size=") else { return nil }
      return Int(line[key.upperBound...]).flatMap { $0 >= 0 && $0 < 1 << 50 ? $0 : nil }
    }.last
  }

  /// One member after the other through inflate, until one ends where the file does. Zeros may follow, as on tapes.
  private static func gzipEnds(
    _ file: borrowing DroppedFile, _ size: Int, _ piece: () throws -> Void
  ) throws -> Bool {
    var stream = z_stream()
    guard czlib_gzip_init(&stream) == Z_OK else {
      throw FileError.failed(operation: "check", path: file.path, errno: ENOMEM)
    }
    defer { inflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: 1 << 18)
    var offset = 0
    var inflated = 0
    var hasEnded = false
    while offset < size {
      try piece()
      var input = try file.read(min(1 << 18, size - offset), at: offset)
      if input.isEmpty { return false }
      offset += input.count
      var used = 0
      while used < input.count {
        if hasEnded {
          if input[used...].allSatisfy({ $0 == 0 }) { break }
          inflateReset(&stream)
          hasEnded = false
        }
        let result = input.withUnsafeMutableBytes { source in
          output.withUnsafeMutableBytes { sink in
            stream.next_in = source.baseAddress?.assumingMemoryBound(to: UInt8.self).advanced(by: used)
            stream.avail_in = UInt32(source.count - used)
            stream.next_out = sink.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(sink.count)
            return inflate(&stream, Z_NO_FLUSH)
          }
        }
        used = input.count - Int(stream.avail_in)
        inflated += output.count - Int(stream.avail_out)
        if result == Z_STREAM_END { hasEnded = true } else if result != Z_OK, result != Z_BUF_ERROR { return true }
        // A bomb is its job's to refuse, not the inbox's to unpack.
        if inflated > 1 << 26, inflated / 200 > offset { return true }
        if result == Z_BUF_ERROR, stream.avail_out > 0 { break }
      }
    }
    return hasEnded
  }

  /// From block to block (RFC 8878, 3.1.1): three bytes give each one's size and whether it is the last.
  private static func zstandardEnds(
    _ file: borrowing DroppedFile, _ size: Int, _ piece: () throws -> Void
  ) throws -> Bool {
    var offset = 0
    while offset < size {
      try piece()
      let head = try file.read(14, at: offset)
      guard head.count >= 5 else { return false }
      if head[0] & 0xF0 == 0x50, head[1...3] == [0x2A, 0x4D, 0x18] {
        guard head.count >= 8 else { return false }
        offset += 8 + Int(number(head[4..<8]))
        continue
      }
      guard head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) else { return true }
      let descriptor = head[4]
      let isSingle = descriptor & 0x20 != 0
      let content = [isSingle ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
      offset += 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][Int(descriptor & 3)] + content
      while true {
        try piece()
        let block = try file.read(3, at: offset)
        guard block.count == 3 else { return false }
        let header = Int(number(block[0..<3]))
        // A repeated byte (type 1) stands once, whatever its number.
        offset += 3 + (header >> 1 & 3 == 1 ? 1 : header >> 3)
        if header & 1 == 1 { break }
      }
      if descriptor & 0x04 != 0 { offset += 4 }
    }
    return offset == size
  }

  /// The footer of the last stream, which has a checksum of its own; padding in fours may follow.
  private static func xzEnds(_ file: borrowing DroppedFile, _ size: Int) throws -> Bool {
    var end = size
    while end >= 12, size - end < 1 << 16 {
      let footer = try file.read(12, at: end - 12)
      if footer.count == 12, footer[8...] == [0, 0, 0, 0] {
        end -= 4
        continue
      }
      guard footer.count == 12, footer[10...] == [0x59, 0x5A] else { return false }
      let fields = Array(footer[4..<10])
      return UInt64(crc32(0, fields, 6)) == number(footer[0..<4])
    }
    return false
  }

  /// The directory's end: 22 bytes and a comment of at most 65,535, behind the directory that it says. One that lies in the
  /// content of a member, because that is a zip archive itself, does not fit there.
  private static func zipEnds(_ file: borrowing DroppedFile, _ size: Int) throws -> Bool {
    let start = max(0, size - 22 - 65_535)
    let tail = try file.read(min(size, 22 + 65_535), at: start)
    return tail.indices.dropLast(21).reversed().contains { place in
      guard tail[place] == 0x50, tail[place...].starts(with: [0x50, 0x4B, 0x05, 0x06]) else { return false }
      let (bytes, offset) = (number(tail[place + 12..<place + 16]), number(tail[place + 16..<place + 20]))
      // With zip64 numbers the directory is said elsewhere; behind an end nothing is looked at, the job will.
      let isLarge = bytes == 0xFFFF_FFFF || offset == 0xFFFF_FFFF
      let comment = Int(number(tail[place + 20..<place + 22]))
      return place + 22 + comment <= tail.count && (isLarge || bytes + offset == UInt64(start + place))
        || place + 22 + comment == tail.count
    }
  }

  /// Little-endian.
  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
