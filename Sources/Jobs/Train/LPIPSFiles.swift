/// Where LPIPS' weights are: the trunk under torchvision's names, and the heads that weigh its channels.
package struct LPIPSFiles: Codable, Sendable, Equatable {
  package var trunk: String
  package var heads: String

  package init(trunk: String, heads: String) {
    self.trunk = trunk
    self.heads = heads
  }
}
