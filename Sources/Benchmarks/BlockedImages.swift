import Foundations
import Kernels
import NeuralNet

/// Random images in the kernels' blocked layout, (N, ⌈C/L⌉, H, W, L) with a halo of zeros.
struct BlockedImages {
  let activation: Activation
  let memory: KernelMemory

  init(images: Int, shape: ImageShape, halo: Int, table: KernelTable, seed: UInt64) {
    let lanes = table.lanes
    let blocks = (shape.channels + lanes - 1) / lanes
    let row = (shape.width + 2 * halo) * lanes
    let block = (shape.height + 2 * halo) * row
    memory = KernelMemory(count: images * blocks * block)
    activation = Activation(
      base: memory.pointer + halo * (row + lanes), images: images, channels: shape.channels, height: shape.height,
      width: shape.width, halo: halo, imageStride: blocks * block, blockStride: block, rowStride: row)
    // One image's numbers serve for all: no kernel looks at values.
    let one = KernelMemory(count: shape.count, seed: seed)
    for image in 0..<images {
      var view = activation
      view.base += image * view.imageStride
      view.images = 1
      table.importFloats(UnsafePointer(one.pointer), view, 0..<1)
    }
  }
}
