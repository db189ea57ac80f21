extension KernelTable {
  /// The kernels for one lane type. Generic and inlinable: the module that names a concrete type compiles them all with
  /// its own instruction set.
  @inlinable
  package init<V: Lanes>(lanes: V.Type, name: String) {
    self.name = name
    self.lanes = V.scalarCount

    packedForwardCount = WeightPacking<V>.forwardCount
    packedBackwardCount = WeightPacking<V>.backwardCount
    packForward = WeightPacking<V>.forward
    packBackward = WeightPacking<V>.backward
    forwardHalo = Convolution<V>.forwardHalo
    backwardHalo = Convolution<V>.backwardHalo
    convolutionUnits = Convolution<V>.forwardUnits
    convolve = Convolution<V>.forward
    inputGradientUnits = Convolution<V>.inputGradientUnits
    convolveInputGradient = Convolution<V>.inputGradient
    weightGradientUnits = WeightGradient<V>.units
    convolveWeightGradient = WeightGradient<V>.run
    channelSums = ChannelSums<V>.run
    winograd = WinogradKernels(lanes: V.self)

    packTransposedForward = TransposedConvolution<V>.packForward
    packTransposedBackward = TransposedConvolution<V>.packBackward
    transposedUnits = TransposedConvolution<V>.forwardUnits
    convolveTransposed = TransposedConvolution<V>.forward
    transposedInputGradientUnits = TransposedConvolution<V>.inputGradientUnits
    convolveTransposedInputGradient = TransposedConvolution<V>.inputGradient
    transposedWeightGradientUnits = TransposedConvolution<V>.weightGradientUnits
    convolveTransposedWeightGradient = TransposedConvolution<V>.weightGradient

    batchStatistics = BatchNorm<V>.statistics
    scaleShift = BatchNorm<V>.scaleShift
    batchNormReductions = BatchNorm<V>.reductions
    batchNormInputGradient = BatchNorm<V>.inputGradient

    rectify = Elementwise<V>.rectify
    rectifyGradient = Elementwise<V>.rectifyGradient
    hyperbolicTangent = HyperbolicTangent<V>.forward
    hyperbolicTangentGradient = HyperbolicTangent<V>.gradient
    copy = Elementwise<V>.copy
    add = Elementwise<V>.add
    multiply = Elementwise<V>.multiply
    copyChannels = Layout<V>.copyChannels
    clearHalo = Layout<V>.clearHalo
    perturb = Perturbation<V>.forward
    perturbGradient = Perturbation<V>.gradient

    maxPool = MaxPooling<V>.forward
    maxPoolGradient = MaxPooling<V>.gradient
    averagePool = AveragePooling<V>.forward
    averagePoolGradient = AveragePooling<V>.gradient
    adaptiveAveragePool = AveragePooling<V>.adaptive
    adaptiveAveragePoolGradient = AveragePooling<V>.adaptiveGradient
    interpolate = Interpolation<V>.forward
    interpolateGradient = Interpolation<V>.gradient
    dropout = Dropout<V>.run

    importBytes = Layout<V>.importBytes
    exportBytes = Layout<V>.exportBytes
    importFloats = Layout<V>.importFloats
    exportFloats = Layout<V>.exportFloats

    featureDistance = Losses<V>.featureDistance
    featureDistanceGradient = Losses<V>.featureDistanceGradient
    weightedFeatureDistance = WeightedFeatureDistance<V>.value
    weightedFeatureDistanceGradient = WeightedFeatureDistance<V>.gradient
    squaredError = Losses<V>.squaredError
    squaredErrorGradient = Losses<V>.squaredErrorGradient

    adam = Optimisers<V>.adam
    sgd = Optimisers<V>.sgd
  }
}

#if arch(x86_64)
  /// The kernels that every processor of this architecture runs.
  package let baselineKernels = KernelTable(lanes: SIMD4<Float>.self, name: "sse2")
#elseif arch(arm64)
  /// The kernels that every processor of this architecture runs.
  package let baselineKernels = KernelTable(lanes: SIMD4<Float>.self, name: "neon")
#else
  /// The kernels that every processor of this architecture runs.
  package let baselineKernels = KernelTable(lanes: SIMD4<Float>.self, name: "portable")
#endif
