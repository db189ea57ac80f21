/// The shape of a 2-d convolution over (N, inputChannels, H, W) with weights (outputChannels, inputChannels, kH, kW).
@usableFromInline
package struct ConvolutionShape: Sendable, Hashable {
  @usableFromInline package var inputChannels: Int
  @usableFromInline package var outputChannels: Int
  @usableFromInline package var kernelHeight: Int
  @usableFromInline package var kernelWidth: Int
  @usableFromInline package var stride: Int
  @usableFromInline package var padding: Int

  @inlinable
  package init(
    inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int, stride: Int = 1, padding: Int = 0
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.padding = padding
  }

  /// Output height and width for an input of the given height and width.
  @inlinable
  package func outputSize(height: Int, width: Int) -> (height: Int, width: Int) {
    (
      (height + 2 * padding - kernelHeight) / stride + 1,
      (width + 2 * padding - kernelWidth) / stride + 1
    )
  }
}
