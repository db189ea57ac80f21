/// Reads the headers of a tar stream beside libarchive, strictly, so that no member can be one thing to this program and
/// another to whoever extracts the archive.
///
/// libarchive passes over global pax headers, which GNU tar and Python obey; other readers differ in which of two names
/// wins, in the size that counts, and in types of their own. Everything of that kind is refused. What remains must be
/// what libarchive has found, name by name and size by size.
final class TarScan {
  /// A member as its headers describe it.
  struct Entry {
    var name: [UInt8]
    var fault: DatasetError.Cause?

    /// Whether it is the member of this name; readers may put a slash after a directory's.
    func isNamed(_ other: String) -> Bool {
      func stem(_ name: some BidirectionalCollection<UInt8>) -> [UInt8] {
        Array(name.reversed().drop { $0 == UInt8(ascii: "/") })
      }
      return stem(name) == stem(Array(other.utf8))
    }
  }

  private enum State {
    case header
    /// The content of a header that is about the next one: its type, and the bytes that it still lacks.
    case extended(UInt8, lacking: Int)
    /// Bytes that nobody looks at, up to the next header.
    case passing(Int)
    /// After a block of zeros, or where nothing can be told any more: libarchive has the word.
    case over
  }

  /// The first bytes of the stream, at most a block.
  private(set) var head: [UInt8] = []
  private var state = State.header
  private var block: [UInt8] = []
  private var body: [UInt8] = []
  /// Bytes of zeros that follow `body` up to a whole block.
  private var padding = 0
  /// What extended headers have said about the member to come.
  private var pax: PaxRecords?
  private var longName: [UInt8]?
  private var hasLongLink = false
  private var extendedBytes = 0
  private var entries: [Entry] = []
  private var handedOut = 0

  /// The next member, in stream order; nil if there is none in what was read so far.
  func next() -> Entry? {
    guard handedOut < entries.count else { return nil }
    defer {
      handedOut += 1
      if handedOut == entries.count {
        entries.removeAll(keepingCapacity: true)
        handedOut = 0
      }
    }
    return entries[handedOut]
  }

  /// Takes the next bytes of the stream.
  func read(_ bytes: UnsafeRawBufferPointer) {
    if head.count < TarHeader.blockBytes { head += bytes.prefix(TarHeader.blockBytes - head.count) }
    var rest = bytes[...]
    while !rest.isEmpty {
      switch state {
      case .over: return
      case .passing(let count):
        let taken = min(count, rest.count)
        rest = rest.dropFirst(taken)
        state = taken == count ? .header : .passing(count - taken)
      case .extended(let type, let lacking):
        let taken = min(lacking, rest.count)
        body += rest.prefix(taken)
        rest = rest.dropFirst(taken)
        guard taken == lacking else {
          state = .extended(type, lacking: lacking - taken)
          continue
        }
        state = padding > 0 ? .passing(padding) : .header
        takeExtended(type)
      case .header:
        let taken = min(TarHeader.blockBytes - block.count, rest.count)
        block += rest.prefix(taken)
        rest = rest.dropFirst(taken)
        guard block.count == TarHeader.blockBytes else { continue }
        takeHeader()
        block.removeAll(keepingCapacity: true)
      }
    }
  }

  private func takeHeader() {
    // The end, or damage that libarchive reports.
    guard let header = TarHeader(block) else {
      state = .over
      return
    }
    if let fault = header.fault { return refuse(.ambiguousHeader(fault), name: header.name) }
    let extended = "xgLK".utf8
    guard extended.contains(header.type) else { return takeMember(header) }
    extendedBytes += TarHeader.blockBytes
    guard header.size <= FixedLimits.headerBytes, extendedBytes + header.size <= FixedLimits.headerBytes else {
      return refuse(.headerTooLarge(limit: FixedLimits.headerBytes), name: header.name)
    }
    extendedBytes += header.size
    body = []
    padding = -header.size & (TarHeader.blockBytes - 1)
    state = .extended(header.type, lacking: header.size)
    if header.size == 0 {
      state = .header
      takeExtended(header.type)
    }
  }

  private func takeExtended(_ type: UInt8) {
    let isFirst = pax == nil && longName == nil
    do throws(PaxRecords.Ambiguity) {
      switch type {
      case UInt8(ascii: "g"):
        guard isFirst, !hasLongLink else {
          throw PaxRecords.Ambiguity(why: "a global pax header stands inside a member's headers")
        }
        try PaxRecords(body).checkGlobal()
      case UInt8(ascii: "x"):
        guard isFirst else { throw PaxRecords.Ambiguity(why: "a member has two extended headers") }
        pax = try PaxRecords(body)
      case UInt8(ascii: "L"):
        guard isFirst else { throw PaxRecords.Ambiguity(why: "a member has two long names") }
        let name = Array(body.prefix { $0 != 0 })
        guard !name.isEmpty, body.dropFirst(name.count).allSatisfy({ $0 == 0 }) else {
          throw PaxRecords.Ambiguity(why: "a member's long name is none")
        }
        longName = name
      default: hasLongLink = true
      }
    } catch {
      refuse(.ambiguousHeader(error.why), name: longName)
    }
  }

  private func takeMember(_ header: TarHeader) {
    var (name, size) = (longName ?? header.name, header.size)
    do throws(PaxRecords.Ambiguity) {
      let said = try pax?.apply(to: header)
      (name, size) = (said?.name ?? name, said?.size ?? size)
      if let kind = Self.refusedKind(header.type) { return refuse(kind, name: name) }
      if said?.isSparse == true { return refuse(.memberSparse, name: name) }
      // Links, devices and sockets are named and refused by the reader, which then reads no further.
      let isPlain = header.isPlain
      guard isPlain || header.type == UInt8(ascii: "5") else {
        entries.append(Entry(name: name))
        state = .over
        return
      }
      if hasLongLink { throw PaxRecords.Ambiguity(why: "it has the name of a link's target and is no link") }
      guard isPlain || size == 0 else {
        throw PaxRecords.Ambiguity(why: "a directory with \(size) bytes of content")
      }
    } catch {
      return refuse(.ambiguousHeader(error.why), name: name)
    }
    entries.append(Entry(name: name))
    // A claim beyond what can be counted is refused by the reader.
    let (whole, overflow) = size.addingReportingOverflow(-size & (TarHeader.blockBytes - 1))
    state = overflow ? .over : whole > 0 ? .passing(whole) : .header
    (pax, longName, hasLongLink, extendedBytes) = (nil, nil, false, 0)
  }

  /// - Source: GNU tar manual, "Extensions"; libarchive's tar(5).
  private static func refusedKind(_ type: UInt8) -> DatasetError.Cause? {
    switch type {
    case UInt8(ascii: "S"): .memberSparse
    case UInt8(ascii: "M"): .memberKind("piece of a file from another volume (tar -M)")
    case UInt8(ascii: "V"): .memberKind("volume label (tar -V)")
    case UInt8(ascii: "D"): .memberKind("directory of an incremental dump (tar -g)")
    case UInt8(ascii: "N"): .memberKind("list of renamed files")
    case 0, UInt8(ascii: "0")...UInt8(ascii: "7"): nil
    default: .memberKind("member of the unknown type 0x\(String(type, radix: 16))")
    }
  }

  private func refuse(_ cause: DatasetError.Cause, name: [UInt8]? = nil) {
    entries.append(Entry(name: name ?? [], fault: cause))
    state = .over
  }
}
