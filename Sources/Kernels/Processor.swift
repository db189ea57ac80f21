import CProcessor

/// Whether this processor runs `KernelsAVX2` (x86-64-v3: AVX2 and FMA). False on other architectures.
package func supportsAVX2() -> Bool {
  cprocessor_runs_x86_64_v3()
}

/// Whether this processor runs `KernelsAVX512` (x86-64-v4). False on other architectures.
package func supportsAVX512() -> Bool {
  cprocessor_runs_x86_64_v4()
}
