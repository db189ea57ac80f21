/// A blocked activation tensor as kernels see it: (N, ⌈C/L⌉, H, W, L), where L is the kernel set's lane count.
///
/// Channels are cut into blocks of L so that one vector load reads L channels of one pixel. Channels past `channels`
/// in the last block are zero and stay zero. Every plane is surrounded by `halo` rows and columns of zeros, so that a
/// padded convolution reads its padding like any other pixel. `base` points at pixel (0, 0) of block 0 of image 0,
/// inside the halo. Strides are in floats and cover the halo. The view does not own its memory.
@usableFromInline
package struct Activation: @unchecked Sendable {
  @usableFromInline package var base: UnsafeMutablePointer<Float>
  @usableFromInline package var images: Int
  @usableFromInline package var channels: Int
  @usableFromInline package var height: Int
  @usableFromInline package var width: Int
  @usableFromInline package var halo: Int
  @usableFromInline package var imageStride: Int
  @usableFromInline package var blockStride: Int
  @usableFromInline package var rowStride: Int

  @inlinable
  package init(
    base: UnsafeMutablePointer<Float>, images: Int, channels: Int, height: Int, width: Int, halo: Int,
    imageStride: Int, blockStride: Int, rowStride: Int
  ) {
    self.base = base
    self.images = images
    self.channels = channels
    self.height = height
    self.width = width
    self.halo = halo
    self.imageStride = imageStride
    self.blockStride = blockStride
    self.rowStride = rowStride
  }
}
