/// How much of a stranger's answer is taken in.
package struct ExchangeLimits: Sendable, Equatable {
  package var headerBytes = 32 << 10
  /// After decompression.
  package var bodyBytes = 4 << 20
  package var connectMilliseconds = 10_000
  /// From the first byte asked to the last byte answered, connecting included.
  package var totalMilliseconds = 60_000
  package var json = JSONLimits()

  package init() {}
}
