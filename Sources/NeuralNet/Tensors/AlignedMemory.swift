import Foundation

/// A block of zeroed numbers that lives at one address, aligned for every vector type, for as long as the object does.
///
/// Who holds a pointer into it also holds the object. Threads write disjoint parts of it between two barriers of a
/// `ThreadPool`, which is what makes sharing it sound.
package final class AlignedMemory<Element: BitwiseCopyable & Numeric>: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<Element>
  package let count: Int

  package init(count: Int) {
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    // A cache line is also the widest vector. Large blocks ask for large pages, which saves TLB misses.
    let isLarge = bytes >= 4 * largePageBytes
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? largePageBytes : 64)
    #if os(Linux)
      // Only advice: where it is refused the memory works as well, just slower.
      if isLarge { _ = madvise(raw, bytes, adviceForLargePages) }
    #endif
    pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  func fill(_ value: Element) { pointer.update(repeating: value, count: count) }

  /// Copies values in, starting at an offset.
  func store(_ values: Span<Element>, at offset: Int = 0) {
    precondition(offset >= 0 && offset + values.count <= count, "stored values must fit the block")
    values.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      (pointer + offset).update(from: base, count: source.count)
    }
  }

  /// Copies values out.
  func values(_ range: Range<Int>) -> [Element] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "loaded values must lie in the block")
    return Array(UnsafeBufferPointer(start: pointer + range.lowerBound, count: range.count))
  }
}

private let largePageBytes = 2 << 20
#if os(Linux)
  /// MADV_HUGEPAGE, a macro that the C library's module does not show.
  private let adviceForLargePages: Int32 = 14
#endif
